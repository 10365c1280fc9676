"""The page of one run."""

from __future__ import annotations

from flask import Blueprint

from fitlog_web.api_runs import cursor_now
from fitlog_web.asked import board
from fitlog_web.lineage import PARENT, resumptions
from fitlog_web.pages import page
from fitlog_web.plugin_panels import panels
from fitlog_web.same_machine import may_revert

bp = Blueprint("page_run", __name__)


@bp.get("/run/<run_id>")
def run(run_id: str) -> str:
    """Show a run: its curves, values, text and files."""
    board().refresh()
    cursor, row = cursor_now(board(), board().view()), board().row(run_id)
    can_revert = may_revert() and not board().read_only
    data = {"id": row.id, "row": row.cells(), "cursor": cursor, "can_revert": can_revert}
    data["is_run"] = not row.added
    # A row added by hand has no files that a plugin could read.
    data["has_family"] = _has_family(row.id) or (not row.added and resumptions(row) > 0)
    data["panels"] = [] if row.added else panels().titles("run")
    return page("run.html", "run", data)


def _has_family(run_id: str) -> bool:
    """Tell whether the run names a parent, or is named as one."""
    named = ((row.id, row.own.get(PARENT)) for row in board().rows() if not row.added)
    return any(said == run_id or (said and one == run_id) for one, said in named)
