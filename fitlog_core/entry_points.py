"""Finds entry points as ``importlib.metadata`` does, without importing it.

Every training looks for plugins, and that import alone would cost it more than all of them
together. Where the packages are not plain folders on ``sys.path``, it is asked after all.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

INFO_SUFFIXES = (".dist-info", ".egg-info")
FILE = "entry_points.txt"

_EXTRAS = re.compile(r"\s*\[[^]]*\]\s*$")


class Found(NamedTuple):
    """An entry point.

    :param name: Its name.
    :param value: ``module`` or ``module:attribute``.
    :param folder: The ``.dist-info`` folder that names it, empty if it lies elsewhere.
    :param known_version: Version of the package, where it had to be read already.
    """

    name: str
    value: str
    folder: str = ""
    known_version: str = ""

    def load(self) -> Any:
        """Import the module and return what the value names."""
        import importlib

        module, _, attributes = self.value.partition(":")
        found: Any = importlib.import_module(module.strip())
        for attribute in filter(None, attributes.strip().split(".")):
            found = getattr(found, attribute)
        return found

    def version(self) -> str:
        """Return the version of the package that brought it, empty if it tells none."""
        if not self.folder:
            return self.known_version
        from importlib.metadata import PathDistribution
        from pathlib import Path

        return PathDistribution(Path(self.folder)).metadata["Version"] or ""


def find(group: str) -> list[Found]:
    """Return the entry points of a group; of two packages of one name the first on the path.

    :param group: Name of the group.
    """
    if not _is_plain():
        return _asked_for(group)
    found: list[Found] = []
    seen: set[str] = set()
    for folder in _info_folders():
        name = _package_of(folder)
        if name not in seen:
            seen.add(name)
            found += [Found(key, value, folder) for key, value in _entries(folder, group)]
    return found


def _is_plain() -> bool:
    """Tell whether every package lies in a folder on the path, none in an archive or elsewhere."""
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]
    if any(getattr(finder, "__name__", "") != "PathFinder" for finder in finders):
        return False
    return not any(os.path.isfile(place) for place in sys.path)


def _asked_for(group: str) -> list[Found]:
    from importlib.metadata import entry_points

    def version(point: EntryPoint) -> str:
        return (point.dist.metadata["Version"] or "") if point.dist else ""

    points = entry_points(group=group)
    return [Found(point.name, point.value, "", version(point)) for point in points]


def _info_folders() -> Iterator[str]:
    for place in sys.path:
        try:
            names = os.listdir(place or ".")
        except OSError:  # the path may name what does not exist
            continue
        for name in names:
            if name.endswith(INFO_SUFFIXES):
                yield os.path.join(place or ".", name)


def _package_of(folder: str) -> str:
    """Return the package's name in the one spelling that all others are compared in."""
    stem = os.path.basename(folder).rpartition(".")[0].partition("-")[0]
    return re.sub(r"[-_.]+", "-", stem).lower()


def _entries(folder: str, group: str) -> Iterator[tuple[str, str]]:
    try:
        with open(os.path.join(folder, FILE), encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):  # most packages have none
        return
    if f"[{group}]" not in text:
        return
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section == group and "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield name.strip(), _EXTRAS.sub("", value.strip())
