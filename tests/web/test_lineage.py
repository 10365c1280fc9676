"""The page of a run knows its parents and children, and what they changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from web_board import board_of

ELDEST, CHILD, OTHER, GRANDCHILD, ALONE = (f"log_20260101_00000{digit}" for digit in range(5))
GONE = "log_20250101_000000"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "logs"


def made(logs: Path, run_id: str, parent: str | None, segment: object = None, **hyper: Any) -> None:
    folder = logs / run_id
    folder.mkdir(parents=True)
    for name in ("loss", "metric", "best_metric", "other", "file", "progress"):
        (folder / f"{name}.log").touch()
    meta = {"format": 1, "state": "finish", **({"parent": parent} if parent else {})}
    if segment is not None:
        meta["segment"] = segment
    (folder / "hyper.log").write_text(json.dumps({"hyper": hyper}) + "\n")
    (folder / "meta.log").write_text(json.dumps({"meta": meta}) + "\n")


@pytest.fixture
def client(logs: Path) -> FlaskClient:
    made(logs, ELDEST, None, lr=0.1, seed=1)
    made(logs, CHILD, ELDEST, lr=0.5, seed=1)
    made(logs, OTHER, ELDEST, lr=0.1, seed=1)
    made(logs, GRANDCHILD, CHILD, lr=0.5, seed=1, **{f"new{n}": n for n in range(6)})
    made(logs, ALONE, None, lr=0.1)
    return board_of(logs).test_client()


def family(client: FlaskClient, run_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/runs/{run_id}/lineage").json["family"]
    return found


@pytest.mark.parametrize("run_id", [ELDEST, CHILD, GRANDCHILD])
def test_every_member_sees_the_whole_family_parents_first(client, run_id):
    found = [(each["id"], each["depth"]) for each in family(client, run_id)]
    assert found == [(ELDEST, 0), (CHILD, 1), (GRANDCHILD, 2), (OTHER, 1)]


def test_what_is_not_its_parents_is_told_of_each(client):
    by_id = {each["id"]: each for each in family(client, CHILD)}
    assert by_id[CHILD]["changes"] == [{"name": "lr", "old": 0.1, "new": 0.5}]
    assert by_id[OTHER]["changes"] == []
    assert (len(by_id[GRANDCHILD]["changes"]), by_id[GRANDCHILD]["more"]) == (4, 2)


def test_a_run_without_relatives_has_no_family(client):
    assert family(client, ALONE) == []
    assert '"has_family": false' in client.get(f"/run/{ALONE}").text.replace(":f", ": f")


def test_a_parent_that_was_erased_is_named(client, logs):
    made(logs, "log_20260101_000009", GONE)
    found = family(client, "log_20260101_000009")
    assert [(each["id"], each["state"]) for each in found] == [
        (GONE, None),
        ("log_20260101_000009", "finished"),
    ]


def test_a_circle_made_by_hand_ends(logs):
    made(logs, ELDEST, CHILD)
    made(logs, CHILD, ELDEST)
    found = family(board_of(logs).test_client(), ELDEST)
    assert {each["id"] for each in found} == {ELDEST, CHILD}


@pytest.mark.parametrize("parent", [5, ["x"], {"a": 1}, "../x", "nobody"])
def test_what_is_no_run_is_no_parent(logs, parent):
    made(logs, ELDEST, parent)
    assert family(board_of(logs).test_client(), ELDEST) == []


def test_a_run_that_was_gone_on_with_says_so_without_relatives_too(logs):
    made(logs, ALONE, None, segment=3)
    client = board_of(logs).test_client()
    assert [(each["id"], each["resumed"]) for each in family(client, ALONE)] == [(ALONE, 2)]
    assert '"has_family": true' in client.get(f"/run/{ALONE}").text.replace(":t", ": t")


@pytest.mark.parametrize("segment", [1, 0, -4, True, "3", 2.5, [2]])
def test_what_counts_no_later_command_is_no_resumption(logs, segment):
    made(logs, ALONE, None, segment=segment)
    assert family(board_of(logs).test_client(), ALONE) == []
