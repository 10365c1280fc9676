"""Adds the page *Best* to the board: for each metric, the runs with its highest and lowest."""

from __future__ import annotations

from math import isfinite

from fitlog_core.hookspecs import hookimpl
from fitlog_core.reading.logdir import LogDirectory


@hookimpl
def fitlog_board(board):
    """Serve ``/best``, from the files as they are when somebody looks."""
    import flask  # only the board's process needs it

    page = flask.Blueprint("best_page", __name__, url_prefix="/best", template_folder="templates")
    logs = LogDirectory(board.log_dir)

    @page.get("")
    def best():
        logs.refresh()
        return board.render("best_page.html", "best", metrics=extremes(logs.rows()))

    board.add_page(page, "Best")


def extremes(rows):
    """Return ``{metric: (highest, lowest)}``, each a pair of value and run id."""
    found = {}
    for row in rows:
        for key, value in row.items():
            if key.startswith("metric-") and isinstance(value, int | float) and isfinite(value):
                found.setdefault(key.removeprefix("metric-"), []).append((value, row["id"]))
    return {metric: (max(values), min(values)) for metric, values in sorted(found.items())}
