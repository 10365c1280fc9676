"""``/api/runs/ID/code`` and ``/api/runs/ID/difference``: the code of a run, and what differs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from fitlog_core.comparing.difference import Difference, as_json
from fitlog_core.sentences import sentence
from fitlog_web.answers import answer, plain
from fitlog_web.asked import BadRequestError, board
from fitlog_web.code_shown import WORK_TREE, code_of, difference_of, listing, text_of
from fitlog_web.same_machine import check_may_look_at_work_tree
from fitlog_web.sentences import parts_of, told_problem

bp = Blueprint("api_code", __name__, url_prefix="/api")


@bp.get("/runs/<run_id>/code")
def code(run_id: str) -> Response:
    """Return the files of a run's code version, and how to have them by hand."""
    board().refresh()
    return answer(plain(listing(code_of(board(), run_id))))


@bp.get("/runs/<run_id>/code/<path:path>")
def file(run_id: str, path: str) -> Response:
    """Return one file of a run's code version as text."""
    board().refresh()
    return answer(plain(text_of(code_of(board(), run_id), path)))


@bp.get("/runs/<run_id>/difference")
def difference(run_id: str) -> Response:
    """Return what differs between another run and this one, likely causes first."""
    against = request.args.get("against", "")
    if not against:
        raise BadRequestError(
            sentence(
                "asked.against",
                "against names the run to compare with, or is {word!r}",
                word=WORK_TREE,
            )
        )
    if against == WORK_TREE:
        check_may_look_at_work_tree()
    board().refresh()
    return answer(plain(_said(difference_of(board(), run_id, against))))


def _said(found: Difference) -> dict[str, Any]:
    """Return a difference, its sentences with what other languages are made of."""
    said = as_json(found)
    code = said["code"]
    code |= told_problem(code["problem"])
    code["files"] = [{**file, "sentence": parts_of(file["note"])} for file in code["files"]]
    return said
