"""The board over a copy of what fitlog 0.9 left, and over runs made up for a test."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from web_board import board_of

MakeRun = Callable[..., Path]


@pytest.fixture
def app(fixture_logs: Path) -> Flask:
    return board_of(fixture_logs)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """An empty log directory."""
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def make_run(logs: Path) -> MakeRun:
    """Return a function that writes a run as the log format has it."""

    def make(
        run_id: str,
        hyper: Mapping[str, Any] | None = None,
        best: Mapping[str, Any] | None = None,
        other: Mapping[str, Any] | None = None,
        state: str = "finish",
        loss: str = "",
        metric: str = "",
    ) -> Path:
        folder = logs / run_id
        folder.mkdir(exist_ok=True)
        texts = {
            "meta": json.dumps({"meta": {"state": state}}),
            "hyper": json.dumps({"hyper": hyper or {}}),
            "best_metric": json.dumps({"metric": best or {}}),
            "other": json.dumps({"other": other or {}}),
            "progress": "",
            "file": "",
        }
        for name, text in texts.items():
            (folder / f"{name}.log").write_text(text + "\n" if text else "", "utf-8")
        (folder / "loss.log").write_text(loss, "utf-8")
        (folder / "metric.log").write_text(metric, "utf-8")
        return folder

    return make
