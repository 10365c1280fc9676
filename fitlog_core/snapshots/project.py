"""Finds the project that a file belongs to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from fitlog_core.errors import ProjectNotFoundError
from fitlog_core.snapshots.config import LARGEST_FILE, read_config
from fitlog_core.snapshots.names import CONFIG_NAME, GIT_DIR_NAME

BUILD_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
PACKAGE_FOLDERS = frozenset({"site-packages", "dist-packages"})


@dataclass(frozen=True)
class Project:
    """A folder whose code is recorded, and the rules for it.

    :param root: Absolute path, without symbolic links.
    :param config_path: Its ``.fitconfig``, if there is one.
    :param watched_rules: Patterns of the files to record.
    :param ignored: Patterns of what to leave out.
    :param largest_file: Bytes; larger files are left out.
    """

    root: Path
    config_path: Path | None
    watched_rules: tuple[str, ...]
    ignored: tuple[str, ...]
    largest_file: int = LARGEST_FILE

    @property
    def git_dir(self) -> Path:
        """Where the snapshots are."""
        return self.root / GIT_DIR_NAME


def find_project(start: Path) -> Project:
    """Return the project around a file or folder.

    :param start: A file or folder; one that does not exist stands for the working directory,
        as in a notebook.
    :raises ProjectNotFoundError: if only the home directory, the root of the file system, the
        temporary directory or an installed package would be left.
    """
    return project_at(find_root(start))


def project_at(root: Path) -> Project:
    """Return the project whose root is known."""
    config_path = find_config(root)
    config = read_config(config_path)
    return Project(root, config_path, config.watched_rules, config.ignored, config.largest_file)


def find_config(root: Path) -> Path | None:
    """Return the ``.fitconfig`` of a project root, beside the code or hidden in ``.fitlog``."""
    candidates = (root / CONFIG_NAME, root / GIT_DIR_NAME / CONFIG_NAME)
    return next((path for path in candidates if path.is_file()), None)


def find_root(start: Path) -> Path:
    """Return the root of the project around a file or folder, see :func:`find_project`.

    :param start: A file or folder.
    :raises ProjectNotFoundError: as :func:`find_project` does.
    """
    folder = folder_of(start)
    if _is_installed(folder):
        raise ProjectNotFoundError(f"{folder} belongs to an installed package, not to a project")
    forbidden = _forbidden_roots()
    marked = _first(_below_home(folder), _is_marked)
    if marked is not None and marked not in forbidden:
        return marked
    allowed = [path for path in (folder, *folder.parents) if path not in forbidden]
    root = _first(allowed, _is_work_tree) or _first(allowed, _has_build_file)
    if root is None and folder in forbidden:
        raise ProjectNotFoundError(
            f"{folder} is no place for a project (the home directory, the temporary directory or "
            "the root of the file system); move the code to a folder of its own"
        )
    return root or folder


def is_forbidden(root: Path) -> bool:
    """Tell whether a resolved folder may never be a project."""
    return root in _forbidden_roots() or _is_installed(root)


def _is_installed(folder: Path) -> bool:
    """Tell whether a folder belongs to an installed package or to Python itself."""
    library = Path(os.__file__).resolve().parent
    return bool(PACKAGE_FOLDERS.intersection(folder.parts)) or folder.is_relative_to(library)


def folder_of(start: Path) -> Path:
    """Return the folder that a file lies in, without symbolic links; see :func:`find_project`."""
    path = _absolute(start)
    if path.is_dir():
        return path.resolve()
    # A file that is not there is a notebook cell, <stdin> or the like.
    return path.parent.resolve() if path.exists() else Path.cwd()


def _absolute(start: Path) -> Path:
    try:
        return Path(os.path.abspath(start))  # Path.absolute() keeps ".."
    except FileNotFoundError:
        raise ProjectNotFoundError("the working directory was deleted; change to another") from None


def _below_home(folder: Path) -> Iterable[Path]:
    """Yield the folder and those above it, the home directory and what lies above left out."""
    home = _home()
    for path in (folder, *folder.parents):
        if path == home:
            return
        yield path


def _home() -> Path:
    return Path(os.path.expanduser("~")).resolve()  # Path.home() may raise


def _forbidden_roots() -> frozenset[Path]:
    temporary = (tempfile.gettempdir(), "/tmp", "/var/tmp")  # noqa: S108  refused, not used
    return frozenset(
        {_home(), Path(os.sep).resolve(), *(Path(folder).resolve() for folder in temporary)}
    )


def _first(folders: Iterable[Path], test: Callable[[Path], bool]) -> Path | None:
    return next((folder for folder in folders if test(folder)), None)


def _is_marked(folder: Path) -> bool:
    return (folder / CONFIG_NAME).is_file() or (folder / GIT_DIR_NAME).is_dir()


def _is_work_tree(folder: Path) -> bool:
    return (folder / ".git").exists()


def _has_build_file(folder: Path) -> bool:
    return any((folder / name).is_file() for name in BUILD_FILES)
