"""What the panels of plugins say: asked for by the page once it stands, so that none delays it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request

from fitlog_core.errors import RunNotFoundError
from fitlog_core.reading.reader import RunReader
from fitlog_core.sentences import sentence
from fitlog_web.answers import answer
from fitlog_web.api_series import readers_asked_for
from fitlog_web.asked import BadRequestError, board, check_choice
from fitlog_web.plugin_panels import PAGES, Content, panels
from fitlog_web.sentences import told_problem

bp = Blueprint("api_panels", __name__, url_prefix="/api")


@bp.get("/panels")
def listed() -> Response:
    """Return page and title of every panel."""
    found = [{"page": panel.page, "title": panel.title} for panel in panels().entries]
    return answer({"panels": found})


@bp.get("/panel")
def one() -> Response:
    """Return what a panel says of a run, or of several."""
    page, title = request.args.get("page", "run"), request.args.get("title", "")
    check_choice("page", page, PAGES, " or ".join(PAGES))
    panel = panels().find(page, title)
    board().refresh()
    readers = _readers(only_one=page == "run")
    content, problem = panels().render(panel, readers[0] if page == "run" else readers)
    found = {"page": page, "title": title, "content": content, **told_problem(problem)}
    return answer({**found, "runs": _mentioned(content)})


def _readers(only_one: bool) -> list[RunReader]:
    """Return the runs that the address names.

    :raises RunNotFoundError: if none of them is there.
    """
    found, missing = readers_asked_for()
    if only_one and len(found) + len(missing) != 1:
        raise BadRequestError(sentence("asked.one_run", "runs is the id of one run"))
    if not found:
        raise RunNotFoundError(
            sentence(
                "run.unknown",
                "there is no run {run!r} in this log directory",
                run=", ".join(missing),
            )
        )
    return list(found.values())


def _mentioned(content: Content | None) -> list[str]:
    """Return the cells that are the id of a run, which the page makes links of."""
    return sorted({cell for cell in _texts(content) if board().has(cell)})


def _texts(content: Content | None) -> Iterator[str]:
    rows: list[list[Any]] = (content or {}).get("rows", [])
    return (cell for row in rows for cell in row if isinstance(cell, str))
