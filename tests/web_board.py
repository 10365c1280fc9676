"""A board for tests, and a browser on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from fitlog_web.app import create_app


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
