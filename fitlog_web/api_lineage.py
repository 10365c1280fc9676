"""``/api/runs/ID/lineage``: the runs that a run comes from, and those that came of it."""

from __future__ import annotations

from flask import Blueprint, Response

from fitlog_web.answers import answer, plain
from fitlog_web.asked import board
from fitlog_web.lineage import family

bp = Blueprint("api_lineage", __name__, url_prefix="/api")


@bp.get("/runs/<run_id>/lineage")
def lineage(run_id: str) -> Response:
    """Return the family of a run as a tree, each run before its children."""
    board().refresh()
    board().row(run_id)
    rows = {row.id: row for row in board().rows() if not row.added}
    return answer(plain({"family": family(run_id, rows)}))
