"""Changes of rows: kept in 0.9's files, refused where they would overwrite, undone by restore."""

from __future__ import annotations

import json
import os
import shutil
import time

import pytest

EDITED = "log_20261122_090313"
RECORDED = "log_20261122_090249"
PLAIN = "log_20261122_090308"
DELETED = "log_20261122_090321"
PAPER = "paper_SOTA_2024"


def row_of(client, row_id, query=""):
    rows = client.get(f"/api/runs{query}").json["runs"]
    return next((row for row in rows if row["id"] == row_id), None)


def stored(log_dir):
    return json.loads((log_dir / "log_extra_data.txt").read_text("ascii"))


def test_an_edited_memo_is_kept(client, fixture_logs):
    response = client.patch(f"/api/runs/{PLAIN}", json={"set": {"memo": "好"}, "was": {"memo": ""}})
    assert response.status_code == 200
    assert response.json["row"]["memo"] == "好"
    assert stored(fixture_logs)[PLAIN] == {"memo": "好"}
    assert row_of(client, PLAIN)["memo"] == "好"


def test_an_edit_taken_back_shows_what_was_recorded(client, fixture_logs):
    before = row_of(client, RECORDED)["meta-fit_msg"]
    client.patch(
        f"/api/runs/{RECORDED}",
        json={"set": {"meta-fit_msg": "x"}, "was": {"meta-fit_msg": before}},
    )
    assert row_of(client, RECORDED)["meta-fit_msg"] == "x"
    client.patch(f"/api/runs/{RECORDED}", json={"set": {"meta-fit_msg": ""}})
    assert row_of(client, RECORDED)["meta-fit_msg"] == before
    assert RECORDED not in stored(fixture_logs)


def test_an_edit_of_a_cell_that_changed_meanwhile_is_409_with_both_values(client):
    client.patch(f"/api/runs/{EDITED}", json={"set": {"memo": "theirs"}})
    said = {"set": {"memo": "mine"}, "was": {"memo": "warm-up too long, 再试一次"}}
    response = client.patch(f"/api/runs/{EDITED}", json=said)
    assert response.status_code == 409
    assert response.json["key"] == "memo"
    assert response.json["expected"] == "warm-up too long, 再试一次"
    assert response.json["found"] == "theirs"
    assert row_of(client, EDITED)["memo"] == "theirs"


def test_an_edit_by_fitlog_0_9_meanwhile_is_seen(client, fixture_logs):
    row_of(client, EDITED)
    data = stored(fixture_logs)
    data[EDITED]["memo"] = "written by another board"
    (fixture_logs / "log_extra_data.txt").write_text(json.dumps(data), "ascii")
    assert row_of(client, EDITED)["memo"] == "written by another board"


def test_numbers_of_an_added_row_are_compared_as_numbers(client):
    key = "metric-test-SpanFPreRecMetric-f"
    said = {"set": {key: 0.96}, "was": {key: "0.951"}}
    response = client.patch(f"/api/runs/{PAPER}", json=said)
    assert (response.status_code, response.json["row"][key]) == (200, 0.96)


def test_a_row_is_added_with_its_types(client):
    said = {"id": "paper 2026", "hyper-lr": 0.1, "metric-dev-acc": "NaN", "memo": "论文"}
    response = client.post("/api/runs", json=said)
    assert response.status_code == 201
    row = row_of(client, "paper 2026")
    assert row == {**said, "added": True}
    assert client.post("/api/runs", json=said).status_code == 400
    assert client.post("/api/runs", json={"id": EDITED, "memo": "x"}).status_code == 400


def test_rows_are_hidden_and_shown_one_by_one(client):
    hidden = ["log_20261122_090249", "log_20261122_090254"]
    said = client.post("/api/hidden", json={"ids": [PLAIN], "hidden": True}).json
    assert said["hidden"] == [*hidden, PLAIN]
    said = client.post("/api/hidden", json={"ids": hidden, "hidden": False}).json
    assert said["hidden"] == [PLAIN]
    assert row_of(client, PLAIN)["hidden"] is True
    assert "hidden" not in row_of(client, hidden[0])


def test_the_trash_takes_runs_and_gives_them_back(client, fixture_logs):
    assert client.post("/api/trash", json={"ids": [PLAIN]}).json["deleted"] == [DELETED, PLAIN]
    assert row_of(client, PLAIN) is None
    assert (fixture_logs / PLAIN).is_dir()
    assert client.post("/api/restore", json={"ids": [PLAIN, DELETED]}).json["deleted"] == []
    assert row_of(client, DELETED) is not None


def test_erasing_is_for_good_and_only_from_the_trash(client, fixture_logs):
    refused = client.post("/api/erase", json={"ids": [PLAIN]})
    assert refused.status_code == 409
    assert "not in the trash" in refused.json["error"]
    assert client.post("/api/erase", json={"ids": [DELETED]}).json == {
        "erased": [DELETED],
        "problems": [],
        "sentences": [],
    }
    assert not (fixture_logs / DELETED).exists()
    assert row_of(client, DELETED, "?deleted=1") is None


def test_a_live_run_is_not_erased(client, fixture_logs):
    live = "log_20261122_235959"
    shutil.copytree(fixture_logs / PLAIN, fixture_logs / live)
    (fixture_logs / live / "meta.log").write_text('{"meta": {"state": "running"}}\n', "utf-8")
    for path in (fixture_logs / live).iterdir():
        os.utime(path, (time.time(),) * 2)
    time.sleep(1.1)  # the directory is looked at once a second
    assert client.post("/api/trash", json={"ids": [live]}).status_code == 200
    assert client.post("/api/erase", json={"ids": [live]}).status_code == 409
    assert (fixture_logs / live).is_dir()


WRONG = [
    ("PATCH", f"/api/runs/{PLAIN}", {"set": {"hyper-lr": 1}}, 400),
    ("PATCH", f"/api/runs/{PLAIN}", {"set": {"id": "x"}}, 400),
    ("PATCH", f"/api/runs/{PLAIN}", {"set": {"memo": ["x"]}}, 400),
    ("PATCH", f"/api/runs/{PLAIN}", {"set": "memo"}, 400),
    ("PATCH", f"/api/runs/{PLAIN}", {}, 400),
    ("PATCH", f"/api/runs/{PLAIN}", [], 400),
    ("PATCH", f"/api/runs/{PLAIN}", {"set": {"memo": "x"}, "view": "../a.cfg"}, 400),
    ("PATCH", f"/api/runs/{PLAIN}", {"set": {"memo": "x"}, "view": 1}, 400),
    ("PATCH", "/api/runs/nope", {"set": {"memo": "x"}}, 404),
    ("POST", "/api/runs", {"memo": "x"}, 400),
    ("POST", "/api/runs", {"id": 5, "memo": "x"}, 400),
    ("POST", "/api/runs", {"id": {"a": 1}, "memo": "x"}, 400),
    ("POST", "/api/runs", {"id": "x", "hyper": {"lr": 1}}, 400),
    ("POST", "/api/trash", {"ids": []}, 400),
    ("POST", "/api/trash", {"ids": PLAIN}, 400),
    ("POST", "/api/trash", {"ids": ["nope"]}, 404),
    ("POST", "/api/trash", {"ids": ["../x"]}, 404),
    ("POST", "/api/hidden", {"ids": [PLAIN], "hidden": 1}, 400),
    ("POST", "/api/hidden", {"ids": ["a,b"], "hidden": True}, 404),
    ("POST", "/api/erase", {"ids": ["../.."]}, 409),
    ("POST", "/api/nope", {}, 404),
    ("DELETE", "/api/runs", {}, 405),
    ("DELETE", "/api/view", {"name": "default.cfg"}, 400),
    ("DELETE", "/api/view", {"name": "../default.cfg"}, 400),
    ("DELETE", "/api/view", {}, 400),
    ("PATCH", "/api/view", {"set": {"nope": 1}}, 400),
    ("PATCH", "/api/view", {"name": "a/b.cfg", "set": {"hidden_logs": []}}, 400),
    ("PATCH", "/api/view", {"name": 7, "set": {}}, 400),
]


@pytest.mark.parametrize(("method", "address", "said", "status"), WRONG)
def test_a_wrong_change_is_refused_in_a_sentence_and_changes_nothing(
    client, fixture_logs, method, address, said, status
):
    names = ("default.cfg", "log_extra_data.txt")
    before = [(fixture_logs / name).read_bytes() for name in names]
    response = client.open(address, method=method, json=said)
    assert response.status_code == status
    assert isinstance(response.json["error"], str)
    assert [(fixture_logs / name).read_bytes() for name in names] == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'"x"', b"null"], ids=len)
def test_a_body_that_is_no_json_object_is_400(client, body):
    response = client.post("/api/trash", data=body, content_type="application/json")
    assert response.status_code == 400
    assert response.json["error"]


def test_a_body_that_is_too_large_is_413(client):
    response = client.post("/api/trash", data=b" " * 5_000_000, content_type="application/json")
    assert response.status_code == 413
    assert response.json["error"]


def test_a_read_only_directory_shows_everything_and_says_so_on_edits(
    client, fixture_logs, monkeypatch
):
    # Whoever runs the tests may be root, whom no permission stops.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert len(client.get("/api/runs").json["runs"]) == 30
    response = client.patch(f"/api/runs/{PLAIN}", json={"set": {"memo": "x"}})
    assert response.status_code == 403
    assert "cannot be written" in response.json["error"]
    assert client.post("/api/trash", json={"ids": [PLAIN]}).status_code == 403


def test_a_view_is_changed_by_keys_of_columns(client, fixture_logs):
    said = {
        "set": {
            "column_order": ["memo", "hyper-lr", "hyper-optim-sched-warmup"],
            "hidden_columns": ["memo"],
        }
    }
    values = client.patch("/api/view", json=said).json["values"]
    assert values["column_order"] == {
        "id": "EndOfOrder",
        "memo": "EndOfOrder",
        "hyper": {"lr": "EndOfOrder", "optim": {"sched": {"warmup": "EndOfOrder"}}},
    }
    columns = client.get("/api/runs?format=columns").json["columns"]
    assert [column["key"] for column in columns][:3] == said["set"]["column_order"]
    assert columns[0]["hidden"] is True


def test_an_order_of_rows_is_kept_and_told_to_the_page(client, fixture_logs):
    moves = [[PLAIN, "gone, but named"], ["</script>", None]]
    said = client.patch("/api/view", json={"set": {"row_order": moves}})
    assert said.json["values"]["row_order"] == moves
    assert json.loads(page_data(client))["row_order"] == moves
    refused = client.patch("/api/view", json={"set": {"row_order": [[PLAIN]]}})
    assert refused.status_code == 400
    assert "move 1 of an order of rows" in refused.json["error"]
    assert client.get("/api/view").json["values"]["row_order"] == moves


def page_data(client):
    """What the page of all runs is told by the server."""
    page = client.get("/runs").get_data(as_text=True)
    return page.split('id="page-data">')[1].split("</script>")[0]


def test_a_filter_saved_from_a_search_asks_for_whole_cells_in_0_9_too(client):
    said = {"set": {"filter_condition": {"hyper-dataset": ["weibo", "con"], "hyper-lr": "<0.1"}}}
    values = client.patch("/api/view", json=said).json["values"]
    assert values["filter_condition"] == {"hyper-dataset": ["=weibo", "=con"], "hyper-lr": "<0.1"}
    rows = client.get("/api/runs?view=default.cfg").json["runs"]
    assert {row["hyper-dataset"] for row in rows} == {"weibo"}


def test_a_view_that_changed_meanwhile_is_409(client):
    client.patch("/api/view", json={"set": {"hidden_columns": ["memo"]}})
    said = {"set": {"hidden_columns": ["id"]}, "was": {"hidden_columns": ["hyper-dropout"]}}
    response = client.patch("/api/view", json=said)
    assert response.status_code == 409
    assert response.json["found"] == ["memo"]


def test_views_are_made_by_a_change_listed_and_removed(client):
    client.patch("/api/view", json={"name": "paper.cfg", "set": {"hidden_logs": [PLAIN]}})
    assert client.get("/api/views").json == {
        "views": ["default.cfg", "paper.cfg"],
        "current": "default.cfg",
    }
    assert client.get("/api/view?name=paper.cfg").json["values"]["hidden_logs"] == [PLAIN]
    assert row_of(client, PLAIN, "?view=paper.cfg")["hidden"] is True
    assert client.delete("/api/view", json={"name": "paper.cfg"}).json == {"removed": "paper.cfg"}
    assert client.get("/api/views").json["views"] == ["default.cfg"]


def test_a_tag_is_put_on_several_runs_and_taken_off_those_it_came_to(client, fixture_logs):
    client.patch(f"/api/runs/{PLAIN}", json={"set": {"tags": "paper"}})
    said = {"ids": [PLAIN, EDITED], "tag": "paper", "on": True}
    assert client.post("/api/tags", json=said).json == {"changed": [EDITED]}
    assert row_of(client, EDITED)["tags"] == "paper"
    assert client.get("/api/search?q=tags:paper").json["total"] == 2
    client.post("/api/tags", json={"ids": [EDITED], "tag": "paper", "on": False})
    assert "tags" not in stored(fixture_logs)[EDITED]
    assert stored(fixture_logs)[PLAIN] == {"tags": "paper"}


def test_a_column_goes_with_its_last_value(client):
    def has_tags() -> bool:
        columns = client.get("/api/runs?format=columns").json["columns"]
        return "tags" in [column["key"] for column in columns]

    assert not has_tags()
    client.post("/api/tags", json={"ids": [PLAIN], "tag": "best", "on": True})
    assert has_tags()
    client.post("/api/tags", json={"ids": [PLAIN], "tag": "best", "on": False})
    assert not has_tags()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"ids": [PLAIN], "tag": "a,b", "on": True}, 400),
        ({"ids": [PLAIN], "tag": "a"}, 400),
        ({"ids": ["no-such-run"], "tag": "a", "on": True}, 404),
    ],
)
def test_a_tag_that_is_none_or_runs_that_are_none_are_refused(client, said, status):
    assert client.post("/api/tags", json=said).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("POST", "/api/hidden", {"ids": [PLAIN], "hidden": True, "view": "gone.cfg"}),
        ("POST", "/api/trash", {"ids": [PLAIN], "view": "gone.cfg"}),
        ("PATCH", "/api/view", {"name": "gone.cfg", "set": {"hidden_columns": []}, "new": False}),
    ],
)
def test_a_view_that_was_removed_is_not_made_anew(client, fixture_logs, method, path, said):
    response = client.open(path, method=method, json=said)
    assert response.status_code == 409
    assert response.json["gone"] == "gone.cfg"
    assert not (fixture_logs / "gone.cfg").exists()
