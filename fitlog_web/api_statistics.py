"""``/api/statistics``: the metrics of several runs, told in a few figures."""

from __future__ import annotations

from flask import Blueprint, Response

from fitlog_core.errors import RunNotFoundError
from fitlog_web.answers import answer, plain
from fitlog_web.asked import board, body, ids_in, view_of
from fitlog_web.statistics import shared, spreads

bp = Blueprint("api_statistics", __name__, url_prefix="/api")


@bp.post("/statistics")
def figures() -> Response:
    """Return mean, spread and extremes of each metric; a POST, for it may name many ids."""
    said = body()
    ids, view = ids_in(said), view_of(said)
    board().refresh()
    known = {row.id: row.values for row in board().in_view(view, deleted=True)}
    unknown = [row_id for row_id in ids if row_id not in known]
    if unknown:
        raise RunNotFoundError(f"there is no run {unknown[0]!r} in this log directory")
    rows = [known[row_id] for row_id in ids]
    keys = [column["key"] for column in board().columns(view).columns]
    metrics = [key for key in keys if key.startswith("metric-")]
    settings = [key for key in keys if key.startswith("hyper-")]
    return answer({"columns": spreads(rows, metrics), "shared": plain(shared(rows, settings))})
