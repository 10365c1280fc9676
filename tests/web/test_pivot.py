"""Summary tables of runs: fitlog 0.9's own are read, and the cells name their runs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from web_board import board_of

SAVED = "/api/pivot?summary=tbl1"
QUERY = "vertical=hyper-dataset&results=metric-dev-acc"
BY_ENCODER = "/api/pivot?vertical=hyper-dataset&horizontals=hyper-encoder&results=metric-dev-acc"


def table(client: FlaskClient, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def cell(found: dict[str, Any], row: Any, *column: Any) -> dict[str, Any]:
    place = next(
        at
        for at, each in enumerate(found["columns"])
        if [*each["values"], each["name"]][: len(column)] == list(column)
    )
    return dict(found["cells"][found["rows"].index(row)][place])


def test_a_summary_that_fitlog_09_saved_is_shown(client):
    found = table(client, SAVED)
    assert found["rows"] == ["conll", "ontonotes", "weibo"]
    assert {each["name"] for each in found["columns"]} == {"metric-dev-acc"}
    first = found["cells"][0][0]
    # What the page of fitlog 0.9 shows of the same file, but that it divides by n.
    assert f"{first['value']:.6f}" == "0.921467"
    assert f"{first['std'] * ((first['n'] - 1) / first['n']) ** 0.5:.6f}" == "0.020367"


def test_hidden_runs_count_unless_they_are_not_to(client):
    counted = [
        sum(each["n"] for line in table(client, f"{SAVED}{more}")["cells"] for each in line if each)
        for more in ("", "&hidden=0")
    ]
    hidden = sum(1 for run in client.get("/api/runs").json["runs"] if run.get("hidden"))
    assert counted[0] - counted[1] == hidden > 0


def test_a_cell_has_the_mean_and_the_deviation_of_its_runs(client):
    flat = client.get("/api/runs").json["runs"]
    found = table(client, BY_ENCODER)
    for row in found["rows"]:
        for at, column in enumerate(found["columns"]):
            runs = [
                run
                for run in flat
                if run.get("hyper-dataset") == row
                and run.get("hyper-encoder") == column["values"][0]
                and "metric-dev-acc" in run
            ]
            said = found["cells"][found["rows"].index(row)][at]
            if not runs:
                assert said is None
                continue
            values = [run["metric-dev-acc"] for run in runs]
            assert said["value"] == pytest.approx(sum(values) / len(values))
            assert sorted(said["ids"]) == sorted(run["id"] for run in runs)


def test_the_best_run_is_chosen_by_a_criterion_and_named(client):
    result = "metric-test-SpanFPreRecMetric-f"
    by = f"vertical=hyper-dataset&results={result}&method=max&criteria=metric-dev-acc"
    found = table(client, f"/api/pivot?{by}")
    flat = {run["id"]: run for run in client.get("/api/runs").json["runs"]}
    assert len(found["rows"]) == 3
    for row in found["rows"]:
        said = cell(found, row, result)
        best = max(said["ids"], key=lambda run_id: flat[run_id]["metric-dev-acc"])
        assert said["chosen"] == best
        assert said["value"] == flat[best][result]


def test_results_of_one_name_are_one_result(client):
    found = table(client, f"{BY_ENCODER},metric-test-SpanFPreRecMetric-f&result_maps=acc,acc")
    assert {each["name"] for each in found["columns"]} == {"acc"}


def test_a_search_says_which_runs_count(client):
    found = table(client, f"{BY_ENCODER}&q=dataset:conll")
    assert found["rows"] == ["conll"]


def test_rows_are_tested_against_a_baseline(client):
    found = table(client, f"{BY_ENCODER}&against=conll")
    assert found["can_test"] is True
    assert all(each["p"] is None for each in found["cells"][0] if each)
    assert any(each and 0 <= each["p"] <= 1 for each in found["cells"][1])


def test_runs_without_a_result_are_left_out_and_counted(client):
    found = table(client, "/api/pivot?vertical=hyper-dataset&results=metric-nothing")
    assert found["rows"] == []
    assert found["left_out"] == len(client.get("/api/runs").json["runs"])
    assert found["lacking"] == ["metric-nothing"]


def test_columns_that_no_run_has_are_named_and_the_rest_is_shown(client):
    more = "&horizontals=hyper-gone,hyper-encoder&method=max&criteria=metric-nowhere,metric-dev-acc"
    found = table(client, f"/api/pivot?{QUERY}{more}")
    assert found["lacking"] == ["hyper-gone", "metric-nowhere"]
    assert found["rows"]
    assert all(column["values"][0] is None for column in found["columns"])


def test_results_that_are_no_numbers_are_counted_and_give_no_mean(client):
    found = table(client, "/api/pivot?vertical=hyper-dataset&results=hyper-encoder")
    cells = [each for line in found["cells"] for each in line if each]
    assert cells
    assert all(each["value"] is None and each["n"] == 0 and each["odd"] for each in cells)


def test_numbers_are_in_order_and_runs_without_a_value_last(client):
    found = table(client, "/api/pivot?vertical=hyper-lr&results=metric-dev-acc")
    rows = found["rows"]
    numbers = [each for each in rows if each is not None]
    assert numbers == sorted(numbers)
    assert None not in rows[:-1]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("", "at least one result"),
        ("vertical=id", "at least one result"),
        ("results=metric-dev-acc", "rows or columns"),
        ("vertical=id&results=a&method=median", "method of a summary is one of"),
        ("vertical=id&results=a,b&result_maps=x", "a name for each"),
        ("vertical=id&results=a&format=xls", "format is json"),
        ("vertical=id&results=a&best=most", "best is one of"),
        ("summary=none", "no summary 'none'"),
        ("summary=../../etc/passwd", "no name of a summary"),
        ("vertical=id&results=a&q=(", "a condition is missing"),
    ],
)
def test_what_cannot_be_shown_is_told(client, query, complaint):
    answer = client.get(f"/api/pivot?{query}")
    assert answer.status_code == 400
    assert complaint in answer.json["error"]


def test_a_table_too_large_is_refused(client, monkeypatch):
    monkeypatch.setattr("fitlog_web.pivot.MOST_CELLS", 50)
    answer = client.get("/api/pivot?vertical=id&horizontals=hyper-lr&results=metric-dev-acc")
    assert answer.status_code == 400
    assert "fewer values" in answer.json["error"]


def test_csv_has_every_number_in_full(client):
    answer = client.get(f"{BY_ENCODER}&format=csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    found = table(client, BY_ENCODER)
    name = " ".join([*found["columns"][0]["values"], "metric-dev-acc"])
    assert float(lines[0][name]) == found["cells"][0][0]["value"]
    assert int(lines[0][f"{name} n"]) == found["cells"][0][0]["n"]


def test_markdown_marks_the_best_of_each_column(client):
    text = client.get(f"{BY_ENCODER}&format=md").text
    found = table(client, BY_ENCODER)
    assert text.count("**") == 2 * len(found["columns"])
    assert client.get(f"{BY_ENCODER}&format=md&best=none").text.count("**") == 0


def test_latex_has_a_heading_for_each_level_and_no_bare_sign(client):
    text = client.get(f"{BY_ENCODER}&format=tex").text
    assert text.startswith(r"\begin{tabular}{l")
    assert r"\cmidrule" in text
    assert r"$\pm$" in text
    assert "_" not in text.replace(r"\_", "")


def test_files_carry_the_marks_of_what_differs_from_the_baseline(client, monkeypatch):
    monkeypatch.setattr("fitlog_web.pivot._p", lambda values, against, columns: against and 0.02)
    against = f"{BY_ENCODER}&against=conll"
    columns = len(table(client, BY_ENCODER)["columns"])
    assert client.get(f"{against}&format=tex").text.count("$^{*}$") == 2 * columns
    assert client.get(f"{against}&format=md").text.count(r"\*") == 2 * columns
    first, second, _ = csv.DictReader(io.StringIO(client.get(f"{against}&format=csv").text))
    assert [line["lstm metric-dev-acc p"] for line in (first, second)] == ["", "0.02"]
    assert "metric-dev-acc p" not in client.get(f"{BY_ENCODER}&format=csv").text


# ------------------------------------------------------------------ saved ones

SUMMARY = {
    "vertical": "hyper-dataset",
    "horizontals": ["hyper-encoder"],
    "method": "max",
    "criteria": ["metric-dev-acc"],
    "results": ["metric-test-SpanFPreRecMetric-f"],
    "result_maps": ["test"],
}


def saved(logs: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((logs / "summaries" / f"{name}.summary").read_text("utf-8")))


def test_a_summary_is_saved_as_fitlog_09_reads_it(client, fixture_logs):
    answer = client.put("/api/summary", json={"name": "mine", "summary": SUMMARY})
    assert answer.json == {"name": "mine", "summary": SUMMARY, "added": 0}
    assert saved(fixture_logs, "mine") == {**SUMMARY, "extra_data": []}
    assert client.get("/api/summaries").json == {"summaries": ["mine", "tbl1"]}
    assert client.get("/api/summary?name=mine").json["summary"] == SUMMARY


def test_what_fitlog_09_added_to_a_summary_stays(client, fixture_logs):
    path = fixture_logs / "summaries" / "tbl1.summary"
    old = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**old, "extra_data": [{"id": "paper"}], "other": 1}))
    was = client.get("/api/summary?name=tbl1").json["summary"]
    answer = client.put("/api/summary", json={"name": "tbl1", "summary": SUMMARY, "was": was})
    assert answer.status_code == 200
    assert saved(fixture_logs, "tbl1") == {**SUMMARY, "extra_data": [{"id": "paper"}], "other": 1}


def add_by_hand(logs: Path, *rows: dict[str, Any]) -> None:
    path = logs / "summaries" / "tbl1.summary"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "extra_data": rows}))


@pytest.mark.parametrize("query", ["summary=tbl1", f"{QUERY}&horizontals=hyper-encoder&added=tbl1"])
def test_rows_that_fitlog_09_added_to_a_summary_stand_beneath_the_others(
    client, fixture_logs, query
):
    encoder = table(client, SAVED)["columns"][0]["values"][0]
    typed = {"id": "p_1a2B", "dataset": "paper [3]", f"{encoder}-metric-dev-acc": "0.95"}
    nested = {"id": "q_1a2B", "dataset": "other", encoder: {"metric": {"dev": {"acc": "0.9(0.1)"}}}}
    add_by_hand(fixture_logs, typed, nested, {"id": "r_1a2B", "dataset": "says nothing here"})
    found = table(client, f"/api/pivot?{query}")
    assert (found["rows"][-2:], found["added"]) == (["paper [3]", "other"], 2)
    last = [line[0] for line in found["cells"][-2:]]
    assert [(each["value"], each["n"], each["ids"]) for each in last] == [
        (0.95, 0, []),
        ("0.9(0.1)", 0, []),
    ]
    assert client.get("/api/summary?name=tbl1").json["added"] == 3
    assert "paper [3]" in client.get(f"/api/pivot?{query}&format=csv").text


def test_a_summary_that_somebody_else_changed_is_not_overwritten(client, fixture_logs):
    before = (fixture_logs / "summaries" / "tbl1.summary").read_bytes()
    answer = client.put("/api/summary", json={"name": "tbl1", "summary": SUMMARY})
    assert answer.status_code == 409
    assert answer.json["found"]["vertical"] == "hyper-dataset"
    assert (fixture_logs / "summaries" / "tbl1.summary").read_bytes() == before


def test_a_damaged_summary_is_told_and_kept_aside_when_saved(client, fixture_logs):
    path = fixture_logs / "summaries" / "tbl1.summary"
    path.write_bytes(b"{no json")
    assert "is no summary" in client.get(SAVED).json["error"]
    assert client.put("/api/summary", json={"name": "tbl1", "summary": SUMMARY}).status_code == 200
    assert path.with_name("tbl1.summary.damaged").read_bytes() == b"{no json"


def test_a_summary_is_removed_and_the_runs_stay(client, fixture_logs):
    said = client.delete("/api/summary", json={"name": "tbl1"}).json
    assert said == {"removed": "tbl1", "beside": {"extra_data": []}}
    assert not (fixture_logs / "summaries" / "tbl1.summary").exists()
    assert client.delete("/api/summary", json={"name": "tbl1"}).status_code == 400


def test_a_removed_summary_is_saved_again_with_the_rows_that_0_9_added(client, fixture_logs):
    path = fixture_logs / "summaries" / "tbl1.summary"
    before = {**json.loads(path.read_text()), "extra_data": [{"hyper": {"dataset": "x"}}]}
    path.write_text(json.dumps(before))
    summary = client.get("/api/summary?name=tbl1").json["summary"]
    beside = client.delete("/api/summary", json={"name": "tbl1"}).json["beside"]
    again = {"name": "tbl1", "summary": summary, "beside": beside}
    assert client.put("/api/summary", json=again).json["added"] == 1
    assert json.loads(path.read_text()) == before


def test_a_damaged_summary_can_be_removed(client, fixture_logs):
    path = fixture_logs / "summaries" / "tbl1.summary"
    path.write_bytes(b"{no json")
    assert client.delete("/api/summary", json={"name": "tbl1"}).json["beside"] == {}
    assert not path.exists()


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "con", "a\0b", "x" * 300, 5, None])
def test_no_name_of_a_summary_leads_out_of_its_folder(client, fixture_logs, name):
    before = sorted(fixture_logs.rglob("*"))
    answer = client.put("/api/summary", json={"name": name, "summary": SUMMARY})
    assert answer.status_code == 400
    assert sorted(fixture_logs.rglob("*")) == before


def test_a_summary_that_leads_out_of_the_directory_is_not_read(fixture_logs, tmp_path):
    outside = tmp_path / "secret.summary"
    outside.write_text(json.dumps(SUMMARY))
    (fixture_logs / "summaries" / "out.summary").symlink_to(outside)
    client = board_of(fixture_logs).test_client()
    assert client.get("/api/summaries").json == {"summaries": ["tbl1"]}
    assert client.get("/api/summary?name=out").status_code == 400
