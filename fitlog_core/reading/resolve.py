"""Finds the run that somebody named: by its id or a part of it, by its place, by its path."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from fitlog_core.errors import AmbiguousRunError, LogDirectoryError, RunNotFoundError
from fitlog_core.log_format import is_run, is_run_id

USUAL_NAME = "logs"
NEAR = 5  # ids that are named where none, or more than one, was meant
_FOLDERS = 300  # of a project that are looked into for runs
_ENTRIES = 1000  # of each
_PLACE = re.compile(r"@([0-9]{1,6})")
_NO_LOGS = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


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
    here = Path.cwd() if start is None else start
    if _is_path(text, here):
        return _run_at(here / text, text)
    places = log_directories(here) if log_dir is None else [_checked(log_dir)]
    if not places:
        raise RunNotFoundError(
            f"no run {text!r}: there are no runs in {here} or in a folder of it; name their "
            "directory with --log-dir"
        )
    folders = sorted(_folders_in(places), key=lambda path: path.name, reverse=True)
    if _PLACE.fullmatch(text):
        return _at_place(text, folders)
    return _only(text, folders)


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


def _folders_in(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        with os.scandir(place) as entries:
            yield from (Path(entry.path) for entry in entries if is_run_id(entry.name))


def _at_place(text: str, folders: list[Path]) -> Path:
    number = int(text[1:])
    if number == 0:
        raise RunNotFoundError("@0 is no run: @1 is the latest one, @2 the one before")
    runs = list(islice((folder for folder in folders if is_run(folder)), number))
    if len(runs) < number:
        count = f"{len(runs)} run" if len(runs) == 1 else f"{len(runs)} runs"
        raise RunNotFoundError(f"no run {text}: there are {count}, and @1 is the latest")
    return runs[-1]


def _only(text: str, folders: list[Path]) -> Path:
    matching = [folder for folder in folders if _answers(folder.name, text) and is_run(folder)]
    if not matching:
        raise RunNotFoundError(_unknown(text, folders))
    exact = [folder for folder in matching if folder.name == text]
    found = exact or matching
    if len(found) > 1:
        raise AmbiguousRunError(_ambiguous(text, found))
    return found[0]


def _answers(run_id: str, text: str) -> bool:
    bare = run_id.removeprefix("log_")
    return bool(text) and (
        run_id.startswith(text) or bare.startswith(text) or run_id.endswith(text)
    )


def _unknown(text: str, folders: list[Path]) -> str:
    runs = (folder for folder in _by_nearness(text, folders) if is_run(folder))
    near = [folder.name for folder in islice(runs, NEAR)]
    if not near:
        return f"no run {text!r}, and no other one either"
    return f"no run {text!r}; the nearest are {', '.join(near)}"


def _ambiguous(text: str, found: list[Path]) -> str:
    names = [folder.name for folder in found]
    if len(set(names)) < len(names):  # one id in two directories
        names = list(map(str, found))
    more = f" and {len(names) - NEAR} more" if len(names) > NEAR else ""
    return f"{text!r} is {len(names)} runs: {', '.join(names[:NEAR])}{more}; give more of the id"


def _by_nearness(text: str, folders: list[Path]) -> list[Path]:
    """Return runs by how much of their id a text shares at its beginning or end, newest first."""
    bare = text.removeprefix("log_")

    def shared(folder: Path) -> int:
        digits = folder.name.removeprefix("log_")
        return max(_shared(digits, bare), _shared(digits[::-1], bare[::-1]))

    return sorted(folders, key=shared, reverse=True)


def _shared(one: str, other: str) -> int:
    """Return with how many same characters two texts begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
