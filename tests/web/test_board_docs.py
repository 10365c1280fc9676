"""The board's page of the docs names what the board has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fitlog_web.log_command import log

TEXT = (Path(__file__).parents[2] / "docs" / "board.md").read_text("utf-8")
UNLISTED = {"/", "/table", "/table/<old_token>", "/static/<path:filename>"}  # ways, not places


@pytest.mark.parametrize(
    "option", [name for each in log.params for name in each.opts if "-" in name]
)
def test_every_option_is_described(option):
    assert f"`{option}" in TEXT


def test_every_route_is_described(app):
    rules = {rule.rule for rule in app.url_map.iter_rules()} - UNLISTED
    board = {rule for rule in rules if rule.startswith(("/api", "/run", "/compare"))}
    for rule in board:
        address = re.sub(r"<(?:path:)?(?:run_id|(path))>", lambda m: "PATH" if m[1] else "ID", rule)
        assert f"{address}`" in TEXT or f"{address}?" in TEXT, address


def test_the_curl_line_of_the_docs_works(client):
    found = re.search(r"curl -X (\w+) http://127.0.0.1:5000(\S+).*?-d '(.*?)'", TEXT, re.S)
    headers = dict(header.split(": ") for header in re.findall(r"-H '(.*?)'", found[0]))
    address = found[2].replace("log_20260427_205559", "log_20261122_090313")
    sent = {"Sec-Fetch-Site": "", **headers}
    response = client.open(address, method=found[1], data=found[3], headers=sent)
    assert (response.status_code, response.json["row"]["memo"]) == (200, "best so far")
