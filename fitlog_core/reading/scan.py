"""Which folders of a log directory are runs, looked up only where something came or went."""

from __future__ import annotations

import os
import time
from collections.abc import Container
from pathlib import Path

from fitlog_core import log_format
from fitlog_core.reading.seen import is_of_the_moment, mark_of

ANYWAY_AFTER = 10.0  # seconds after which the directory is listed though it looks unchanged
# Seconds after a directory was written in which it may be written again under the same time.
BLUR = 2.0


class Scan:
    """The folders of one log directory, and when they were listed last.

    :param is_remote: Whether it lies on a network file system, which is asked anew at each look.
    :ivar may_differ: Whether a folder may have come, gone or been replaced before the last look.
    """

    def __init__(self, path: Path, is_remote: bool = False) -> None:
        self._path = path
        self._is_remote = is_remote
        self._mark: tuple[int, ...] | None = None
        self._is_blurred = True
        self._listed = float("-inf")
        self._unready: set[str] = set()
        self.may_differ = True

    def look(self, known: Container[str]) -> dict[str, None] | None:
        """Return the folders that may be runs, in the directory's order; None if nothing changed.

        :param known: Ids of folders that are known to be runs; they are not looked into again.
        """
        mark = self._mark_of_directory()
        self.may_differ = self._is_blurred or mark != self._mark
        if mark == self._mark and not self._is_due():
            return None
        self._mark = mark
        self._is_blurred = mark is None or time.time() - mark[1] / 1e9 < BLUR
        self._listed = time.monotonic()
        self._unready.clear()
        try:
            with os.scandir(self._path) as entries:
                return {
                    entry.name: None
                    for entry in entries
                    if (entry.name in known and not entry.is_symlink())
                    or self._may_be_run(entry, known)
                }
        except OSError as error:
            if not is_of_the_moment(error):
                return {}
            self.again()
            return None

    def _is_due(self) -> bool:
        if self._is_blurred or time.monotonic() - self._listed >= ANYWAY_AFTER:
            return True
        # A folder without meta.log becomes a run without a trace in the directory itself.
        return any(mark_of(f"{self._path}/{name}") for name in self._unready)

    def _mark_of_directory(self) -> tuple[int, ...] | None:
        try:
            if self._is_remote:  # what it remembers of the directory may be a minute old
                os.close(os.open(self._path, os.O_RDONLY))
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_dev

    def _may_be_run(self, entry: os.DirEntry[str], known: Container[str]) -> bool:
        if not log_format.is_run_id(entry.name):
            return False
        try:
            if entry.is_symlink() and not stays_inside(self._path, entry.name):
                return False
            return entry.name in known or entry.is_dir()
        except OSError:
            return False

    def again(self) -> None:
        """List the directory at the next look, whatever it looks like."""
        self._is_blurred = True

    def put_off(self, name: str) -> None:
        """Note that a folder is no run yet: it has no ``meta.log``."""
        self._unready.add(name)


def stays_inside(log_dir: Path, name: str) -> bool:
    """Tell whether an entry of a directory, links followed, lies in it."""
    # realpath and not resolve, which raises another error at links in a circle.
    root = Path(os.path.realpath(log_dir))
    return root in Path(os.path.realpath(log_dir / name)).parents
