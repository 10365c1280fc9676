"""``fitlog export``: a copy of the board that opens from a disk, to send by mail."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

from fitlog_core.notices import printable

MOST_POINTS = 100_000


@click.command()
@click.argument("log_dir", type=click.Path(path_type=Path))
@click.argument("runs", metavar="[RUN]...", nargs=-1)
@click.option(
    "--html",
    "place",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder to write, or with --single the file.",
)
@click.option("--single", is_flag=True, help="Write one file instead of a folder.")
@click.option("--search", default="", metavar="TEXT", help="Only runs that this search finds.")
@click.option(
    "-l",
    "--log-config-name",
    "view",
    default="default.cfg",
    show_default=True,
    metavar="NAME.cfg",
    help="Saved view whose columns, filter and hidden runs count, a file in LOG_DIR.",
)
@click.option(
    "--points",
    type=click.IntRange(5, MOST_POINTS),
    metavar="N",
    help="Keep at most N points of a curve, its extremes among them. "
    "Unless given, what 200,000 in all leave to each: 100 to 1500.",
)
@click.option("--no-images", is_flag=True, help="Leave the runs' pictures out.")
@click.option("--force", is_flag=True, help="Replace what is at DIR already.")
def export(
    log_dir: Path,
    runs: tuple[str, ...],
    place: Path,
    single: bool,
    search: str,
    view: str,
    points: int | None,
    no_images: bool,
    force: bool,
) -> None:
    """Write runs as a page that opens without a server.

    The page has the table, the curves and the configuration of the runs; whoever gets it needs
    a browser and nothing else. It is a copy: it says when it was made and changes no more.
    RUN is an id, the beginning or the ending of it, or @1 for the latest run; without one all
    runs of the view are taken. --search takes what the board's search box takes.

    \b
    Examples:
      fitlog export --html copy logs                        all runs, as a folder
      fitlog export --html runs.html --single logs          all runs, as one file
      fitlog export --html copy logs @1 @2                  the last two runs
      fitlog export --html copy logs --search 'dev-acc>0.9'
    """
    from fitlog_core.reading.logdir import check_readable
    from fitlog_web import copy_files
    from fitlog_web.board import Board
    from fitlog_web.copy_data import Wanted, copy_of

    check_readable(log_dir)
    copy_files.check_place(place, log_dir, single, force)
    with closing(Board(log_dir.absolute(), view)) as board:
        if view != "default.cfg" and not board.view().exists:
            raise click.UsageError(f"there is no view {view} in {log_dir}")
        wanted = Wanted(runs, search, points, not no_images)
        copied = copy_of(board, wanted, ["fitlog", *sys.argv[1:]])
    write = copy_files.write_single if single else copy_files.write_folder
    size = write(copied, place)
    told = copied.told["points"]
    click.echo(
        f"{_many(len(copied.told['rows']), 'run')}, {told['shown']:,} of "
        f"{_many(told['total'], 'point')}, {size / 1e6:.1f} MB"
    )
    if copied.pictures.left_out:
        click.echo(f"left out: {_many(copied.pictures.left_out, 'image')}, large or earlier ones")
    click.echo(printable(str(place if single else place / copy_files.INDEX)))


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
