"""``/api/runs/ID/revert``: the code of a run, brought back to a folder that the visitor names."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from fitlog_core.errors import SnapshotError
from fitlog_core.sentences import told
from fitlog_web.answers import answer
from fitlog_web.asked import board, body
from fitlog_web.code_versions import bring_back, code_of, free_folder, named_folder
from fitlog_web.pages import showable
from fitlog_web.same_machine import check_may_revert, may_revert
from fitlog_web.sentences import told_problem

bp = Blueprint("api_revert", __name__, url_prefix="/api")


@bp.get("/runs/<run_id>/revert")
def proposed(run_id: str) -> Response:
    """Say which code version it would be, and a folder that is free; nothing is done."""
    board().refresh()
    run = board().run(run_id)
    said: dict[str, Any] = dict.fromkeys(("version", "project", "folder"))
    said |= told_problem(None)
    try:
        code = code_of(run, board().log_dir)
    except SnapshotError as error:
        said |= told_problem(told(error))
    else:
        said["version"] = code.version
        said["project"] = showable(str(code.project.root))
        said["folder"] = showable(str(free_folder(code)))
    return answer({**said, "allowed": may_revert() and not board().read_only})


@bp.post("/runs/<run_id>/revert")
def revert(run_id: str) -> Response:
    """Write the files of the run's code version to a new folder; nothing else is touched."""
    check_may_revert()
    folder = named_folder(body().get("folder"))
    board().refresh()
    code = code_of(board().run(run_id), board().log_dir)
    made = bring_back(code, folder, board().log_dir)
    return answer({"version": code.version, "folder": showable(str(made))}, 201)
