"""The page of a run's code, and of what differs between it and another's."""

from __future__ import annotations

from flask import Blueprint

from fitlog_core.log_format import is_run_id
from fitlog_web.asked import board
from fitlog_web.pages import page
from fitlog_web.same_machine import may_revert

bp = Blueprint("page_code", __name__)

OFFERED = 50  # other runs, the nearest by time


@bp.get("/run/<run_id>/code")
def code(run_id: str) -> str:
    """Show the code of a run: its files, or how they differ from those of another."""
    board().refresh()
    run = board().run(run_id)
    data = {
        "id": run.id,
        "others": _nearest(run.id),
        "parent": run.meta.get("parent"),
        "may_see_tree": may_revert(),
    }
    return page("code.html", "code", data)


def _nearest(run_id: str) -> list[str]:
    """Return the runs before and after one, newest first."""
    ids = [each for each in board().runs.ids() if is_run_id(each)]
    place = ids.index(run_id) if run_id in ids else 0
    first = max(0, min(place - OFFERED // 2, len(ids) - OFFERED - 1))
    return [each for each in ids[first : first + OFFERED + 1] if each != run_id]
