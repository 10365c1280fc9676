"""The figures of several runs, against those of other programs."""

from __future__ import annotations

import math

import numpy
import pytest
from web_board import board_of

from fitlog_web.statistics import shared, spreads

HEADERS = {"X-Fitlog": "1"}
VALUES = [0.91, 0.935, 0.88, 0.902, 0.95]


def rows(*values: object) -> list[dict[str, object]]:
    return [{} if value is None else {"metric-acc": value} for value in values]


def test_the_figures_are_those_of_numpy() -> None:
    found = spreads(rows(*VALUES), ["metric-acc"])["metric-acc"]
    assert found["mean"] == pytest.approx(numpy.mean(VALUES))
    assert found["std"] == pytest.approx(numpy.std(VALUES, ddof=1))
    assert found["median"] == numpy.median(VALUES)
    assert (found["min"], found["max"], found["n"]) == (0.88, 0.95, 5)


def test_runs_without_the_metric_are_counted_and_left_out() -> None:
    found = spreads(rows(0.5, None, 1.0), ["metric-acc"])["metric-acc"]
    assert (found["n"], found["missing"], found["mean"]) == (2, 1, 0.75)


@pytest.mark.parametrize("odd", [math.nan, math.inf, "-Infinity", "text", True, [1]])
def test_what_is_no_finite_number_is_counted_and_blanks_nothing(odd: object) -> None:
    found = spreads(rows(0.5, odd, 1.0), ["metric-acc"])["metric-acc"]
    assert (found["n"], found["odd"], found["mean"], found["max"]) == (2, 1, 0.75, 1.0)


def test_one_value_has_no_standard_deviation() -> None:
    assert spreads(rows(0.5), ["metric-acc"])["metric-acc"]["std"] is None


def test_a_column_without_a_number_is_left_out() -> None:
    assert spreads(rows("a", None), ["metric-acc"]) == {}


def test_values_near_each_other_keep_their_spread() -> None:
    values = [1e9 + 0.1, 1e9 + 0.2, 1e9 + 0.3]
    assert spreads(rows(*values), ["metric-acc"])["metric-acc"]["std"] == pytest.approx(
        0.1, rel=1e-4
    )


def test_numbers_near_the_largest_float_have_a_mean() -> None:
    found = spreads(rows(1.7e308, 1.5e308), ["metric-acc"])["metric-acc"]
    assert found["mean"] == found["median"] == pytest.approx(1.6e308)
    assert found["std"] == pytest.approx(1.4142135623730951e307)


def test_what_is_the_same_everywhere_is_shared() -> None:
    both = [{"hyper-lr": 0.1, "hyper-seed": 1}, {"hyper-lr": 0.1, "hyper-seed": 2}]
    assert shared(both, ["hyper-lr", "hyper-seed", "hyper-none"]) == {"hyper-lr": 0.1}


def test_the_route_tells_them_of_the_named_runs(make_run, logs) -> None:
    for number, acc in enumerate([0.5, 1.0, "NaN"]):
        make_run(f"log_20260101_00000{number}", hyper={"lr": 0.1}, best={"acc": acc})
    client = board_of(logs).test_client()
    ids = [f"log_20260101_00000{number}" for number in range(3)]
    found = client.post("/api/statistics", json={"ids": ids}, headers=HEADERS).json
    assert found["columns"]["metric-acc"]["mean"] == 0.75
    assert found["columns"]["metric-acc"]["odd"] == 1
    assert found["shared"] == {"hyper-lr": 0.1}


def test_values_that_are_all_the_same_do_not_spread():
    assert spreads(rows(*[0.1] * 3), ["metric-acc"])["metric-acc"]["std"] == 0.0
    assert spreads(rows(*[1e-7] * 11), ["metric-acc"])["metric-acc"]["std"] == 0.0
