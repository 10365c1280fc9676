"""The notices of one log directory to one target: a small file that its runs share.

It lies in the user's cache folder, which nobody else may read, and holds no address: its name
is a hash of the target and the log directory. Where it cannot be used, nothing is held back.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fitlog_core.notification.facts import Brief
from fitlog_core.reading.reader import RunReader, State

LOCK_SECONDS = 1.0  # the end of a run waits no longer for another run that just uses the file
MOST_HELD = 1000


@dataclass
class Post:
    """What the file holds.

    :param sent: When a notice went out last (epoch seconds).
    :param live: The runs that will tell of their end, and when each began.
    :param held: The runs that ended and were not told of yet.
    """

    sent: float = 0.0
    live: dict[str, float] = field(default_factory=dict)
    held: list[Brief] = field(default_factory=list)


class Mailbox:
    """The shared file.

    :param target: What tells this target from others, such as its address. It is not stored.
    :param log_dir: The log directory.
    :param window: For how many seconds after a notice others are held back.
    """

    def __init__(self, target: str, log_dir: Path, window: float) -> None:
        self.window = window
        self._log_dir = log_dir
        name = hashlib.sha256(f"{target}\n{log_dir}".encode("utf-8", "replace")).hexdigest()
        self.key = name[:32]
        self._path = cache_folder() / f"{self.key}.json"

    @contextmanager
    def opened(self) -> Iterator[Post | None]:
        """Give what the file holds and write it back; None where it cannot be used."""
        handle = self._locked()
        if handle is None:
            yield None
            return
        try:
            post = _read(handle)
            yield post
            _write(handle, post)
        finally:
            os.close(handle)  # which gives the lock back

    def is_busy(self, post: Post) -> bool:
        """Tell whether a notice went out so shortly ago that others are held back."""
        return 0 <= time.time() - post.sent < self.window

    def has_heir(self, post: Post, seconds: float) -> bool:
        """Tell whether another run will take what is held; one found to be gone is forgotten.

        A run that has been going on for much longer than those that end now may go on for days
        more, so it does not count.

        :param post: What the file holds.
        :param seconds: Duration of the run that ended.
        """
        oldest = time.time() - 2 * seconds - self.window
        for run, began in sorted(post.live.items(), reverse=True):  # the youngest live longest
            if began < oldest:
                continue
            if self._is_alive(run):
                return True
            del post.live[run]
        return False

    def _is_alive(self, run: str) -> bool:
        reader = RunReader(self._log_dir / run)
        reader.refresh()
        return reader.state() is State.RUNNING and bool(reader.meta)

    def _locked(self) -> int | None:
        try:
            import fcntl
        except ImportError:  # Windows: every notice goes out at once
            return None
        folder = self._path.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = folder.stat()
            if status.st_uid != os.getuid() or status.st_mode & 0o077:
                return None
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            handle = os.open(self._path, flags, 0o600)
        except OSError:
            return None
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return handle
            except OSError:
                if time.monotonic() >= deadline:
                    os.close(handle)
                    return None
                time.sleep(0.02)


def cache_folder() -> Path:
    """Return where the files lie."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    home = os.path.expanduser(os.path.join("~", ".cache"))
    cache = named if os.path.isabs(named) else home
    return Path(os.path.abspath(cache), "fitlog", "notices")


def _read(handle: int) -> Post:
    """Return what the file holds; an empty or broken one holds nothing."""
    try:
        data = os.pread(handle, os.fstat(handle).st_size, 0)
        return _post(json.loads(data))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Post()


def _post(found: dict[str, Any]) -> Post:
    held = [
        Brief(str(run), "ended" if state == "ended" else "finish", float(seconds), str(result))
        for run, state, seconds, result in found["held"]
    ]
    live = {Path(run).name: float(began) for run, began in found["live"].items()}
    return Post(float(found["sent"]), live, held)


def _write(handle: int, post: Post) -> None:
    live = dict(list(post.live.items())[-MOST_HELD:])
    text = json.dumps({"sent": post.sent, "live": live, "held": post.held[-MOST_HELD:]})
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, text.encode(), 0)
    except OSError:  # the disk is full: then nothing is held back next time
        return
