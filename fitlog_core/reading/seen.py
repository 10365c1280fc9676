"""What tells whether a run's files are still as they were when they were read."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import NamedTuple

from fitlog_core import log_format

_FILES = ("meta", *(name for name in log_format.FILES if name != "meta"))


class Marks(NamedTuple):
    """The files of a run as they are.

    :param text: What changes whenever one of them does; the mark of ``meta.log`` comes first.
    :param sizes: Their bytes by name, for those that are there.
    :param arrived: When ``meta.log`` was written or came here last (epoch seconds).
    """

    text: str
    sizes: dict[str, int]
    arrived: float


NO_MARKS = Marks("", {}, 0.0)


def look(folder: str) -> Marks:
    """Look at all files of a run."""
    marks: list[str] = []
    sizes: dict[str, int] = {}
    arrived = 0.0
    for name in _FILES:
        found = _stat(f"{folder}/{name}.log")
        marks.append(_spelled(found))
        if found is not None:
            sizes[name] = found.st_size
            if name == "meta":
                arrived = max(found.st_mtime, found.st_ctime)
    others = hashlib.blake2b(";".join(marks[1:]).encode("ascii"), digest_size=8)
    return Marks(f"{marks[0]};{others.hexdigest()}", sizes, arrived)


def mark_of(folder: str) -> str:
    """Return what changes whenever a run's ``meta.log`` does, nothing where there is none."""
    return _spelled(_stat(f"{folder}/meta.log"))


def _spelled(found: os.stat_result | None) -> str:
    if found is None:
        return ""
    return f"{found.st_ino:x}.{found.st_size:x}.{found.st_mtime_ns:x}"


def _stat(path: str) -> os.stat_result | None:
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None
