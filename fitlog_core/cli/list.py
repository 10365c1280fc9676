"""``fitlog list``: the code versions of a project."""

from __future__ import annotations

import json
from pathlib import Path

import click

from fitlog_core.notices import printable
from fitlog_core.snapshots.listing import Listed, list_runs, newest_id
from fitlog_core.snapshots.project import find_project

_RUNS_NAMED = 3


@click.command("list")
@click.argument("num", required=False, type=click.IntRange(min=1))
@click.option("--search", metavar="TEXT", help="Only those that tell TEXT, anywhere.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, in full.")
@click.option("--show-now", is_flag=True, help="Mark the newest version and end with its id.")
def command(num: int | None, search: str | None, as_json: bool, show_now: bool) -> None:
    """List the code versions that fitlog keeps.

    Oldest first: date and time, id and command line of each run that called fitlog.commit,
    or of the newest NUM, with the message, the version before, and the runs of each version.

    \b
    Examples:
      fitlog list                 all of them
      fitlog list 10              the newest ten
      fitlog list --search lr=    those whose command line, message, id or runs tell that text
      fitlog list --show-now      with the newest one marked
    """
    project = find_project(Path.cwd())
    now = newest_id(project) if show_now else None
    found = [entry for entry in list_runs(project) if search is None or entry.tells(search)]
    for entry in found[-num if num else None :]:
        if as_json:
            click.echo(json.dumps(entry._asdict()))
        else:
            _show(entry, is_now=entry.id == now)
    if show_now and not as_json:
        click.echo(f"Head is {now}")
    if not found:
        click.echo(f"no code version tells {search!r}", err=True)


def _show(entry: Listed, *, is_now: bool) -> None:
    click.echo(f"date&time   {printable(entry.date)}")
    click.echo("commit_id   " + (click.style(entry.id, "green") if is_now else entry.id))
    click.echo(f"arguments   {printable(entry.arguments)}")
    if entry.message:
        click.echo(f"message     {printable(entry.message)}")
    if entry.parents:
        click.echo(f"parent      {' '.join(parent[:8] for parent in entry.parents)}")
    if entry.runs:
        more = len(entry.runs) - _RUNS_NAMED
        named = " ".join(map(printable, entry.runs[-_RUNS_NAMED:]))
        click.echo(f"runs        {named}{f' and {more} before' if more > 0 else ''}")
    click.echo()
