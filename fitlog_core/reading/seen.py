"""What tells whether a run's files are still as they were when they were read."""

from __future__ import annotations

import os
import stat

from fitlog_core import log_format

_FILES = ("meta", *(name for name in log_format.FILES if name != "meta"))


def mark_of(folder: str) -> str:
    """Return what changes whenever a run's ``meta.log`` does, nothing where there is none."""
    return _mark(f"{folder}/meta.log")


def marks_of(folder: str) -> str:
    """Return the marks of all files of a run, joined by semicolons, that of ``meta.log`` first."""
    return ";".join([_mark(f"{folder}/{name}.log") for name in _FILES])


def _mark(path: str) -> str:
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return ""
    if not stat.S_ISREG(found.st_mode):
        return ""
    return f"{found.st_ino:x}.{found.st_size:x}.{found.st_mtime_ns:x}"


def arrived_at(folder: str) -> float:
    """Return when ``meta.log`` was written or came here last (epoch seconds)."""
    try:
        found = os.lstat(f"{folder}/meta.log")
    except OSError:
        return 0.0
    return max(found.st_mtime, found.st_ctime)
