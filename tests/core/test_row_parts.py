"""Parts of many rows, as a listing wants them."""

from __future__ import annotations

from fitlog_core.reading.row import Row, Shape, parts_of

SHAPE = Shape([("hyper", "lr"), ("hyper", "optim", "beta"), ("metric", "dev", "acc")])


def row(run_id: str, *cells: float, shape: Shape = SHAPE) -> Row:
    return Row(run_id, "finish", shape, cells)


def test_a_part_is_known_by_what_is_left_of_its_keys():
    assert row("a", 1, 2, 3).part("hyper") == {"lr": 1, "optim-beta": 2}
    assert row("a", 1, 2, 3).part("other") == {}


def test_parts_of_rows_of_different_columns_are_their_own():
    other = Shape([("hyper", "width"), ("other", "note")])
    rows = [row("a", 1, 2, 3), row("b", 4, 5, shape=other), row("c", 6, 7, 8)]
    found = parts_of(rows, "hyper", "metric")
    assert found == [
        ({"lr": 1, "optim-beta": 2}, {"dev-acc": 3}),
        ({"width": 4}, {}),
        ({"lr": 6, "optim-beta": 7}, {"dev-acc": 8}),
    ]


def test_other_parts_of_the_same_rows_are_not_those_asked_for_before():
    rows = [row("a", 1, 2, 3)]
    assert parts_of(rows, "hyper") == [({"lr": 1, "optim-beta": 2},)]
    assert parts_of(rows, "metric", "hyper") == [({"dev-acc": 3}, {"lr": 1, "optim-beta": 2})]
    assert parts_of(rows, "hyper") is not parts_of(rows, "hyper")
    assert parts_of(rows, "hyper")[0] is parts_of(rows, "hyper")[0]
