"""Parts of a row, as a listing wants them."""

from __future__ import annotations

import pytest

from fitlog_core.reading.row import Row, Shape

SHAPE = Shape([("hyper", "lr"), ("hyper", "optim", "beta"), ("metric", "dev", "acc")])
ROW = Row("a", "finish", SHAPE, (1, 2, 3))


def test_a_part_is_known_by_what_is_left_of_its_keys():
    assert ROW.part("hyper") == {"lr": 1, "optim-beta": 2}
    assert dict(ROW.part("metric")) == {"dev-acc": 3}


def test_a_part_that_is_not_there_is_empty():
    assert not ROW.part("other")
    assert ROW.part("other") == {}


def test_parts_of_rows_of_different_columns_are_their_own():
    other = Row("b", "finish", Shape([("hyper", "width"), ("other", "note")]), (4, 5))
    assert other.part("hyper") == {"width": 4}
    assert ROW.part("hyper")["optim-beta"] == 2


def test_a_key_of_another_part_is_not_in_it():
    part = ROW.part("hyper")
    assert "lr" in part
    assert "dev-acc" not in part
    with pytest.raises(KeyError):
        part["dev-acc"]
