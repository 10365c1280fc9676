"""A directory of runs: what is in it, and what changed since somebody looked."""

from __future__ import annotations

import os
import secrets
import stat
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core import log_format
from fitlog_core.errors import RunNotFoundError
from fitlog_core.reading.reader import RunReader, State

RUNS_WITH_CURVES = 24  # how many runs keep their curves in memory
ROUNDS = 30  # every so many looks a finished run is read as closely as a live one


class Changes(NamedTuple):
    """What happened after a cursor: ids of runs, newest first, and the cursor to ask with next."""

    cursor: str
    changed: list[str]
    removed: list[str]


class LogDirectory:
    """The runs of one log directory, kept up to date by :meth:`refresh`; safe to share by threads.

    :param path: The directory. While it is missing it counts as empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._lock = threading.RLock()
        self._runs: dict[str, _Known] = {}
        # Cursors of an earlier process must not be taken for ours.
        self._token = secrets.token_hex(4)
        self._version = 0
        self._removed: dict[str, int] = {}
        self._round = 0
        self._with_curves: OrderedDict[str, RunReader] = OrderedDict()
        self._curves_lock = threading.Lock()

    @property
    def cursor(self) -> str:
        """Return a token of the present moment, to hand to :meth:`changes` later."""
        with self._lock:
            return f"{self._token}.{self._version}"

    def refresh(self) -> None:
        """Look at the directory and at every run that may have changed."""
        with self._lock:
            self._round += 1
            present = self._scan()
            for run_id in [known for known in self._runs if known not in present]:
                self._forget(run_id)
            for number, run_id in enumerate(present):
                self._look_at(run_id, thoroughly=(number + self._round) % ROUNDS == 0)

    def changes(self, cursor: str) -> Changes:
        """Return which runs changed or went since ``cursor``; all of them for an unknown one."""
        with self._lock:
            since = self._since(cursor)
            changed = [run_id for run_id in self.ids() if self._runs[run_id].version > since]
            removed = [
                run_id
                for run_id, version in self._removed.items()
                if version > since and run_id not in self._runs
            ]
            return Changes(self.cursor, changed, sorted(removed, reverse=True))

    def ids(self) -> list[str]:
        """Return the ids of all runs, newest first."""
        with self._lock:
            return sorted(self._runs, reverse=True)

    def run(self, run_id: str) -> RunReader:
        """Return the reader of one run.

        :raises RunNotFoundError: if the directory has no such run, as of the last refresh.
        """
        with self._lock:
            known = self._runs.get(run_id)
        if known is None:
            raise RunNotFoundError(f"no run {run_id!r} in {self.path}")
        return known.reader

    def row(self, run_id: str) -> dict[str, Any]:
        """Return one run as a flat row.

        :raises RunNotFoundError: if the directory has no such run.
        """
        return self.run(run_id).row()

    def rows(self) -> list[dict[str, Any]]:
        """Return all runs as flat rows, newest first."""
        with self._lock:
            return [self._runs[run_id].reader.row() for run_id in self.ids()]

    def _since(self, cursor: str) -> int:
        token, _, version = cursor.partition(".")
        if token != self._token or not version.isascii() or not version.isdigit():
            return -1
        return int(version[:18])

    def _scan(self) -> dict[str, None]:
        """Return the ids of the folders that are runs, in the order of the directory."""
        try:
            with os.scandir(self.path) as entries:
                return {entry.name: None for entry in entries if self._is_run(entry)}
        except OSError:
            return {}

    def _is_run(self, entry: os.DirEntry[str]) -> bool:
        if not log_format.is_run_id(entry.name):
            return False
        try:
            if entry.is_symlink() and not self._stays_inside(entry):
                return False
            return entry.is_dir() and _identity(Path(entry.path)) is not None
        except OSError:
            return False

    def _stays_inside(self, entry: os.DirEntry[str]) -> bool:
        # realpath and not resolve, which raises another error at links in a circle.
        root = Path(os.path.realpath(self.path))
        return root in Path(os.path.realpath(entry.path)).parents

    def _look_at(self, run_id: str, thoroughly: bool) -> None:
        known = self._runs.get(run_id)
        if known is None:
            known = self._runs[run_id] = _Known(RunReader(self.path / run_id, self._keep_curves))
            self._removed.pop(run_id, None)
        if known.look(thoroughly):
            self._version += 1
            known.version = self._version

    def _forget(self, run_id: str) -> None:
        del self._runs[run_id]
        self._version += 1
        self._removed[run_id] = self._version
        with self._curves_lock:
            self._with_curves.pop(run_id, None)

    def _keep_curves(self, reader: RunReader) -> None:
        """Note that a run's curves were used; those not used for longest are given up."""
        surplus: list[RunReader] = []
        with self._curves_lock:
            self._with_curves[reader.id] = reader
            self._with_curves.move_to_end(reader.id)
            while len(self._with_curves) > RUNS_WITH_CURVES:
                surplus.append(self._with_curves.popitem(last=False)[1])
        for unused in surplus:
            unused.forget_series()


class _Known:
    """A run of the directory and how it was when last looked at."""

    __slots__ = ("_meta", "_state", "reader", "version")

    def __init__(self, reader: RunReader) -> None:
        self.reader = reader
        self.version = 0
        self._meta: tuple[int, ...] | None = None
        self._state: State | None = None

    def look(self, thoroughly: bool) -> bool:
        """Return whether the run changed.

        A run that is over tells of late records by writing to meta.log once more. Folders that
        arrive piece by piece and fitlog 0.9 do not, so now and then all files are looked at.
        """
        final = self._state is not None and self._state.is_final
        meta = _identity(self.reader.folder)
        if final and meta == self._meta and not thoroughly:
            return False
        self._meta = meta
        changed = self.reader.refresh()
        before, self._state = self._state, self.reader.state()
        return changed or self._state != before


def _identity(folder: Path) -> tuple[int, ...] | None:
    """Return what changes whenever the run's meta.log does, None where there is none."""
    try:
        found = os.lstat(folder / "meta.log")
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)
