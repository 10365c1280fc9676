"""Finds the run that somebody named: by its id or a part of it, by its place, by its path."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from fitlog_core.errors import AmbiguousRunError, LogDirectoryError, RunNotFoundError
from fitlog_core.log_format import is_run, is_run_id

USUAL_NAME = "logs"
NEAR = 5  # ids that are named where none, or more than one, was meant
_FOLDERS = 300  # of a project that are looked into for runs
_ENTRIES = 1000  # of each
_PLACE = re.compile(r"@([0-9]{1,6})")
_NO_LOGS = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


class _Folder(NamedTuple):
    """A folder that may be a run; there are ten thousand, so it is no Path."""

    name: str
    root: str

    @property
    def path(self) -> str:
        return os.path.join(self.root, self.name)


def resolve_run(text: str, log_dir: Path | None = None, start: Path | None = None) -> Path:
    """Return the folder of the run that a text names.

    :param text: Its id, the beginning or the ending of it (``log_`` may be left out), ``@1`` for
        the latest run and ``@2`` for the one before, or the path of its folder.
    :param log_dir: The log directory to look in; :func:`log_directories` unless it is given.
    :param start: The folder to look around, the working directory unless it is given.
    :raises AmbiguousRunError: if several runs answer to it; it names the newest of them.
    :raises RunNotFoundError: if none does; it names the nearest.
    :raises LogDirectoryError: if ``log_dir`` is no directory.
    """
    return RunFinder(log_dir, start).find(text)


class RunFinder:
    """Finds several runs by what people call them; the log directories are listed once.

    :param log_dir: As for :func:`resolve_run`, like ``start``.
    """

    def __init__(self, log_dir: Path | None = None, start: Path | None = None) -> None:
        self._log_dir = log_dir
        self._start = Path.cwd() if start is None else start
        self._folders: list[_Folder] | None = None

    def find(self, text: str) -> Path:
        """Return the folder of the run that a text names, see :func:`resolve_run`."""
        if _is_path(text, self._start):
            return _run_at(self._start / text, text)
        if self._folders is None:
            self._folders = self._listed(text)
        if _PLACE.fullmatch(text):
            return _at_place(text, self._folders)
        return _only(text, self._folders)

    def _listed(self, text: str) -> list[_Folder]:
        """Return all that may be a run, newest first."""
        if self._log_dir is not None:
            places = [_checked(self._log_dir)]
        else:
            places = log_directories(self._start)
        if not places:
            raise RunNotFoundError(
                f"no run {text!r}: there are no runs in {self._start} or in a folder of it; name "
                "their directory with --log-dir"
            )
        return sorted(_folders_in(places), reverse=True)


def log_directories(start: Path) -> list[Path]:
    """Return the folders with runs at, or directly in, a folder or those above it.

    The nearest folder that has any counts; how far up is looked ends with the project, that is
    with a folder that holds ``.fitlog``, ``.fitconfig`` or ``.git``.

    :param start: Where to begin.
    """
    for folder in (start, *start.parents):
        if is_run(folder):
            continue
        found = [place for place in (folder, *_below(folder)) if _holds_runs(place)]
        if found:
            return found
        if any((folder / name).exists() for name in (".fitlog", ".fitconfig", ".git")):
            break
    return []


def _below(folder: Path) -> list[Path]:
    """Return the folders directly in a folder, the usual name for logs first."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, _ENTRIES) if _may_hold(entry)]
    except OSError:
        return []
    names.sort(key=lambda name: (name != USUAL_NAME, name))
    return [folder / name for name in names[:_FOLDERS]]


def _may_hold(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name in _NO_LOGS or is_run_id(entry.name):
        return False
    try:
        return entry.is_dir()
    except OSError:
        return False


def _holds_runs(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(is_run_id(entry.name) for entry in islice(entries, _ENTRIES))
    except OSError:
        return False


def _is_path(text: str, start: Path) -> bool:
    if os.sep in text or (os.altsep is not None and os.altsep in text) or text in (".", ".."):
        return True
    return bool(text) and "\0" not in text and (start / text / "meta.log").is_file()


def _run_at(path: Path, text: str) -> Path:
    folder = Path(os.path.abspath(path))  # not resolved: a link has the name that was given
    try:
        is_there = (folder / "meta.log").is_file()
    except ValueError:  # a NUL
        is_there = False
    if not is_there:
        raise RunNotFoundError(f"{text} is no run: there is no meta.log in it")
    return folder


def _checked(log_dir: Path) -> Path:
    if not log_dir.is_dir():
        raise LogDirectoryError(f"there is no directory {log_dir}: name the one your runs are in")
    return Path(os.path.abspath(log_dir))


def _folders_in(places: Iterable[Path]) -> Iterator[_Folder]:
    for place in places:
        root = str(place)
        yield from (_Folder(name, root) for name in os.listdir(place) if is_run_id(name))


def _at_place(text: str, folders: list[_Folder]) -> Path:
    number = int(text[1:])
    if number == 0:
        raise RunNotFoundError("@0 is no run: @1 is the latest one, @2 the one before")
    runs = list(islice((one for one in folders if is_run(one.path)), number))
    if len(runs) < number:
        count = f"{len(runs)} run" if len(runs) == 1 else f"{len(runs)} runs"
        raise RunNotFoundError(f"no run {text}: there are {count}, and @1 is the latest")
    return Path(runs[-1].path)


def _only(text: str, folders: list[_Folder]) -> Path:
    matching = [one for one in folders if _answers(one.name, text) and is_run(one.path)]
    if not matching:
        raise RunNotFoundError(_unknown(text, folders))
    found = [one for one in matching if one.name == text] or matching
    if len(found) > 1:
        raise AmbiguousRunError(_ambiguous(text, found))
    return Path(found[0].path)


def _answers(run_id: str, text: str) -> bool:
    return bool(text) and (run_id.startswith((text, f"log_{text}")) or run_id.endswith(text))


def _unknown(text: str, folders: list[_Folder]) -> str:
    runs = (one for one in _by_nearness(text, folders) if is_run(one.path))
    near = [one.name for one in islice(runs, NEAR)]
    if not near:
        return f"no run {text!r}, and no other one either"
    return f"no run {text!r}; the nearest are {', '.join(near)}"


def _ambiguous(text: str, found: list[_Folder]) -> str:
    names = [one.name for one in found]
    if len(set(names)) < len(names):  # one id in two directories
        names = [one.path for one in found]
    more = f" and {len(names) - NEAR} more" if len(names) > NEAR else ""
    return f"{text!r} is {len(names)} runs: {', '.join(names[:NEAR])}{more}; give more of the id"


def _by_nearness(text: str, folders: list[_Folder]) -> list[_Folder]:
    """Return runs by how much of their id a text shares at its beginning or end, newest first."""
    bare = text.removeprefix("log_")

    def shared(folder: _Folder) -> int:
        digits = folder.name.removeprefix("log_")
        return max(_shared(digits, bare), _shared(digits[::-1], bare[::-1]))

    return sorted(folders, key=shared, reverse=True)


def _shared(one: str, other: str) -> int:
    """Return with how many same characters two texts begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
