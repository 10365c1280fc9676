"""Whatever a visitor sends or a file of the board's own holds: an answer, 2xx or 4xx, in time."""

from __future__ import annotations

import base64
import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from fuzz_tools import fuzz
from hypothesis import example, given
from hypothesis import strategies as st
from old_logs import copy_old_logs
from web_board import RUN, board_of

from fitlog_core.errors import QueryError
from fitlog_core.reading.query import LONGEST, from_conditions, parse
from fitlog_web.openapi import document

WAIT = 120.0
HUGE, ODD_NUMBER = 10**400, float("nan")
ROWS: list[dict[str, Any]] = [
    {"id": RUN, "hyper-lr": 0.1, "hyper-a b": "x\0y", "metric-dev-acc": ODD_NUMBER, "other-l": [1]},
    {"id": "é", "hyper-lr": HUGE, "meta-state": True, "memo": "\ud800", "metric-dev-acc": -1e308},
]

odd_texts = st.one_of(
    st.text(st.characters(), max_size=20),  # halves of surrogate pairs among them
    st.sampled_from(["", "\0", "\ud800", "default.cfg", "../default.cfg", RUN, "id", "memo", "=1"]),
    st.sampled_from(["NaN", "-Infinity", "1e999", "x" * 200_000, "hidden_logs", "column_order"]),
)
odd_values = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.floats(), st.integers(), odd_texts),
        st.sampled_from([HUGE, -HUGE, 2**63, 1e308]),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(odd_texts, inner, max_size=4),
    max_leaves=12,
)
TOKENS = [
    *("(", ")", "|", "-", "--", "..", "&&", "<=", ">=", "!=", "==", "=", ":", "::", ",", "'", '"'),
    *("\\", "\\u", "\\u00e9", "${", "}$", "{", "}", "[", "]", "and_filters", "0", "1", "lr", "id"),
    *("nan", "inf", "1e400", "0.1", "٣", "\0", "\ud800", " ", "\t", "\n", "stalled", "10m", "nan("),
    *("plateau(", "dev-acc", "metric-dev-acc", "hyper-", "_", "true", "9" * 400, "://", "x"),
]
searches = st.lists(st.sampled_from(TOKENS) | st.text(max_size=3), max_size=25).map("".join)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    logs = copy_old_logs(tmp_path_factory.mktemp("fuzz") / "logs")
    return board_of(logs).test_client()


def expect_answer(client: FlaskClient, address: str, **asked: Any) -> Any:
    """Send a request, which must be answered by no fault."""
    answer = client.open(address, **asked)
    assert answer.status_code // 100 in (2, 3, 4), (address, asked, answer.text)
    if answer.status_code >= 400:
        assert answer.json["error"]
    return answer


@fuzz(400)
@given(searches)
@example("-" * 49 + "(a")
@example("${'a': '\\u12")
@example("a:..")
def test_a_search_is_understood_or_refused_with_its_place(text: str) -> None:
    try:
        parse(text).select(ROWS, call=lambda call, row: bool(call.numbers))
    except QueryError as error:
        found = error
    else:
        return
    assert found.text == text
    assert 0 <= found.position <= len(text)


@fuzz(150)
@given(searches)
def test_the_board_answers_every_search(client: FlaskClient, text: str) -> None:
    for address in ("/api/search", "/api/runs"):
        said = text.encode("utf-8", "surrogatepass")
        expect_answer(client, address, query_string={"q": said, "limit": "1"})


@fuzz(200)
@given(st.dictionaries(st.sampled_from(TOKENS) | odd_texts, odd_values, max_size=4))
def test_conditions_are_understood_or_refused(conditions: dict[str, Any]) -> None:
    try:
        from_conditions(conditions).select(ROWS, call=lambda call, row: True)
    except QueryError:
        return


def worst_searches() -> Iterator[str]:
    """Searches as long as they may be, each made of what is slowest or deepest to read."""
    for unit in [
        "(",
        "-",
        "[",
        "'",
        "\\",
        "a|",
        "a b:",
        "a:1,",
        "a&&",
        "..",
        "{'a':",
        "<",
        "a:1..2 ",
    ]:
        yield (unit * LONGEST)[:LONGEST]
        yield "${" + (unit * LONGEST)[: LONGEST - 4] + "}$"
    yield "${" + ",".join(f"'c{number}':1" for number in range(900)) + "}$"
    yield "|".join(f"c{number}:1" for number in range(900))
    yield "|".join("x" for _ in range(LONGEST // 2))
    yield "'" + "\\'" * (LONGEST // 2 - 2) + "'"
    yield "a:" + "1" * (LONGEST - 2)
    yield "-" * 45 + "(" * 5 + "a"


def in_time(action: Callable[[], object]) -> None:
    """Do something that must come to an end."""
    done: list[object] = []
    thread = threading.Thread(target=lambda: done.append(action()), daemon=True)
    thread.start()
    thread.join(WAIT)
    assert done, "it does not end"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A board of five hundred runs with two hundred columns."""
    logs = tmp_path_factory.mktemp("many")
    hyper = json.dumps({"hyper": {f"c{number}": f"text {number}" for number in range(200)}})
    for number in range(500):
        run = logs / f"log_20260101_{number:06d}"
        run.mkdir()
        (run / "meta.log").write_text('{"meta": {"state": "finished"}}\n')
        (run / "hyper.log").write_text(hyper + "\n")
        (run / "best_metric.log").write_text("")
    return board_of(logs).test_client()


def test_the_worst_searches_end(many: FlaskClient) -> None:
    def ask() -> bool:
        for text in worst_searches():
            expect_answer(many, "/api/search", query_string={"q": text})
            with pytest.raises(QueryError, match="longer than"):
                parse(text + "x" * LONGEST)
        return True

    in_time(ask)


LINES = [
    *("[data_settings]", "[column_settings]", "[frontend_settings]", "[", "]", "[x", "key", " = "),
    *("hidden_logs = a,b", "deleted_logs = ,,", "hidden_logs = \n  a\n  b", "hidden_logs : x"),
    *("filter_condition = {'a': [1, '<2&&>=3']}", 'filter_condition = {"a": {"b": 1}}'),
    *("filter_condition = " + "[" * 2000, 'column_order = {"a": {"b": 1}}', "editable_columns"),
    'column_order = {"OrderKeys": [[1], {}, null, 2, "a"], "a": 1}',
    "column_order = " + '{"a":' * 60 + "1" + "}" * 60,
    *('row_order = [["a", "b"], ["\\ud800", null]]', 'row_order = [["a", 1]]', "row_order = {}"),
    "row_order = " + "[" * 2000,
    *("[data_settings]\n[data_settings]", "Offline = %", "%(x)s", "  # note", "; note", "a = ["),
    *("  continued", "\t", "\r", "\0", "\ufeff", "\x85", "\u2028", "= x", ": x", "[a]b", "[%]"),
]
view_files = st.one_of(
    st.lists(st.sampled_from(LINES) | st.text(max_size=10), max_size=15).map(
        lambda lines: "\n".join(lines).encode("utf-8", "replace")
    ),
    st.binary(max_size=60),
)


@fuzz(20)
@given(view_files, odd_values)
def test_any_view_file_opens_and_is_changed_or_refused(content: bytes, value: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log_dir = Path(folder)
        (log_dir / "default.cfg").write_bytes(content)
        client = board_of(log_dir).test_client()
        for address in ("/api/view", "/api/runs?format=columns", "/api/runs?view=default.cfg"):
            expect_answer(client, address)
        assert client.get("/runs").status_code == 200
        for key in ("hidden_logs", "filter_condition", "column_order", "row_order", "offline"):
            body = {"set": {key: value}}
            expect_answer(client, "/api/view", method="PATCH", data=spelled(body), **AS_JSON)
        assert expect_answer(client, "/api/view").status_code == 200
        assert client.get("/runs").status_code == 200


def test_a_view_file_of_nothing_but_faults_opens(tmp_path: Path) -> None:
    (tmp_path / "default.cfg").write_text("[data_settings]\nx\n" * 20_000 + "[y\n" * 20_000)
    client = board_of(tmp_path).test_client()
    in_time(lambda: client.get("/api/view"))
    problems = client.get("/api/view").json["problems"]
    assert "there are more faults: what follows them is not read" in problems
    assert len(problems) < 200


@fuzz(30)
@given(st.dictionaries(odd_texts, odd_values, max_size=4).map(json.dumps) | st.text(max_size=30))
def test_any_file_of_edited_cells_opens(content: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log_dir = Path(folder)
        (log_dir / "log_extra_data.txt").write_bytes(content.encode("utf-8", "surrogatepass"))
        client = board_of(log_dir).test_client()
        for address in ("/api/runs", "/api/runs?format=compact", "/api/changes", "/runs"):
            assert client.get(address).status_code == 200
        body = {"id": "row", "metric-a": 1, "memo": "x"}
        expect_answer(client, "/api/runs", method="POST", json=body)
        expect_answer(client, "/api/export", method="POST", json={"format": "csv"})


AS_JSON = {"content_type": "application/json"}
CHANGES = [
    (method.upper(), path.replace("{run_id}", RUN), sorted(schema.get("properties", {})))
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
    if "requestBody" in operation
    for schema in [operation["requestBody"]["content"]["application/json"]["schema"]]
]


def spelled(value: Any) -> bytes:
    return json.dumps(value).encode("ascii")


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, str, bytes]:
    method, path, keys = draw(st.sampled_from(CHANGES))
    good = {"ids": [RUN], "set": {"memo": "x"}, "hidden": True, "format": "csv", "id": "row"}
    body = {key: good[key] for key in keys if key in good and draw(st.booleans())}
    names = st.sampled_from([*keys, "view", "was", "memo", "metric-x"]) | odd_texts
    body |= draw(st.dictionaries(names, odd_values, max_size=3))
    return method, path, spelled(body)


@fuzz(120)
@given(changes() | st.tuples(st.just("POST"), st.just("/api/trash"), st.binary(max_size=30)))
@example(("PATCH", "/api/view", b'{"set": {"column_order": ' + b'{"a":' * 60 + b"1" + b"}" * 62))
@example(("PATCH", "/api/view", b'{"set": ' + b"[" * 100_000))
@example(("PATCH", f"/api/runs/{RUN}", b'{"set": {"memo": ' + b"9" * 5000 + b"}}"))
def test_any_body_of_a_change_is_answered(
    client: FlaskClient, change: tuple[str, str, bytes]
) -> None:
    method, path, body = change
    expect_answer(client, path, method=method, data=body, **AS_JSON)
    assert client.get("/api/runs?limit=1").status_code == 200  # whatever it changed, it can be read
    assert client.get("/runs").status_code == 200


@fuzz(150)
@given(odd_values)
def test_any_cursor_is_answered(client: FlaskClient, value: Any) -> None:
    for said in (value, {"view": value, "runs": value, "cells": value, "marks": value}):
        cursor = base64.urlsafe_b64encode(spelled(said)).decode()
        if len(cursor) < 10_000:
            expect_answer(client, f"/api/changes?cursor={cursor}")


def test_what_is_too_large_is_refused_and_hides_nothing(fixture_logs: Path) -> None:
    client, log_dir = board_of(fixture_logs).test_client(), fixture_logs
    for name, size in (("default.cfg", 9 << 20), ("log_extra_data.txt", 65 << 20)):
        with (log_dir / name).open("r+b") as file:
            before = file.read()
            file.truncate(size)
        answer = client.get("/api/runs?format=columns").json
        assert [problem for problem in answer["problems"] if "is larger than" in problem]
        assert len(answer["rows"]) >= 29
        (log_dir / name).write_bytes(before)
    wanted = {"format": "csv", "columns": [str(number) for number in range(3_000_000)]}
    refused = client.post("/api/export", data=spelled(wanted)[: 4 << 20], **AS_JSON)
    assert refused.status_code in (400, 413)
    cell = {"set": {"memo": "x" * 200_000}}
    assert client.patch(f"/api/runs/{RUN}", json=cell).status_code == 400
    conditions = {"set": {"filter_condition": {"a": list(range(2000))}}}
    assert client.patch("/api/view", json=conditions).status_code == 400
