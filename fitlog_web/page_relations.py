"""The page of relations: columns of runs drawn against each other."""

from __future__ import annotations

from flask import Blueprint

from fitlog_web.asked import board, named_view
from fitlog_web.pages import page, said_of_view
from fitlog_web.relations import likenesses

bp = Blueprint("page_relations", __name__)


@bp.get("/relations")
def relations() -> str:
    """Show what the address says of the runs that it asks for."""
    shown = board()
    shown.refresh()
    view = named_view("v")
    rows = shown.in_view(view)
    data = {
        "columns": likenesses(rows, shown.columns(view).columns),
        **said_of_view(view),
    }
    return page("relations.html", "relations", data)
