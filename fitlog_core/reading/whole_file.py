"""Small files that are read whole and replaced whole, without losing anybody's change."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from fitlog_core.errors import ViewError, ViewNotWritableError
from fitlog_core.sentences import reason, sentence

try:  # Windows has no fcntl: there the last look before the rename has to do
    import fcntl
except ImportError:  # pragma: no cover
    fcntl = None  # type: ignore[assignment]


def place(log_dir: Path, name: str) -> Path:
    """Return where the file ``name`` of a log directory really lies.

    A link is followed, so that it stays a link when its file is replaced, but never out of the
    log directory.

    :raises ViewError: if the file lies outside ``log_dir`` or is not a regular file.
    """
    root = log_dir.resolve()
    try:
        path = (root / name).resolve()
    except (OSError, RuntimeError) as error:
        raise ViewError(
            sentence("file.circle", "{file} is a link in a circle", file=log_dir / name)
        ) from error
    if path.parent != root and root not in path.parents:
        raise ViewError(
            sentence(
                "file.outside",
                "{file!r} leads out of the log directory {directory}: it is not opened",
                file=name,
                directory=log_dir,
            )
        )
    try:
        is_other = path.exists() and not path.is_file()
    except OSError as error:  # a way that may not be gone, a name too long
        raise ViewError(
            sentence(
                "file.unseen",
                "{file} cannot be looked at: {reason}",
                file=path,
                reason=reason(error),
            )
        ) from error
    if is_other:
        raise ViewError(sentence("file.none", "{file} is not a file: move it away", file=path))
    return path


LARGEST = 64 << 20  # bytes that are read at once


def read(path: Path, largest: int = LARGEST) -> bytes | None:
    """Return the bytes of ``path``, or None where there is no such file.

    :raises ViewError: if the file cannot be read, or is larger than ``largest`` bytes.
    """
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
        if len(content) > largest:
            raise ViewError(
                sentence(
                    "file.large",
                    "{file} is larger than {most} bytes: it is not read",
                    file=path,
                    most=largest,
                )
            )
        return content
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ViewError(
            sentence(
                "file.unread", "{file} cannot be read: {reason}", file=path, reason=reason(error)
            )
        ) from error


@contextlib.contextmanager
def alone(log_dir: Path) -> Iterator[None]:
    """Keep other boards of this machine from changing ``log_dir`` meanwhile.

    The directory itself is locked: that needs no file of our own in it. Where the file system
    knows no locks, two changes in the same instant are still noticed by what they read.
    """
    if fcntl is None:  # pragma: no cover
        yield
        return
    try:
        handle = os.open(log_dir, os.O_RDONLY)
    except OSError as error:
        raise ViewError(
            sentence(
                "directory.unopened",
                "the log directory {directory} cannot be opened: {reason}",
                directory=log_dir,
                reason=reason(error),
            )
        ) from error
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def replace(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of ``path`` in one step; permissions and owner stay.

    Who reads meanwhile sees the old file or the new one, never a part.

    :raises ViewNotWritableError: if the folder or the disk does not allow it.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        before = path.stat() if path.exists() else None
        if before is not None and not os.access(path, os.W_OK):
            raise PermissionError(13, sentence("file.read_only", "it is read-only"))
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if before is not None:
            _take_over(temporary, before)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise ViewNotWritableError(
            sentence(
                "file.unwritten",
                "{file} cannot be written: {reason}; nothing was changed",
                file=path,
                reason=reason(error),
            )
        ) from error


def keep_aside(path: Path) -> Path:
    """Copy a damaged file to ``NAME.damaged`` (``.damaged-2``, ...) and return the copy's path.

    :raises ViewNotWritableError: if that is not possible.
    """
    number = 1
    while True:
        copy = path.with_name(f"{path.name}.damaged{'' if number == 1 else f'-{number}'}")
        if not copy.exists():
            break
        number += 1
    content = read(path)
    replace(copy, content or b"")
    return copy


def _take_over(temporary: Path, before: os.stat_result) -> None:
    """Give the new file the mode and, where we may, the owner of the old one."""
    temporary.chmod(stat.S_IMODE(before.st_mode))
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(temporary, before.st_uid, before.st_gid)
