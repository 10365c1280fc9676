"""Finds the files of a project that its rules name."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from fitlog_core import notices
from fitlog_core.log_format import is_run_id
from fitlog_core.snapshots import rules
from fitlog_core.snapshots.config import CONFIG_NAME, DEFAULT_RULES, SECTION
from fitlog_core.snapshots.project import GIT_DIR_NAME, Project

SLOW_AFTER = 2.0  # seconds a walk may take without a word
SKIPPED_NAMES = frozenset(
    {
        *(".git", ".git_backup", GIT_DIR_NAME),
        *(".venv", "venv", "site-packages", "node_modules", "__pycache__"),
    }
)
# A folder that holds one of these is an environment or somebody else's repository.
FOREIGN_CONTENT = frozenset({"pyvenv.cfg", "conda-meta", ".git"})
BARE_REPOSITORY = frozenset({"HEAD", "objects", "refs"})
SUBMODULES = ".gitmodules"
_TELLING = FOREIGN_CONTENT | BARE_REPOSITORY | {SUBMODULES}
_SUBMODULE_PATH = re.compile(r"^\s*path\s*=\s*(.+?)\s*$", re.MULTILINE)
TIMED_DEPTH = 3  # how deep the folder to blame for a slow walk is looked for


@dataclass
class Found:
    """What a walk found.

    :param files: Relative to the root, with ``/``, sorted.
    :param unreadable: Files and folders that could not be read.
    :param large: Files above the limit, and their sizes in bytes.
    :param seconds: Time taken in each of the upper folders, all that lies below included.
    """

    files: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    large: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def find_files(project: Project, log_dir: Path | None = None, start: Path | None = None) -> Found:
    """Return the files that the rules of a project name.

    Environments, caches, log directories and nested git repositories are left out; submodules
    are not.

    :param project: Where to look.
    :param log_dir: The log directory in use, which may hold no run yet.
    :param start: The folder of the running code; it and those above it are looked into,
        whatever else they hold.
    """
    walk = _Walk(project, log_dir, start or project.root)
    walk.run()
    walk.found.files.sort()
    _say_if_slow(walk.found.seconds, project)
    return walk.found


class _Walk:
    def __init__(self, project: Project, log_dir: Path | None, start: Path) -> None:
        self.found = Found()
        self._root = str(project.root)
        self._watched = rules.watched(project.watched_rules, DEFAULT_RULES)
        self._ignored = rules.Rules(project.ignored, whole_folders=True)
        self._largest_file = project.largest_file
        self._log_dir = str(log_dir.resolve()) if log_dir is not None else None
        self._way = _way(project.root, start)

    def run(self) -> None:
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            start = time.monotonic()
            waiting += self._look_into(folder)
            self._count(folder, time.monotonic() - start)

    def _look_into(self, folder: str) -> list[str]:
        """Take the files of one folder and return the folders below it; each ends with a slash."""
        try:
            content = _Content(os.path.join(self._root, folder), self._watched.endings)
        except OSError:
            self.found.unreadable.append(folder)
            return []
        if folder not in self._way and content.is_foreign():
            return []
        if content.has_submodules:
            self._way |= _submodules(os.path.join(self._root, folder), folder)
        for entry in content.files:
            path = folder + entry.name
            if self._watched.match(path) and not self._ignored.match(path):
                self._take(entry, path)
        below = ((entry, f"{folder}{entry.name}/") for entry in content.folders)
        return [path for entry, path in below if self._may_enter(entry, path)]

    def _may_enter(self, entry: os.DirEntry[str], path: str) -> bool:
        if self._ignored.match(path):
            return False
        return path in self._way or (
            entry.name not in SKIPPED_NAMES
            and not is_run_id(entry.name)
            and entry.path != self._log_dir
        )

    def _take(self, entry: os.DirEntry[str], path: str) -> None:
        if entry.is_symlink():
            self.found.files.append(path)
        elif entry.is_file(follow_symlinks=False):  # not a pipe, a socket or a device
            if not os.access(entry.path, os.R_OK):
                self.found.unreadable.append(path)
                return
            size = _size(entry)
            if size > self._largest_file:
                self.found.large[path] = size
            else:
                self.found.files.append(path)

    def _count(self, folder: str, seconds: float) -> None:
        parts = folder.split("/")[:-1]
        for depth in range(min(len(parts), TIMED_DEPTH) + 1):
            upper = "".join(f"{part}/" for part in parts[:depth])
            self.found.seconds[upper] = self.found.seconds.get(upper, 0.0) + seconds


class _Content:
    """What one folder holds, looked at in a single pass: there may be thousands of data files.

    :param folder: Its path.
    :param endings: How the names of files end that may be watched.
    :raises OSError: if it cannot be read.
    """

    def __init__(self, folder: str, endings: tuple[str, ...]) -> None:
        self.files: list[os.DirEntry[str]] = []
        self.folders: list[os.DirEntry[str]] = []
        self._telling: set[str] = set()
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name in _TELLING:
                    self._telling.add(name)
                if entry.is_dir(follow_symlinks=False):
                    self.folders.append(entry)
                elif name.endswith(endings):
                    self.files.append(entry)

    @property
    def has_submodules(self) -> bool:
        """Whether the folder names git submodules, whose code is the project's."""
        return SUBMODULES in self._telling

    def is_foreign(self) -> bool:
        """Tell whether the folder is an environment, a repository or a log directory."""
        if self._telling & FOREIGN_CONTENT or self._telling >= BARE_REPOSITORY:
            return True
        return any(is_run_id(entry.name) for entry in self.folders)


def _submodules(path: str, folder: str) -> frozenset[str]:
    """Return the submodules that a folder's ``.gitmodules`` names, as folders to look into."""
    try:
        with open(os.path.join(path, SUBMODULES), encoding="utf-8", errors="replace") as file:
            named = _SUBMODULE_PATH.findall(file.read())
    except OSError:
        return frozenset()
    return frozenset(folder + name.strip('"').rstrip("/") + "/" for name in named)


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:  # it was removed just now, which git will find too
        return 0


def _way(root: Path, start: Path) -> frozenset[str]:
    """Return the folders from the root to another; each ends with a slash, the root is empty."""
    if root not in start.parents:
        return frozenset({""})
    parts = start.relative_to(root).parts
    return frozenset(
        "".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts) + 1)
    )


def _say_if_slow(seconds: dict[str, float], project: Project) -> None:
    total = seconds[""]
    if total <= SLOW_AFTER:
        return
    folder = _slowest(seconds)
    place = f"{seconds[folder]:.1f} s of it in {folder}" if folder else "spread over many folders"
    ignored = ", ".join([*project.ignored, folder or "FOLDER/"])
    config = project.config_path or project.root / CONFIG_NAME
    notices.say(
        f"looking for the files to record took {total:.1f} s, {place}; to leave it out, write "
        f"'ignored = {ignored}' under [{SECTION}] in {config}"
    )


def _slowest(seconds: dict[str, float]) -> str:
    """Return the deepest folder that took more than half of the time of the one above it."""
    folder = ""
    while True:
        below = [
            path
            for path in seconds
            if path != folder
            and path.startswith(folder)
            and path.count("/") == folder.count("/") + 1
        ]
        slowest = max(below, key=seconds.__getitem__, default="")
        if not slowest or seconds[slowest] <= seconds[folder] / 2:
            return folder
        folder = slowest
