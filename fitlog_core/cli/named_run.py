"""How every command that takes a RUN takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from fitlog_core.comparing.account import Account, account_of
from fitlog_core.reading.resolve import RunFinder

_Command = TypeVar("_Command", bound=Callable[..., Any])


def log_dir_option(function: _Command) -> _Command:
    """Add the option ``--log-dir``, which says where the runs are."""
    return click.option(
        "-d",
        "--log-dir",
        type=click.Path(path_type=Path),
        help="Where the runs are, if not in this project.",
    )(function)


def account_named(text: str, log_dir: Path | None) -> Account:
    """Return what is known of the run that somebody named.

    :raises RunNotFoundError: if there is none, or several.
    """
    return accounts_named([text], log_dir)[0]


def accounts_named(texts: Iterable[str], log_dir: Path | None) -> list[Account]:
    """Return what is known of the runs that somebody named.

    :raises RunNotFoundError: if one of them is none, or several.
    """
    finder = RunFinder(log_dir)
    return [account_of(finder.find(text)) for text in texts]
