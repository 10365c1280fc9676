"""Two groups of runs against each other, held to the numbers of other programs."""

from __future__ import annotations

import math
import sys

import numpy
import pytest
import scipy.stats
from web_board import board_of

from fitlog_web import contrasts

# Student's sleep data, as R has them: t.test(extra ~ group, data = sleep) in its documentation.
SLEEP_A = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_B = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def rows(values: list[object]) -> list[dict[str, object]]:
    return [{} if value is None else {"metric-acc": value} for value in values]


def contrast(first: list[object], second: list[object]) -> contrasts.Contrast:
    return contrasts.contrasts(rows(first), rows(second), ["metric-acc"])["metric-acc"]


def test_the_test_is_that_of_r() -> None:
    found = contrast(SLEEP_A, SLEEP_B)
    assert found["t"] == pytest.approx(-1.8608, abs=5e-5)
    assert found["df"] == pytest.approx(17.776, abs=5e-4)
    assert found["p"] == pytest.approx(0.07939, abs=5e-6)
    assert found["difference"] == pytest.approx(0.75 - 2.33)
    assert (found["a"]["n"], found["b"]["n"]) == (10, 10)


@pytest.mark.parametrize("sizes", [(2, 2), (3, 5), (40, 7)])
def test_the_test_is_that_of_scipy_for_groups_of_any_size(sizes) -> None:
    source = numpy.random.default_rng(7)
    first, second = (list(map(float, source.normal(n, n, n))) for n in sizes)
    found, wanted = contrast(first, second), scipy.stats.ttest_ind(first, second, equal_var=False)
    assert (found["t"], found["p"]) == pytest.approx((wanted.statistic, wanted.pvalue))
    assert found["df"] == pytest.approx(wanted.df)


def test_the_interval_is_that_of_other_resamples_but_for_their_chance() -> None:
    low, high = contrast(SLEEP_A, SLEEP_B)["interval"]
    source = numpy.random.default_rng(12345)
    drawn = [
        source.choice(SLEEP_A, 10).mean() - source.choice(SLEEP_B, 10).mean() for _ in range(20_000)
    ]
    assert (low, high) == pytest.approx(tuple(numpy.quantile(drawn, [0.025, 0.975])), abs=0.06)


def test_the_interval_is_the_same_each_time_and_whatever_the_memory_at_hand(monkeypatch) -> None:
    before = contrast(SLEEP_A, SLEEP_B)["interval"]
    assert contrast(SLEEP_A, SLEEP_B)["interval"] == before
    monkeypatch.setattr(contrasts, "_AT_ONCE", 1)
    low, high = contrast(SLEEP_A, SLEEP_B)["interval"]
    assert (low, high) == pytest.approx(before)


def test_too_many_runs_have_a_test_and_no_interval(monkeypatch) -> None:
    monkeypatch.setattr(contrasts, "LARGEST", 19)
    found = contrast(SLEEP_A, SLEEP_B)
    assert found["interval"] is None
    assert found["p"] == pytest.approx(0.07939, abs=5e-6)


@pytest.mark.parametrize(
    ("first", "second"), [([0.5], [0.1, 0.2]), ([0.5, 0.6], [math.nan, "x", 0.3]), ([1], [2])]
)
def test_one_value_is_not_tested(first, second) -> None:
    found = contrast(first, second)
    assert (found["t"], found["df"], found["p"], found["interval"]) == (None, None, None, None)
    assert found["difference"] is not None


def test_values_without_any_spread_are_not_tested() -> None:
    found = contrast([0.5, 0.5], [0.25, 0.25])
    assert (found["t"], found["p"]) == (None, None)
    assert (found["difference"], found["interval"]) == (0.25, [0.25, 0.25])


def test_a_metric_that_only_one_group_has_is_told() -> None:
    found = contrast([0.5, 0.7], [None, "NaN"])
    assert (found["a"]["mean"], found["b"], found["difference"]) == (0.6, None, None)
    assert contrasts.contrasts(rows(["x"]), rows([None]), ["metric-acc"]) == {}


@pytest.mark.parametrize("scale", [1e307, 1e-307])
def test_the_largest_and_the_smallest_floats_are_tested_like_others(scale) -> None:
    small, usual = (
        contrast([k * value for value in SLEEP_A], [k * value for value in SLEEP_B])
        for k in (scale, 1.0)
    )
    assert (small["t"], small["p"]) == pytest.approx((usual["t"], usual["p"]))


def test_without_scipy_there_are_means_and_what_to_install(client, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    assert not contrasts.can_test()
    found = contrast(SLEEP_A, SLEEP_B)
    assert (found["t"], found["p"], found["interval"]) == (None, None, None)
    assert found["difference"] == pytest.approx(-1.58)
    said = asked(client, by="hyper-optim", a="adam", b="sgd")
    assert (said.status_code, said.json["install"]) == (200, "pip install scipy")


def test_columns_that_part_the_runs_are_offered_with_their_values() -> None:
    cells = [
        {"hyper-optim": "adam", "hyper-seed": 1, "hyper-lr": 1, "hyper-same": 5, "hyper-l": [1]},
        {"hyper-optim": "sgd", "hyper-seed": 2, "hyper-lr": 1.0, "hyper-same": 5, "hyper-l": [1]},
        {"hyper-optim": "sgd", "hyper-seed": 3, "hyper-lr": True, "hyper-same": 5, "hyper-l": [2]},
        {"hyper-optim": "sgd", "hyper-seed": 4, "hyper-same": 5, "hyper-l": [2]},
    ]
    found = contrasts.splits(cells, cells[0])
    assert found == {
        "hyper-optim": [{"value": "sgd", "n": 3}, {"value": "adam", "n": 1}],
        "hyper-lr": [{"value": 1, "n": 2}, {"value": True, "n": 1}, {"value": None, "n": 1}],
        "hyper-l": [{"value": [1], "n": 2}, {"value": [2], "n": 2}],
    }
    for key, values in found.items():
        for each in values:
            assert len(contrasts.with_value(cells, key, each["value"])) == each["n"]


def test_nan_is_a_value_like_others() -> None:
    cells = [{"hyper-x": value} for value in (float("nan"), math.nan, "NaN", math.inf)]
    found = contrasts.splits(cells, ["hyper-x"])["hyper-x"]
    assert found == [{"value": "NaN", "n": 3}, {"value": "Infinity", "n": 1}]


@pytest.fixture
def client(make_run, logs):
    for number, (acc_a, acc_b) in enumerate(zip(SLEEP_A, SLEEP_B, strict=True)):
        make_run(f"log_20260101_00000{number}", hyper={"optim": "adam"}, best={"acc": acc_a})
        make_run(f"log_20260101_00010{number}", hyper={"optim": "sgd"}, best={"acc": acc_b})
    return board_of(logs).test_client()


def asked(client, **said: object):
    ids = [run["id"] for run in client.get("/api/runs").json["runs"]]
    return client.post("/api/statistics/groups", json={"ids": ids, **said})


def test_the_route_compares_the_named_runs(client) -> None:
    said = asked(client, by="hyper-optim", a="adam", b="sgd").json
    assert (len(said["a"]), len(said["b"]), said["install"]) == (10, 10, None)
    assert said["columns"]["metric-acc"]["p"] == pytest.approx(0.07939, abs=5e-6)
    assert said["resamples"] == 10_000
    turned = asked(client, by="hyper-optim", a="sgd", b="adam").json
    assert turned["columns"]["metric-acc"]["t"] == -said["columns"]["metric-acc"]["t"]


def test_the_statistics_say_which_columns_part_the_runs(client) -> None:
    ids = [run["id"] for run in client.get("/api/runs").json["runs"]]
    said = client.post("/api/statistics", json={"ids": ids}).json["splits"]
    assert said == {"hyper-optim": [{"value": "sgd", "n": 10}, {"value": "adam", "n": 10}]}


@pytest.mark.parametrize(
    "said",
    [{}, {"by": "hyper-optim", "a": "adam"}, {"by": 1, "a": 1, "b": 2},
     {"by": "hyper-optim", "a": "adam", "b": "nobody"}, {"by": "nothing", "a": 1, "b": 2}],
)  # fmt: skip
def test_groups_that_cannot_be_are_refused(client, said) -> None:
    assert asked(client, **said).status_code == 400


def test_scipy_is_imported_when_two_groups_are_compared_and_no_sooner(client, logs, run_python):
    code = (
        "import sys\nfrom fitlog_web.app import create_app\n"
        f"client = create_app({str(logs)!r}).test_client()\n"
        "post = lambda path, **said: client.post(path, json=said, headers={'X-Fitlog': '1'})\n"
        "ids = [run['id'] for run in client.get('/api/runs').json['runs']]\n"
        "post('/api/statistics', ids=ids)\n"
        "print([name for name in ('scipy', 'numpy') if name in sys.modules])\n"
        "post('/api/statistics/groups', ids=ids, by='hyper-optim', a='adam', b='sgd')\n"
        "print('scipy' in sys.modules)\n"
    )
    assert run_python(code).stdout.splitlines() == ["[]", "True"]


def test_values_that_the_page_shows_alike_are_one_group():
    rows = [{"hyper-k": k} for k in (1, "1", 1.0, 2, "2")]
    assert [each["n"] for each in contrasts.splits(rows, ["hyper-k"])["hyper-k"]] == [3, 2]
    assert len(contrasts.with_value(rows, "hyper-k", "1")) == 3
