"""The page of all runs, and the old addresses that lead to it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from fitlog_core.errors import QueryError
from fitlog_core.reading.views import View
from fitlog_core.sentences import sentence
from fitlog_web.api_runs import table_head
from fitlog_web.asked import board, named_view
from fitlog_web.columns import Column
from fitlog_web.compact import compact_rows, shapes_of
from fitlog_web.pages import page, said_of_view, showable
from fitlog_web.paths import root
from fitlog_web.rows import TableRow
from fitlog_web.same_columns import APART, same_columns
from fitlog_web.sentences import told_problems

FIRST_ROWS = 100
FIRST_COLUMNS = 30
GLANCE = (40, 16)  # rows and columns of the table that stands until the grid is there

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
    said = table_head(shown, view, deleted=False)
    rows, filter_problem = _first_rows(view)
    said |= told_problems([*said["problems"], *filter_problem])
    ordered = _as_sorted(rows)
    moved = _moved(ordered[FIRST_ROWS:], view)
    first = [*ordered[:FIRST_ROWS], *moved[:FIRST_ROWS]]
    shapes = shapes_of(first)
    said["shapes"] = list(shapes)
    said["rows"] = list(compact_rows(first, shapes, view, shown.jobs()))
    said |= _counts(rows, view, [column["key"] for column in said["columns"]])
    data: dict[str, Any] = {
        **said,
        **said_of_view(view),
        "row_order": view.row_order,
        "has_moved": len(moved) <= FIRST_ROWS,
        "hidden": len(view.hidden),
        "deleted": len(view.deleted),
    }
    shown_rows = _shown(first, view, said["columns"])
    return page("runs.html", "runs", data, first_rows=shown_rows, glance=GLANCE)


def _first_rows(view: View) -> tuple[list[TableRow], list[str]]:
    """Return the rows that the page begins with, and what is wrong with the saved filter."""
    try:
        return board().in_view(view, filtered=True), []
    except QueryError as error:
        return board().in_view(view), [
            sentence(
                "view.filter_fault",
                "filter_condition of {view}: {problem}",
                view=view.name,
                problem=sentence("search", "{fault}", fault=error),
            )
        ]


def _as_sorted(rows: list[TableRow]) -> list[TableRow]:
    """Return rows as the page sorts them: by their ids, those added by hand among the others."""
    if not any(row.added for row in rows[-1:]):
        return rows
    return sorted(rows, key=lambda row: row.id.casefold(), reverse=True)


def _moved(rows: list[TableRow], view: View) -> list[TableRow]:
    """Return those of the rows that a reader has put somewhere else, perhaps to the top."""
    moved = {run_id for move in view.row_order for run_id in move[:-1]}
    return [row for row in rows if row.id in moved] if moved else []


def _counts(rows: list[TableRow], view: View, keys: list[str]) -> dict[str, Any]:
    """Return what the page cannot know of the first rows alone, whether those are all included."""
    if len(rows) <= FIRST_ROWS and not view.filter_condition:
        return {"total": len(rows), "complete": True}
    hidden = set(view.hidden)
    at_hand = [row for row in rows if row.id not in hidden]
    return {
        "total": len(board().in_view(view)),
        "complete": False,
        "at_hand": len(at_hand),
        "same": same_columns(at_hand, keys),
    }


def _shown(rows: list[TableRow], view: View, columns: list[Column]) -> list[dict[str, Any]]:
    """Return the cells that a page without scripts shows."""
    keys = [column["key"] for column in columns if not column.get("hidden")]
    keys = ["id", "state", *(key for key in keys if key not in APART)][:FIRST_COLUMNS]
    hidden = set(view.hidden)
    return [
        {showable(key): showable(cells.get(key)) for key in keys}
        for row in rows
        if row.id not in hidden
        for cells in [row.cells()]
    ]
