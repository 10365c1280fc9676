"""Runs with the same settings, told as one."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest
from web_board import board_of

from fitlog_web.groups import grouped

HEADERS = {"X-Fitlog": "1"}


def row(name: str, **cells: Any) -> dict[str, Any]:
    return {"id": name, **cells}


def members(rows: list[dict[str, Any]], *by: str) -> list[list[str]]:
    return [group["ids"] for group in grouped(rows, by, ())]


def test_runs_that_are_the_same_in_a_column_are_one_group_with_its_spread() -> None:
    values = {"a": 0.25, "b": 0.75, "c": 1.0}
    rows = [row(name, lr=0.1 if name < "c" else 0.2, acc=acc) for name, acc in values.items()]
    first, second = grouped(rows, ["lr"], ["acc"])
    assert (first["values"], first["ids"]) == ({"lr": 0.1}, ["a", "b"])
    assert first["columns"]["acc"]["mean"] == 0.5
    assert first["columns"]["acc"]["std"] == pytest.approx(numpy.std([0.25, 0.75], ddof=1))
    assert (second["ids"], second["columns"]["acc"]["std"]) == (["c"], None)


def test_groups_stand_in_the_order_of_their_first_runs() -> None:
    rows = [row("a", x=2), row("b", x=1), row("c", x=2)]
    assert members(rows, "x") == [["a", "c"], ["b"]]


def test_by_two_columns_both_have_to_be_the_same() -> None:
    rows = [row("a", x=1, y="p"), row("b", x=1, y="q"), row("c", x=1, y="p")]
    assert members(rows, "x", "y") == [["a", "c"], ["b"]]


def test_by_no_column_all_are_one_group() -> None:
    assert members([row("a"), row("b")]) == [["a", "b"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, "1"),
        (True, "true"),
        (math.nan, math.nan),
        (math.inf, "Infinity"),
        (None, ""),
        (None, "Click to edit"),
        ([1, 2], [1.0, 2]),
        ({"a": 1}, {"a": 1}),
        (2**53, 2**53 + 1),
    ],
)
def test_what_a_reader_takes_for_the_same_is_one_group(one: object, other: object) -> None:
    assert members([row("a", x=one), row("b", x=other)], "x") == [["a", "b"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (1, "1.0"), (0.1, 0.2), ("a", "A"), (None, "None"), ([1], [2]), (0, None)],
)
def test_what_a_reader_takes_apart_are_two_groups(one: object, other: object) -> None:
    assert members([row("a", x=one), row("b", x=other)], "x") == [["a"], ["b"]]


def test_the_route_groups_the_named_runs_and_says_nan_by_its_word(make_run, logs) -> None:
    for number, (rate, acc) in enumerate([(0.1, 0.5), (0.1, 1.0), (math.nan, 0.9)]):
        make_run(f"log_20260101_00000{number}", hyper={"lr": rate}, best={"acc": acc})
    client = board_of(logs).test_client()
    ids = [f"log_20260101_00000{number}" for number in range(3)]
    said = {"ids": ids, "by": ["hyper-lr"]}
    first, second = client.post("/api/groups", json=said, headers=HEADERS).json["groups"]
    assert first["values"] == {"hyper-lr": 0.1}
    assert (first["ids"], first["columns"]["metric-acc"]["mean"]) == (ids[:2], 0.75)
    assert second["values"] == {"hyper-lr": "NaN"}


def test_only_the_figures_of_metrics_that_are_named_are_told(make_run, logs) -> None:
    make_run("log_20260101_000000", hyper={"lr": 0.1}, best={"acc": 0.5, "f1": 0.25})
    client = board_of(logs).test_client()
    said = {"ids": ["log_20260101_000000"], "by": [], "metrics": ["metric-f1", "hyper-lr", "x"]}
    (group,) = client.post("/api/groups", json=said, headers=HEADERS).json["groups"]
    assert list(group["columns"]) == ["metric-f1"]
    said["metrics"] = "metric-f1"
    refused = client.post("/api/groups", json=said, headers=HEADERS)
    assert "metrics is a list of columns" in refused.json["error"]


@pytest.mark.parametrize("by", [None, "hyper-lr", [1], {}])
def test_columns_that_are_no_list_of_names_are_refused(by: object, make_run, logs) -> None:
    make_run("log_20260101_000000", hyper={"lr": 0.1})
    client = board_of(logs).test_client()
    said = {"ids": ["log_20260101_000000"], "by": by}
    refused = client.post("/api/groups", json=said, headers=HEADERS)
    assert refused.status_code == 400
    assert "by is a list of columns" in refused.json["error"]
