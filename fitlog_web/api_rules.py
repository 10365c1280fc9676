"""``/api/alerts``: the runs that the project's rules find while the table is open."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from fitlog_web.answers import answer
from fitlog_web.shown_rules import ShownRules

EXTENSION = "fitlog-rules"

bp = Blueprint("api_rules", __name__, url_prefix="/api")


@bp.get("/alerts")
def alerts() -> Response:
    """Return the rules that hold, the runs that go on or did and that one finds, and problems."""
    shown: ShownRules = current_app.extensions[EXTENSION]
    look = shown.look()
    found = [each._asdict() for each in look.alerts]
    return answer({"rules": look.rules, "alerts": found, "problems": look.problems})
