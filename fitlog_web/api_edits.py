"""Changes of rows: cells, rows added by hand, hiding, the trash, erasing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from fitlog_core.errors import RunNotFoundError, ViewError
from fitlog_core.reading import archive, tags
from fitlog_core.reading.views import View
from fitlog_core.sentences import sentence
from fitlog_web.answers import answer, plain
from fitlog_web.api_runs import row_answer
from fitlog_web.asked import (
    BadRequestError,
    board,
    body,
    ids_in,
    mapping_in,
    standing_view,
    view_of,
)
from fitlog_web.columns import editable_columns
from fitlog_web.sentences import told_problems

bp = Blueprint("api_edits", __name__, url_prefix="/api")


@bp.patch("/runs/<run_id>")
def edit(run_id: str) -> Response:
    """Edit cells of a row; one that somebody else edited meanwhile is not overwritten."""
    said = body()
    changes, was = mapping_in(said, "set", needed=True), mapping_in(said, "was")
    view = view_of(said)
    board().refresh()
    row = board().row(run_id)
    for key in changes:
        if not row.added and key not in editable_columns(view):
            raise BadRequestError(
                sentence(
                    "cell.fixed",
                    "column {column!r} cannot be edited; editable_columns in {view} lists "
                    "{columns}",
                    column=key,
                    view=view.name,
                    columns=", ".join(view.editable_columns) or sentence("none", "none"),
                )
            )
    board().extra().set(run_id, changes, was, plain(row.own))
    board().refresh()
    return row_answer(run_id, view)


@bp.post("/runs")
def add() -> Response:
    """Add a row by hand."""
    values = body()
    row_id = values.pop("id", None)
    if not isinstance(row_id, str):
        raise BadRequestError(
            sentence("row.no_name", "the id of a row is a name, not {given!r}", given=row_id)
        )
    board().refresh()
    if row_id in set(board().runs.ids()):
        raise ViewError(
            sentence("run.taken", "there is a run {run!r} already: choose another id", run=row_id)
        )
    board().extra().add(row_id, values)
    board().refresh()
    return row_answer(row_id, board().view(), 201)


@bp.post("/tags")
def tag() -> Response:
    """Put a tag on rows, or take it off; the answer names those that this changed."""
    said = body()
    ids, name, on = ids_in(said), tags.checked(said.get("tag")), said.get("on")
    if not isinstance(on, bool):
        raise BadRequestError(
            sentence("asked.switch", "on is true or false, not {given!r}", given=on)
        )
    _check(ids)
    _, changed = board().extra().tag(ids, name, on)
    board().refresh()
    return answer({"changed": changed})


@bp.post("/hidden")
def hide() -> Response:
    """Put rows out of sight, or back."""
    said = body()
    hidden = said.get("hidden")
    if not isinstance(hidden, bool):
        raise BadRequestError(
            sentence("asked.switch", "hidden is true or false, not {given!r}", given=hidden)
        )
    ids, view = ids_in(said), standing_view(said)
    if hidden:
        _check(ids)
    view = view.edit_names("hidden_logs", **{"add" if hidden else "remove": ids})
    return _names(view)


@bp.post("/trash")
def trash() -> Response:
    """Put rows into the trash of a view; their files stay."""
    said = body()
    ids = ids_in(said)
    _check(ids)
    return _names(archive.trash(standing_view(said), ids))


@bp.post("/restore")
def restore() -> Response:
    """Take rows out of the trash of a view."""
    said = body()
    return _names(archive.restore(standing_view(said), ids_in(said)))


@bp.post("/erase")
def erase() -> Response:
    """Remove rows in the trash for good, files and all."""
    said = body()
    ids, view = ids_in(said), view_of(said)
    board().refresh(at_once=True)
    problems = archive.erase(board().runs, view, ids)
    board().refresh(at_once=True)
    return answer({"erased": ids, **told_problems(problems)})


def _check(ids: list[str]) -> None:
    """Let only ids of rows into a view.

    :raises RunNotFoundError: for an id that no row has.
    """
    board().refresh()
    known = {row.id for row in board().rows()}
    unknown = [row_id for row_id in ids if row_id not in known]
    if unknown:
        raise RunNotFoundError(
            sentence("run.unknown", "there is no run {run!r} in this log directory", run=unknown[0])
        )


def _names(view: View) -> Response:
    said: dict[str, Any] = {"hidden": list(view.hidden), "deleted": list(view.deleted)}
    return answer(said)
