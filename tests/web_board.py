"""A board for tests, and a browser on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import panel_plugin
from flask import Flask
from flask.testing import FlaskClient

from fitlog_core.testing import fresh_host, use_host
from fitlog_web.app import create_app

RUN = "log_20261122_090313"  # one of those that fitlog 0.9 left
ASKED = {  # no answer without it
    "/api/panel": f"/api/panel?page=run&title=Table&runs={RUN}",
    f"/api/runs/{RUN}/difference": f"/api/runs/{RUN}/difference?against={RUN}",
    "/api/pivot": "/api/pivot?summary=tbl1",
    "/api/summary": "/api/summary?name=tbl1",
}
NO_CODE = f"/api/runs/{RUN}/code/meta.log"  # 409: these runs have no code version


class BoardClient(FlaskClient):
    """A browser on the board's own pages: it names the host, and where changes come from."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        headers = dict(kwargs.pop("headers", None) or {})
        headers.setdefault("Host", "localhost:5000")
        if kwargs.get("method", "GET") not in ("GET", "HEAD"):
            headers.setdefault("Sec-Fetch-Site", "same-origin")
        # An empty value stands for a header that is not sent.
        kwargs.setdefault("buffered", True)  # files are closed when the test goes on
        kwargs["headers"] = {key: value for key, value in headers.items() if value}
        return super().open(*args, **kwargs)


def board_of(log_dir: Path, **options: Any) -> Flask:
    """The board of a directory, its faults not hidden behind a page."""
    app = create_app(log_dir, **options)
    app.testing = False
    app.test_client_class = BoardClient
    return app


def board_with_panels(log_dir: Path, *plugins: object, **options: Any) -> Flask:
    """The same where these plugins are the only ones, the one for tests if none is named."""
    with use_host(fresh_host(*(plugins or (panel_plugin,)))):
        return board_of(log_dir, **options)


def every_route(app: Flask) -> list[tuple[str, str]]:
    """A method and an address for each route of the app, so that none is forgotten."""
    values = {"run_id": RUN, "path": "meta.log", "filename": "base.css", "old_token": "x"}
    found = []
    for rule in app.url_map.iter_rules():
        address = rule.rule
        for argument in rule.arguments:
            for kind in (f"<path:{argument}>", f"<{argument}>"):
                address = address.replace(kind, values[argument])
        address = ASKED.get(address, address)
        found.extend((method, address) for method in (rule.methods or set()) - {"OPTIONS", "HEAD"})
    return sorted(found)
