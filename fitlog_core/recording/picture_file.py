"""One picture on disk: there whole or not at all, whoever looks or is killed meanwhile."""

from __future__ import annotations

import contextlib
import os
import threading

from fitlog_core import image_files
from fitlog_core.recording.visibility import Sync

# Not O_EXCL: what a killed process left under that name must not refuse the picture for ever.
_FLAGS = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_TRUNC
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)


def write(path: str, content: bytes, sync: Sync | None) -> None:
    """Write a picture, in the place of an earlier one of that path.

    :param sync: What lets other machines see it; None on a local disk.
    :raises OSError: if it cannot be written; nothing of it is left then.
    """
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    unseen = os.path.join(folder, f".{name}.{os.getpid()}-{threading.get_ident()}")
    try:
        _write_new(unseen, content, sync)
        os.replace(unseen, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(unseen)
        raise


def _write_new(path: str, content: bytes, sync: Sync | None) -> None:
    descriptor = os.open(path, _FLAGS, 0o666)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        if sync is not None:
            sync(path, descriptor)
    finally:
        os.close(descriptor)


def show(console: str) -> None:
    """Let who follows a live run see that there is another picture: it looks at its log files."""
    with contextlib.suppress(OSError):
        os.utime(console)


def remove_other_kinds(path: str) -> None:
    """Remove earlier pictures of the same name and step that are files of another kind."""
    stem = os.path.splitext(path)[0]
    for kind in image_files.MAGIC:
        other = f"{stem}.{kind}"
        if other != path:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(other)
