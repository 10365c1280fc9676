"""``/api/statistics``: the metrics of several runs, told in a few figures."""

from __future__ import annotations

from flask import Blueprint, Response

from fitlog_web.answers import answer, plain
from fitlog_web.asked import board, body, rows_in, view_of
from fitlog_web.statistics import shared, spreads

bp = Blueprint("api_statistics", __name__, url_prefix="/api")


@bp.post("/statistics")
def figures() -> Response:
    """Return mean, spread and extremes of each metric; a POST, for it may name many ids."""
    said = body()
    view = view_of(said)
    board().refresh()
    rows = [row.values for row in rows_in(said, view)]
    keys = [column["key"] for column in board().columns(view).columns]
    metrics = [key for key in keys if key.startswith("metric-")]
    settings = [key for key in keys if key.startswith("hyper-")]
    return answer({"columns": spreads(rows, metrics), "shared": plain(shared(rows, settings))})
