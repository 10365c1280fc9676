"""Reads what a run recorded of its code, environment, command and machine."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fitlog_core import log_format
from fitlog_core.log_format import PROVENANCE_FILE

_LARGEST = 64 * 2**20  # bytes; more is no file of fitlog's


def read_provenance(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the facts in a run's ``provenance.json``.

    :param folder: The run's folder.
    :return: Empty where there is none, as in runs of fitlog 0.9, or where it cannot be read.
    """
    path = os.path.join(folder, PROVENANCE_FILE)
    try:
        if os.path.getsize(path) > _LARGEST:
            return {}
        with open(path, "rb") as file:
            said = json.loads(file.read())
    except (OSError, ValueError, RecursionError):  # ValueError: not JSON
        return {}
    return said if isinstance(said, dict) else {}


def read_packages(folder: str | os.PathLike[str], facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the versions of the packages that were installed when a run began, by name.

    :param folder: The run's folder.
    :param facts: Its provenance. The whole set lies in the log directory, once for all runs that
        had it; a run that was copied alone still tells those that it had loaded.
    """
    said = facts.get("packages")
    if not isinstance(said, Mapping):
        return {}
    return read_package_set(Path(folder).parent, said.get("set")) or {
        str(name): str(version) for name, version in _mapping(said.get("loaded")).items()
    }


def read_package_set(log_dir: str | os.PathLike[str], name: object) -> dict[str, str]:
    """Return a set of packages, empty if it is not in a log directory.

    :param log_dir: The log directory.
    :param name: The name of the set, as ``provenance.json`` has it.
    """
    if not isinstance(name, str) or not name.isalnum():
        return {}
    try:
        with open(log_format.packages_path(log_dir, name), encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, ValueError):
        return {}
    pairs = (line.partition("==") for line in lines if "==" in line)
    return {package: version for package, _, version in pairs}


def _mapping(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
