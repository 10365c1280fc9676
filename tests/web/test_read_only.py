"""A board that only shows: every change is refused, whatever route it takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web_board import NO_CODE, RUN, board_of, board_with_panels, every_route

from fitlog_web.read_only import ASKING, OF_THE_BOARD

ROW = {"ids": [RUN], "name": "other.cfg", "set": {"memo": "x"}, "hidden": True, "id": "paper"}


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def changes(client: FlaskClient, exempt: frozenset[str]) -> list[tuple[str, str]]:
    """The routes of the board that change something."""
    asking = {
        (method, rule.rule)
        for rule in client.application.url_map.iter_rules()
        if rule.endpoint in exempt
        for method in rule.methods or ()
    }
    routes = every_route(client.application)
    return [route for route in routes if route[0] != "GET" and route not in asking]


def test_a_board_started_to_show_refuses_every_change(fixture_logs: Path) -> None:
    client, before = board_of(fixture_logs, only_shows=True).test_client(), contents(fixture_logs)
    routes = changes(client, ASKING)
    assert len(routes) >= 9
    for method, address in routes:
        answer = client.open(address, method=method, json=ROW)
        assert (answer.status_code, "--read-only" in answer.json["error"]) == (403, True), address
    assert contents(fixture_logs) == before


def test_on_a_directory_that_may_only_be_read_every_change_is_refused(
    client: FlaskClient, fixture_logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(fixture_logs)
    # Whoever runs the tests may be root, whom no permission stops.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    for method, address in changes(client, ASKING | OF_THE_BOARD):
        answer = client.open(address, method=method, json=ROW)
        assert answer.status_code == 403, address
        assert "cannot be written" in answer.json["error"]
    assert contents(fixture_logs) == before
    assert client.post("/api/end", json={}).status_code == 409  # asked, though not served here


def test_what_may_not_be_changed_can_be_looked_at_counted_and_exported(fixture_logs: Path) -> None:
    client = board_with_panels(fixture_logs, only_shows=True).test_client()
    for method, address in every_route(client.application):
        if method == "GET":
            allowed = (409,) if address == NO_CODE else (200, 302)
            assert client.get(address).status_code in allowed, address
    assert '"read_only":true' in client.get("/runs").text
    for address in ("/api/export", "/api/statistics", "/api/relations/importance"):
        asked = {"ids": [RUN], "result": "metric-dev-acc"}
        assert client.post(address, json=asked).status_code == 200, address
    assert client.post("/api/nothing", json={}).status_code == 404


def test_a_change_from_elsewhere_is_refused_as_such_first(fixture_logs: Path) -> None:
    client = board_of(fixture_logs, only_shows=True).test_client()
    answer = client.post("/api/trash", json=ROW, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, "own pages" in answer.json["error"]) == (403, True)
