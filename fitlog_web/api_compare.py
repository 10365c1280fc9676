"""``/api/comparison``: what differs among runs, side by side."""

from __future__ import annotations

from flask import Blueprint, Response, request

from fitlog_core.sentences import sentence
from fitlog_web.answers import answer, plain
from fitlog_web.api_series import compared_ids
from fitlog_web.asked import BadRequestError, board
from fitlog_web.comparison import ALL, SINGLE, compared
from fitlog_web.paths import listed
from fitlog_web.seeds import BUT_SEED

bp = Blueprint("api_compare", __name__, url_prefix="/api")


@bp.get("/comparison")
def comparison() -> Response:
    """Return what differs among runs, likely causes first; one column a run, or a group."""
    by = request.args.get("by") or SINGLE
    if by not in (SINGLE, ALL, BUT_SEED) and not by.startswith("hyper-"):
        raise BadRequestError(
            sentence(
                "asked.by",
                "by is {single}, {all}, {seed} or a column of hyperparameters, not {given!r}",
                single=SINGLE,
                all=ALL,
                seed=BUT_SEED,
                given=by,
            )
        )
    board().refresh()
    ids = compared_ids(board().has)
    there = [run_id for run_id in ids if board().has(run_id)]
    found = compared(board(), there, by, list(dict.fromkeys(listed("names"))))
    return answer(plain({**found, "missing": [run_id for run_id in ids if run_id not in there]}))
