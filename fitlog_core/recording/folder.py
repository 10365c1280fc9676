"""The log directory and the making of a run's folder in it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from fitlog_core.errors import (
    ArgumentError,
    ArgumentTypeError,
    LogDirectoryError,
    LogDirectoryIsFileError,
    LogDirectoryNotWritableError,
)
from fitlog_core.log_format import FILES, is_run_id
from fitlog_core.notices import say
from fitlog_core.recording.visibility import Sync

_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


def absolute(log_dir: str | os.PathLike[str]) -> str:
    """Return the path of a log directory as it is now, whatever the working directory becomes.

    :param log_dir: What ``set_log_dir`` was given.
    :raises ArgumentTypeError: if it is no path.
    :raises ArgumentError: if no folder can have it.
    :raises LogDirectoryError: if it is relative and the working directory was deleted.
    """
    path = os.fspath(log_dir) if isinstance(log_dir, (str, os.PathLike)) else ""
    if not path or not isinstance(path, str):
        raise ArgumentTypeError(f"log_dir must be the path of a folder, got {log_dir!r}")
    if "\0" in path:
        raise ArgumentError(f"log_dir holds a null character, which no path can: {log_dir!r}")
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        raise ArgumentError(
            f"log_dir holds {path[error.start : error.end]!r}, which no path can in the encoding "
            f"{error.encoding}: {log_dir!r}"
        ) from None
    try:
        return os.path.abspath(path)
    except FileNotFoundError:
        raise LogDirectoryError(
            f"the log directory {path!r} lies in the working directory, which was "
            "deleted; change to another or give an absolute path"
        ) from None


def make_usable(path: str, warn: Callable[[str, OSError], None]) -> None:
    """Make a log directory if it is missing, and see that this user may write there.

    :param warn: Told of what is no fault of the caller, such as a full disk.
    :raises LogDirectoryIsFileError: if something else lies there.
    :raises LogDirectoryNotWritableError: if this user may not write there.
    :raises ArgumentError: if the path is too long for the file system.
    """
    try:
        _make_folders(path)
    except (FileExistsError, NotADirectoryError):
        raise LogDirectoryIsFileError(
            f"the log directory {path!r} is or lies in a file; name a folder"
        ) from None
    except OSError as error:
        if error.errno in _NOT_ALLOWED:
            raise _not_writable(path) from None
        if error.errno == errno.ENAMETOOLONG:  # no later time will do either
            raise ArgumentError(f"log_dir is too long for a path: {path!r}") from None
        warn(path, error)
        return
    if not os.access(path, os.W_OK | os.X_OK):
        _try_to_write(path, warn)


def _try_to_write(path: str, warn: Callable[[str, OSError], None]) -> None:
    """Ask by doing, where access() says no: it says that of a disk that fails, too."""
    probe = os.path.join(path, f".fitlog-{os.getpid()}")
    try:
        os.mkdir(probe)
        os.rmdir(probe)
    except OSError as error:
        if error.errno in _NOT_ALLOWED:
            raise _not_writable(path) from None
        warn(path, error)


def _make_folders(path: str) -> None:
    try:
        os.mkdir(path)
    except FileNotFoundError:
        os.makedirs(path, exist_ok=True)
    except OSError:  # it is there, also where it may not be made
        if not _has_mode(path, stat.S_ISDIR):
            raise


def _has_mode(path: str, is_so: Callable[[int], bool]) -> bool:
    """Tell whether a path is a folder, or a file.

    :raises OSError: if that cannot be told: a disk that fails does not say that nothing is there.
    """
    try:
        return is_so(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _not_writable(path: str) -> LogDirectoryNotWritableError:
    return LogDirectoryNotWritableError(
        f"the log directory {path!r} may not be written by this user; "
        "change its permissions or name another folder"
    )


def is_existing_run(path: str) -> bool:
    """Tell whether a path given as log directory is the folder of a run to go on with."""
    if not is_run_id(os.path.basename(path)):
        return False
    try:
        return _has_mode(os.path.join(path, "meta.log"), stat.S_ISREG)
    except OSError:  # its name says so, and nothing else can just now
        return True


def take(directory: str) -> str:
    """Make a run's folder, named after the second, or after the next one that is free.

    One atomic mkdir decides who gets a name, across processes and machines: no lock, no wait.

    :param directory: The log directory; made again if it is gone.
    :raises OSError: if it cannot be made.
    """
    moment = datetime.now()
    while True:
        folder = os.path.join(directory, f"log_{moment:%Y%m%d_%H%M%S}")
        try:
            os.mkdir(folder)
        except FileExistsError:
            moment += timedelta(seconds=1)
        except FileNotFoundError:
            _make_folders(directory)  # another process may be faster
        else:
            return folder


def give_back(folder: str) -> None:
    """Take away a folder that was taken and not filled; one with anything in it stays."""
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def fill(folder: str, contents: Mapping[str, bytes], sync: Sync | None = None) -> None:
    """Make a run's eight files, ``meta.log`` last and complete, so that no reader sees half.

    :param folder: A folder that was just taken.
    :param contents: What each file begins with, by kind.
    :param sync: What lets other machines see a file; None on a local disk.
    :raises OSError: if a file cannot be written; the folder is taken away again then.
    """
    try:
        for kind in FILES:
            if kind != "meta":
                _write(os.path.join(folder, f"{kind}.log"), contents.get(kind, b""), sync)
        unseen = os.path.join(folder, ".meta.log")
        _write(unseen, contents["meta"], sync)
        os.rename(unseen, os.path.join(folder, "meta.log"))
    except OSError:
        _remove(folder)
        raise


def complete(folder: str) -> None:
    """Make the files that an existing run lacks, since fitlog 0.9's readers open them unasked.

    All but ``best_metric.log``: very old runs keep best metrics in ``metric.log``, and
    fitlog 0.9 takes them out of there as long as the other file is missing.

    :raises OSError: if a file cannot be made.
    """
    for kind in FILES:
        if kind != "best_metric":
            _write(os.path.join(folder, f"{kind}.log"), b"")


def _write(path: str, content: bytes, sync: Sync | None = None) -> None:
    descriptor = os.open(path, _FLAGS, 0o666)
    try:
        if content and os.write(descriptor, content) < len(content):
            raise OSError(0, "the disk took only a part of a file")
        if content and sync is not None:
            sync(path, descriptor)
    finally:
        os.close(descriptor)


def _remove(folder: str) -> None:
    for name in [".meta.log", *(f"{kind}.log" for kind in FILES)]:
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(folder, name))
    try:
        os.rmdir(folder)
    except OSError as error:
        say(f"an unfinished run folder is left at {folder!r}: {error.strerror}")
