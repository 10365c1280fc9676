"""Names of one snapshot that are one name to some file systems: ``A.py`` and ``a.py``."""

from __future__ import annotations

import secrets
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath


def clashing(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of paths that differ in upper and lower case, or in how accents are spelled.

    A file and a folder clash too, as ``Data`` and ``data/a.py`` do.

    :param paths: Of files, relative to one folder, with ``/``.
    """
    files = sorted(paths)
    first: dict[str, str] = {}
    pairs = []
    for path in files:
        earlier = first.setdefault(_folded(path), path)
        if earlier != path:
            pairs.append((earlier, path))
    for path in files:
        pairs += [
            (first[_folded(folder)], path)
            for folder in _folders(path)
            if _folded(folder) in first and first[_folded(folder)] != path
        ]
    return pairs


def first_met(folder: Path, pairs: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the first pair that is one file where a folder lies, None if all are two.

    Each is tried there, for what counts as one name is the file system's own rule.

    :param folder: A folder that may be written to; nothing is left in it.
    :param pairs: What :func:`clashing` returns.
    :raises OSError: if nothing can be written there.
    """
    probe = folder / f".fitlog_names_{secrets.token_hex(4)}"
    for first, second in pairs:
        try:
            path = probe / first
            path.parent.mkdir(parents=True)
            path.touch()
            if _is_there(probe, second):
                return first, second
        finally:
            shutil.rmtree(probe, ignore_errors=True)
    return None


def _is_there(probe: Path, name: str) -> bool:
    """Tell whether a path, or a part of it, leads to the one file in a folder."""
    places = (probe / part for part in (*_folders(name), name))
    return any(place.is_file() for place in places)


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _folders(path: str) -> Iterator[str]:
    """Yield the folders that a path leads through, without the first one."""
    yield from (str(folder) for folder in PurePosixPath(path).parents if str(folder) != ".")
