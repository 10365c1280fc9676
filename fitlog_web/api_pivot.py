"""``/api/pivot`` and ``/api/summaries``: summary tables of runs, and those that are saved."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from fitlog_core.reading.summaries import (
    Summary,
    added_rows,
    delete_summary,
    read_summary,
    save_summary,
    summary_names,
    summary_of,
)
from fitlog_core.sentences import sentence
from fitlog_web.answers import answer, answer_file, plain
from fitlog_web.api_runs import asked_for
from fitlog_web.asked import (
    BadRequestError,
    board,
    body,
    check_choice,
    flag,
    mapping_in,
    named_view,
)
from fitlog_web.paths import listed
from fitlog_web.pivot import pivot
from fitlog_web.pivot_files import BEST, FORMATS

bp = Blueprint("api_pivot", __name__, url_prefix="/api")

_LISTS = ("horizontals", "results", "result_maps", "criteria")


@bp.get("/pivot")
def table() -> Response:
    """Return the summary table of the runs that ``q`` and ``view`` leave; or a file of it."""
    kind, best = request.args.get("format", "json"), request.args.get("best", "max")
    check_choice("format", kind, ("json", *FORMATS), f"json, {', '.join(FORMATS)} or left out")
    check_choice("best", best, BEST, f"one of {', '.join(BEST)}")
    board().refresh()
    summary, view = _asked(), named_view()
    # Hidden runs count, as in fitlog 0.9, unless they are not to.
    left_out = set() if flag("hidden", "1") else set(view.hidden)
    rows = [row.values for row in asked_for(view) if row.id not in left_out]
    found = pivot(rows, summary, request.args.get("against"), _added())
    if kind == "json":
        return answer(plain(found))
    spell, mimetype = FORMATS[kind]
    corner = summary.vertical.rpartition("-")[2]
    return answer_file(spell(found, corner, best), mimetype, f"summary.{kind}")


@bp.get("/summaries")
def names() -> Response:
    """Return the names of the saved summaries."""
    return answer({"summaries": summary_names(board().log_dir)})


@bp.get("/summary")
def saved() -> Response:
    """Return what a saved summary says."""
    return _told(request.args.get("name", ""))


@bp.put("/summary")
def save() -> Response:
    """Save a summary; one that somebody else changed meanwhile is not overwritten."""
    said = body()
    summary = summary_of(mapping_in(said, "summary", needed=True))
    was = said.get("was")
    name = _name(said)
    before = summary_of(mapping_in(said, "was")) if was is not None else None
    save_summary(board().log_dir, name, summary, before, mapping_in(said, "beside"))
    return _told(name)


@bp.delete("/summary")
def remove() -> Response:
    """Remove a saved summary, and return what saves it again; the runs stay."""
    name = _name(body())
    beside = delete_summary(board().log_dir, name)
    return answer({"removed": name, "beside": plain(beside)})


def _told(name: str) -> Response:
    summary, added = read_summary(board().log_dir, name), added_rows(board().log_dir, name)
    return answer({"name": name, "summary": _said(summary), "added": len(added)})


def _added() -> list[dict[str, Any]]:
    """Return the rows that were added by hand to the summary that is asked for, or named."""
    name = request.args.get("added") or request.args.get("summary")
    return added_rows(board().log_dir, name) if name else []


def _asked() -> Summary:
    """Return the summary that the address describes: a saved one, or each part by its name."""
    name = request.args.get("summary")
    if name:
        return read_summary(board().log_dir, name)
    said: dict[str, Any] = {key: listed(key) for key in _LISTS}
    for key in ("vertical", "method"):
        if key in request.args:
            said[key] = request.args[key]
    return summary_of(said)


def _said(summary: Summary) -> dict[str, Any]:
    said = summary._asdict()
    said["result_maps"] = said.pop("names")
    return said


def _name(said: dict[str, Any]) -> str:
    name = said.get("name")
    if not isinstance(name, str):
        raise BadRequestError(
            sentence("asked.summary", "name is the name of a summary, not {given!r}", given=name)
        )
    return name
