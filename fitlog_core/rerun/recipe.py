"""What it takes to do a run again: its code, its command and where that was given."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from fitlog_core.comparing.account import Account
from fitlog_core.errors import RerunError
from fitlog_core.secrets import MASK
from fitlog_core.snapshots.provenance.process import VARIABLES

PROCESSES = "WORLD_SIZE"
_OF_SHELLS = ("CONDA_DEFAULT_ENV",)  # the interpreter tells more
_NOTEBOOK = ("ipykernel_launcher.py", "colab_kernel_launcher.py")


@dataclass(frozen=True)
class Recipe:
    """How a run was made.

    :param folder: The run's folder.
    :param python: The interpreter and its options.
    :param script: The script as the command names it, or ``-m`` and a module.
    :param arguments: What follows.
    :param place: Where the command was given, relative to the project's root.
    :param root: The project's root at that time.
    :param sources: The project's files that it had loaded, the script first.
    """

    folder: Path
    python: tuple[str, ...]
    script: tuple[str, ...]
    arguments: tuple[str, ...]
    place: str
    root: str
    sources: tuple[str, ...] = ()

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.folder.name


def recipe_of(account: Account) -> Recipe:
    """Return how a run was made.

    :param account: The run.
    :raises RerunError: if its command was not recorded, or none does it again.
    """
    words = _words(account, "argv")
    if not words:
        raise RerunError(
            f"the command of {account.id} is not known: it has no provenance.json, or one that "
            "cannot be read; runs of fitlog 0.9 have none"
        )
    if account.fact("segment"):
        raise RerunError(
            f"the first command of {account.id} is not known: what is recorded is that of its part "
            f"{account.fact('segment')}, which went on with it"
        )
    if PurePath(words[0]).name in _NOTEBOOK:
        raise RerunError(f"{account.id} was made in a notebook, which no command does again")
    if words[0] in ("", "-", "-c"):
        raise RerunError(f"{account.id} was not started by a script, so there is no command")
    root = str(account.fact("project") or "")
    python, script = _head(account, words)
    return Recipe(
        folder=account.folder,
        python=python,
        script=_portable(script, str(account.fact("cwd") or ""), root),
        arguments=tuple(words[1:]),
        place=_place(account),
        root=root,
        sources=tuple(account.sources),
    )


def check_arguments(arguments: Sequence[str]) -> None:
    """See that no argument is a secret that was masked when it was recorded.

    :raises RerunError: if one is.
    """
    names = [
        word.partition("=")[0] if "=" in word else arguments[max(place - 1, 0)]
        for place, word in enumerate(arguments)
        if MASK in word
    ]
    if names:
        said = ", ".join(repr(name.lstrip("-")) for name in dict.fromkeys(names))
        one = len(set(names)) == 1
        raise RerunError(
            f"the argument{'' if one else 's'} {said} {'was' if one else 'were'} masked when the "
            f"run was recorded; give {'its value' if one else 'their values'} anew by --set "
            "NAME=VALUE"
        )


def check_processes(account: Account) -> None:
    """See that the run was not one of several processes, which one command does not start.

    :param account: The run.
    :raises RerunError: if it was, and no launcher started this process the same way.
    """
    size = str(account.fact("variables", PROCESSES) or "")
    if size.isdecimal() and int(size) > 1 and os.environ.get(PROCESSES) != size:
        raise RerunError(
            f"{account.id} was one of {size} processes of a launcher such as torchrun, whose own "
            "command was not recorded; start it by hand in the folder of the code"
        )


def other_variables(account: Account) -> str | None:
    """Return in words which variables that change results are others than they were, or None.

    :param account: The run.
    """
    then = account.fact("variables")
    if not isinstance(then, dict):
        return None
    names = [name for name in then if name in VARIABLES and name not in (PROCESSES, *_OF_SHELLS)]
    said = [
        f"{name} was {then[name]} and is {os.environ.get(name, 'not set')}"
        for name in names
        if os.environ.get(name) != then[name]
    ]
    return ", ".join(said) or None


def _words(account: Account, name: str) -> list[str]:
    said = account.fact(name)
    return [str(word) for word in said] if isinstance(said, list) else []


def _head(account: Account, words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return interpreter and script, as they were given where that is known."""
    executable = str(account.fact("executable") or "python")
    given = _words(account, "orig_argv")
    head = given[: len(given) - len(words) + 1]
    if not head or given[len(head) :] != list(words[1:]):
        return (executable,), (words[0],)
    named = 2 if len(head) > 2 and head[-2] == "-m" else 1
    return (executable, *head[1:-named]), tuple(head[-named:])


def _portable(script: tuple[str, ...], cwd: str, root: str) -> tuple[str, ...]:
    """Return the script as it is found from the working directory of another checkout."""
    path = PurePath(script[-1])
    if len(script) > 1 or not path.is_absolute() or not root or not path.is_relative_to(root):
        return script
    return (os.path.relpath(path, cwd or root),)


def _place(account: Account) -> str:
    """Return where the command was given; one outside the project is given at its root."""
    place = PurePath(str(account.fact("place") or "."))
    return "." if place.is_absolute() or ".." in place.parts else place.as_posix()
