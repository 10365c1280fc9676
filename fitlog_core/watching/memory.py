"""What was told of which run: a small file in the user's cache, shared by all who watch.

It is never in the log directory. Where no file can be kept, what was told is forgotten at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fitlog_core.reading.index import location

MOST_RUNS = 10_000


@dataclass
class Noted:
    """What is remembered.

    :param told: The rules that were told of a run, by its id.
    :param watched: The runs that were alive when somebody looked last.
    :param looked: When that was (epoch seconds), None if nobody did.
    """

    told: dict[str, list[str]] = field(default_factory=dict)
    watched: dict[str, None] = field(default_factory=dict)
    looked: float | None = None


class Memory:
    """The file of one log directory.

    :param log_dir: The log directory.
    :ivar path: Where it lies, None if it is kept in this process only.
    """

    def __init__(self, log_dir: Path) -> None:
        folder = location.find(log_dir).folder
        name = os.path.realpath(log_dir).encode("utf-8", "surrogateescape")
        key = hashlib.sha256(name).hexdigest()[:24]
        self.path = None if folder is None else folder / f"watch-{key}.json"
        self._here = Noted()

    def noted(self) -> Noted:
        """Return what is remembered; a copy."""
        with self._opened() as noted:
            return Noted(dict(noted.told), dict(noted.watched), noted.looked)

    def look(self, alive: Collection[str], present: Collection[str], when: float) -> None:
        """Note a look, so that whoever looks next tells of deaths and of what came meanwhile.

        :param alive: The runs that go on.
        :param present: All runs; others are forgotten.
        :param when: Epoch seconds.
        """
        there = set(present)
        with self._opened() as noted:
            noted.looked = when
            noted.watched = dict.fromkeys(alive)
            noted.told = {run: told for run, told in noted.told.items() if run in there and told}

    def claim(self, alerts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Take over to tell of runs and rules; return those that nobody had taken over before."""
        taken = []
        with self._opened() as noted:
            for run_id, rule in alerts:
                told = noted.told.setdefault(run_id, [])
                if rule not in told:
                    told.append(rule)
                    taken.append((run_id, rule))
        return taken

    def give_back(self, alerts: Iterable[tuple[str, str]]) -> None:
        """Say that nobody could be told, so that it is tried again."""
        with self._opened() as noted:
            for run_id, rule in alerts:
                told = noted.told.get(run_id, [])
                if rule in told:
                    told.remove(rule)

    @contextmanager
    def _opened(self) -> Iterator[Noted]:
        """Give what is remembered, nobody else at it meanwhile, and keep it."""
        handle = self._open()
        if handle is None:
            yield self._here
            return
        try:
            _lock(handle)
            before = _read(handle)
            noted = _noted(before)
            yield noted
            _write(handle, noted, before)
        finally:
            os.close(handle)  # which gives the lock back

    def _open(self) -> int | None:
        if self.path is None:
            return None
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        try:
            return os.open(self.path, flags | getattr(os, "O_BINARY", 0), 0o600)
        except OSError:
            self.path = None
            return None


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: two who watch the same directory may both tell
        return
    fcntl.flock(handle, fcntl.LOCK_EX)  # held for the moment of a read and a write


def _read(handle: int) -> bytes:
    os.lseek(handle, 0, os.SEEK_SET)
    return os.read(handle, os.fstat(handle).st_size)


def _noted(data: bytes) -> Noted:
    """Return what a file holds; an empty or broken one holds nothing."""
    try:
        found: dict[str, Any] = json.loads(data)
        told = {str(run): [str(rule) for rule in rules] for run, rules in found["told"].items()}
        looked = None if found["looked"] is None else float(found["looked"])
        return Noted(told, dict.fromkeys(map(str, found["watched"])), looked)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Noted()


def _write(handle: int, noted: Noted, before: bytes) -> None:
    told = dict(list(noted.told.items())[-MOST_RUNS:])
    watched = list(noted.watched)[-MOST_RUNS:]
    data = json.dumps({"looked": noted.looked, "told": told, "watched": watched}).encode()
    if data == before:
        return
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        os.ftruncate(handle, 0)
        os.write(handle, data)
    except OSError:  # the disk is full: then it is told once more after the next start
        return
