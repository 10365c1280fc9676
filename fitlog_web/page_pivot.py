"""The page of summary tables: results of runs by the values of their columns."""

from __future__ import annotations

from flask import Blueprint

from fitlog_core.reading.summaries import summary_names
from fitlog_web.asked import board, named_view
from fitlog_web.pages import page

bp = Blueprint("page_pivot", __name__)


@bp.get("/pivot")
def pivot() -> str:
    """Show the summary table that the address describes."""
    board().refresh()
    view = named_view()
    data = {
        "columns": [column["key"] for column in board().columns(view).columns],
        "summaries": summary_names(board().log_dir),
        "hidden": len(view.hidden),
    }
    return page("pivot.html", "pivot", data)
