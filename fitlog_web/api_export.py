"""``/api/export``: rows of the table as a file for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from fitlog_web.asked import BadRequestError, board, body, ids_in, view_of
from fitlog_web.export import BEST, FORMATS
from fitlog_web.rows import TableRow

MOST_CELLS = 50_000_000  # of one file, which is made in memory

bp = Blueprint("api_export", __name__, url_prefix="/api")


@bp.post("/export")
def export() -> Response:
    """Return rows as CSV, JSON, Markdown or LaTeX; a POST, for it may name thousands of ids."""
    said = body()
    kind, best = said.get("format", "csv"), said.get("best", "max")
    if not isinstance(kind, str) or kind not in FORMATS:
        raise BadRequestError(f"format is one of {', '.join(FORMATS)}, not {kind!r}")
    if not isinstance(best, str) or best not in BEST:
        raise BadRequestError(f"best is max or min, not {best!r}")
    board().refresh()
    spell, mimetype = FORMATS[kind]
    rows = [row.values for row in _rows(said)]
    columns = _columns(said, rows)
    if len(rows) * len(columns) > MOST_CELLS:
        raise BadRequestError(f"a file has at most {MOST_CELLS} cells: name fewer runs or columns")
    text = spell(rows, columns, best)
    response = Response(text.encode("utf-8", "backslashreplace"), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="runs.{kind}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _rows(said: Mapping[str, Any]) -> list[TableRow]:
    """Return the rows that are meant, in the order that they are named in."""
    view = view_of(said)
    known = {row.id: row for row in board().in_view(view, deleted=True)}
    if "ids" not in said:
        return board().in_view(view)
    return [known[row_id] for row_id in ids_in(said) if row_id in known]


def _columns(said: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> list[str]:
    """Return the columns that are meant; else all that one of the rows has, in the view's order."""
    asked = said.get("columns")
    if asked is None:
        used = {key for row in rows for key in row}
        every = ["id", "state", *(each["key"] for each in board().columns(view_of(said)).columns)]
        return [key for key in dict.fromkeys(every) if key in used]
    if not isinstance(asked, list) or not all(isinstance(key, str) for key in asked) or not asked:
        raise BadRequestError(f"columns is a list of columns, not {asked!r}")
    return list(dict.fromkeys(asked))
