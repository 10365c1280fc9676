"""``fitlog runs``: the runs of a log directory, with their best metrics."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from fitlog_core.log_format import json_value
from fitlog_core.notices import printable
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.jobs import Job, jobs_of
from fitlog_core.reading.logdir import LogDirectory, check_readable
from fitlog_core.reading.row import Row

METRICS = 4  # columns of best metrics; --json has all
WIDEST = 24


@click.command("runs")
@click.argument("log_dir", type=click.Path(path_type=Path))
@click.option("--ranks", is_flag=True, help="List every rank of a job by itself.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all values, for scripts.")
def command(log_dir: Path, ranks: bool, as_json: bool) -> None:
    """List the runs of a log directory.

    Newest first: id, state, last step of how many, and the best metrics that most of the runs
    in LOG_DIR have. Where every rank of a distributed job recorded (FITLOG_RANKS=all), the first
    stands for all; RANKS says how many they are.

    \b
    Examples:
      fitlog runs logs
      fitlog runs logs --ranks    every rank by itself
      fitlog runs logs --json     every value there is
    """
    check_readable(log_dir)
    directory = LogDirectory(log_dir, Index.of(log_dir))
    directory.refresh()
    rows = directory.rows()
    jobs = jobs_of(rows)
    if not ranks:
        rows = [row for row in rows if row["id"] not in jobs or jobs[row["id"]].id == row["id"]]
    if as_json:
        click.echo(json.dumps([_facts(row, jobs.get(row["id"])) for row in rows], indent=2))
        return
    if not rows:
        click.echo(f"fitlog: no runs in {log_dir}", err=True)
        return
    progress = {row.id: _progress(row) for row in rows}
    _echo_table(_table(rows, jobs, progress, ranks))


def _facts(row: Row, job: Job | None) -> dict[str, Any]:
    facts = {key: _plain(value) for key, value in row.items()}
    return facts if job is None else {**facts, "job": {"id": job.id, "runs": job.runs}}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else json_value(value)


def _progress(row: Row) -> str:
    step, total = row.steps_done, row.total_steps
    if total is None:
        return "" if step is None else str(step)
    return f"{0 if step is None else step}/{total}"


def _table(
    rows: list[Row], jobs: dict[str, Job], progress: dict[str, str], ranks: bool
) -> list[list[str]]:
    """Return the lines of the table, the headings first; columns that nobody fills are left out."""
    common = Counter(key for row in rows for key in row if key.startswith("metric-"))
    metrics = [key for key, _ in common.most_common(METRICS)]
    columns = {
        "ID": [row["id"] for row in rows],
        "STATE": [row["state"] for row in rows],
        "STEP": [progress[row["id"]] for row in rows],
        "RANK" if ranks else "RANKS": [_of_job(row, jobs.get(row["id"]), ranks) for row in rows],
    }
    columns |= {
        _short(key.removeprefix("metric-")): [_short(row.get(key)) for row in rows]
        for key in metrics
    }
    filled = [[head, *cells] for head, cells in columns.items() if any(cells)]
    return [list(line) for line in zip(*filled, strict=True)]


def _of_job(row: Row, job: Job | None, ranks: bool) -> str:
    if job is None:
        return ""
    return str(row["meta-rank"]) if ranks else str(len(job.runs))


def _short(value: Any) -> str:
    """Return a value as a cell of one line."""
    text = "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    text = printable(text).replace("\n", "\N{REPLACEMENT CHARACTER}")
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _echo_table(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
