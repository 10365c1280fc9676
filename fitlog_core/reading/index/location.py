"""Where the cache of what was read lies: on a disk of this machine that the user may write to."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fitlog_core import machine
from fitlog_core.settings import environment

# Part of the names: another version of fitlog with other tables has files of its own.
VERSION = 7
SUFFIX = ".sqlite"


class Location(NamedTuple):
    """A folder for caches.

    :param folder: None where there is none: the cache is kept in memory then.
    :param passed_over: Folders that would have come before it, each with what is wrong with it.
    """

    folder: Path | None
    passed_over: tuple[str, ...] = ()


def find(log_dir: Path | None = None) -> Location:
    """Return where caches lie: FITLOG_CACHE_DIR, the user's cache directory, a private folder.

    :param log_dir: The log directory, into which nothing is ever written.
    """
    passed_over: list[str] = []
    for folder, is_shared in _candidates():
        fault = _fault_of(folder, log_dir, is_shared)
        if fault is None:
            return Location(folder, tuple(passed_over))
        passed_over.append(f"{folder} {fault}")
    return Location(None, tuple(passed_over))


def file_for(log_dir: Path, folder: Path) -> Path:
    """Return the file that holds the cache of one log directory."""
    name = os.path.realpath(log_dir).encode("utf-8", "surrogateescape")
    return folder / f"v{VERSION}-{hashlib.sha256(name).hexdigest()[:24]}{SUFFIX}"


def _candidates() -> Iterator[tuple[Path, bool]]:
    """Yield folders, the best first, each with whether others may write beside it."""
    for folder in (*_chosen(), *_of_user()):
        yield folder, False
    yield _temporary(), True  # asked for last: to find it Python writes a file


def _chosen() -> Iterator[Path]:
    named = environment("cache directory")
    if named:
        yield Path(named).expanduser().absolute()


def _of_user() -> Iterator[Path]:
    home = Path(os.path.expanduser("~"))
    if not home.is_absolute():
        return
    if sys.platform == "darwin":
        yield home / "Library" / "Caches" / "fitlog"
    elif os.name == "nt":
        yield Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "fitlog" / "Cache"
    else:
        named = Path(os.environ.get("XDG_CACHE_HOME", ""))
        yield (named if named.is_absolute() else home / ".cache") / "fitlog"


def _temporary() -> Path:
    user = f"{os.getuid()}" if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"fitlog-{user}"


def _fault_of(folder: Path, log_dir: Path | None, is_shared: bool) -> str | None:
    """Return why a folder, made if it is missing, cannot hold caches; None where it can."""
    if log_dir is not None and _is_inside(folder, log_dir):
        return "lies in the log directory"
    if machine.is_on_network(folder):
        return "is on a network file system"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat() if is_shared else folder.stat()
    except OSError as error:
        return f"cannot be made ({error.strerror or error})"
    if not stat.S_ISDIR(found.st_mode):
        return "is no folder"
    if is_shared and not _is_private(found):
        return "may be written by others"
    return None if os.access(folder, os.W_OK | os.X_OK) else "may not be written"


def _is_inside(folder: Path, log_dir: Path) -> bool:
    root = Path(os.path.realpath(log_dir))
    return Path(os.path.realpath(folder)).is_relative_to(root)


def _is_private(found: os.stat_result) -> bool:
    """Tell whether only this user can have put something into the folder."""
    if not hasattr(os, "getuid"):  # Windows gives each user a temporary directory of their own
        return True
    return found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077
