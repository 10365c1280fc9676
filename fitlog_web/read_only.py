"""A board that only shows: one that was started so, or whose directory may not be written."""

from __future__ import annotations

from flask import Flask, request

from fitlog_core.sentences import sentence
from fitlog_web.access import CHANGES, RefusedError
from fitlog_web.board import Board

# POSTs that change nothing: what they ask for is too long for an address.
ASKING = frozenset(
    {
        "api_export.export",
        "api_groups.groups",
        "api_relations.importance",
        "api_statistics.compared",
        "api_statistics.figures",
    }
)
OF_THE_BOARD = frozenset({"api_end.end"})  # and what changes nothing in the directory


def refuse_changes(app: Flask, board: Board) -> None:
    """Have an app refuse changes before any route sees them, new routes and plugins' among them."""

    @app.before_request
    def check() -> None:
        asks = request.method not in CHANGES or request.endpoint in ASKING
        if asks or request.endpoint is None:  # there is nothing, which is told as such
            return
        if board.only_shows:
            raise RefusedError(
                403,
                sentence(
                    "board.only_shows",
                    "this board was started with --read-only: it changes nothing",
                ),
            )
        if board.read_only and request.endpoint not in OF_THE_BOARD:
            raise RefusedError(
                403,
                sentence(
                    "directory.read_only",
                    "{directory} cannot be written by this user: nothing was changed",
                    directory=board.log_dir,
                ),
            )
