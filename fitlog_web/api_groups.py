"""``/api/groups``: runs with the same settings, told as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from fitlog_core.sentences import sentence
from fitlog_web.answers import answer, plain
from fitlog_web.asked import BadRequestError, board, body, rows_in, view_of
from fitlog_web.groups import Group, grouped

bp = Blueprint("api_groups", __name__, url_prefix="/api")


@bp.post("/groups")
def groups() -> Response:
    """Return runs grouped by columns, and the metrics' spread in each group.

    A POST, for it may name thousands of ids.
    """
    said = body()
    by, view = _columns(said, "by"), view_of(said)
    wanted = set(_columns(said, "metrics")) if "metrics" in said else None
    board().refresh()
    rows = [row.values for row in rows_in(said, view)]
    keys = [column["key"] for column in board().columns(view).columns]
    metrics = [
        key for key in keys if key.startswith("metric-") and (wanted is None or key in wanted)
    ]
    return answer({"groups": [_said(group) for group in grouped(rows, by, metrics)]})


def _said(group: Group) -> Group:
    """Return a group as JSON can say it; its ids are text, and may be thousands."""
    return {
        "values": plain(group["values"]),
        "ids": group["ids"],
        "columns": plain(group["columns"]),
    }


def _columns(said: Mapping[str, Any], name: str) -> list[str]:
    """Return the columns that a request lists under a name."""
    keys = said.get(name)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise BadRequestError(
            sentence(
                "asked.columns", "{name} is a list of columns, not {given!r}", name=name, given=keys
            )
        )
    return list(dict.fromkeys(keys))
