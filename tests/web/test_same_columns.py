"""The columns that a page of the newest rows leaves out from the start, for they never differ."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fitlog_core.reading.row import Row, Shapes
from fitlog_web.rows import TableRow
from fitlog_web.same_columns import same_columns

SHAPES = Shapes()


def run(name: str, edits: dict[str, Any] | None = None, **hyper: Any) -> TableRow:
    shape, cells = SHAPES.columns_of({"hyper": hyper})
    return TableRow(name, Row(name, "finished", shape, cells), edits or {})


def same_among(first: Any, other: Any, count: int = 200) -> bool:
    """Whether a column is the same that holds one value in all runs but the last."""
    values = [first] * (count - 1) + [other]
    rows = [run(f"log_{at}", a=value, n=at) for at, value in enumerate(values)]
    return same_columns(rows, ["hyper-a", "hyper-n"]) == ["hyper-a"]


@pytest.mark.parametrize(
    ("first", "other"), [(1, 1), (1, 1.0), (1, "1"), (math.nan, math.nan), ([1], [1]), (None, "")]
)
def test_what_is_spelled_the_same_is_the_same(first: Any, other: Any) -> None:
    assert same_among(first, other)


@pytest.mark.parametrize(("first", "other"), [(1, 2), ("a", "b"), ([1], [2]), (None, 0), ("x", "")])
def test_one_other_value_in_the_very_last_run_is_found(first: Any, other: Any) -> None:
    assert not same_among(first, other)


def test_a_column_that_a_run_lacks_differs_unless_it_is_empty_elsewhere() -> None:
    rows = [run("log_1", a=1, b=None), run("log_0")]
    assert same_columns(rows, ["hyper-a", "hyper-b"]) == ["hyper-b"]


def test_an_edited_cell_counts_as_it_was_edited() -> None:
    rows = [run("log_2", a=1), run("log_1", a=1), run("log_0", {"hyper-a": "2"}, a=1)]
    assert same_columns(rows, ["hyper-a"]) == []


def test_a_row_added_by_hand_may_lack_a_column_but_not_differ_in_it() -> None:
    runs = [run("log_1", a=1, b=1), run("log_0", a=1, b=1)]
    added = TableRow("paper", None, {"hyper-b": 2})
    assert same_columns([*runs, added], ["hyper-a", "hyper-b"]) == ["hyper-a"]


def test_among_a_single_run_nothing_is_told_to_be_the_same() -> None:
    assert same_columns([run("log_0", a=1)], ["hyper-a"]) == []
