"""The table of ``fitlog watch``: one line a run, no wider than the terminal."""

from __future__ import annotations

from pathlib import Path

from fitlog_core.notices import printable
from fitlog_core.notification.facts import duration
from fitlog_core.reading.numbers import as_float
from fitlog_core.reading.row import Row
from fitlog_core.reading.state import State
from fitlog_core.watching.newest import newest_values

BETWEEN = "  "
WIDEST = 16  # of a name with its group, before it is cut
HEADINGS = ("ID", "STATE", "STEP", "LEFT", "QUIET", "NEWEST")


def table(rows: list[Row], log_dir: Path, now: float, width: int) -> list[str]:
    """Return the lines of the table, headings first.

    :param rows: The runs.
    :param log_dir: Where they lie.
    :param now: The time to judge by (epoch seconds).
    :param width: Characters that a line may have.
    """
    lines = [list(HEADINGS), *(_cells(row, log_dir, now) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    said = [
        BETWEEN.join(cell.ljust(room) for cell, room in zip(line, widths, strict=True))
        for line in lines
    ]
    return [_cut(line.rstrip(), width) for line in said]


def _cells(row: Row, log_dir: Path, now: float) -> list[str]:
    quiet = "" if row.written is None else short_duration(now - row.written)
    newest = newest_values(log_dir / row.id)
    return [row.id, row.state, step_of(row), _left(row), quiet, _values(newest)]


def step_of(row: Row) -> str:
    """Return how many steps a run has done, and of how many, as far as they are known."""
    step, total = row.steps_done, row.total_steps
    if total is None:
        return "" if step is None else str(step)
    return f"{0 if step is None else step}/{total}"


def _left(row: Row) -> str:
    """Return how long a run will take at its pace so far; empty if nothing tells."""
    start = as_float(row.get("meta-start"))
    step, total, written = row.last_step, row.total_steps, row.written
    if row.state != State.RUNNING.value or start is None or written is None:
        return ""
    # A run that was gone on with stood still in between, nobody knows for how long.
    if not step or total is None or "meta-segment_start" in row.shape.places:
        return ""
    return short_duration(max(0, total - step) * max(0.0, written - start) / step)


def short_duration(seconds: float) -> str:
    """Return a duration in its two largest units, such as ``1h2m`` or ``3d4h``."""
    whole = max(0, round(seconds))
    if whole >= 86400:
        return f"{whole // 86400}d{whole % 86400 // 3600}h"
    if whole >= 3600:
        return f"{whole // 3600}h{whole % 3600 // 60}m"
    return duration(whole)


def _values(newest: dict[str, float]) -> str:
    return BETWEEN.join(f"{_name(key)}={value:.4g}" for key, value in newest.items())


def _name(key: str) -> str:
    """Return a curve's name without its kind, its end where it is long."""
    name = printable(key.partition("-")[2] or key).replace("\n", " ")
    return name if len(name) <= WIDEST else f"…{name[1 - WIDEST :]}"


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"
