"""``fitlog pull``: the code versions that others sent to a git remote."""

from __future__ import annotations

from pathlib import Path

import click

from fitlog_core.snapshots.project import find_project
from fitlog_core.snapshots.remotes import Fetched, pull


@click.command("pull")
@click.argument("remote")
def command(remote: str) -> None:
    """Fetch the code versions that others have sent by 'fitlog push'.

    REMOTE is the name of a remote of your own repository, an address or a path. Your code, your
    git and your own versions stay as they are; 'fitlog list' shows the fetched ones too, and
    'fitlog revert' brings them back.

    \b
    Examples:
      fitlog pull origin
      fitlog pull /shared/code.git
    """
    click.echo(_words(pull(find_project(Path.cwd()), remote)))


def _words(fetched: Fetched) -> str:
    if not fetched.snapshots and not fetched.runs:
        return f"Nothing new at {fetched.address}"
    versions = _number(fetched.snapshots, "code version")
    runs = f" and the code of {_number(len(fetched.runs), 'run')}" if fetched.runs else ""
    return f"Fetched {versions}{runs} from {fetched.address}"


def _number(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"
