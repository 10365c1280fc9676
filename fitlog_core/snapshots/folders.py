"""What the folders of a project hold, remembered from one snapshot to the next.

Listing 20,000 data files takes longer than git needs for the code beside them. What names a folder
holds changes with its times alone, so that one look at the folder tells whether to list it again.
Only on file systems of which that is known; elsewhere every folder is listed every time.
"""

from __future__ import annotations

import json
import os
import secrets
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core import machine
from fitlog_core.snapshots.locks import INDEX_PREFIX

FILE_NAME = "fitlog-folders"
_VERSION = 1
# Seconds after a change in which another may leave the times as they are.
BLUR = 2.0
MOST_NAMES = 100_000  # more are not worth reading

Mark = tuple[int, int, int, int]


class Content(NamedTuple):
    """What one folder holds.

    :param files: Names of what is no folder and may be watched.
    :param folders: Names of the folders.
    :param telling: Names that tell what kind of folder it is.
    """

    files: list[str]
    folders: list[str]
    telling: list[str]


class Folders:
    """The folders of one project by their path in it.

    :param git_dir: The project's ``.fitlog``, where they are remembered.
    :param endings: How the names of files end that may be watched; others are no part of it.
    """

    def __init__(self, git_dir: Path, endings: tuple[str, ...]) -> None:
        self._path = git_dir / FILE_NAME
        self._key = [_VERSION, list(endings)]
        self._is_trusted = machine.keeps_folder_times(git_dir)
        self._before = self._read() if self._is_trusted else {}
        self._now: dict[str, list[Any]] = {}
        self._listed_at = time.time()

    def content(self, folder: str, path: str, list_it: Callable[[str], Content]) -> Content:
        """Return what a folder holds, by listing it only where it may have changed.

        :param folder: Its path in the project.
        :param path: The same, to be opened.
        :param list_it: What lists it.
        :raises OSError: if it cannot be read.
        """
        if not self._is_trusted:
            return list_it(path)
        mark = _mark(path)
        known = self._before.get(folder)
        if known is not None and tuple(known[0]) == mark:
            self._now[folder] = known
            return Content(*known[1:])
        found = list_it(path)
        if self._listed_at - max(mark[2:]) / 1e9 > BLUR:
            self._now[folder] = [mark, *found]
        return found

    def keep(self) -> None:
        """Remember what was listed; where that is not possible the next snapshot takes longer."""
        if not self._is_trusted or self._now == self._before or not self._path.parent.is_dir():
            return
        names = sum(len(files) + len(folders) for _, files, folders, _ in self._now.values())
        if names > MOST_NAMES:
            self._now = {}
        said = json.dumps([*self._key, self._now]).encode("ascii")
        part = self._path.with_name(f"{INDEX_PREFIX}{os.getpid()}-{secrets.token_hex(4)}")
        try:
            part.write_bytes(b"%08x%b" % (zlib.crc32(said), said))
            part.replace(self._path)
        except OSError:
            with suppress(OSError):
                part.unlink()

    def _read(self) -> dict[str, list[Any]]:
        try:
            text = self._path.read_bytes()
            if int(text[:8], 16) != zlib.crc32(text[8:]):
                return {}
            version, endings, folders = json.loads(text[8:])
        except (OSError, ValueError):
            return {}
        return dict(folders) if [version, endings] == self._key else {}


def _mark(path: str) -> Mark:
    found = os.stat(path, follow_symlinks=False)
    # The time of change too: who unpacks an archive sets the other back.
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns
