"""The description of the API says what the API does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from web_board import board_with_panels
from werkzeug.test import TestResponse

RUN = "log_20261122_090449"
ADDED = {"id": "paper", "metric-dev-acc": 0.9}
HEADERS = {"X-Fitlog": "1"}
PIVOT = {"vertical": "hyper-lr", "results": ["metric-dev-acc"]}


@pytest.fixture
def app(fixture_logs: Path) -> Flask:
    """A board with panels, for the API tells of them."""
    return board_with_panels(fixture_logs)


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    found = client.get("/api/openapi.json")
    assert found.status_code == 200
    return dict(found.json)


def operations(document: dict[str, Any]) -> set[tuple[str, str]]:
    paths = document["paths"].items()
    return {(method, path) for path, methods in paths for method in methods}


def check(document: dict[str, Any], method: str, path: str, answer: TestResponse) -> None:
    """Hold an answer to what is said of it."""
    said = document["paths"][path][method]["responses"]
    assert str(answer.status_code) in said, answer.text
    content = said[str(answer.status_code)].get("content")
    if content is not None:
        schema = content["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        Draft202012Validator(whole).validate(answer.json)


def test_every_route_of_the_api_is_described_and_no_other(
    app: Flask, document: dict[str, Any]
) -> None:
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert operations(document) == routes


def test_its_schemas_are_schemas(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r"'#/components/schemas/(\w+)'", repr(document)))
    assert names <= set(document["components"]["schemas"])
    assert names


ASKED = [
    ("get", "/api/runs", "/api/runs", None),
    ("get", "/api/runs", "/api/runs?deleted=1&limit=3", None),
    ("get", "/api/runs", "/api/runs?format=columns", None),
    ("get", "/api/runs", "/api/runs?format=compact", None),
    ("get", "/api/runs", "/api/runs?q=%24%7Bbad", None),
    ("get", "/api/runs", "/api/runs?limit=x", None),
    ("post", "/api/runs", "/api/runs", ADDED),
    ("post", "/api/runs", "/api/runs", {"id": RUN}),
    ("get", "/api/runs/{run_id}", f"/api/runs/{RUN}", None),
    ("get", "/api/runs/{run_id}", "/api/runs/nothing", None),
    ("patch", "/api/runs/{run_id}", f"/api/runs/{RUN}", {"set": {"memo": "new"}}),
    ("patch", "/api/runs/{run_id}", f"/api/runs/{RUN}", {"set": {"hyper-lr": 1}}),
    (
        "patch",
        "/api/runs/{run_id}",
        f"/api/runs/{RUN}",
        {"set": {"memo": "a"}, "was": {"memo": "what it never was"}},
    ),
    ("get", "/api/runs/{run_id}/series", f"/api/runs/{RUN}/series?points=10", None),
    ("get", "/api/runs/{run_id}/series", f"/api/runs/{RUN}/series", None),
    ("get", "/api/runs/{run_id}/revert", f"/api/runs/{RUN}/revert", None),
    ("post", "/api/runs/{run_id}/revert", f"/api/runs/{RUN}/revert", {"folder": "/x"}),
    ("get", "/api/runs/{run_id}/lineage", f"/api/runs/{RUN}/lineage", None),
    ("get", "/api/runs/{run_id}/lineage", "/api/runs/nothing/lineage", None),
    ("get", "/api/runs/{run_id}/code", f"/api/runs/{RUN}/code", None),
    ("get", "/api/runs/{run_id}/code/{path}", f"/api/runs/{RUN}/code/train.py", None),
    ("get", "/api/runs/{run_id}/code/{path}", "/api/runs/nothing/code/train.py", None),
    ("get", "/api/runs/{run_id}/difference", f"/api/runs/{RUN}/difference?against={RUN}", None),
    ("get", "/api/runs/{run_id}/difference", f"/api/runs/{RUN}/difference?against=tree", None),
    ("get", "/api/runs/{run_id}/difference", f"/api/runs/{RUN}/difference", None),
    ("get", "/api/runs/{run_id}/files/{path}", f"/api/runs/{RUN}/files/meta.log", None),
    ("get", "/api/runs/{run_id}/files/{path}", f"/api/runs/{RUN}/files/no", None),
    ("get", "/api/series", f"/api/series?runs={RUN},nothing", None),
    ("get", "/api/bands", f"/api/bands?runs={RUN},nothing&names=loss-Loss&points=20", None),
    ("get", "/api/bands", f"/api/bands?runs={RUN}&by=other-x", None),
    ("get", "/api/comparison", f"/api/comparison?runs={RUN},nothing&names=loss-Loss", None),
    ("get", "/api/comparison", f"/api/comparison?runs={RUN}&by=other-x", None),
    ("get", "/api/search", "/api/search?q=weibo", None),
    ("get", "/api/search", "/api/search?q=%28", None),
    ("get", "/api/changes", "/api/changes", None),
    ("get", "/api/changes", "/api/changes?format=compact", None),
    ("get", "/api/alerts", "/api/alerts", None),
    ("post", "/api/tags", "/api/tags", {"ids": [RUN], "tag": "paper", "on": True}),
    ("post", "/api/tags", "/api/tags", {"ids": [RUN], "tag": "a,b", "on": True}),
    ("post", "/api/hidden", "/api/hidden", {"ids": [RUN], "hidden": True}),
    ("post", "/api/hidden", "/api/hidden", {"ids": [RUN]}),
    ("post", "/api/hidden", "/api/hidden", {"ids": [RUN], "hidden": True, "view": "gone.cfg"}),
    ("post", "/api/trash", "/api/trash", {"ids": [RUN]}),
    ("post", "/api/trash", "/api/trash", {"ids": ["nothing"]}),
    ("post", "/api/restore", "/api/restore", {"ids": [RUN]}),
    ("get", "/api/views", "/api/views", None),
    ("get", "/api/view", "/api/view", None),
    ("patch", "/api/view", "/api/view", {"set": {"hidden_columns": ["memo"]}}),
    ("delete", "/api/view", "/api/view", {"name": "default.cfg"}),
    ("get", "/api/pivot", "/api/pivot?summary=tbl1&against=conll", None),
    ("get", "/api/pivot", "/api/pivot?vertical=hyper-lr&results=loss-x&method=max", None),
    ("get", "/api/pivot", "/api/pivot", None),
    ("get", "/api/relations", "/api/relations?columns=hyper-lr,metric-dev-acc", None),
    ("get", "/api/relations", "/api/relations?q=%28", None),
    (
        "post",
        "/api/relations/importance",
        "/api/relations/importance",
        {"ids": [RUN], "result": "metric-dev-acc"},
    ),
    ("post", "/api/relations/importance", "/api/relations/importance", {"ids": [RUN]}),
    ("get", "/api/summaries", "/api/summaries", None),
    ("get", "/api/summary", "/api/summary?name=tbl1", None),
    ("get", "/api/summary", "/api/summary?name=nothing", None),
    ("put", "/api/summary", "/api/summary", {"name": "x", "summary": PIVOT}),
    ("put", "/api/summary", "/api/summary", {"name": "tbl1", "summary": PIVOT}),
    ("delete", "/api/summary", "/api/summary", {"name": "tbl1"}),
    ("get", "/api/panels", "/api/panels", None),
    ("get", "/api/panel", f"/api/panel?page=run&title=Table&runs={RUN}", None),
    ("get", "/api/panel", f"/api/panel?page=run&title=Broken&runs={RUN}", None),
    ("get", "/api/panel", f"/api/panel?page=compare&title=Text&runs={RUN},nothing", None),
    ("get", "/api/panel", f"/api/panel?page=run&title=nothing&runs={RUN}", None),
    ("get", "/api/panel", "/api/panel?page=runs", None),
    ("post", "/api/end", "/api/end", {}),
    ("post", "/api/groups", "/api/groups", {"ids": [RUN], "by": ["hyper-lr"]}),
    ("post", "/api/groups", "/api/groups", {"ids": [RUN], "by": "hyper-lr"}),
    ("post", "/api/statistics", "/api/statistics", {"ids": [RUN]}),
    ("post", "/api/statistics", "/api/statistics", {"ids": ["nothing"]}),
    ("post", "/api/statistics/groups", "/api/statistics/groups", {"ids": [RUN]}),
    (
        "post",
        "/api/statistics/groups",
        "/api/statistics/groups",
        {"ids": [RUN], "by": "id", "a": RUN, "b": RUN},
    ),
    ("post", "/api/export", "/api/export", {"format": "csv", "ids": [RUN]}),
    ("post", "/api/export", "/api/export", {"format": "xls"}),
    ("get", "/api/openapi.json", "/api/openapi.json", None),
]


@pytest.mark.parametrize(("method", "path", "address", "body"), ASKED)
def test_an_answer_is_as_described(
    method: str,
    path: str,
    address: str,
    body: dict[str, Any] | None,
    client: FlaskClient,
    document: dict[str, Any],
) -> None:
    answer = client.open(address, method=method.upper(), json=body, headers=HEADERS)
    check(document, method, path, answer)


def test_erasing_is_as_described(client: FlaskClient, document: dict[str, Any]) -> None:
    client.post("/api/trash", json={"ids": [RUN]}, headers=HEADERS)
    answer = client.post("/api/erase", json={"ids": [RUN]}, headers=HEADERS)
    assert answer.status_code == 200
    check(document, "post", "/api/erase", answer)


def test_changes_carry_rows_as_described(client: FlaskClient, document: dict[str, Any]) -> None:
    cursor = client.get("/api/changes").json["cursor"]
    client.patch(f"/api/runs/{RUN}", json={"set": {"memo": "new"}}, headers=HEADERS)
    answer = client.get(f"/api/changes?cursor={cursor}")
    assert [row["id"] for row in answer.json["rows"]] == [RUN]
    check(document, "get", "/api/changes", answer)


def test_every_operation_is_asked_for_in_these_tests(document: dict[str, Any]) -> None:
    asked = {(method, path) for method, path, _, _ in ASKED} | {("post", "/api/erase")}
    assert asked == operations(document)
