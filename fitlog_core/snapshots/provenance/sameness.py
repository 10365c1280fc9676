"""What two runs must share to be the same one twice, hashed into a key."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fitlog_core.secrets import MASK
from fitlog_core.snapshots.provenance.packages import sha256
from fitlog_core.snapshots.stored_commits import stored_commit

KEY_LENGTH = 32
CONFIGURATIONS = (".yaml", ".yml", ".json", ".jsonc", ".jsonnet", ".toml", ".ini", ".cfg", ".conf")
MOST_ELSEWHERE = 200  # files that were loaded from elsewhere and are looked at
_LARGEST = 2**20  # bytes of a configuration that a training waits for
_TREE = b"tree "  # how a commit begins, before the id
_INSTALLED = "-packages" + os.sep  # site-packages, or dist-packages
_STANDARD = os.path.dirname(os.__file__)
_OURS = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))),
    "fitlog",
)


def key_of(facts: Mapping[str, Any], hyper: bytes) -> str | None:
    """Return the key of a run: equal for runs of the same code, command and packages.

    The code is the snapshot's tree, whatever commit has it, and what was loaded from neither the
    project nor an installed package, by size and time; the command its arguments, the seed, the
    content of configurations that it names, and the first hyperparameters.

    :param facts: The run's provenance.
    :param hyper: What its ``hyper.log`` begins with.
    :return: None where something of it is not known: no snapshot, a script that is not in it, a
        secret that was masked, a configuration too large to be read now.
    """
    words, script, project = facts.get("argv"), facts.get("script"), facts.get("project")
    tree = _tree(project, facts.get("snapshot"))
    if tree is None or not words or not isinstance(script, str) or os.path.isabs(script):
        return None
    arguments = words[1:]
    elsewhere = list(_loaded_elsewhere(str(project)))
    if any(MASK in word for word in arguments) or len(elsewhere) > MOST_ELSEWHERE:
        return None
    try:
        configurations = list(_configurations(arguments))
    except (OSError, ValueError):
        return None
    packages = facts.get("packages", {}).get("set")
    command = [script, facts.get("module"), facts.get("place"), arguments, facts.get("seed")]
    same = [tree, command, configurations, elsewhere, facts.get("python"), packages]
    text = json.dumps([same, hyper.decode("ascii", "backslashreplace")])
    return sha256(text.encode("ascii"))[:KEY_LENGTH]


def _tree(project: object, snapshot: object) -> str | None:
    if not isinstance(project, str) or not isinstance(snapshot, str):
        return None
    said = stored_commit(os.path.join(project, ".fitlog"), snapshot)
    tree = said[len(_TREE) : len(_TREE) + 40]
    return tree.decode("ascii", "replace") if said.startswith(_TREE) else None


def _configurations(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the content's hash of each configuration that a command names.

    :raises OSError: if one cannot be read.
    :raises ValueError: if one is too large.
    """
    for word in arguments:
        path = word.rpartition("=")[2]
        if path.lower().endswith(CONFIGURATIONS) and os.path.isfile(path):
            with open(path, "rb") as file:
                content = file.read(_LARGEST + 1)
            if len(content) > _LARGEST:
                raise ValueError(path)
            yield sha256(content)


def _loaded_elsewhere(project: str) -> Iterator[tuple[str, int, int]]:
    """Yield path, size and time of loaded files that belong to neither project nor package.

    Such as those of an editable install, whose version stays while its code changes.
    """
    known = (_STANDARD, project.rstrip(os.sep) + os.sep, _OURS)
    kind, seen = type(sys), set()
    for module in list(sys.modules.values()):  # thousands, where a framework is loaded
        file = module.__dict__.get("__file__") if type(module) is kind else None
        if type(file) is not str or _INSTALLED in file or file.startswith(known) or file in seen:
            continue
        seen.add(file)
        try:
            found = os.stat(file)
        except (OSError, ValueError):  # frozen, or in a zip file
            continue
        yield file, found.st_size, found.st_mtime_ns
        if len(seen) > MOST_ELSEWHERE:
            return
