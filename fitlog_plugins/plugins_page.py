"""A page of the board that lists the plugins of the process that serves it."""

from __future__ import annotations

from fitlog_core import plugins
from fitlog_core.hookspecs import Board, hookimpl


@hookimpl
def fitlog_board(board: Board) -> None:
    """Add ``/plugins``: name, version, state, hooks and error of every plugin."""
    import flask  # only a board has it

    page = flask.Blueprint(
        "plugins_page", __name__, url_prefix="/plugins", template_folder="templates"
    )

    @page.get("")
    def plugins_page() -> str:
        found = plugins.host().plugins.values()
        return board.render("plugins_page.html", "plugins", plugins=found)

    board.add_page(page, "Plugins", "插件")
