"""``fitlog gc``: the code versions of a project, packed."""

from __future__ import annotations

from pathlib import Path

import click

from fitlog_core.snapshots.project import find_project
from fitlog_core.snapshots.sizes import size_words
from fitlog_core.snapshots.tidying import tidy


@click.command("gc")
def command() -> None:
    """Pack the kept code versions, so that they take less room.

    Every version stays. What interrupted processes left in .fitlog is removed. Runs may go on
    meanwhile.

    \b
    Example:
      fitlog gc
    """
    project = find_project(Path.cwd())
    tidied = tidy(project)
    before, after = size_words(tidied.before), size_words(tidied.after)
    click.echo(f"{project.git_dir}: {before} before, {after} now")
