"""The page of one run."""

from __future__ import annotations

from flask import Blueprint

from fitlog_web.api_runs import cursor_now
from fitlog_web.asked import board
from fitlog_web.pages import page

bp = Blueprint("page_run", __name__)


@bp.get("/run/<run_id>")
def run(run_id: str) -> str:
    """Show a run: its curves, values, text and files."""
    board().refresh()
    cursor, row = cursor_now(board(), board().view()), board().row(run_id)
    data = {"id": row.id, "row": row.cells(), "cursor": cursor}
    return page("run.html", "run", data)
