"""``fitlog list``: the code versions of a project."""

from __future__ import annotations

from pathlib import Path

import click

from fitlog_core.notices import printable
from fitlog_core.snapshots.listing import list_runs, newest_id
from fitlog_core.snapshots.project import find_project


@click.command("list")
@click.argument("num", required=False, type=click.IntRange(min=1))
@click.option("--show-now", is_flag=True, help="Mark the newest version and end with its id.")
def command(num: int | None, show_now: bool) -> None:
    """List the code versions that fitlog keeps.

    Oldest first: date and time, id and command line of each run that called fitlog.commit,
    or of the newest NUM.

    \b
    Examples:
      fitlog list                 all of them
      fitlog list 10              the newest ten
      fitlog list --show-now      with the newest one marked
    """
    project = find_project(Path.cwd())
    now = newest_id(project) if show_now else None
    for entry in list_runs(project)[-num if num else None :]:
        date, commit, arguments = map(printable, entry)
        click.echo(f"date&time   {date}")
        click.echo("commit_id   " + (click.style(commit, "green") if commit == now else commit))
        click.echo(f"arguments   {arguments}\n")
    if show_now:
        click.echo(f"Head is {now}")
