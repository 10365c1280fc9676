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


class Page:
    """A page of the table that looks on, and asks in the compact form."""

    def __init__(self, logs: Path) -> None:
        self.client = create_app(logs).test_client()
        said = self.client.get("/api/runs?format=columns").get_json()
        self.cursor = said["cursor"]
        self.rows = {row["id"]: row for row in said["rows"]}

    def look(self, more: str = "") -> dict:
        """Take what changed into the rows; they are as the whole table has them."""
        address = f"/api/changes?format=compact&cursor={self.cursor}{more}"
        said = self.client.get(address).get_json()
        self.cursor = said["cursor"]
        self.rows |= {row["id"]: row for row in said["rows"]}
        self.rows |= {row["id"]: {**self.rows[row["id"]], **row} for row in said["gone_on"]}
        for run_id in said["removed"]:
            del self.rows[run_id]
        shown = self.client.get(f"/api/runs?format=columns{more}").get_json()["rows"]
        assert self.rows == {row["id"]: row for row in shown}
        return said

    def change(self, method: str, address: str, body: dict) -> None:
        headers = {"Origin": "http://localhost"}
        answer = self.client.open(address, method=method, json=body, headers=headers)
        assert answer.status_code == 200


def ids(rows: list[dict]) -> list[str]:
    return [row["id"] for row in rows]


def test_of_a_run_that_only_goes_on_the_compact_form_tells_its_latest_record_alone(logs):
    page, folder = Page(logs), logs / RUN
    append(folder / "loss.log", step(2, '"NaN"') + "torn\n")
    said = page.look()
    assert (said["rows"], said["removed"]) == ([], [])
    (latest,) = said["gone_on"]
    assert latest.pop("written") == (folder / "loss.log").stat().st_mtime_ns / 1e9
    assert latest == {
        "id": RUN,
        "progress": {"step": 2, "total": None},
        "skipped": 1,
        "diverged": {"loss-Loss": "NaN"},
    }
    assert page.look()["gone_on"] == []
    append(folder / "loss.log", step(3))
    assert page.look()["gone_on"][0]["diverged"] is None


@pytest.mark.parametrize(
    ("name", "text"),
    [("hyper.log", '{"hyper": {"lr": 0.2}}\n'), ("meta.log", '{"meta": {"state": "finish"}}\n')],
)
def test_of_a_run_that_goes_on_and_changes_the_compact_form_tells_the_whole_row(logs, name, text):
    page, folder = Page(logs), logs / RUN
    append(folder / name, text)
    append(folder / "loss.log", step(2))
    said = page.look()
    assert (ids(said["rows"]), said["gone_on"]) == ([RUN], [])


def test_of_a_run_that_goes_on_and_is_edited_or_hidden_the_compact_form_tells_the_whole_row(logs):
    page, folder = Page(logs), logs / RUN
    page.change("PATCH", f"/api/runs/{RUN}", {"set": {"memo": "new"}, "was": {"memo": ""}})
    append(folder / "loss.log", step(2))
    assert ids(page.look()["rows"]) == [RUN]
    append(folder / "loss.log", step(3))
    assert ids(page.look()["gone_on"]) == [RUN], "the edit was told"
    page.change("POST", "/api/hidden", {"ids": [RUN], "hidden": True})
    append(folder / "loss.log", step(4))
    assert ids(page.look()["rows"]) == [RUN]


def test_a_page_that_is_shown_the_trash_from_now_on_is_told_whole_rows(logs):
    page, folder = Page(logs), logs / RUN
    page.change("POST", "/api/trash", {"ids": [RUN]})
    assert page.look()["removed"] == [RUN]
    append(folder / "loss.log", step(2))
    said = page.look()
    assert (said["rows"], said["gone_on"]) == ([], [])
    append(folder / "loss.log", step(3))
    assert ids(page.look("&deleted=1")["rows"]) == [RUN]
    append(folder / "loss.log", step(4))
    assert ids(page.look("&deleted=1")["gone_on"]) == [RUN]


def test_ranks_of_a_job_that_go_on_are_told_of_one_by_one(logs):
    other = live_run(logs / "..").rename(logs / "log_20260101_000001")
    for rank, folder in enumerate((logs / RUN, other)):
        append(folder / "meta.log", f'{{"meta": {{"group": "job", "rank": {rank}}}}}\n')
    page = Page(logs)
    assert {row["job"]["ranks"] for row in page.rows.values()} == {2}
    append(other / "loss.log", step(2))
    said = page.look()
    assert (said["rows"], ids(said["gone_on"])) == ([], [other.name])


def test_a_form_of_changes_that_there_is_not_is_refused(logs):
    answer = create_app(logs).test_client().get("/api/changes?format=flat")
    assert answer.status_code == 400
    assert "compact" in answer.get_json()["error"]
