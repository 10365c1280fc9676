"""What tells whether a run's files are still as they were when they were read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from fitlog_core import log_format

# Looking must neither follow a link nor wait at a pipe.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
ENDINGS = [(name, f"/{name}.log") for name in log_format.FILES]


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
    found: dict[str, os.stat_result] = {}
    for name, ending in ENDINGS:
        with suppress(OSError, ValueError):
            seen = os.lstat(folder + ending)
            if stat.S_ISREG(seen.st_mode):
                found[name] = seen
    return marks_from(found)


def marks_from(found: Mapping[str, os.stat_result]) -> Marks:
    """Return the marks of files that were looked at, by name."""
    seen: list[int] = []
    for name, _ in ENDINGS:
        file = found.get(name)
        if file is None:
            seen.append(0)
        else:
            seen += (file.st_ino, file.st_size, file.st_mtime_ns, file.st_ctime_ns)
    meta = found.get("meta")
    mark = "" if meta is None else _spelled(meta)
    arrived = 0.0 if meta is None else max(meta.st_mtime, meta.st_ctime)
    sizes = {name: file.st_size for name, file in found.items()}
    # The hash of whole numbers is the same in every process.
    return Marks(f"{mark};{hash(tuple(seen)):x}", sizes, arrived)


def mark_of(folder: str) -> str:
    """Return what changes whenever a run's ``meta.log`` does, nothing where there is none."""
    try:
        found = os.lstat(folder + "/meta.log")
    except (OSError, ValueError):
        return ""
    return _spelled(found) if stat.S_ISREG(found.st_mode) else ""


def _spelled(found: os.stat_result) -> str:
    return f"{found.st_ino:x}.{found.st_size:x}.{found.st_mtime_ns:x}.{found.st_ctime_ns:x}"


def revalidate(folder: str) -> None:
    """Have a network file system ask its server anew how a run's files are.

    What it tells without opening a file may be a minute old; opening one asks.
    """
    for _, ending in ENDINGS:
        with suppress(OSError, ValueError):
            os.close(os.open(folder + ending, _FLAGS))
