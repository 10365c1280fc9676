"""Views: which there are, what one says, and changes to it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from fitlog_core.errors import ViewError
from fitlog_core.reading.saved_filter import exactly
from fitlog_core.reading.views import View, check_name, delete_view, view_names
from fitlog_core.sentences import sentence
from fitlog_web.answers import answer, plain
from fitlog_web.asked import BadRequestError, board, body, mapping_in, standing_view
from fitlog_web.columns import order_of_keys
from fitlog_web.sentences import told_problems

bp = Blueprint("api_views", __name__, url_prefix="/api")


@bp.get("/views")
def views() -> Response:
    """Return the names of the views there are, and which is the board's own."""
    return answer({"views": view_names(board().log_dir), "current": board().view_name})


@bp.get("/view")
def view() -> Response:
    """Return what a view says and what in its file could not be read."""
    return answer(_said(board().view(request.args.get("name"))))


@bp.patch("/view")
def change() -> Response:
    """Change keys of a view; one that somebody else changed meanwhile is not overwritten.

    With ``"new": false`` a view that was removed meanwhile is not made anew. With ``as_saved`` the
    filter is one that a view said, else one of a search.
    """
    said = body()
    if said.get("new") is False:
        standing_view(said, "name")
    board().refresh()  # the keys of columns are known from the runs
    as_saved = said.get("as_saved") is True
    changes = _meant(mapping_in(said, "set", needed=True), as_saved)
    was = _meant(mapping_in(said, "was"), as_saved)
    return answer(_said(board().view(_name(said)).save(changes, was)))


@bp.delete("/view")
def remove() -> Response:
    """Remove the file of a view that is not the board's own."""
    name = check_name(_name(body()) or "")
    if name == board().view_name:
        raise ViewError(
            sentence(
                "view.own", "{view} is the view this board shows: it is not removed", view=name
            )
        )
    delete_view(board().log_dir, name)
    return answer({"removed": name})


def _name(said: dict[str, Any]) -> str | None:
    name = said.get("name")
    if name is not None and not isinstance(name, str):
        raise BadRequestError(
            sentence("asked.file_name", "name is a file name, not {given!r}", given=name)
        )
    return name


def _meant(changes: dict[str, Any], as_saved: bool) -> dict[str, Any]:
    """Return changes as a view takes them: columns may be named by their keys."""
    meant = dict(changes)
    order = meant.get("column_order")
    if isinstance(order, list) and all(isinstance(key, str) for key in order):
        meant["column_order"] = order_of_keys(order, board().paths())
    condition = meant.get("filter_condition")
    if isinstance(condition, dict) and not as_saved:
        meant["filter_condition"] = {key: exactly(value) for key, value in condition.items()}
    return meant


def _said(found: View) -> dict[str, Any]:
    return {
        "name": found.name,
        "exists": found.exists,
        "values": plain(found.values()),
        **told_problems(found.problems),
    }
