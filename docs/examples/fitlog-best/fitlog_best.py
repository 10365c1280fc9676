"""Adds ``fitlog best LOGS METRIC``: which run is best, and by what value."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

from fitlog_core.errors import RunNotFoundError
from fitlog_core.hookspecs import hookimpl
from fitlog_core.reading.logdir import LogDirectory


@hookimpl
def fitlog_commands(group):
    """Add the command; click is imported here, since a training never comes here."""
    import click

    @group.command()
    @click.argument("logs", type=click.Path(path_type=Path, exists=True, file_okay=False))
    @click.argument("metric")
    @click.option("--lowest", is_flag=True, help="The lowest value is the best one.")
    def best(logs, metric, lowest):
        """Print the run in LOGS with the highest best METRIC."""
        value, run = (min if lowest else max)(values(logs, metric))
        click.echo(f"{value}  {logs / run}")


def values(logs, metric):
    """Return value and id of each run that has the metric.

    :raises RunNotFoundError: if none has it; ``fitlog`` prints that as one line.
    """
    directory = LogDirectory(logs)
    directory.refresh()
    pairs = [(row.get(f"metric-{metric}"), row["id"]) for row in directory.rows()]
    found = [pair for pair in pairs if isinstance(pair[0], int | float) and isfinite(pair[0])]
    if not found:
        raise RunNotFoundError(f"no run in {logs} has a best metric {metric!r} that is a number")
    return found
