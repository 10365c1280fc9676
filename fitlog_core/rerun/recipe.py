"""What it takes to do a run again: its code, its command and where that was given."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from fitlog_core import log_format
from fitlog_core.errors import ProjectNotFoundError, RerunError
from fitlog_core.secrets import MASK
from fitlog_core.snapshots.project import find_root

_NOTEBOOK = ("ipykernel_launcher.py", "colab_kernel_launcher.py")


@dataclass(frozen=True)
class Recipe:
    """How a run was made.

    :param folder: The run's folder.
    :param fit_id: Id of its snapshot, or the first characters of it.
    :param python: The interpreter and its options.
    :param script: The script as the command names it, or ``-m`` and a module.
    :param arguments: What follows.
    :param place: Where the command was given, relative to the project's root; empty for the root.
    :param root: The project's root at that time.
    """

    folder: Path
    fit_id: str
    python: tuple[str, ...]
    script: tuple[str, ...]
    arguments: tuple[str, ...]
    place: str
    root: str

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.folder.name


def recipe_of(folder: Path) -> Recipe:
    """Return how a run was made.

    :param folder: The run's folder.
    :raises RerunError: if its code or its command was not recorded.
    """
    facts = _facts(folder)
    fit_id = log_format.read_meta(str(folder)).get("fit_id")
    if not isinstance(fit_id, str) or not fit_id:
        raise RerunError(
            f"{folder.name} has no code version; only a run whose script calls "
            "fitlog.commit(__file__) can be done again"
        )
    words = [str(word) for word in facts.get("argv") or []]
    if not words or not words[0] or words[0] == "-c":
        raise RerunError(f"{folder.name} was not started by a script, so there is no command")
    if PurePath(words[0]).name in _NOTEBOOK:
        raise RerunError(f"{folder.name} was made in a notebook, which no command does again")
    root = str(facts.get("project") or _root_around(str(facts.get("cwd") or "")))
    python, script = _head(facts, words)
    return Recipe(
        folder=folder,
        fit_id=fit_id,
        python=python,
        script=_portable(script, str(facts.get("cwd") or ""), root),
        arguments=tuple(words[1:]),
        place=_relative(str(facts.get("cwd") or ""), root),
        root=root,
    )


def check_arguments(arguments: Sequence[str]) -> None:
    """See that no argument is a secret that was masked when it was recorded.

    :raises RerunError: if one is.
    """
    for place, word in enumerate(arguments):
        if MASK in word:
            name = word.partition("=")[0] if "=" in word else arguments[max(place - 1, 0)]
            raise RerunError(
                f"the value of {name} was masked when the run was recorded; "
                f"give it by --set {name.lstrip('-') or 'NAME'}=VALUE"
            )


def _facts(folder: Path) -> dict[str, Any]:
    path = folder / log_format.PROVENANCE_FILE
    try:
        facts = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise RerunError(
            f"{folder.name} has no {log_format.PROVENANCE_FILE}, so its command is not known; "
            "runs of fitlog 0.9 have none"
        ) from None
    except (OSError, ValueError) as error:
        raise RerunError(f"{path} cannot be read: {error}") from error
    if not isinstance(facts, dict):
        raise RerunError(f"{path} cannot be read: it holds no facts")
    return facts


def _head(
    facts: Mapping[str, Any], words: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return interpreter and script, as they were given where that is known."""
    executable = str(facts.get("executable") or "python")
    given = [str(word) for word in facts.get("orig_argv") or []]
    head = given[: len(given) - len(words) + 1]
    if not head or given[len(head) :] != list(words[1:]):
        return (executable,), (words[0],)
    named = 2 if len(head) > 2 and head[-2] == "-m" else 1
    return (executable, *head[1:-named]), tuple(head[-named:])


def _root_around(cwd: str) -> str:
    """Return the project around a working directory, where it is still there."""
    try:
        return str(find_root(Path(cwd))) if cwd and Path(cwd).is_dir() else cwd
    except ProjectNotFoundError:
        return cwd


def _portable(script: tuple[str, ...], cwd: str, root: str) -> tuple[str, ...]:
    """Return the script as it is found from the working directory of another checkout."""
    path = PurePath(script[-1])
    if len(script) > 1 or not path.is_absolute() or not root or not path.is_relative_to(root):
        return script
    return (os.path.relpath(path, cwd),)


def _relative(path: str, root: str) -> str:
    if not path or not root or not PurePath(path).is_relative_to(root):
        return ""
    relative = PurePath(path).relative_to(root)
    return "" if relative == PurePath() else relative.as_posix()
