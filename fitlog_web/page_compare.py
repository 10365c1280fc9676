"""The page that lays curves of several runs over each other."""

from __future__ import annotations

from flask import Blueprint

from fitlog_web.api_runs import cursor_now
from fitlog_web.asked import board
from fitlog_web.pages import page
from fitlog_web.paths import chosen, listed
from fitlog_web.plugin_panels import panels

bp = Blueprint("page_compare", __name__)


@bp.get("/compare")
def compare() -> str:
    """Compare the runs that the address names."""
    board().refresh()
    known = set(board().runs.ids())
    data = {
        "runs": chosen("runs", known.__contains__),
        "names": listed("names"),
        "cursor": cursor_now(board(), board().view()),
        "panels": panels().titles("compare"),
    }
    return page("compare.html", "compare", data)
