"""Waits for the locks of other processes, and clears away those that a killed git left."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from fitlog_core import notices

INDEX_PREFIX = "fitlog-index-"  # a temporary index has its own name, so its lock stops nobody
STALE_AFTER = 60.0  # seconds; git itself holds these locks for milliseconds
_PATIENCE = STALE_AFTER + 10  # seconds; after them every lock in the way was stale
_SILENT_WAIT = 1.0  # seconds
_FAILURES = 3  # in a row, with nothing in the way


def remove_stale_locks(git_dir: Path) -> None:
    """Remove the lock files older than a minute, saying so.

    :param git_dir: A git directory of fitlog's own.
    """
    for lock in find_locks(git_dir):
        try:
            age = time.time() - lock.stat().st_mtime
            if age <= STALE_AFTER:
                continue
            lock.unlink()
        except OSError:  # its owner was faster
            continue
        notices.say(f"removed {lock}, which an interrupted git left there {_words(age)} ago")


def find_locks(git_dir: Path) -> Iterator[Path]:
    """Yield the lock files in a git directory, but for those of temporary indexes."""
    yield from (path for path in git_dir.glob("*.lock") if not path.name.startswith(INDEX_PREFIX))
    yield from (git_dir / "refs").rglob("*.lock")


class Patience:
    """Waits for other processes; not for an error that nobody else causes.

    :param git_dir: A git directory of fitlog's own.
    """

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._start = time.monotonic()
        self._failures = 0
        self._told = False

    def wait(self, *, was_faster: bool) -> bool:
        """Wait a moment and tell whether to try again.

        :param was_faster: Another process has moved the branch.
        """
        locks = [lock for lock in find_locks(self._git_dir) if lock.name != "index.lock"]
        self._failures = 0 if was_faster or locks else self._failures + 1
        waited = time.monotonic() - self._start
        if self._failures == _FAILURES or waited > _PATIENCE:
            return False
        if locks and waited > _SILENT_WAIT and not self._told:
            self._told = True
            notices.say(f"waiting for {locks[0]}, at most until it is {STALE_AFTER:.0f} s old")
        # Not the module random: a training's seed must give it the same numbers every time.
        time.sleep(0.01 + secrets.randbelow(100) / 1000)
        remove_stale_locks(self._git_dir)
        return True


def _words(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes"
