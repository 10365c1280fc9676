"""Finds the files of a project that its rules name."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISLNK, S_ISREG

from fitlog_core import notices
from fitlog_core.log_format import is_run_id
from fitlog_core.snapshots import rules
from fitlog_core.snapshots.config import DEFAULT_RULES, SECTION
from fitlog_core.snapshots.folders import Content, Folders
from fitlog_core.snapshots.names import CONFIG_NAME, GIT_DIR_NAME
from fitlog_core.snapshots.project import Project

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
        self._folders = Folders(project.git_dir, self._watched.endings)

    def run(self) -> None:
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            start = time.monotonic()
            waiting += self._look_into(folder)
            self._count(folder, time.monotonic() - start)
        self._folders.keep()

    def _look_into(self, folder: str) -> list[str]:
        """Take the files of one folder and return the folders below it; each ends with a slash."""
        path = os.path.join(self._root, folder)
        try:
            content = self._folders.content(folder, path, self._list)
        except OSError:
            self.found.unreadable.append(folder)
            return []
        if folder not in self._way and _is_foreign(content):
            return []
        if SUBMODULES in content.telling:
            self._way |= _submodules(path, folder)
        for name in content.files:
            if self._watched.match(folder + name) and not self._ignored.match(folder + name):
                self._take(folder + name)
        return [f"{folder}{name}/" for name in content.folders if self._may_enter(folder, name)]

    def _list(self, path: str) -> Content:
        return _content(path, self._watched.endings)

    def _may_enter(self, above: str, name: str) -> bool:
        folder = f"{above}{name}/"
        if self._ignored.match(folder):
            return False
        return folder in self._way or (
            name not in SKIPPED_NAMES
            and not is_run_id(name)
            and os.path.join(self._root, above, name) != self._log_dir
        )

    def _take(self, name: str) -> None:
        path = os.path.join(self._root, name)
        try:
            found = os.lstat(path)
        except OSError:
            self.found.unreadable.append(name)
            return
        if S_ISLNK(found.st_mode):
            self.found.files.append(name)
        elif S_ISREG(found.st_mode):  # not a pipe, a socket or a device
            if not os.access(path, os.R_OK):
                self.found.unreadable.append(name)
            elif found.st_size > self._largest_file:
                self.found.large[name] = found.st_size
            else:
                self.found.files.append(name)

    def _count(self, folder: str, seconds: float) -> None:
        parts = folder.split("/")[:-1]
        for depth in range(min(len(parts), TIMED_DEPTH) + 1):
            upper = "".join(f"{part}/" for part in parts[:depth])
            self.found.seconds[upper] = self.found.seconds.get(upper, 0.0) + seconds


def _content(path: str, endings: tuple[str, ...]) -> Content:
    """Return what one folder holds, by a single pass: there may be thousands of data files.

    :param endings: How the names of files end that may be watched.
    :raises OSError: if it cannot be read.
    """
    content = Content([], [], [])
    with os.scandir(path) as entries:
        for entry in entries:
            name = entry.name
            if name in _TELLING:
                content.telling.append(name)
            if entry.is_dir(follow_symlinks=False):
                content.folders.append(name)
            elif name.endswith(endings):
                content.files.append(name)
    return content


def _is_foreign(content: Content) -> bool:
    """Tell whether a folder is an environment, a repository or a log directory."""
    if not FOREIGN_CONTENT.isdisjoint(content.telling) or BARE_REPOSITORY.issubset(content.telling):
        return True
    return any(map(is_run_id, content.folders))


def _submodules(path: str, folder: str) -> frozenset[str]:
    """Return the submodules that a folder's ``.gitmodules`` names, as folders to look into."""
    try:
        with open(os.path.join(path, SUBMODULES), encoding="utf-8", errors="replace") as file:
            named = _SUBMODULE_PATH.findall(file.read())
    except OSError:
        return frozenset()
    return frozenset(folder + name.strip('"').rstrip("/") + "/" for name in named)


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
