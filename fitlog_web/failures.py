"""Errors as answers: a sentence and a true status, as JSON for programs, as a page for readers."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from fitlog_core.errors import (
    ArchiveError,
    FitlogError,
    QueryError,
    RunNotFoundError,
    SnapshotError,
    ViewConflictError,
    ViewNotWritableError,
)
from fitlog_core.notices import say
from fitlog_core.sentences import sentence, told
from fitlog_web.answers import answer, plain
from fitlog_web.api_end import NotEndedError
from fitlog_web.asked import BadRequestError, ViewGoneError
from fitlog_web.languages import language
from fitlog_web.pages import is_api, page
from fitlog_web.plugin_panels import BusyError
from fitlog_web.sentences import in_chinese, parts_of

# The nearest class of the error's tree counts.
STATUS: dict[type[Exception], int] = {
    RunNotFoundError: 404,
    ViewConflictError: 409,
    ArchiveError: 409,
    NotEndedError: 409,
    SnapshotError: 409,
    ViewNotWritableError: 403,
    FitlogError: 400,
    BadRequestError: 400,
    ViewGoneError: 409,
    BusyError: 503,
}
TITLES = {404: ("Not here", "没有这个页面"), 500: ("This is a fault of the board", "面板出错了")}


def tell_failures(app: Flask) -> None:
    """Answer the errors of an app."""

    @app.errorhandler(FitlogError)
    @app.errorhandler(BadRequestError)
    @app.errorhandler(BusyError)
    def known(error: Exception) -> ResponseReturnValue:
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        return _told(status, _said_by(error), _details(error))

    @app.errorhandler(RecursionError)
    def too_deep(error: RecursionError) -> ResponseReturnValue:
        del error
        return _told(400, sentence("request.deep", "what was sent is nested too deeply"), {})

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        return _told(status, _about(error, status), {})

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> ResponseReturnValue:
        # The border of the server: one fault must neither end it nor show its insides.
        # Neither the address, which may hold a token, nor control characters reach the terminal.
        say(f"the board failed at {request.endpoint}: {error!r}")
        app.logger.debug("request failed", exc_info=error)
        return _told(
            500,
            sentence("board.failed", "the board failed here; the terminal it runs in says why"),
            {},
        )


def _said_by(error: Exception) -> str:
    """Return what an error says; of a search the page has the words for all that may be wrong."""
    if isinstance(error, QueryError):
        return sentence("search", "{fault}", fault=str(error))
    return told(error)


def _about(error: HTTPException, status: int) -> str:
    if status == 404:
        return sentence("address.unknown", "there is nothing at {path}", path=request.path)
    said = error.description or error.name
    if status == 413:
        return sentence("request.large", "{said}", said=said)
    return sentence("request.refused", "{said}", said=said)


def _details(error: Exception) -> dict[str, Any]:
    """Return what a page needs to show an error where it belongs."""
    if isinstance(error, QueryError):
        return {"position": error.position, "text": error.text}
    if isinstance(error, ViewGoneError):
        return {"gone": error.name}
    if isinstance(error, ViewConflictError):
        found = {"key": error.key, "expected": error.expected, "found": error.found}
        return {key: plain(value) for key, value in found.items()}
    return {}


def _told(status: int, said: str, details: dict[str, Any]) -> ResponseReturnValue:
    if is_api():
        return answer({"error": said, "sentence": parts_of(said), **details}, status)
    is_chinese = language() == "zh"
    title = TITLES.get(status, ("This cannot be shown", "无法显示"))[is_chinese]
    message = in_chinese(said) if is_chinese else said
    return page("error.html", "error", status=status, title=title, message=message), status
