"""Rows of runs that live, as a page that looks on is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_run import RUN, append, live_run, step

from fitlog_web import board as board_module
from fitlog_web.app import create_app


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(board_module, "FRESH_FOR", 0.0)
    return live_run(tmp_path / "logs").parent


def test_each_look_tells_the_latest_record_edit_and_value_of_a_run_that_lives(logs):
    client, folder = create_app(logs).test_client(), logs / RUN
    cursor = client.get("/api/runs?format=compact").get_json()["cursor"]

    def look() -> dict:
        nonlocal cursor
        said = client.get(f"/api/changes?cursor={cursor}").get_json()
        cursor = said["cursor"]
        (row,) = said["rows"]
        return row

    append(folder / "loss.log", step(2))
    assert look()["progress"]["step"] == 2
    append(folder / "loss.log", step(3, '"NaN"'))
    assert look()["diverged"] == {"loss-Loss": "NaN"}
    origin = {"Origin": "http://localhost"}
    edit = {"set": {"memo": "a note"}, "was": {"memo": ""}}
    assert client.patch(f"/api/runs/{RUN}", json=edit, headers=origin).status_code == 200
    assert look()["memo"] == "a note"
    append(folder / "loss.log", step(4))
    row = look()
    assert (row["progress"]["step"], row["memo"], row["diverged"]) == (4, "a note", None)
    append(folder / "hyper.log", '{"hyper": {"lr": 0.2}}\n')
    append(folder / "meta.log", '{"meta": {"state": "finish"}}\n')
    row = look()
    assert (row["state"], row["hyper-lr"], row["written"]) == ("finished", 0.2, None)
