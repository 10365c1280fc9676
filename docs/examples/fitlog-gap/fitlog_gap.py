"""Adds the panel *Among all runs* to a run's page: how far it is from the best, by each metric."""

from __future__ import annotations

from math import isfinite

from fitlog_core.hookspecs import hookimpl
from fitlog_core.reading.logdir import LogDirectory


@hookimpl
def fitlog_board(board):
    """Compare with the files as they are when somebody looks, or when the run changes."""
    logs = LogDirectory(board.log_dir)

    def among_all_runs(run):
        logs.refresh()
        metrics = [key for key in run.row() if key.startswith("metric-")]
        return [line for key in metrics if (line := gap(key, run.id, logs.rows()))]

    board.add_panel("Among all runs", among_all_runs)


def gap(key, run_id, rows):
    """Return a metric's line of the panel, None where the run has no number there."""
    values = {row["id"]: row[key] for row in rows if is_number(row.get(key))}
    if run_id not in values:
        return None
    own, highest, lowest = values[run_id], max(values, key=values.get), min(values, key=values.get)
    return {
        "metric": key.removeprefix("metric-"),
        "this run": own,
        "place": f"{1 + sum(value > own for value in values.values())} of {len(values)}",
        "below the highest": values[highest] - own,
        "highest": highest,
        "above the lowest": own - values[lowest],
        "lowest": lowest,
    }


def is_number(value):
    """Tell whether a cell can be compared: texts, NaN and infinities cannot."""
    return isinstance(value, int | float) and isfinite(value)
