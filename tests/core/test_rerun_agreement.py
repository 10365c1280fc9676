"""Whether two runs have the same curves."""

from __future__ import annotations

from array import array
from math import inf, nan

from fitlog_core.reading.series import Series
from fitlog_core.rerun.agreement import agreement, agreements


def curve(values, steps=None, texts=None):
    return Series(
        array("q", steps or range(len(values))), array("d", values), texts=dict(texts or {})
    )


def test_the_same_points_are_identical_nan_and_infinity_included():
    found = agreement("loss", curve([1.0, nan, inf]), curve([1.0, nan, inf]))
    assert found.is_identical
    assert (found.points, found.missing, found.largest) == (3, 0, 0.0)


def test_the_largest_difference_and_the_first_step_of_one_are_told():
    found = agreement("loss", curve([1, 2, 3, 4]), curve([1, 2.5, 3, 6]))
    assert (found.parts_at, found.largest, found.at) == (1, 2.0, 3)
    assert found.is_within(2.0)
    assert not found.is_within(1.9)


def test_a_point_that_only_one_has_is_a_difference_that_no_tolerance_covers():
    found = agreement("loss", curve([1, 2]), curve([1, 2, 3]))
    assert (found.parts_at, found.missing, found.largest) == (2, 1, 0.0)
    assert not found.is_within(inf)


def test_nan_beside_a_number_and_text_beside_a_number_are_infinitely_far():
    assert agreement("loss", curve([nan]), curve([1.0])).largest == inf
    assert agreement("loss", curve([inf]), curve([-inf])).largest == inf
    assert agreement("loss", curve([1.0]), curve([], texts={0: "one"})).largest == inf


def test_the_smallest_difference_of_two_numbers_is_seen():
    found = agreement("loss", curve([0.1]), curve([0.1 + 2**-56]))
    assert not found.is_identical


def test_the_curve_that_parts_first_comes_first_and_identical_ones_last():
    first = {"a": curve([1, 2, 3]), "b": curve([1, 2, 3]), "c": curve([1]), "d": curve([1])}
    second = {"a": curve([1, 2, 4]), "b": curve([1, 3, 3]), "c": curve([1])}
    found = agreements(first, second)
    assert [one.key for one in found] == ["d", "b", "a", "c"]
    assert [one.is_identical for one in found] == [False, False, False, True]
