"""Does a run again: its code in a folder of its own, the same command, beside the first run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from fitlog_core import log_format
from fitlog_core.comparing.places import KeptCode
from fitlog_core.errors import RerunError, RevertError
from fitlog_core.rerun.arguments import seed_argument, spelled_options, with_value
from fitlog_core.rerun.declared import declared_arguments
from fitlog_core.rerun.recipe import Recipe
from fitlog_core.settings import PARENT_VARIABLE
from fitlog_core.snapshots.project import project_at
from fitlog_core.snapshots.revert import is_of_revert, revert, still_holds

_LAST_WORDS = 10.0  # seconds that a command has after Ctrl-C


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
    :raises RerunError: if a link for the log directory leads nowhere.
    """
    folder = Path(os.path.abspath(target or kept.root.with_name(folder_name(kept))))
    if not still_holds(folder, kept.id):
        try:
            folder = revert(project_at(kept.root), kept.id, folder)
        except (OSError, RevertError):
            if not still_holds(folder, kept.id):  # else another command made it meanwhile
                raise
    _lead_logs(recipe, folder)
    return folder


def folder_name(kept: KeptCode) -> str:
    """Return what the folder for the code of a run is called."""
    return f"{kept.root.name}_rerun_{kept.id[:6]}"


def _lead_logs(recipe: Recipe, folder: Path) -> None:
    """Let the new run lie beside the first one, where that lies in the project."""
    _check_links(folder)
    logs = recipe.folder.parent
    if not recipe.root or not logs.is_relative_to(recipe.root):
        return
    link = folder / logs.relative_to(recipe.root)
    if link == folder or os.path.lexists(link):
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):  # another command was faster
        link.symlink_to(logs, target_is_directory=True)


def _check_links(folder: Path) -> None:
    """See that no earlier link for the logs leads to where they are no longer."""
    for link in folder.iterdir():
        if link.is_symlink() and not link.exists() and not is_of_revert(folder, link.name):
            raise RerunError(
                f"{link} leads to {os.readlink(link)}, which is gone; remove the link, or name "
                "another folder with --in"
            )


def changed(recipe: Recipe, checkout_: Path, values: Mapping[str, str]) -> Recipe:
    """Return a recipe with other values for arguments of the command.

    :param checkout_: The run's code, which says how an argument is spelled.
    :param values: By the argument's name.
    :raises RerunError: if the command has no such argument.
    """
    arguments = list(recipe.arguments)
    texts = _texts(recipe, checkout_) if values else []
    declared = list(dict.fromkeys(one for text in texts for one in declared_arguments(text)))
    for name, value in values.items():
        arguments = with_value(arguments, name, value, _options(texts), declared)
    return replace(recipe, arguments=tuple(arguments))


def with_seed(recipe: Recipe, checkout_: Path, seed: str) -> Recipe:
    """Return a recipe with another seed.

    :raises RerunError: if the command has no argument for it.
    """
    name = seed_argument(recipe.arguments, _options(_texts(recipe, checkout_)))
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
    before = set(_runs_in(logs, checkout_))
    environment = {**os.environ, PARENT_VARIABLE: recipe.run_id}
    try:
        process = subprocess.Popen(  # noqa: S603  the user's own command, no shell
            command, cwd=place, env=environment, stdout=output, stderr=output
        )
    except OSError as error:
        raise RerunError(f"{command[0]} cannot be started in {place}: {error.strerror}") from error
    code = _waited_for(process)
    new = [path for path in _runs_in(logs, checkout_) if path not in before]
    return Again(_made_by(process.pid, new, recipe.run_id), code, command, place)


def _waited_for(process: subprocess.Popen[bytes]) -> int:
    """Wait for a command's end; after Ctrl-C, which it got as well, for its last words too."""
    try:
        return process.wait()
    except BaseException:
        try:
            process.wait(_LAST_WORDS)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill()
            process.wait()
        raise


def _runs_in(logs: Path, checkout_: Path) -> list[Path]:
    """Return what may be a run beside the first one, or in the copy of its code."""
    return [*logs.glob("log_*"), *checkout_.rglob("log_*")]


def _made_by(pid: int, folders: Iterable[Path], parent: str) -> Path | None:
    """Return the newest run of a parent; of several at once that of the process itself."""
    found = []
    for folder in folders:
        meta = log_format.read_meta(folder) if log_format.is_run(folder) else {}
        if meta.get("parent") == parent:
            found.append((meta.get("pid") == pid, folder.name, folder))
    return max(found)[2] if found else None


def interpreter(recipe: Recipe) -> tuple[str, ...]:
    """Return the interpreter of a recipe, or this one where that is gone."""
    if Path(recipe.python[0]).is_file():
        return recipe.python
    return (sys.executable, *recipe.python[1:])


def _texts(recipe: Recipe, checkout_: Path) -> list[str]:
    """Return the code of the script and of what it had loaded, or all where nobody knows."""
    script = checkout_ / recipe.place / recipe.script[-1]
    loaded = (checkout_ / name for name in recipe.sources)
    files = [file for file in dict.fromkeys((script, *loaded)) if file.is_file()]
    files = files or sorted(checkout_.rglob("*.py"))
    return [file.read_text("utf-8", errors="replace") for file in files]


def _options(texts: Iterable[str]) -> list[str]:
    """Return the options that code spells, each once."""
    return list(dict.fromkeys(option for text in texts for option in spelled_options(text)))
