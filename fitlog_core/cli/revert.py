"""``fitlog revert``: bring a code version back."""

from __future__ import annotations

from pathlib import Path

import click

from fitlog_core.snapshots.project import find_project
from fitlog_core.snapshots.revert import revert


@click.command("revert")
@click.argument("fit_id")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--id-suffix", is_flag=True, help="Add the first 6 characters of the id to the name.")
def command(fit_id: str, path: Path | None, id_suffix: bool) -> None:
    """Write a kept code version to a folder.

    FIT_ID is the id that 'fitlog list' shows, or its first 6 characters or more. The folder is
    PATH, or ../PROJECT_revert; the project itself is not touched. A folder that is there is
    replaced only if an earlier revert made it and nothing in it was changed.

    \b
    Examples:
      fitlog revert 020d12                    to ../PROJECT_revert
      fitlog revert 020d12 --id-suffix        to ../PROJECT_revert_020d12
      fitlog revert 020d12 /tmp/paper_code    to a folder of your choice
    """
    folder = revert(find_project(Path.cwd()), fit_id, path, id_suffix=id_suffix)
    click.echo(f"Your code is reverted to {folder}")
