"""``fitlog push``: the code versions of a project, sent to a git remote."""

from __future__ import annotations

from pathlib import Path

import click

from fitlog_core.snapshots.project import find_project
from fitlog_core.snapshots.remotes import Sent, push


@click.command("push")
@click.argument("remote")
def command(remote: str) -> None:
    """Send the kept code versions to a git remote.

    REMOTE is the name of a remote of your own repository, an address or a path. Everything goes
    below refs/fitlog/ there: no branch or tag is touched, yours or anybody's. The logs are not
    sent. Others get the versions by 'fitlog pull'.

    \b
    Examples:
      fitlog push origin
      fitlog push git@example.org:team/code.git
      fitlog push /shared/code.git
    """
    click.echo(_words(push(find_project(Path.cwd()), remote)))


def _words(sent: Sent) -> str:
    if sent.runs:
        known = f"; that of {_runs(sent.known)} was there already" if sent.known else ""
        return f"Sent the code of {_runs(len(sent.runs))} to {sent.address}{known}"
    if sent.moved:
        return f"Sent the newest code versions to {sent.address}"
    return f"Nothing new for {sent.address}: all code versions are there already"


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{number} runs"
