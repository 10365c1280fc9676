"""Does a run again: its code in a folder of its own, the same command, beside the first run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from fitlog_core import log_format
from fitlog_core.comparing.places import KeptCode
from fitlog_core.errors import RerunError
from fitlog_core.rerun.arguments import seed_argument, spelled_options, with_value
from fitlog_core.rerun.recipe import Recipe
from fitlog_core.settings import PARENT_VARIABLE
from fitlog_core.snapshots.project import project_at
from fitlog_core.snapshots.revert import revert, still_holds


@dataclass(frozen=True)
class Again:
    """A run that was done again.

    :param folder: The new run's folder, None if the command recorded no run.
    :param exit_code: That of the command.
    :param command: What was started.
    :param place: Where it was started.
    """

    folder: Path | None
    exit_code: int
    command: tuple[str, ...]
    place: Path


def checkout(kept: KeptCode, recipe: Recipe, target: Path | None = None) -> Path:
    """Write the code of a run to a folder of its own, and lead its log directory to the first one.

    A folder that holds this code already, untouched, is taken as it is.

    :param kept: The code version, and the project that keeps it.
    :param target: The folder; ``../PROJECT_rerun_ID`` if left out.
    :raises SnapshotError: if it cannot be done, as for :func:`revert`.
    """
    folder = Path(os.path.abspath(target or kept.root.with_name(folder_name(kept))))
    if not still_holds(folder, kept.id):
        folder = revert(project_at(kept.root), kept.id, folder)
    _lead_logs(recipe, folder)
    return folder


def folder_name(kept: KeptCode) -> str:
    """Return what the folder for the code of a run is called."""
    return f"{kept.root.name}_rerun_{kept.id[:6]}"


def _lead_logs(recipe: Recipe, folder: Path) -> None:
    """Let the new run lie beside the first one, where that lies in the project."""
    logs = recipe.folder.parent
    if not recipe.root or not logs.is_relative_to(recipe.root):
        return
    link = folder / logs.relative_to(recipe.root)
    if link == folder or link.exists() or link.is_symlink():
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(logs, target_is_directory=True)


def changed(recipe: Recipe, checkout_: Path, values: Mapping[str, str]) -> Recipe:
    """Return a recipe with other values for arguments of the command.

    :param checkout_: The run's code, which says how an argument is spelled.
    :param values: By the argument's name.
    :raises RerunError: if the command has no such argument.
    """
    arguments = list(recipe.arguments)
    for name, value in values.items():
        arguments = with_value(arguments, name, value, _options(recipe, checkout_))
    return replace(recipe, arguments=tuple(arguments))


def with_seed(recipe: Recipe, checkout_: Path, seed: str) -> Recipe:
    """Return a recipe with another seed.

    :raises RerunError: if the command has no argument for it.
    """
    name = seed_argument(recipe.arguments, _options(recipe, checkout_))
    return changed(recipe, checkout_, {name: seed})


def run(
    recipe: Recipe, checkout_: Path, python: Sequence[str], output: IO[bytes] | None = None
) -> Again:
    """Run a recipe's command in a checkout, and find the run that it records.

    :param python: The interpreter and its options.
    :param output: Takes what the command prints; the terminal unless it is given.
    :raises RerunError: if the command cannot be started.
    """
    place = checkout_ / recipe.place
    command = (*python, *recipe.script, *recipe.arguments)
    logs = recipe.folder.parent
    before = set(os.listdir(logs))
    try:
        done = subprocess.run(  # noqa: S603  the user's own command, no shell
            command,
            cwd=place,
            env={**os.environ, PARENT_VARIABLE: recipe.run_id},
            stdout=output,
            stderr=output,
            check=False,
        )
    except OSError as error:
        raise RerunError(f"{command[0]} cannot be started in {place}: {error.strerror}") from error
    found = [logs / name for name in os.listdir(logs) if name not in before]
    new = [path for path in [*found, *checkout_.rglob("log_*")] if _is_of(path, recipe.run_id)]
    newest = max(new, key=lambda path: path.name, default=None)
    return Again(newest, done.returncode, command, place)


def interpreter(recipe: Recipe) -> tuple[str, ...]:
    """Return the interpreter of a recipe, or this one where that is gone."""
    if Path(recipe.python[0]).is_file():
        return recipe.python
    return (sys.executable, *recipe.python[1:])


def _is_of(folder: Path, run_id: str) -> bool:
    """Tell whether a folder is a run that another one is the parent of."""
    return log_format.is_run(folder) and log_format.read_meta(folder).get("parent") == run_id


def _options(recipe: Recipe, checkout_: Path) -> list[str]:
    """Return the options that the script spells, or all code where it is a module."""
    script = checkout_ / recipe.place / recipe.script[-1]
    files = [script] if script.is_file() else sorted(checkout_.rglob("*.py"))
    texts = (file.read_text("utf-8", errors="replace") for file in files)
    return list(dict.fromkeys(option for text in texts for option in spelled_options(text)))
