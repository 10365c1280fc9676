"""``fitlog init``: make a project."""

from __future__ import annotations

from pathlib import Path

import click

from fitlog_core.snapshots.init_project import init_project


@click.command("init")
@click.argument("name", required=False, default=".", type=click.Path(path_type=Path))
@click.option("--hide", is_flag=True, help="Keep .fitconfig inside .fitlog.")
@click.option(
    "--with-git/--no-git",
    default=False,
    help="Make a git repository of your own too, with a .gitignore.",
)
def command(name: Path, hide: bool, with_git: bool) -> None:
    """Make a project whose code fitlog keeps.

    In NAME, or in the current folder: .fitlog, .fitconfig, a main.py to try, logs/default.cfg.
    No file of yours is overwritten, and a project that exists only gets what it lacks.

    \b
    Examples:
      fitlog init my_project      make the folder my_project
      fitlog init                 in the current folder, which may be a git repository
      fitlog init --with-git      with a git repository of your own, too
    """
    result = init_project(name, hide=hide, with_git=with_git)
    if result.repaired:
        click.echo("An interrupted fitlog 0.9 had left this project half switched:")
        for line in result.repaired:
            click.echo(f"  {line}")
    if result.is_new:
        click.echo(f"Fitlog project {result.root} is initialized.")
    else:
        click.echo(f"{result.root} is a fitlog project already.")
