"""``/api/groups``: runs with the same settings, told as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from fitlog_web.answers import answer, plain
from fitlog_web.asked import BadRequestError, board, body, rows_in, view_of
from fitlog_web.groups import grouped

bp = Blueprint("api_groups", __name__, url_prefix="/api")


@bp.post("/groups")
def groups() -> Response:
    """Return runs grouped by columns, and the metrics' spread in each group.

    A POST, for it may name thousands of ids.
    """
    said = body()
    by, view = _by(said), view_of(said)
    board().refresh()
    rows = [row.values for row in rows_in(said, view)]
    keys = [column["key"] for column in board().columns(view).columns]
    metrics = [key for key in keys if key.startswith("metric-")]
    return answer({"groups": plain(grouped(rows, by, metrics))})


def _by(said: Mapping[str, Any]) -> list[str]:
    by = said.get("by")
    if not isinstance(by, list) or not all(isinstance(key, str) for key in by):
        raise BadRequestError(f"by is a list of columns, not {by!r}")
    return list(dict.fromkeys(by))
