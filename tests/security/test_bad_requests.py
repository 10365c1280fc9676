"""Every route, with every method and with bodies and types it does not take: refused, in JSON.

Nothing that is refused changes a file of the log directory.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from old_logs import copy_old_logs
from web_board import ASKED, RUN, board_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
NAMES = {"run_id": RUN, "path": "meta.log", "filename": "base.css", "name": "default.cfg"}
JSON = "application/json"
# A body, and the type that it is said to be of.
BAD_BODIES = [
    (b"", JSON), (b"{", JSON), (b"[]", JSON), (b"3", JSON), (b"null", JSON), (b'"x"', JSON),
    (b"\xff\xfe{}", JSON), (b"{}", "text/plain"), (b"a=1", "application/x-www-form-urlencoded"),
    (b"{}", ""), (b"{}", "application/json; charset=utf-7"), (b"\0" * 9, "multipart/form-data"),
    (b'{"ids": 3, "set": 3, "id": 3, "format": 3, "columns": 3, "rows": 3}', JSON),
    (b'{"ids": [[]], "set": [], "id": "", "format": "", "was": 1, "hidden": "no"}', JSON),
    (b'{"ids": ["../x", "\\u0000", ""], "set": {"": {}}, "id": "../x"}', JSON),
]  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return board_of(copy_old_logs(tmp_path_factory.mktemp("bad") / "logs"))


def routes(app: Flask) -> list[tuple[str, set[str]]]:
    """Every address with the methods that it takes."""
    adapter, found = app.url_map.bind("localhost"), {}
    for rule in app.url_map.iter_rules():
        values = {name: NAMES.get(name, "x") for name in rule.arguments}
        address = adapter.build(rule.endpoint, values, force_external=False)
        found.setdefault(address, set()).update(rule.methods or set())
    return sorted(found.items())


def content(log_dir: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in log_dir.rglob("*") if path.is_file()}


def test_a_method_that_a_route_does_not_take_is_refused(app: Flask) -> None:
    client, log_dir = app.test_client(), app.extensions["fitlog"].log_dir
    before, asked = content(log_dir), 0
    for address, taken in routes(app):
        for method in set(METHODS) - taken:
            answer = client.open(address, method=method, json={})
            assert answer.status_code in (403, 404, 405), (method, address, answer.status_code)
            asked += 1
    assert asked > 100
    assert content(log_dir) == before


@pytest.mark.parametrize(("body", "kind"), BAD_BODIES, ids=repr)
def test_a_body_that_a_route_does_not_take_changes_nothing(
    app: Flask, body: bytes, kind: str
) -> None:
    client, log_dir = app.test_client(), app.extensions["fitlog"].log_dir
    before, asked = content(log_dir), 0
    for address, taken in routes(app):
        for method in taken & {"POST", "PUT", "PATCH", "DELETE"}:
            if address == "/api/end":  # takes no body, and would end the board
                continue
            answer = client.open(address, method=method, data=body, content_type=kind)
            assert answer.status_code // 100 in (2, 4), (method, address, answer.status_code)
            if answer.status_code >= 400:
                assert answer.json["error"]
            asked += 1
    assert asked >= 5
    assert content(log_dir) == before


@pytest.mark.parametrize(
    "query",
    ["limit=-1", "limit=x", "points=-1", "points=1e9", "first=x", "last=-", "runs=", "names=",
     "page=%00", "view=../x.cfg", "format=x", "cursor=%FF", "q=%ED%A0%80", "&&&", "runs=,,,",
     "token=%00", "lang=%00", "=", "sort=%00", "offset=-5"],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_answered_or_refused(app: Flask, query: str) -> None:
    client = app.test_client()
    for address, taken in routes(app):
        if "GET" in taken:
            whole = ASKED.get(address, address)
            answer = client.get(f"{whole}{'&' if '?' in whole else '?'}{query}")
            assert answer.status_code // 100 in (2, 3, 4), (address, query)
