"""The page of relations: columns of runs drawn against each other."""

from __future__ import annotations

import json

from flask import Blueprint

from fitlog_web.asked import board, named_view
from fitlog_web.pages import page
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
        "view": view.name,
        "own_view": shown.view_name,
        "address": view.address,
        "filter": json.dumps(view.filter_condition, ensure_ascii=False)
        if view.filter_condition
        else None,
    }
    return page("relations.html", "relations", data)
