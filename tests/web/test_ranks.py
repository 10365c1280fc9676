"""The ranks of a job in the board's API."""

from __future__ import annotations

import json
import shutil

import pytest
from flask.testing import FlaskClient
from web_board import board_of


@pytest.fixture
def make_rank(logs, make_run):
    """Return a function that makes the run of one rank."""

    def make(rank: int, group: str = "slurm 7.0") -> str:
        run_id = f"log_20260101_00000{rank}"
        folder = make_run(run_id, hyper={"lr": 0.1})
        facts = {"rank": rank, "world_size": 3, "group": group, "start": 1e9 + rank}
        with (folder / "meta.log").open("a") as file:
            file.write(json.dumps({"meta": facts}) + '\n{"meta": {"state": "finish"}}\n')
        return run_id

    return make


@pytest.fixture
def client(logs) -> FlaskClient:
    return board_of(logs).test_client()


def jobs(said) -> dict:
    return {row["id"]: row["job"] for row in said["rows"]}


def test_the_page_is_told_which_rows_are_one_job(client, make_rank, make_run):
    first, second = make_rank(0), make_rank(1)
    make_run("log_20260101_000009")
    job = {"id": first, "ranks": 2}
    said = client.get("/api/runs?format=columns").json
    assert jobs(said) == {"log_20260101_000009": None, second: job, first: job}
    assert client.get(f"/api/runs/{second}").json["row"]["job"] == job


def test_to_others_every_run_is_a_row_with_its_group_and_rank(client, make_rank):
    for rank in (0, 1):
        make_rank(rank)
    rows = client.get("/api/runs").json["runs"]
    assert [(row["meta-group"], row["meta-rank"]) for row in rows] == [
        ("slurm 7.0", 1),
        ("slurm 7.0", 0),
    ]
    assert all("job" not in row for row in rows)


def test_a_rank_that_comes_or_goes_changes_the_rows_of_the_others(
    logs, client, make_rank, monkeypatch
):
    monkeypatch.setattr("fitlog_web.board.FRESH_FOR", 0)
    first, second = make_rank(0), make_rank(1)
    cursor = client.get("/api/runs?format=columns").json["cursor"]
    third = make_rank(2)
    said = client.get(f"/api/changes?cursor={cursor}").json
    assert jobs(said) == {key: {"id": first, "ranks": 3} for key in (first, second, third)}
    shutil.rmtree(logs / first)
    said = client.get(f"/api/changes?cursor={said['cursor']}").json
    assert said["removed"] == [first]
    assert jobs(said) == {key: {"id": second, "ranks": 2} for key in (second, third)}
