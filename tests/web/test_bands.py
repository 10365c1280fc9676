"""Mean and spread over runs that belong together, against those of numpy."""

from __future__ import annotations

import json
import math
from array import array

import numpy
import pytest
from web_board import board_of

from fitlog_core.reading.series import Mark, Series
from fitlog_web.band_thinning import kept
from fitlog_web.bands import axes_at, band_of, marks_of
from fitlog_web.seeds import alike, is_seed

RUNS = [f"log_20260101_00000{number}" for number in range(4)]
NAN = math.nan


def curve(values, steps=None, epochs=None, times=None) -> Series:
    unknown = [NAN] * len(values)
    return Series(
        array("q", range(len(values)) if steps is None else steps),
        array("d", values),
        array("d", epochs or unknown),
        array("d", times or unknown),
    )


def rough(number: int, length: int) -> list[float]:
    return [math.sin(step * (number + 1)) * 10**number for step in range(length)]


def test_the_figures_of_each_step_are_those_of_numpy():
    values = [rough(number, 500) for number in range(5)]
    band = band_of([curve(each) for each in values])
    assert list(band.steps) == list(range(500))
    assert set(band.n) == {5}
    assert numpy.array(band.mean) == pytest.approx(numpy.mean(values, axis=0), rel=1e-14)
    assert numpy.array(band.std) == pytest.approx(numpy.std(values, axis=0, ddof=1), rel=1e-13)
    assert list(band.low) == list(numpy.min(values, axis=0))
    assert list(band.high) == list(numpy.max(values, axis=0))


def test_at_each_step_those_runs_count_that_have_it():
    band = band_of([curve([1.0, 3.0], [0, 2]), curve([5.0, 7.0], [2, 4])])
    assert list(band.steps) == [0, 2, 4]
    assert list(band.n) == [1, 2, 1]
    assert list(band.mean) == [1.0, 4.0, 7.0]
    assert math.isnan(band.std[0])
    assert band.std[1] == pytest.approx(math.sqrt(2))
    assert (list(band.low), list(band.high)) == ([1.0, 3.0, 7.0], [1.0, 5.0, 7.0])


def test_what_is_not_finite_is_left_out_and_blanks_nothing():
    curves = [curve([1.0, NAN, math.inf]), curve([3.0, 5.0, NAN]), curve([5.0, 7.0, -math.inf])]
    band = band_of(curves)
    assert list(band.n) == [3, 2, 0]
    assert list(band.mean[:2]) == [3.0, 6.0]
    assert math.isnan(band.mean[2])
    assert math.isnan(band.high[2])


def test_numbers_near_the_largest_float_have_a_mean_and_a_spread():
    band = band_of([curve([1.7e308]), curve([1.5e308])])
    assert band.mean[0] == pytest.approx(1.6e308)
    assert band.std[0] == pytest.approx(1.4142135623730951e307)


def test_values_near_each_other_keep_their_spread():
    band = band_of([curve([1e9 + tenth]) for tenth in (0.1, 0.2, 0.3)])
    assert band.std[0] == pytest.approx(0.1, rel=1e-4)


def test_thinning_keeps_the_extremes_of_all_lines_and_a_gap():
    values = [[0.0] * 10_000 for _ in range(3)]
    values[0][1234] = 90.0
    values[1][4321] = -90.0
    for each in values:
        each[8765] = 7.0  # the highest mean, and no spread
    values[2][5000] = values[1][5000] = values[0][5000] = NAN
    band = band_of([curve(each) for each in values])
    indexes = kept(band, 300)
    assert len(indexes) <= 300
    assert list(indexes) == sorted(set(indexes))
    assert {0, 1234, 4321, 5000, 8765, 9999} <= set(indexes)
    assert kept(band, 10_000) == range(10_000)


def test_marks_of_one_step_and_kind_become_one():
    found = marks_of([[Mark(3, "nan", 2)], [Mark(3, "nan", 1), Mark(1, "inf", 1)]])
    assert found == [Mark(1, "inf", 1), Mark(3, "nan", 3)]


def test_epochs_are_those_of_the_first_run_that_knows_and_times_the_mean():
    first = curve([1.0, 1.0], [1, 2], epochs=[0.0, NAN], times=[105.0, 110.0])
    other = curve([1.0, 1.0], [2, 3], epochs=[1.0, 1.0], times=[220.0, 240.0])
    epochs, elapsed = axes_at([first, other], [100.0, 200.0], [1, 2, 3])
    assert list(epochs) == [0.0, 1.0, 1.0]
    assert list(elapsed) == [5.0, 15.0, 40.0]
    assert list(axes_at([first, other], [100.0, None], [2])[1]) == [10.0]
    assert math.isnan(axes_at([first], [None], [1])[1][0])


@pytest.mark.parametrize(
    ("key", "seed"),
    [
        ("hyper-seed", True),
        ("hyper-data-seed", True),
        ("hyper-np_seed", True),
        ("hyper-Seed", True),
        ("hyper-seed-of", False),
        ("hyper-sees", False),
    ],
)
def test_seeds_are_known_by_their_name(key, seed):
    assert is_seed(key) is seed


def test_runs_alike_in_all_but_the_seed_belong_together():
    rows = {
        "a": {"hyper-lr": 0.1, "hyper-model": "x", "hyper-seed": 1, "metric-acc": 3},
        "b": {"hyper-lr": 0.2, "hyper-model": "x", "hyper-seed": 1, "metric-acc": 4},
        "c": {"hyper-lr": 0.1, "hyper-model": "x", "hyper-seed": 2, "metric-acc": 5},
    }
    groups = alike(rows, "but-seed")
    assert [group.runs for group in groups] == [["a", "c"], ["b"]]
    assert [group.shared for group in groups] == [{"hyper-lr": 0.1}, {"hyper-lr": 0.2}]


def test_values_that_look_the_same_are_one_group_and_a_missing_one_another():
    values = {"a": 1, "b": 1.0, "c": True, "d": "1", "e": NAN, "f": NAN, "g": [1]}
    rows = {run_id: {"hyper-x": value} for run_id, value in values.items()} | {"h": {}}
    groups = alike(rows, "hyper-x")
    assert [group.runs for group in groups] == [
        ["a", "b", "d"], ["c"], ["e", "f"], ["g"], ["h"],
    ]  # fmt: skip
    assert groups[-1].shared == {"hyper-x": None}


@pytest.fixture
def client(logs, make_run):
    """Four runs: two seeds of two learning rates, with a NaN and a start each."""
    for number, run_id in enumerate(RUNS):
        values = [number + step for step in range(1000)]
        values[7] = "NaN" if number == 0 else values[7]
        lines = [
            json.dumps({"loss": {"a": v}, "step": s, "epoch": s // 10, "time": 1000.0 + s})
            for s, v in enumerate(values)
        ]
        folder = make_run(
            run_id,
            hyper={"lr": 0.1 * (1 + number // 2), "seed": number % 2},
            loss="".join(f"Step:{step}\t{line}\n" for step, line in enumerate(lines)),
        )
        (folder / "meta.log").write_text('{"meta": {"start": 990.0, "state": "finish"}}\n')
    return board_of(logs).test_client()


def test_the_route_gives_the_groups_and_their_bands(client):
    said = client.get(f"/api/bands?runs={','.join(RUNS)},none&names=loss-a&from=5&to=8").json
    first, second = said["groups"]
    assert (first["runs"], second["runs"]) == (RUNS[:2], RUNS[2:])
    assert (first["shared"], second["shared"]) == ({"hyper-lr": 0.1}, {"hyper-lr": 0.2})
    assert said["missing"] == ["none"]
    band = first["bands"]["loss-a"]
    assert band["step"] == [5, 6, 7, 8]
    assert band["n"] == [2, 2, 1, 2]
    assert band["mean"] == [5.5, 6.5, 8.0, 8.5]
    assert band["std"] == [pytest.approx(0.5**0.5), pytest.approx(0.5**0.5), None, band["std"][0]]
    assert (band["min"][0], band["max"][0]) == (5.0, 6.0)
    assert band["epoch"] == [0, 0, 0, 0]
    assert band["elapsed"] == [15.0, 16.0, 17.0, 18.0]
    assert (band["runs"], band["total"]) == (2, 4)
    assert band["marks"] == [{"step": 7, "kind": "nan", "count": 1}]


def test_thinned_bands_come_from_all_points(client):
    said = client.get(f"/api/bands?runs={','.join(RUNS)}&names=loss-a&points=90&by=hyper-lr").json
    band = said["groups"][1]["bands"]["loss-a"]
    assert len(band["step"]) <= 90
    assert band["total"] == 1000
    assert all(mean == step + 2.5 for step, mean in zip(band["step"], band["mean"], strict=True))


def test_without_names_only_the_groups_are_told(client):
    said = client.get(f"/api/bands?runs={','.join(RUNS)}&by=hyper-seed").json
    assert [group["shared"] for group in said["groups"]] == [{"hyper-seed": 0}, {"hyper-seed": 1}]
    assert [group["bands"] for group in said["groups"]] == [{}, {}]


def test_a_column_that_is_no_hyperparameter_is_refused(client):
    answer = client.get(f"/api/bands?runs={RUNS[0]}&by=metric-a")
    assert answer.status_code == 400
    assert "hyperparameters" in answer.json["error"]
