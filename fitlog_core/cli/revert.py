"""``fitlog revert``: bring a code version back."""

from __future__ import annotations

from pathlib import Path

import click

from fitlog_core.errors import RunNotFoundError, SnapshotNotFoundError
from fitlog_core.snapshots.project import Project, find_project
from fitlog_core.snapshots.revert import revert


@click.command("revert")
@click.argument("fit_id")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--id-suffix", is_flag=True, help="Add the first 6 characters of the id to the name.")
def command(fit_id: str, path: Path | None, id_suffix: bool) -> None:
    """Write a kept code version to a folder.

    FIT_ID is the id that 'fitlog list' shows, or its first 6 characters or more; or a run: its id
    or a part of it, @1 for the latest, or the path of its folder. The code goes to PATH, or to
    ../PROJECT_revert; the project itself is not touched. A folder that is there is replaced only
    if an earlier revert made it and nothing in it was changed.

    \b
    Examples:
      fitlog revert 020d12                    to ../PROJECT_revert
      fitlog revert 020d12 --id-suffix        to ../PROJECT_revert_020d12
      fitlog revert @1 /tmp/paper_code        the latest run's code, to a folder of your choice
    """
    here = find_project(Path.cwd())
    try:
        folder = revert(here, fit_id, path, id_suffix=id_suffix)
    except SnapshotNotFoundError as error:
        project, version = _of_run(fit_id, here, error)
        folder = revert(project, version, path, id_suffix=id_suffix)
    click.echo(f"Your code is reverted to {folder}")


def _of_run(text: str, here: Project, unknown: SnapshotNotFoundError) -> tuple[Project, str]:
    """Return the code version of a run, and the project that keeps it.

    :param unknown: Why the text is no id of a version, raised again if it names no run either.
    """
    from fitlog_core.cli.named_run import account_named
    from fitlog_core.comparing.places import kept_code
    from fitlog_core.snapshots.project import project_at

    try:
        account = account_named(text, None)
    except RunNotFoundError as error:
        is_of_run = not text.isalnum() or text.startswith("log_") or text.isdecimal()
        raise (error if is_of_run else unknown) from None
    kept = kept_code(account, here.root)
    return (here if kept.root == here.root else project_at(kept.root)), kept.id
