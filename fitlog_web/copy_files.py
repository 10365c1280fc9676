"""Where a copy of the board is written: never into the logs, never over what is not ours."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fitlog_core.errors import UsageError
from fitlog_web.answers import encode
from fitlog_web.copy_data import Copy, series_file
from fitlog_web.copy_page import page_of, series_script

INDEX = "index.html"
FOLDERS = ("curves", "images")
_OURS = re.compile(r"curves/[0-9]+\.js|images/[0-9]+\.(?:png|jpg|gif|webp)")


def check_place(place: Path, log_dir: Path, single: bool, force: bool) -> None:
    """Make sure that a copy may be written to a place, before anything is read.

    :raises UsageError: if it lies in the log directory, or something is there already.
    """
    logs = log_dir.resolve()
    targets = [place] if single else [place, *(place / name for name in FOLDERS)]
    if any(logs in (target, *target.parents) for target in map(Path.resolve, targets)):
        raise UsageError(f"{place} lies in the log directory, which a copy never writes into")
    if single:
        _check_file(place, force)
    else:
        _check_folder(place, force)


def _check_file(place: Path, force: bool) -> None:
    if place.is_dir():
        raise UsageError(f"{place} is a folder: with --single, name a file such as {place}.html")
    if os.path.lexists(place) and not force:
        raise UsageError(f"{place} is there already: name another file, or add --force")


def _check_folder(place: Path, force: bool) -> None:
    if os.path.lexists(place) and not place.is_dir():
        raise UsageError(f"{place} is a file: name a folder, or add --single for one file")
    if not place.is_dir() or force:
        return
    with os.scandir(place) as entries:
        if any(entries):
            raise UsageError(f"{place} is not empty: name another folder, or add --force")


def write_single(copied: Copy, place: Path) -> int:
    """Write a copy as one file; return its size in bytes."""
    told = _with_pictures(copied, [picture.as_address() for picture in _pictures(copied)])
    inside = {
        index: series_file(copied.curves, index) for index in range(len(copied.curves.series))
    }
    page = page_of({**told, "page": "copy", "single": True}, inside)
    place.parent.mkdir(parents=True, exist_ok=True)
    _write(place, page)
    return len(page)


def write_folder(copied: Copy, place: Path) -> int:
    """Write a copy as a folder, its page last; return its size in bytes.

    Of a copy that was there before, what this one does not have is taken away.
    """
    files: dict[str, bytes] = {}
    for index in range(len(copied.curves.series)):
        said = encode(series_file(copied.curves, index))
        files[f"curves/{index}.js"] = series_script(index, said)
    addresses = []
    for number, picture in enumerate(_pictures(copied)):
        addresses.append(f"images/{number}.{picture.kind}")
        files[addresses[-1]] = picture.content
    told = _with_pictures(copied, addresses)
    files[INDEX] = page_of({**told, "page": "copy", "single": False}, {})
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        _write(place / name, content)
    _take_away_old(place, set(files))
    return sum(map(len, files.values()))


def _pictures(copied: Copy) -> Iterator[Any]:
    for pictures in copied.pictures.taken.values():
        yield from pictures


def _with_pictures(copied: Copy, addresses: list[str]) -> dict[str, Any]:
    """Return what the page knows, the pictures' addresses among it by the places of their runs."""
    left = iter(addresses)
    shown = {
        str(place): [[picture.name, next(left)] for picture in pictures]
        for place, pictures in copied.pictures.taken.items()
    }
    return {**copied.told, "images": shown}


def _take_away_old(place: Path, kept: set[str]) -> None:
    for folder in FOLDERS:
        if (place / folder).is_dir() and not (place / folder).is_symlink():
            for path in (place / folder).iterdir():
                name = f"{folder}/{path.name}"
                if name not in kept and _OURS.fullmatch(name):
                    path.unlink()


def _write(path: Path, content: bytes) -> None:
    """Put a file where it belongs at once, so that none is there by half."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".fitlog-")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    now = os.umask(0o077)
    os.umask(now)
    return now
