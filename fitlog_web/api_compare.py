"""``/api/comparison``: what differs among runs, side by side."""

from __future__ import annotations

from flask import Blueprint, Response, request

from fitlog_web.answers import answer, plain
from fitlog_web.api_series import MOST_RUNS
from fitlog_web.asked import BadRequestError, board
from fitlog_web.comparison import ALL, SINGLE, compared
from fitlog_web.paths import chosen, listed
from fitlog_web.seeds import BUT_SEED

bp = Blueprint("api_compare", __name__, url_prefix="/api")


@bp.get("/comparison")
def comparison() -> Response:
    """Return what differs among runs, likely causes first; one column a run, or a group."""
    by = request.args.get("by") or SINGLE
    if by not in (SINGLE, ALL, BUT_SEED) and not by.startswith("hyper-"):
        raise BadRequestError(
            f"by is {SINGLE}, {ALL}, {BUT_SEED} or a column of hyperparameters, not {by!r}"
        )
    board().refresh()
    ids = chosen("runs", board().has)
    if len(ids) > MOST_RUNS:
        raise BadRequestError(f"at most {MOST_RUNS} runs are compared, not {len(ids)}")
    there = [run_id for run_id in ids if board().has(run_id)]
    found = compared(board(), there, by, list(dict.fromkeys(listed("names"))))
    return answer(plain({**found, "missing": [run_id for run_id in ids if run_id not in there]}))
