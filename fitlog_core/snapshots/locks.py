"""Clears away the locks that a killed git leaves behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from fitlog_core import notices

INDEX_PREFIX = "fitlog-index-"  # a temporary index has its own name, so its lock stops nobody
STALE_AFTER = 60.0  # seconds; git itself holds these locks for milliseconds


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


def _words(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes"
