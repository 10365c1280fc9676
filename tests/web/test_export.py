"""Rows as files for other programs, read back by those."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from web_board import board_of

RUN, OTHER = "log_20261122_090449", "log_20261122_090445"
HEADERS = {"X-Fitlog": "1"}


def exported(client: FlaskClient, **said: Any) -> str:
    answer = client.post("/api/export", json=said, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    return answer.text


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_holds_every_run_and_every_digit(client: FlaskClient) -> None:
    runs = {run["id"]: run for run in client.get("/api/runs").json["runs"]}
    rows = table(exported(client, format="csv"))
    assert {row["id"] for row in rows} == set(runs)
    for row in rows:
        said = runs[row["id"]].get("metric-dev-acc")
        assert row["metric-dev-acc"] == ("" if said is None else repr(said))


def test_named_rows_come_in_the_order_they_are_named(client: FlaskClient) -> None:
    rows = table(
        exported(client, format="csv", ids=[OTHER, RUN, "nothing"], columns=["id", "hyper-lr"])
    )
    assert rows == [{"id": OTHER, "hyper-lr": "0.03"}, {"id": RUN, "hyper-lr": "0.1"}]


def test_json_is_as_the_api_has_it(client: FlaskClient) -> None:
    runs = client.get("/api/runs").json["runs"]
    found = json.loads(exported(client, format="json", ids=[RUN]))
    (expected,) = (run for run in runs if run["id"] == RUN)
    assert found == [expected]


def test_nan_and_infinities_are_words_and_what_is_missing_is_empty(make_run, logs) -> None:
    make_run("log_20260101_000000", best={"acc": "NaN", "f": "-Infinity"})
    make_run("log_20260101_000001", best={"acc": 0.5})
    client = board_of(logs).test_client()
    columns = ["metric-acc", "metric-f"]
    ids = ["log_20260101_000000", "log_20260101_000001"]
    assert exported(client, format="csv", ids=ids, columns=columns) == (
        "metric-acc,metric-f\nNaN,-Infinity\n0.5,\n"
    )
    assert json.loads(exported(client, format="json", ids=ids, columns=columns)) == [
        {"metric-acc": "NaN", "metric-f": "-Infinity"},
        {"metric-acc": 0.5},
    ]


def test_text_that_a_spreadsheet_would_run_is_made_harmless_and_numbers_are_not(
    make_run, logs
) -> None:
    hyper = {"a": "=HYPERLINK(1)", "b": -0.5, "c": "-3", "d": "@x", "e": "plain, with a comma"}
    make_run("log_20260101_000000", hyper=hyper)
    client = board_of(logs).test_client()
    columns = [f"hyper-{name}" for name in hyper]
    (row,) = table(exported(client, format="csv", columns=columns))
    assert list(row.values()) == ["'=HYPERLINK(1)", "-0.5", "-3", "'@x", "plain, with a comma"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *[("\n=1+1", "'\n=1+1"), ("  +x", "'  +x"), ("-inf", "-inf"), ("-", "-"), ("a=b", "a=b")],
        *[("\ufeff=x", "'\ufeff=x"), ("\u200b\t@x", "'\u200b\t@x"), ("＝x()", "'＝x()")],
        *[("=\nx", "'=\nx"), ("-1e5", "-1e5"), ("+1 ", "+1 "), ("--1", "'--1")],
    ],
)
def test_only_what_could_be_a_formula_gets_an_apostrophe(
    text: str, said: str, make_run, logs
) -> None:
    make_run("log_20260101_000000", hyper={"a": text})
    found = exported(board_of(logs).test_client(), format="csv", columns=["hyper-a"])
    assert list(csv.reader(io.StringIO(found))) == [["hyper-a"], [said]]


def test_a_semicolon_begins_no_cell_where_a_spreadsheet_separates_by_it(make_run, logs) -> None:
    make_run("log_20260101_000000", hyper={"a": 'x;=cmd|"', "b": 1.5, "c": ""})
    columns = ["hyper-a", "hyper-b"]
    found = exported(board_of(logs).test_client(), format="csv", columns=columns)
    assert found.splitlines()[1] == '"x;=cmd|""",1.5'
    assert next(csv.reader(io.StringIO(found.splitlines()[1]))) == ['x;=cmd|"', "1.5"]
    assert exported(board_of(logs).test_client(), format="csv", columns=["hyper-c"]) == (
        'hyper-c\n""\n'
    )


def test_a_heading_is_made_harmless_too(client: FlaskClient) -> None:
    client.post("/api/runs", json={"id": "paper", "=cmd": 1}, headers=HEADERS)
    (row,) = table(exported(client, format="csv", ids=["paper"], columns=["id", "=cmd"]))
    assert row == {"id": "paper", "'=cmd": "1"}


def test_a_name_never_turns_into_markup_in_markdown(make_run, logs) -> None:
    make_run("log_20260101_000000", hyper={"batch_size": "*b* <i>`x` [y](z) _u_ a\\b"})
    said = exported(board_of(logs).test_client(), format="md", columns=["hyper-batch_size"])
    assert said.splitlines()[0] == "| hyper-batch_size |"
    assert said.splitlines()[2] == (r"| \*b\* \<i\>\`x\` \[y\](z) \_u\_ a\\b |")


@pytest.fixture
def three(make_run, logs) -> FlaskClient:
    for number, (name, acc) in enumerate([("a_b & c", 0.25), ("d|e", 0.75), ("50%", "NaN")]):
        make_run(f"log_20260101_00000{number}", hyper={"name": name}, best={"acc": acc})
    return board_of(logs).test_client()


def test_latex_is_for_booktabs_with_the_best_in_bold_and_signs_escaped(three: FlaskClient) -> None:
    ids = [f"log_20260101_00000{number}" for number in range(3)]
    text = exported(three, format="tex", ids=ids, columns=["hyper-name", "metric-acc"])
    assert text.splitlines() == [
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"hyper-name & metric-acc \\",
        r"\midrule",
        r"a\_b \& c & 0.25 \\",
        r"d\textbar{}e & \textbf{0.75} \\",
        r"50\% & NaN \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_markdown_keeps_its_cells_apart_and_the_lowest_may_be_the_best(three: FlaskClient) -> None:
    ids = [f"log_20260101_00000{number}" for number in range(3)]
    columns = ["hyper-name", "metric-acc"]
    assert exported(three, format="md", ids=ids, columns=columns, best="min").splitlines() == [
        "| hyper-name | metric-acc |",
        "| --- | ---: |",
        "| a_b & c | **0.25** |",
        r"| d\|e | 0.75 |",
        "| 50% | NaN |",
    ]


def test_rows_in_the_trash_are_exported_only_by_name(client: FlaskClient) -> None:
    client.post("/api/trash", json={"ids": [RUN]}, headers=HEADERS)
    assert RUN not in {row["id"] for row in table(exported(client, format="csv"))}
    assert [row["id"] for row in table(exported(client, format="csv", ids=[RUN]))] == [RUN]


@pytest.mark.parametrize(
    "said",
    [{"format": "xls"}, {"best": "most"}, {"columns": []}, {"columns": [1]}, {"ids": []}],
)
def test_what_is_asked_wrongly_is_told(said: dict[str, Any], client: FlaskClient) -> None:
    answer = client.post("/api/export", json=said, headers=HEADERS)
    assert answer.status_code == 400
    assert answer.json["error"]


def test_the_answer_is_a_file_to_keep(client: FlaskClient) -> None:
    answer = client.post("/api/export", json={"format": "csv"}, headers=HEADERS)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="runs.csv"'
    assert answer.mimetype == "text/csv"


@pytest.mark.parametrize("said", [{"format": []}, {"format": {}}, {"best": []}, {"best": 1}])
def test_a_format_or_a_best_that_is_no_word_is_refused(said, make_run, logs):
    make_run("log_20260101_000000", hyper={"lr": 0.1})
    client = board_of(logs).test_client()
    refused = client.post("/api/export", json=said, headers={"X-Fitlog": "1"})
    assert refused.status_code == 400
