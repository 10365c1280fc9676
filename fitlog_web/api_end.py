"""``/api/end``: a visitor ends the board."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from fitlog_core.errors import FitlogError
from fitlog_core.sentences import sentence
from fitlog_web.answers import answer
from fitlog_web.asked import body

ENDING = "fitlog-ending"  # the app's extension that holds the event to set

bp = Blueprint("api_end", __name__, url_prefix="/api")


class NotEndedError(FitlogError):
    """The board is not served by ``fitlog log``, which alone could end it."""


@bp.post("/end")
def end() -> Response:
    """End the board once this is answered."""
    body()
    ending = current_app.extensions.get(ENDING)
    if ending is None:
        raise NotEndedError(
            sentence(
                "end.elsewhere",
                "this board was not started by fitlog log: end it where it was started",
            )
        )
    said = answer({"ended": True})
    said.call_on_close(ending.set)
    return said
