"""``/api/export``: rows of the table as a file for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from fitlog_core.sentences import sentence
from fitlog_web.answers import answer_file
from fitlog_web.asked import BadRequestError, board, body, check_choice, ids_in, view_of
from fitlog_web.export import BEST, FORMATS
from fitlog_web.rows import TableRow

MOST_CELLS = 50_000_000  # of one file, which is made in memory

bp = Blueprint("api_export", __name__, url_prefix="/api")


@bp.post("/export")
def export() -> Response:
    """Return rows as CSV, JSON, Markdown or LaTeX; a POST, for it may name thousands of ids."""
    said = body()
    kind, best = said.get("format", "csv"), said.get("best", "max")
    check_choice("format", kind, FORMATS, f"one of {', '.join(FORMATS)}")
    check_choice("best", best, BEST, f"one of {', '.join(BEST)}")
    board().refresh()
    spell, mimetype = FORMATS[kind]
    rows = [row.values for row in _rows(said)]
    columns = _columns(said, rows)
    if len(rows) * len(columns) > MOST_CELLS:
        raise BadRequestError(
            sentence(
                "export.large",
                "a file has at most {most} cells: name fewer runs or columns",
                most=MOST_CELLS,
            )
        )
    text = spell(rows, columns, best)
    return answer_file(text, mimetype, f"runs.{kind}")


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
        raise BadRequestError(
            sentence("asked.columns", "columns is a list of columns, not {given!r}", given=asked)
        )
    return list(dict.fromkeys(asked))
