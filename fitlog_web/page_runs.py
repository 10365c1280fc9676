"""The page of all runs, and the old addresses that lead to it."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from fitlog_core.errors import QueryError
from fitlog_core.reading.views import View
from fitlog_web.api_runs import table_head, whole_rows
from fitlog_web.asked import board, named_view
from fitlog_web.pages import page, showable
from fitlog_web.paths import root

FIRST_ROWS = 100
FIRST_COLUMNS = 30

bp = Blueprint("page_runs", __name__)


@bp.get("/")
@bp.get("/table")
@bp.get("/table/<old_token>")
def start(old_token: str = "") -> Response:
    """Lead to the page of all runs; addresses of fitlog 0.9 do, too."""
    del old_token
    return redirect(f"{root()}runs")


@bp.get("/runs")
def runs() -> str:
    """Show the run table, its newest rows written into the page itself."""
    shown = board()
    shown.refresh()
    view = named_view("v")
    first = table_head(shown, view, deleted=False)
    rows, filter_problem = _first_rows(view)
    first["rows"] = whole_rows(rows[:FIRST_ROWS], view)
    first["problems"] += filter_problem
    data: dict[str, Any] = {
        **first,
        "view": view.name,
        "own_view": shown.view_name,
        "address": view.address,
        "total": len(rows),
        "complete": len(rows) <= FIRST_ROWS and not view.filter_condition,
        "filter": json.dumps(view.filter_condition, ensure_ascii=False)
        if view.filter_condition
        else None,
        "hidden": len(view.hidden),
        "deleted": len(view.deleted),
    }
    return page("runs.html", "runs", data, first_rows=_shown(first))


def _first_rows(view: View) -> tuple[list[Any], list[str]]:
    """Return the rows that the page begins with, and what is wrong with the saved filter."""
    try:
        rows, problem = board().in_view(view, filtered=True), []
    except QueryError as error:
        rows, problem = board().in_view(view), [f"filter_condition of {view.name}: {error}"]
    return rows, problem


def _shown(first: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells that a page without scripts shows."""
    keys = [column["key"] for column in first["columns"] if not column.get("hidden")]
    keys = ["id", "state", *(key for key in keys if key not in ("id", "state"))][:FIRST_COLUMNS]
    return [
        {showable(key): showable(row.get(key)) for key in keys}
        for row in first["rows"]
        if not row["hidden"]
    ]
