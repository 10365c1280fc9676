"""``/api/runs`` and what follows it: the table, its changes, a search, one run."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Set
from typing import Any

from flask import Blueprint, Response, request

from fitlog_core.log_format import number
from fitlog_core.reading.extra_data import FILE_NAME as EXTRA_DATA
from fitlog_core.reading.query import Query, parse
from fitlog_core.reading.views import View
from fitlog_core.sentences import sentence
from fitlog_web.answers import answer, answer_rows, answer_said, encode, plain
from fitlog_web.asked import board, check_choice, flag, named_view, whole_number
from fitlog_web.board import Board
from fitlog_web.compact import compact_rows, shapes_of
from fitlog_web.rows import TableRow
from fitlog_web.sentences import told_problems

bp = Blueprint("api_runs", __name__, url_prefix="/api")


@bp.get("/runs")
def runs() -> Response:
    """Return all runs, flat; or the whole table, as objects or in the compact form of the page."""
    kind = request.args.get("format", "flat")
    check_choice("format", kind, ("flat", "columns", "compact"), "columns, compact or left out")
    board().refresh()
    shown, view, limit = board(), named_view(), whole_number("limit", 0)
    deleted = flag("deleted")
    head = table_head(shown, view, deleted)
    rows = asked_for(view)[:limit]
    fingerprint = f"{head['cursor']} {head['problems']} {request.query_string!r}"
    hidden, gone, jobs = set(view.hidden), set(view.deleted), shown.jobs()
    if kind == "flat":
        flat = (row.flat(row.id in hidden, row.id in gone) for row in rows)
        return answer_rows({}, "runs", flat, fingerprint)
    if kind == "columns":
        whole = (row.whole(row.id in hidden, row.id in gone, jobs.get(row.id)) for row in rows)
        return answer_rows(head, "rows", whole, fingerprint)
    shapes = shapes_of(rows)
    compact = compact_rows(rows, shapes, view, jobs)
    return answer_rows(head | {"shapes": list(shapes)}, "rows", compact, fingerprint)


@bp.get("/search")
def search() -> Response:
    """Return the ids of the rows that a search finds, and with ``view`` its filter lets through."""
    board().refresh()
    view = named_view()
    rows = asked_for(view)
    told = {"ids": [row.id for row in rows], "total": len(rows)}
    return answer(told | _about(parse(request.args.get("q", "")), view))


def _about(query: Query, view: View) -> dict[str, Any]:
    """Return what a search asks for: texts, names that no column has, conditions one by one."""
    every = (row.values for row in board().in_view(view, deleted=True))
    return {
        "texts": query.texts,
        "unknown": query.unknown(every),
        "clauses": [{"text": each.text, "rest": each.rest} for each in query.clauses],
    }


@bp.get("/changes")
def changes() -> Response:
    """Return what changed since a cursor: whole rows, ids that went, columns if they changed.

    In the compact form, runs of which only the latest record is another have no whole rows.
    """
    shown, asked = board(), request.args.get("cursor", "")
    kind = request.args.get("format", "columns")
    check_choice("format", kind, ("columns", "compact"), "compact or left out")
    shown.refresh()
    then = _read_cursor(asked)
    name = request.args.get("view", then.get("view"))
    deleted = flag("deleted") if "deleted" in request.args else bool(then.get("deleted"))
    view = shown.view(name)
    cursor = _cursor(shown, view, deleted)  # first: what comes meanwhile is told the next time
    said = shown.told(
        ("changes", kind, asked, view.name, deleted, cursor),
        lambda: {"cursor": cursor, **_changes(shown, then, view, deleted, kind)},
    )
    return answer_said(said)


@bp.get("/runs/<run_id>")
def run(run_id: str) -> Response:
    """Return everything about one run but its curves."""
    board().refresh()
    view = named_view()
    cursor, row = cursor_now(board(), view), board().row(run_id)
    said: dict[str, Any] = {"id": row.id, "state": row.own.get("state")}
    said["row"] = _whole(row, view)
    empty = ("series", "segments", "files")
    said |= {name: {} for name in ("meta", "hyper", "metric", "other")} | {
        name: [] for name in empty
    }
    if not row.added:
        said |= _recorded(run_id)
        row = board().update(run_id)  # reading the curves shows which of their lines are faulty
        said["row"] = _whole(row, view)
    said |= {"progress": row.progress, "skipped": row.skipped}
    return answer(said | {"cursor": cursor})


def whole_rows(rows: list[TableRow], view: View) -> list[dict[str, Any]]:
    """Return rows as the board's page takes them."""
    return [_whole(row, view) for row in rows]


def table_head(shown: Board, view: View, deleted: bool) -> dict[str, Any]:
    """Return what the board's page takes besides the rows: cursor, columns, what went wrong.

    It is asked for before the rows: they may be newer than the cursor, but never older.
    """
    return {
        "cursor": _cursor(shown, view, deleted),
        "columns": shown.columns(view).columns,
        **told_problems(
            [
                *(
                    sentence("problem.of", "{file}: {problem}", file=view.name, problem=problem)
                    for problem in view.problems
                ),
                *(
                    sentence("problem.of", "{file}: {problem}", file=EXTRA_DATA, problem=problem)
                    for problem in shown.extra().problems
                ),
            ]
        ),
    }


def cursor_now(shown: Board, view: View) -> str:
    """Return the cursor of this moment, for a page that wants to hear of changes only."""
    return _cursor(shown, view, deleted=True)


def asked_for(view: View) -> list[TableRow]:
    """Return the rows that the address asks for by ``q``, ``view`` and ``deleted``."""
    rows = board().in_view(
        view, flag("deleted"), filtered="view" in request.args and flag("filtered", "1")
    )
    text = request.args.get("q", "")
    if not text.strip():
        return rows
    values = [row.values for row in rows]
    found = {id(each) for each in parse(text).select(values, call=board().judge)}
    return [row for row in rows if id(row.values) in found]


def _standing(row: TableRow, view: View) -> tuple[bool, bool]:
    """Return whether a view hides a row, and whether it lies in the view's trash."""
    return row.id in view.hidden, row.id in view.deleted


def _whole(row: TableRow, view: View) -> dict[str, Any]:
    return row.whole(*_standing(row, view), board().jobs().get(row.id))


def _recorded(run_id: str) -> dict[str, Any]:
    reader = board().run(run_id)
    return {
        "meta": plain(reader.meta),
        "hyper": plain(reader.hyper),
        "metric": plain(_numbers(reader.best_metric)),
        "other": plain(reader.other),
        "series": reader.curves.names(),
        "segments": reader.segments(),
        "files": [file._asdict() for file in reader.files()],
    }


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    return number(value)


def _changes(
    shown: Board, then: dict[str, Any], view: View, deleted: bool, kind: str
) -> dict[str, Any]:
    since = shown.runs.changes(str(then.get("runs", "")))
    edited = shown.edited_since(str(then.get("cells", "?")))
    moved = shown.moved_since(view.name, str(then.get("marks", "?")))
    gone_on: Set[str] = set()
    if edited is None or moved is None:
        touched = {*since.changed, *since.removed, *(row.id for row in shown.rows())}
    else:
        if kind == "compact" and then.get("deleted") == deleted:
            gone_on = since.gone_on - edited - moved
        touched = {*since.changed, *since.removed, *edited, *moved} - gone_on
    touched |= _ranks_beside(shown, touched)
    visible = {row_id for row_id in touched if shown.is_visible(row_id, view, deleted)}
    said: dict[str, Any] = {
        "rows": whole_rows(shown.rows_of(visible), view),
        "removed": sorted(touched - visible),
    }
    if kind == "compact":
        hidden = touched if deleted else touched.union(view.deleted)
        said["gone_on"] = [row.latest() for row in shown.rows_of(gone_on - hidden)]
    if then.get("columns") != shown.columns(view).digest:
        said["columns"] = shown.columns(view).columns
    return said


def _ranks_beside(shown: Board, touched: set[str]) -> set[str]:
    """Return the runs whose job may be another now: it has lost or got a rank."""
    if not touched:
        return set()
    jobs = shown.jobs()
    if any(not shown.has(row_id) for row_id in touched):  # the job of one that went is unknown
        return set(jobs)
    return {beside for run_id in touched if run_id in jobs for beside in jobs[run_id].runs}


def _cursor(shown: Board, view: View, deleted: bool) -> str:
    said = {
        "runs": shown.cursor,
        "cells": shown.extra().fingerprint,
        "marks": view.fingerprint,
        "columns": shown.columns(view).digest,
        "view": view.name,
        "deleted": deleted,
    }
    return base64.urlsafe_b64encode(encode(said)).decode("ascii").rstrip("=")


def _read_cursor(text: str) -> dict[str, Any]:
    """Return what a cursor says; one that is not ours says nothing, and everything is new."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    if not isinstance(found, dict) or not isinstance(found.get("view", ""), str):
        return {}
    return found


def row_answer(row_id: str, view: View, status: int = 200) -> Response:
    """Return one row as it is after a change.

    :raises RunNotFoundError: if there is none of that id.
    """
    row = board().row(row_id)
    return answer({"row": _whole(row, view)}, status)
