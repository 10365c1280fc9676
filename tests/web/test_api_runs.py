"""``/api/runs``, search, changes and one run, over what fitlog 0.9 left and over odd runs."""

from __future__ import annotations

import gzip
import json
import shutil
import time

import pytest
from web_board import board_of

from fitlog_web import api_runs
from fitlog_web.board import Board

HIDDEN = {"log_20261122_090249", "log_20261122_090254"}
DELETED = "log_20261122_090321"
EDITED = "log_20261122_090313"
PAPER = "paper_SOTA_2024"
CONLL = {f"log_20261122_0902{s}" for s in (49, 54, 59)}


def rows_of(client, address="/api/runs"):
    return {row["id"]: row for row in client.get(address).json["runs"]}


def test_the_old_directory_opens_as_it_was_left(client):
    rows = rows_of(client)
    assert len(rows) == 30  # 30 runs, less the deleted one, and the added row
    assert {row_id for row_id, row in rows.items() if row.get("hidden")} == HIDDEN
    assert DELETED not in rows
    assert rows[PAPER]["added"] is True
    assert rows[PAPER]["metric-test-SpanFPreRecMetric-f"] == 0.951
    assert rows[EDITED]["memo"] == "warm-up too long, 再试一次"
    assert rows["log_20261122_090317"]["meta-fit_msg"] == "baseline"


def test_rows_are_flat_with_every_column_and_full_precision(client):
    row = rows_of(client)["log_20261122_090249"]
    assert row["state"] == "finished"
    assert row["hyper-optim-sched-warmup"] == 100
    assert row["hyper-max_len"] == "128"  # never differs, and is a text
    assert row["hyper-optim-name"] == "adamw"
    assert row["other-params_m"] == 12.5
    best = row["metric-dev-SpanFPreRecMetric-f"]
    assert len(repr(best)) > 12
    assert not any(isinstance(value, dict) for value in row.values())
    assert "deleted" not in row
    assert "added" not in row


def test_deleted_rows_come_only_when_asked_for(client):
    rows = rows_of(client, "/api/runs?deleted=1")
    assert len(rows) == 31
    assert rows[DELETED]["deleted"] is True


def test_a_saved_filter_applies_only_where_its_view_is_named(client):
    everything, filtered = rows_of(client), rows_of(client, "/api/runs?view=default.cfg")
    assert any(row.get("hyper-dataset") == "conll" for row in everything.values())
    assert filtered
    assert all(row["hyper-dataset"] not in ("conll", None) for row in filtered.values())
    ids = client.get("/api/search?view=default.cfg").json["ids"]
    assert ids == list(filtered)


def test_limit_cuts_and_without_it_nothing_does(client):
    assert len(rows_of(client, "/api/runs?limit=3")) == 3
    assert rows_of(client, "/api/runs?limit=0") == {}


def test_runs_come_newest_first(client):
    ids = [row_id for row_id in rows_of(client) if row_id.startswith("log_")]
    assert ids == sorted(ids, reverse=True)


@pytest.mark.parametrize(
    "address",
    [
        "/api/runs?limit=x", "/api/runs?limit=-1", "/api/runs?format=xml", "/api/runs?deleted=yes",
        "/api/runs?view=../x.cfg", "/api/runs?view=%2Fetc%2Fpasswd", "/api/runs?view=a%00.cfg",
        "/api/runs?view=nope.cfg",
        "/api/runs?q=%24%7B'a'", "/api/runs?limit=" + "9" * 40, "/api/view?name=nope",
        "/api/runs/log_20261122_090313/series?points=0", "/api/changes?deleted=2&cursor=",
        "/api/runs/log_20261122_090313/series?points=1e9", "/api/changes?view=x",
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_told_as_json(client, address):
    response = client.get(address)
    assert response.status_code == 400
    assert response.mimetype == "application/json"
    assert len(response.json["error"]) > 10


def test_the_page_gets_columns_in_the_views_order_with_its_gaps(client):
    said = client.get("/api/runs?format=columns").json
    keys = [column["key"] for column in said["columns"]]
    assert keys[:4] == [
        "metric-dev-SpanFPreRecMetric-f",
        "metric-dev-SpanFPreRecMetric-pre",
        "metric-dev-SpanFPreRecMetric-rec",
        "metric-dev-acc",
    ]
    assert keys.index("meta-state") < keys.index("hyper-lr") < keys.index("other-device")
    assert len(keys) == len(set(keys))
    by_key = {column["key"]: column for column in said["columns"]}
    hidden = {key for key, column in by_key.items() if column.get("hidden")}
    assert hidden == {"hyper-dropout", "metric-best_step"}
    assert by_key["hyper-optim-sched-warmup"]["path"] == ["hyper", "optim", "sched", "warmup"]
    assert {key for key in by_key if by_key[key]["editable"]} == {
        "memo", "meta-fit_msg", "meta-git_msg",
    }  # fmt: skip


def test_the_page_gets_what_is_true_of_each_row(client):
    said = client.get("/api/runs?format=columns&deleted=1").json
    rows = {row["id"]: row for row in said["rows"]}
    assert rows[DELETED]["deleted"] is True
    assert rows[PAPER] | {"added": True, "state": None, "progress": None} == rows[PAPER]
    run = rows["log_20261122_090249"]
    assert run["progress"] == {"step": 2000, "total": 2000}
    assert (run["hidden"], run["added"], run["deleted"], run["skipped"]) == (True, False, False, 0)
    assert said["problems"] == []


def test_the_compact_form_says_the_same_as_the_columns(client):
    whole = client.get("/api/runs?format=columns&deleted=1").json
    compact = client.get("/api/runs?format=compact&deleted=1").json
    rows = [
        {"state": None, **dict(zip(compact["shapes"][shape], cells, strict=True)), **standing}
        for shape, cells, standing in compact["rows"]
    ]
    assert rows == whole["rows"]
    assert compact["columns"] == whole["columns"]
    assert len(compact["shapes"]) < len(rows)


def test_a_run_that_is_not_over_tells_when_it_was_written_last(logs, make_run):
    make_run("log_20260101_000000", state="running")
    make_run("log_20260101_000001")
    rows = board_of(logs).test_client().get("/api/runs?format=columns").json["rows"]
    written = {row["id"]: row["written"] for row in rows}
    assert abs(written["log_20260101_000000"] - time.time()) < 60
    assert written["log_20260101_000001"] is None


def test_the_table_is_not_sent_twice_until_something_changes(client):
    for address in ("/api/runs", "/api/runs?format=columns", "/api/runs?format=compact"):
        first = client.get(address)
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    edit = {"set": {"memo": "new"}}
    assert client.patch("/api/runs/log_20261122_090249", json=edit).status_code == 200
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_numbers_that_json_cannot_say_are_words_and_big_ones_stay_whole(logs, make_run):
    make_run(
        "log_20260101_000000",
        hyper={"big": 2**70, "half": "\ud800", "text": "NaN"},
        best={"a": "NaN", "b": "Infinity", "c": "_Infinity", "d": 1e-300},
    )
    response = board_of(logs).test_client().get("/api/runs")
    (row,) = json.loads(response.data)["runs"]
    assert (row["hyper-big"], row["hyper-half"], row["hyper-text"]) == (2**70, "\ud800", "NaN")
    assert [row[f"metric-{name}"] for name in "abcd"] == ["NaN", "Infinity", "-Infinity", 1e-300]


def test_a_foreign_folder_and_a_torn_run_do_not_hide_the_others(logs, make_run):
    make_run("log_20260101_000000", hyper={"lr": 1})
    (make_run("log_20260101_000001") / "hyper.log").write_text(
        '{"hyper": {"lr": 2}}\n{"hy', "utf-8"
    )
    broken = make_run("log_20260101_000002")
    (broken / "hyper.log").write_text("nonsense\n", "utf-8")
    (broken / "loss.log").unlink()
    (logs / "notes").mkdir()
    (logs / "log_20260101_000003").mkdir()
    said = board_of(logs).test_client().get("/api/runs?format=columns").json
    assert [row["id"][-1] for row in said["rows"]] == ["2", "1", "0"]
    assert said["rows"][0]["skipped"] == 1
    assert said["rows"][1]["hyper-lr"] == 2


def test_the_boards_own_view_need_not_have_a_file(logs, make_run):
    make_run("log_20260101_000000")
    client = board_of(logs, view="mine.cfg").test_client()
    assert len(client.get("/api/runs?view=mine.cfg").json["runs"]) == 1
    assert client.get("/runs").status_code == 200
    assert not (logs / "mine.cfg").exists()
    client.post("/api/hidden", json={"ids": ["log_20260101_000000"], "hidden": True})
    assert (logs / "mine.cfg").exists()
    assert not (logs / "default.cfg").exists()


def test_an_empty_directory_has_no_runs_and_no_error(logs):
    client = board_of(logs).test_client()
    assert client.get("/api/runs").json == {"runs": []}
    assert client.get("/api/runs?format=columns").json["rows"] == []
    assert client.get("/runs").status_code == 200
    assert list(logs.iterdir()) == []


SEARCHES = [
    ("weibo", 10), ("${'hyper-lr': 0.1}$", 6), ("lr:0.003..0.05 dataset:conll", 5), ("", 30),
    ("${'id': 'log_20261122_090300<=&&<=log_20261122_090400'}$", 12), ("再试", 1),
    ("${'and_filters': 0, 'hyper-lr': 0.1, 'hyper-dataset': 'weibo'}$", 14), ("zzz", 0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "count"), SEARCHES, ids=[text or "empty" for text, _ in SEARCHES])
def test_a_search_finds_rows(client, text, count):
    rows = client.get("/api/runs").json["runs"]
    said = client.get("/api/search", query_string={"q": text}).json
    assert said["total"] == len(said["ids"])
    assert set(said["ids"]) <= {row["id"] for row in rows}
    assert said["total"] == count
    assert len(client.get("/api/runs", query_string={"q": text}).json["runs"]) == count


def test_a_search_tells_its_texts_its_conditions_and_names_that_are_no_column(client):
    said = client.get("/api/search", query_string={"q": "lr:0.1 nosuch:5 weibo"}).json
    assert said["ids"] == []
    assert said["texts"] == ["weibo"]
    assert said["unknown"] == ["nosuch"]
    assert {"text": "nosuch:5", "rest": "lr:0.1 weibo"} in said["clauses"]
    assert len(said["clauses"]) == 3


def test_what_cannot_be_parsed_is_told_with_its_place(client):
    response = client.get("/api/search", query_string={"q": "${'hyper-lr': }$"})
    assert response.status_code == 400
    assert response.json["text"] == "${'hyper-lr': }$"
    assert response.json["position"] == 14
    assert response.json["error"]


@pytest.mark.parametrize("text", ["__import__('os').system('id')", "${'a': __import__('os')}$"])
def test_a_search_evaluates_nothing(client, text):
    assert client.get("/api/search", query_string={"q": text}).status_code in (200, 400)


def later(client, cursor, extra=""):
    # The directory is looked at once a second; a test need not wait for that.
    client.application.extensions["fitlog"].refresh(at_once=True)
    return client.get(f"/api/changes?cursor={cursor}{extra}").json


def test_changes_tell_only_what_changed(client, fixture_logs):
    cursor = client.get("/api/runs?format=columns").json["cursor"]
    quiet = later(client, cursor)
    assert (quiet["rows"], quiet["removed"], "columns" in quiet) == ([], [], False)
    with open(fixture_logs / EDITED / "other.log", "a", encoding="utf-8") as file:
        file.write('{"other": {"fresh": 1}}\n')
    with open(fixture_logs / EDITED / "meta.log", "a", encoding="utf-8") as file:
        file.write('{"meta": {"state": "finish"}}\n')
    shutil.rmtree(fixture_logs / "log_20261122_090308")
    said = later(client, quiet["cursor"])
    assert [row["id"] for row in said["rows"]] == [EDITED]
    assert said["rows"][0]["other-fresh"] == 1
    assert said["removed"] == ["log_20261122_090308"]
    assert "other-fresh" in [column["key"] for column in said["columns"]]
    assert later(client, said["cursor"])["rows"] == []


def test_changes_tell_of_edits_hiding_and_the_trash(client):
    cursor = client.get("/api/runs?format=columns").json["cursor"]
    client.patch(f"/api/runs/{EDITED}", json={"set": {"memo": "new"}})
    client.post("/api/hidden", json={"ids": ["log_20261122_090308"], "hidden": True})
    client.post("/api/trash", json={"ids": ["log_20261122_090325"]})
    said = later(client, cursor)
    rows = {row["id"]: row for row in said["rows"]}
    assert rows[EDITED]["memo"] == "new"
    assert rows["log_20261122_090308"]["hidden"] is True
    assert set(rows) == {EDITED, "log_20261122_090308"}
    assert said["removed"] == ["log_20261122_090325"]
    shown = later(client, cursor, "&deleted=1")
    assert "log_20261122_090325" in {row["id"] for row in shown["rows"]}


@pytest.mark.parametrize(
    "cursor", ["", "x", "!!", "e30", "bnVsbA", "W10", "eyJ2aWV3IjogMX0", "_" * 999]
)
def test_an_unknown_cursor_brings_everything(client, cursor):
    said = later(client, cursor)
    assert len(said["rows"]) == 30
    assert said["columns"]
    assert said["removed"] == [DELETED]


def test_two_boards_do_not_take_each_others_cursor(client, logs, make_run):
    make_run("log_20260101_000000")
    other = board_of(logs).test_client()
    cursor = other.get("/api/runs?format=columns").json["cursor"]
    assert len(later(client, cursor)["rows"]) == 30


def test_one_run_is_told_whole(client):
    said = client.get(f"/api/runs/{DELETED}").json
    assert said["state"] == "finished"
    assert said["hyper"]["optim"]["sched"]["kind"] == "cosine"
    assert said["row"]["deleted"] is True
    assert "loss-Loss" in said["series"]
    assert {"path", "size", "mtime"} == set(said["files"][0])
    assert "meta.log" in [file["path"] for file in said["files"]]


def test_faulty_lines_of_curves_are_counted_once_they_were_read(logs, make_run):
    line = 'Step:1\t{"loss": {"a": 1}, "step": 1}\n'
    make_run("log_20260101_000000", loss=f"{line}nonsense\n{line}")
    client = board_of(logs).test_client()
    assert client.get("/api/runs/log_20260101_000000").json["skipped"] == 1
    assert client.get("/api/runs?format=columns").json["rows"][0]["skipped"] == 1


def test_an_added_row_is_told_too(client):
    said = client.get(f"/api/runs/{PAPER}").json
    assert (said["state"], said["series"], said["files"]) == (None, [], [])
    assert said["row"]["memo"] == "from the paper, table 3"


BAD_IDS = [
    "nope", "..", "%2e%2e", "..%2f..%2fetc", "%2Fetc%2Fpasswd", "log_20261122_090313%2F..", ".",
    "log_20261122_090313%00", "summaries", "default.cfg", "C:%5Cx", "%5C%5Chost%5Cshare", "a" * 999,
    "LOG_20261122_090313", "log_20261122_090313.", "log_2026112２_090313",
]  # fmt: skip


@pytest.mark.parametrize("run_id", BAD_IDS, ids=[run_id[:24] for run_id in BAD_IDS])
@pytest.mark.parametrize("tail", ["", "/series", "/files/meta.log"])
def test_an_unknown_run_is_404_as_json(client, run_id, tail):
    response = client.get(f"/api/runs/{run_id}{tail}")
    assert response.status_code in (404, 405)
    assert response.json["error"]


def test_a_run_folder_that_is_a_link_out_of_the_directory_is_no_run(logs, make_run, tmp_path):
    folder = make_run("log_20260101_000000", hyper={"secret": 1})
    folder.rename(tmp_path / "outside")
    (logs / "log_20260101_000000").symlink_to(tmp_path / "outside")
    client = board_of(logs).test_client()
    assert client.get("/api/runs").json == {"runs": []}
    assert client.get("/api/runs/log_20260101_000000/files/hyper.log").status_code == 404


def test_answers_are_packed_only_for_who_asks_for_it(client):
    plain = client.get("/api/runs")
    packed = client.get("/api/runs", headers={"Accept-Encoding": "gzip"})
    refused = client.get("/api/runs", headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in refused.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 5
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_an_answer_that_repeats_is_not_sent_again(client):
    first = client.get("/api/runs")
    again = client.get("/api/runs", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    client.patch(f"/api/runs/{EDITED}", json={"set": {"memo": "x"}})
    changed = client.get("/api/runs", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_a_view_that_can_no_longer_be_read_is_told_to_who_knows_the_table(logs, make_run):
    make_run("log_20260101_000000")
    client = board_of(logs).test_client()
    first = client.get("/api/runs?format=columns")
    (logs / "default.cfg").mkdir()
    again = client.get("/api/runs?format=columns", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert "is not a file" in again.json["problems"][0]


def test_damage_in_the_boards_own_files_is_told_and_hides_nothing(client, fixture_logs):
    (fixture_logs / "log_extra_data.txt").write_text("{torn", "utf-8")
    (fixture_logs / "default.cfg").write_text("[torn\n[data_settings]\nhidden_logs = a\n", "utf-8")
    said = client.get("/api/runs?format=columns").json
    assert len(said["rows"]) == 30
    of_the_view, of_the_cells = said["problems"]
    assert of_the_view.startswith("default.cfg: line 1 ")
    assert of_the_cells.startswith("log_extra_data.txt: it is not JSON")


@pytest.mark.parametrize(
    ("address", "made_by"),
    [
        ("/api/runs?format=columns", "Board.in_view"),
        ("/api/runs?format=compact", "Board.in_view"),
        ("/api/changes?cursor={cursor}", "Board.edited_since"),
        (f"/api/runs/{EDITED}", "api_runs._recorded"),
    ],
)
def test_what_changes_while_an_answer_is_made_comes_with_the_next(
    app, client, fixture_logs, monkeypatch, address, made_by
):
    shown = app.extensions["fitlog"]
    of, _, name = made_by.partition(".")
    owner = {"Board": Board, "api_runs": api_runs}[of]
    make = getattr(owner, name)

    def made_while_it_changes(*given, **named):
        made = make(*given, **named)
        monkeypatch.setattr(owner, name, make)
        with open(fixture_logs / EDITED / "meta.log", "a", encoding="utf-8") as file:
            file.write('{"meta": {"late": 1}}\n')
        shown.refresh(at_once=True)  # another visitor's
        return made

    before = client.get("/api/runs?format=columns").json["cursor"]
    monkeypatch.setattr(owner, name, made_while_it_changes)
    cursor = client.get(address.format(cursor=before)).json["cursor"]
    assert [row.get("meta-late") for row in later(client, cursor)["rows"]] == [1]


def test_a_table_that_changed_while_it_was_made_is_sent_again(
    app, client, fixture_logs, monkeypatch
):
    in_view = Board.in_view

    def made_while_it_changes(self, *given, **named):
        made = in_view(self, *given, **named)
        monkeypatch.setattr(Board, "in_view", in_view)
        with open(fixture_logs / EDITED / "meta.log", "a", encoding="utf-8") as file:
            file.write('{"meta": {"late": 1}}\n')
        self.refresh(at_once=True)
        return made

    monkeypatch.setattr(Board, "in_view", made_while_it_changes)
    first = client.get("/api/runs")
    again = client.get("/api/runs", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200


def test_a_run_tells_when_it_went_on(logs, make_run):
    folder = make_run("log_20260101_000000")
    with (folder / "meta.log").open("a", encoding="utf-8") as file:
        file.write('{"meta": {"segment": 2, "segment_start": 17.5, "state": "running"}}\n')
    client = board_of(logs).test_client()
    assert client.get("/api/runs/log_20260101_000000").json["segments"] == [17.5]
