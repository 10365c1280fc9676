"""``/api/relations``: columns of runs beside each other, and which of them matter for a result."""

from __future__ import annotations

from flask import Blueprint, Response

from fitlog_core.sentences import sentence
from fitlog_web.answers import answer
from fitlog_web.api_runs import asked_for, cursor_now
from fitlog_web.asked import BadRequestError, board, body, named_view, rows_in, view_of
from fitlog_web.importance import influences
from fitlog_web.paths import listed
from fitlog_web.relations import columns_of, likenesses

bp = Blueprint("api_relations", __name__, url_prefix="/api")


@bp.get("/relations")
def columns() -> Response:
    """Return columns of the rows that the address asks for, each as one list."""
    board().refresh()
    view = named_view()
    cursor = cursor_now(board(), view)  # first: the rows may be newer than it, but never older
    keys = list(dict.fromkeys(listed("columns")))
    found = columns_of(asked_for(view), keys, view, board().jobs())
    known = likenesses(board().in_view(view), board().columns(view).columns)
    return answer({"cursor": cursor, "known": known, **found})


@bp.post("/relations/importance")
def importance() -> Response:
    """Return what the hyperparameters of runs have to do with a result; it may name many ids."""
    said = body()
    result = said.get("result")
    if not isinstance(result, str):
        raise BadRequestError(
            sentence("asked.column", "result is a column, not {given!r}", given=result)
        )
    with_forest = said.get("forest", True)
    if not isinstance(with_forest, bool):
        raise BadRequestError(
            sentence("asked.switch", "forest is true or false, not {given!r}", given=with_forest)
        )
    board().refresh()
    view = view_of(said)
    rows = [row.values for row in rows_in(said, view)]
    keys = [each["key"] for each in board().columns(view).columns]
    settings = [key for key in keys if key.startswith("hyper-")]
    return answer(dict(influences(rows, result, settings, with_forest)))
