"""The files of one run's folder: listed and opened, never followed out of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fitlog_core.errors import RunNotFoundError
from fitlog_core.sentences import sentence

MOST_FILES = 10_000  # a folder of checkpoints may hold more; a page could not show them
DEEPEST = 20


class RunFile(NamedTuple):
    """One file of a run: its path inside the folder with ``/``, bytes, epoch seconds."""

    path: str
    size: int
    mtime: float


def list_files(folder: Path) -> list[RunFile]:
    """Return the files in a folder and the folders in it, sorted by path; links are left out."""
    found: list[RunFile] = []
    for file in _walk(folder, "", 0):
        found.append(file)
        if len(found) == MOST_FILES:
            break
    return sorted(found)


def _walk(folder: Path, prefix: str, depth: int) -> Iterator[RunFile]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth < DEEPEST:
                    yield from _walk(folder / entry.name, f"{prefix}{entry.name}/", depth + 1)
            elif entry.is_file(follow_symlinks=False):
                found = entry.stat(follow_symlinks=False)
                yield RunFile(prefix + entry.name, found.st_size, found.st_mtime)
        except OSError:  # removed while we look
            continue


def contained_file(folder: Path, path: str) -> Path:
    """Return a file of the folder.

    :param path: Its path inside the folder, with ``/``.
    :raises RunNotFoundError: if there is no such file, or it lies outside.
    """
    try:
        root = folder.resolve(strict=True)
        found = (root / path).resolve(strict=True)
        if path and found.is_relative_to(root) and found.is_file():
            return found
    except (OSError, ValueError, RuntimeError):  # a NUL, a name too long, links in a circle
        pass
    raise RunNotFoundError(
        sentence("run.no_file", "the run {run} has no file {path!r}", run=folder.name, path=path)
    )
