"""What tells whether a run's files are still as they were when they were read."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from stat import S_ISREG
from typing import NamedTuple

from fitlog_core import log_format

# Looking must neither follow a link nor wait at a pipe.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
ENDINGS = [(name, f"/{name}.log") for name in log_format.FILES]  # meta.log comes first
# Errors that tell nothing of the file: the next look may find it as it was.
_OF_THE_MOMENT = frozenset(
    getattr(errno, name, errno.EIO)
    for name in ("EIO", "ESTALE", "ETIMEDOUT", "EINTR", "EMFILE", "ENFILE", "ENOMEM")
)
IN_DOUBT = 0  # the mark of what cannot be told just now
_NO_MARK = -1  # of nothing: no hash is that


class Marks(NamedTuple):
    """The files of a run as they are.

    :param meta: What changes whenever ``meta.log`` does.
    :param files: What changes whenever one of the files does.
    :param sizes: Their bytes by name, for those that are there.
    :param arrived: When ``meta.log`` was written or came here last (epoch seconds).
    """

    meta: int
    files: int
    sizes: dict[str, int]
    arrived: float

    def in_doubt(self) -> Marks:
        """Return those of a run that could not be read whole, so that the next look differs."""
        return self._replace(meta=IN_DOUBT, files=IN_DOUBT)

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether the run could not be read whole."""
        return self.files == IN_DOUBT


NO_MARKS = Marks(_NO_MARK, _NO_MARK, {}, 0.0)


def is_of_the_moment(error: Exception) -> bool:
    """Tell whether what failed may do better at the next look, the file being as it was."""
    return isinstance(error, OSError) and error.errno in _OF_THE_MOMENT


def look(folder: str) -> Marks:
    """Look at all files of a run."""
    found: list[os.stat_result | None] = []
    for _, ending in ENDINGS:
        try:
            found.append(os.lstat(folder + ending))
        except (OSError, ValueError):
            found.append(None)
    return marks_from(found)


def marks_from(found: Iterable[os.stat_result | None]) -> Marks:
    """Return the marks of the files of :data:`ENDINGS`, in their order.

    :param found: What the system says of each, None where it is not there. What is no regular
        file counts as not there.
    """
    told: list[int] = []
    sizes: dict[str, int] = {}
    for (name, _), file in zip(ENDINGS, found, strict=True):
        if file is None or not S_ISREG(file.st_mode):
            told.append(0)
            continue
        size = sizes[name] = file.st_size
        told += (file.st_ino, size, file.st_mtime_ns, file.st_ctime_ns)
    if "meta" not in sizes:
        return Marks(_NO_MARK, hash(tuple(told)), sizes, 0.0)
    meta = tuple(told[:4])
    # The hash of whole numbers is the same in every process.
    return Marks(hash(meta), hash(tuple(told)), sizes, max(meta[2:]) / 1e9)


def mark_of(folder: str, beside: int | None = None) -> int | None:
    """Return what changes whenever a run's ``meta.log`` does, None where there is none.

    Where that cannot be told just now, it is :data:`IN_DOUBT`.

    :param beside: As :attr:`Entrance.descriptor`.
    """
    try:
        found = os.lstat(folder + "/meta.log", dir_fd=beside)
    except (OSError, ValueError) as error:
        return IN_DOUBT if is_of_the_moment(error) else None
    if not S_ISREG(found.st_mode):
        return None
    return hash((found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))


class Entrance:
    """A way into a log directory that is short to go for many runs: from its open descriptor.

    A context manager. Where there are no such ways, paths stay as long as they are.

    :ivar descriptor: That of the directory, None for paths that stand alone.
    """

    def __init__(self, log_dir: str) -> None:
        self._log_dir = log_dir
        self._prefix = f"{log_dir}/"
        self.descriptor: int | None = None

    def __enter__(self) -> Entrance:
        if os.open in os.supports_dir_fd:
            with suppress(OSError, ValueError):
                self.descriptor = os.open(self._log_dir, os.O_RDONLY)
                self._prefix = ""
        return self

    def __exit__(self, *raised: object) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)

    def to(self, run_id: str) -> str:
        """Return the path of a run, to be used beside :attr:`descriptor`."""
        return self._prefix + run_id

    def still_marked(self, known: Mapping[str, int]) -> list[str]:
        """Return the runs whose ``meta.log`` is as it was; thousands are looked at by one call.

        :param known: Its marks from when they were read, by their ids.
        """
        prefix, beside, lstat, same = self._prefix, self.descriptor, os.lstat, []
        for run_id, mark in known.items():
            try:
                found = lstat(f"{prefix}{run_id}/meta.log", dir_fd=beside)
            except (OSError, ValueError):
                continue
            # The same inode, unchanged, is a regular file still.
            if mark == hash((found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)):
                same.append(run_id)
        return same


def revalidate(folder: str, count: int | None = None) -> None:
    """Have a network file system ask its server anew how a run's files are.

    What it tells without opening a file may be a minute old; opening one asks.

    :param count: Of how many of :data:`ENDINGS`, all unless told.
    """
    for _, ending in ENDINGS[:count]:
        with suppress(OSError, ValueError):
            os.close(os.open(folder + ending, _FLAGS))
