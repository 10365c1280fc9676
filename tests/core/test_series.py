"""Curves: cut, thinned with their extremes kept, and marked where they are not finite."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitlog_core.reading.series import Mark, Series, kind_of, marks, thin


def curve(values, steps=None) -> Series:
    numbers = list(range(len(values))) if steps is None else steps
    unknown = array("d", [math.nan] * len(values))
    return Series(array("q", numbers), array("d", values), unknown, unknown)


def test_a_curve_with_few_points_stays_as_it_is():
    series = curve([3.0, math.nan, 1.0])
    series.texts[1] = "note"
    thinned = thin(series, 10)
    assert repr(thinned) == repr(series)
    assert thinned is not series


def test_first_last_lowest_and_highest_survive_thinning():
    values = [0.0] * 10_000
    values[1234], values[8765] = 99.0, -99.0
    thinned = thin(curve(values), 100)
    points = dict(zip(thinned.steps, thinned.values, strict=True))
    assert (points[1234], points[8765]) == (99.0, -99.0)
    assert thinned.steps[0] == 0
    assert thinned.steps[-1] == 9999
    assert len(thinned) <= 100


def test_epochs_and_times_come_with_the_points_kept():
    n = 1000
    series = Series(
        array("q", range(n)),
        array("d", range(n)),
        array("d", [i // 10 for i in range(n)]),
        array("d", [1e9 + i for i in range(n)]),
    )
    thinned = thin(series, 50)
    assert list(thinned.epochs) == [step // 10 for step in thinned.steps]
    assert [time - 1e9 for time in thinned.times] == list(thinned.steps)


@pytest.mark.parametrize(
    ("first", "last", "steps"),
    [(None, None, [2, 4, 6]), (3, None, [4, 6]), (None, 5, [2, 4]), (4, 4, [4]), (5, 3, [])],
)
def test_a_range_of_steps_includes_both_ends(first, last, steps):
    series = curve([1.0, 2.0, 3.0], steps=[2, 4, 6])
    series.texts.update({2: "a", 4: "b"})
    assert list(thin(series, 100, first, last).steps) == steps
    assert set(thin(series, 100, first, last).texts) == {2, 4} & set(steps)


def test_a_gap_stays_a_gap_and_extremes_beside_it_stay():
    values = [float(i % 7) for i in range(1000)]
    values[500] = math.nan
    values[501] = 1000.0
    thinned = thin(curve(values), 100)
    points = dict(zip(thinned.steps, thinned.values, strict=True))
    assert math.isnan(points[500])
    assert points[501] == 1000.0
    assert len(thinned) <= 100


def test_marks_count_what_is_not_finite_by_kind():
    values = [1.0] * 100
    values[10], values[11], values[12] = math.nan, math.nan, math.inf
    values[90] = -math.inf
    assert marks(curve(values), points=4) == [
        Mark(10, "nan", 2),
        Mark(12, "inf", 1),
        Mark(90, "-inf", 1),
    ]
    assert marks(curve(values), points=4, first=50) == [Mark(90, "-inf", 1)]
    assert marks(curve([1.0, 2.0])) == []
    assert marks(curve([])) == []


def test_a_sum_too_large_for_a_float_is_no_mark():
    series = curve([1.7e308, 1.7e308, -1.7e308] * 100)
    assert marks(series) == []
    thinned = thin(series, 20)
    assert all(map(math.isfinite, thinned.values))


@pytest.mark.parametrize(
    ("value", "kind"),
    [(1.0, None), (math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf")],
)
def test_a_value_that_is_not_finite_has_a_kind(value, kind):
    assert kind_of(value) == kind


numbers = st.lists(st.floats(width=32), min_size=1, max_size=300)


@given(values=numbers, points=st.integers(1, 60))
def test_thinning_keeps_order_ends_extremes_and_the_limit(values, points):
    series = curve(values)
    thinned = thin(series, points)
    steps = list(thinned.steps)
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (0, len(values) - 1)
    assert len(thinned) <= max(points, 5)
    finite = [value for value in values if math.isfinite(value)]
    kept = [value for value in thinned.values if math.isfinite(value)]
    if finite:
        assert (min(kept), max(kept)) == (min(finite), max(finite))
    assert (len(finite) < len(values)) == (len(kept) < len(thinned))


@given(values=numbers, points=st.integers(1, 60))
def test_marks_count_every_point_that_is_not_finite(values, points):
    found = marks(curve(values), points)
    assert sum(mark.count for mark in found) == sum(not math.isfinite(v) for v in values)
