"""The board as a Flask app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask

from fitlog_core import plugins
from fitlog_core.reading.views import DEFAULT_NAME
from fitlog_web import (
    access,
    api_bands,
    api_code,
    api_compare,
    api_edits,
    api_end,
    api_export,
    api_groups,
    api_lineage,
    api_panels,
    api_pivot,
    api_relations,
    api_revert,
    api_rules,
    api_runs,
    api_series,
    api_statistics,
    api_views,
    assets,
    failures,
    files,
    headers,
    openapi,
    page_code,
    page_compare,
    page_pivot,
    page_relations,
    page_run,
    page_runs,
    paths,
    read_only,
    same_machine,
)
from fitlog_web.board import Board
from fitlog_web.pages import Navigation, PageJson, page
from fitlog_web.plugin_panels import Panels
from fitlog_web.shown_rules import ShownRules

LARGEST_BODY = 4 * 1024 * 1024  # bytes; a change is a few cells
DEFAULT_PORT = 5000
OWN_PATHS = ("api", "static", "runs", "run", "compare", "pivot", "relations", "table")

BLUEPRINTS = (
    *(page_runs, page_run, page_code, page_compare, page_pivot, page_relations, files),
    *(
        api_runs,
        api_series,
        api_bands,
        api_code,
        api_compare,
        api_edits,
        api_views,
        api_end,
        api_export,
        api_groups,
        api_lineage,
        api_panels,
        api_pivot,
        api_relations,
        api_revert,
        api_rules,
        api_statistics,
        openapi,
    ),
)


def create_app(
    log_dir: str | Path,
    view: str = DEFAULT_NAME,
    token: str | None = None,
    port: int = DEFAULT_PORT,
    allow_hosts: Iterable[str] = (),
    reverting: same_machine.RevertRules | None = None,
    only_shows: bool = False,
    rules: Iterable[str] = (),
) -> Flask:
    """Make the board of a log directory.

    :param log_dir: The directory; it may be empty.
    :param view: Name of the view that counts where an address names none.
    :param token: What visitors must know; None where anyone who reaches the board may use it.
    :param port: Port it will listen on; part of the cookie's name.
    :param allow_hosts: Further names under which it is reached.
    :param reverting: Who may have code written to a folder; nobody if left out.
    :param only_shows: Whether every change is refused.
    :param rules: Rules that the page tells of, beside those of the project's setting.
    :raises ViewError: if ``view`` is no name of a view.
    """
    app = Flask("fitlog_web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    # A redirect for doubled slashes would name a host; below a proxy that is the wrong one.
    app.url_map.merge_slashes = False
    app.json = PageJson(app)
    board = app.extensions["fitlog"] = Board(Path(log_dir).absolute(), view, only_shows)
    app.extensions[api_rules.EXTENSION] = ShownRules(board, rules)
    app.extensions["fitlog-navigation"] = Navigation()
    app.extensions["fitlog-panels"] = Panels()
    app.extensions[same_machine.EXTENSION] = reverting or same_machine.RevertRules()
    headers.harden(app)
    access.guard(app, access.rules_for(token, port, allow_hosts))
    read_only.refuse_changes(app, board)
    failures.tell_failures(app)
    app.add_url_rule("/static/<path:filename>", "static", assets.static)
    app.url_defaults(assets.add_fingerprint)
    app.jinja_env.globals["url_for"] = paths.relative_url_for
    app.jinja_env.globals["modules"] = assets.modules
    app.context_processor(lambda: {"root": paths.root()})
    for module in BLUEPRINTS:
        app.register_blueprint(module.bp)
    plugins.notify("fitlog_board", board=PageAdder(app))
    app.wsgi_app = paths.PrefixMiddleware(app.wsgi_app)  # type: ignore[method-assign]
    return app


class PageAdder:
    """What a plugin may do to the board (hook ``fitlog_board``)."""

    def __init__(self, app: Flask) -> None:
        """Add to ``app``."""
        self._app = app

    @property
    def log_dir(self) -> Path:
        """The log directory that the board shows."""
        shown: Board = self._app.extensions["fitlog"]
        return shown.log_dir

    def add_page(self, blueprint: Blueprint, title: str, title_zh: str | None = None) -> None:
        """Add a page and its entry in the navigation.

        :param blueprint: A ``flask.Blueprint`` with a ``url_prefix``.
        :param title: Its entry in the navigation.
        :param title_zh: The same in Chinese; ``title`` if left out.
        :raises ValueError: if the prefix is missing or one of the board's own, or the title empty.
        :raises TypeError: if it is no blueprint.
        """
        if not isinstance(blueprint, Blueprint):
            raise TypeError(f"the page {title!r} must be a flask.Blueprint, got {blueprint!r}")
        if not str(title).strip():
            raise ValueError(f"the page {blueprint.name!r} needs a title")
        prefix = blueprint.url_prefix or ""
        first = prefix.strip("/").partition("/")[0]
        if not first or first in OWN_PATHS:
            raise ValueError(f"the page {title!r} needs a url_prefix of its own, not {prefix!r}")
        self._app.register_blueprint(blueprint)
        navigation: Navigation = self._app.extensions["fitlog-navigation"]
        titles = {"title": str(title), "title_zh": str(title_zh or title)}
        navigation.entries.append({"path": prefix, **titles})

    def add_panel(self, title: str, render: Callable[[Any], object], page: str = "run") -> None:
        """Add a panel to a page of the board.

        :param title: Its heading.
        :param render: Is given the run's reader, or a list of them where runs are compared.
        :param page: ``run`` or ``compare``.
        :raises ValueError: if there is no such page, or it has a panel of that title.
        """
        panels: Panels = self._app.extensions["fitlog-panels"]
        panels.add(page, str(title), render)

    def render(self, template: str, name: str, **context: Any) -> str:
        """Return a page of a plugin as HTML, in the board's frame.

        :param template: File in the blueprint's template folder that extends ``base.html``.
        :param name: The page's ``url_prefix`` without slashes, which the navigation marks.
        :param context: What the template needs.
        """
        return page(template, name, **context)
