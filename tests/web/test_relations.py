"""Columns of runs beside each other, and what of them matters for a result."""

from __future__ import annotations

import builtins
import random
from typing import Any

import pytest
from scipy import stats
from web_board import board_of

from fitlog_web import forest
from fitlog_web.importance import influences
from fitlog_web.rank_correlation import chi_square_above, holm, kruskal, ranks, spearman

RESULT = "metric-dev-acc"


def runs(count: int, noise: float = 0.05) -> list[dict[str, Any]]:
    """Runs whose result falls with the rate, differs by optimiser, and minds nothing else."""
    source = random.Random(1)
    found = []
    for number in range(count):
        rate, kind = source.choice([0.1, 0.01, 0.001]), source.choice(["adam", "sgd", "lamb"])
        result = 0.5 - rate + (0.3 if kind == "adam" else 0) + source.gauss(0, noise)
        settings = {"hyper-lr": rate, "hyper-optim": kind, "hyper-seed": number, "hyper-same": 1}
        found.append({"id": str(number), **settings, RESULT: result})
    return found


def told(rows: list[dict[str, Any]]) -> dict[str, Any]:
    keys = ["hyper-lr", "hyper-optim", "hyper-seed", "hyper-same"]
    return dict(influences(rows, RESULT, keys))


def test_columns_come_as_lists_in_the_order_of_the_ids(logs, make_run):
    make_run("log_20260101_000001", {"lr": 0.1, "name": "a"}, {"dev": {"acc": 0.9}})
    make_run("log_20260101_000002", {"lr": 0.2}, {"dev": {"acc": "NaN"}})
    client = board_of(logs).test_client()
    found = client.get(f"/api/relations?columns=hyper-lr,hyper-name,{RESULT},no").json
    by_id = dict(zip(found["ids"], found["columns"]["hyper-lr"], strict=True))
    assert by_id == {"log_20260101_000001": 0.1, "log_20260101_000002": 0.2}
    assert set(map(str, found["columns"][RESULT])) == {"0.9", "NaN"}
    assert found["columns"]["no"] == [None, None]
    assert {each["key"] for each in found["known"]} >= {"hyper-lr", "hyper-name", RESULT}
    only = client.get("/api/relations?columns=hyper-lr&q=lr:0.2").json
    assert only["columns"] == {"hyper-lr": [0.2]}


def test_more_columns_than_an_answer_holds_are_refused_with_their_number(client):
    many = ",".join(f"hyper-{at}" for at in range(61))
    answer = client.get(f"/api/relations?columns={many}")
    assert answer.status_code == 400
    assert "61 columns, more than 60" in answer.json["error"]


def test_the_answer_tells_which_runs_are_hidden_and_which_were_added(client):
    found = client.get("/api/relations?columns=hyper-lr").json
    flat = client.get("/api/runs").json["runs"]
    for name in ("hidden", "added"):
        assert {found["ids"][at] for at in found[name]} == {r["id"] for r in flat if r.get(name)}


@pytest.mark.parametrize("count", [5, 30, 200])
def test_the_correlation_is_the_one_that_scipy_tells(count):
    source = random.Random(count)
    first = [source.randint(0, 9) + 0.0 for _ in range(count)]
    second = [value + source.gauss(0, 5) for value in first]
    found = spearman(first, second)
    expected = stats.spearmanr(first, second)
    assert found is not None
    assert found.rho == pytest.approx(expected.statistic)
    assert found.low < found.rho < found.high
    assert found.p == pytest.approx(expected.pvalue, abs=0.05)


def test_the_interval_holds_the_true_correlation_about_as_often_as_it_says():
    source = random.Random(7)
    held = 0
    for _ in range(300):
        pairs = [(source.gauss(0, 1), source.gauss(0, 1)) for _ in range(30)]
        found = spearman([a for a, _ in pairs], [b for _, b in pairs])
        assert found is not None
        held += found.low <= 0 <= found.high
    assert 0.91 <= held / 300 <= 0.985


def test_categories_are_tested_as_scipy_does_and_ties_share_a_rank():
    assert ranks([3.0, 1.0, 3.0, 2.0]) == [3.5, 1, 3.5, 2]
    groups = list("aabbcc" * 5)
    values = [float(ord(group) + at % 4) for at, group in enumerate(groups)]
    by_group = [[v for g, v in zip(groups, values, strict=True) if g == each] for each in "abc"]
    found = kruskal(groups, values)
    assert found is not None
    assert found.p == pytest.approx(stats.kruskal(*by_group).pvalue)
    assert 0 < found.strength <= 1
    assert kruskal([str(at) for at in range(30)], values) is None


@pytest.mark.parametrize("freedom", range(1, 9))
def test_the_chance_above_a_chi_square_is_that_of_scipy(freedom):
    for value in (0.01, 1.0, 7.5, 60.0):
        expected = stats.chi2.sf(value, freedom)
        assert chi_square_above(value, freedom) == pytest.approx(expected, abs=1e-12)


def test_chances_are_corrected_for_their_number_step_by_step():
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])


def test_what_matters_stands_first_and_what_does_not_is_no_finding():
    found = told(runs(120))
    by_key = {each["key"]: each for each in found["columns"]}
    assert set(by_key) == {"hyper-lr", "hyper-optim", "hyper-seed"}
    assert found["same"] == ["hyper-same"]
    assert found["columns"][0]["key"] == "hyper-optim"
    assert by_key["hyper-optim"]["rho"] is None
    assert by_key["hyper-optim"]["kind"] == "category"
    assert by_key["hyper-lr"]["rho"] < 0
    assert by_key["hyper-lr"]["interval"][1] < 0
    assert by_key["hyper-seed"]["p"] > 0.05
    assert found["score"] > 0.5
    assert by_key["hyper-optim"]["importance"] > 10 * abs(by_key["hyper-seed"]["importance"])


def test_of_four_runs_nothing_is_computed_and_of_eight_no_forest():
    few = told(runs(4))
    assert (few["n"], few["columns"], few["least"]) == (4, [], 5)
    some = told(runs(8))
    assert some["score"] is None
    assert some["columns"][0]["strength"] is not None
    assert some["enough"] == 30


def test_runs_without_a_finite_result_do_not_count():
    rows = runs(30)
    rows[0][RESULT], rows[1][RESULT] = float("nan"), "broken"
    del rows[2][RESULT]
    found = told(rows)
    assert (found["runs"], found["n"]) == (30, 27)


def test_odd_and_missing_settings_are_left_out_column_by_column():
    rows = runs(40)
    rows[0]["hyper-lr"] = "NaN"
    del rows[1]["hyper-lr"]
    rows[2]["hyper-seed"] = [1, 2]  # so that all of them are categories, too many for a test
    found = {each["key"]: each for each in told(rows)["columns"]}
    assert found["hyper-lr"]["n"] == 38
    assert found["hyper-seed"]["kind"] == "category"
    assert found["hyper-seed"]["strength"] is None


def test_of_two_values_the_answer_names_the_one_that_counts_as_more():
    rows = [row | {"hyper-optim": row["hyper-optim"] == "adam"} for row in runs(60)]
    found = {each["key"]: each for each in told(rows)["columns"]}["hyper-optim"]
    assert (found["kind"], found["high"]) == ("two", "true")
    assert found["rho"] > 0.5


def test_the_same_runs_give_the_same_figures_whatever_the_size_of_the_numbers():
    assert told(runs(40)) == told(runs(40))
    huge = [row | {RESULT: row[RESULT] * 1e308, "hyper-lr": 1e300} for row in runs(20)]
    assert told(huge)["score"] is not None


def test_many_runs_are_drawn_from_and_the_answer_says_so(monkeypatch):
    monkeypatch.setattr("fitlog_web.importance.MOST_RUNS", 50)
    monkeypatch.setattr(forest, "MOST_RUNS", 30)
    monkeypatch.setattr(forest, "MOST_COLUMNS", 2)
    found = told(runs(80))
    assert (found["n"], found["used"]) == (80, 50)
    assert (found["forest_runs"], found["forest_columns"]) == (30, 2)
    assert found["columns"][-1]["importance"] is None


def test_without_scikit_learn_the_correlation_stays_and_the_package_is_named(monkeypatch):
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    found = told(runs(30))
    assert found["install"] == "pip install scikit-learn"
    assert found["score"] is None
    assert found["columns"][0]["strength"] > 0.3


def test_importance_is_asked_for_by_ids_and_a_result(client):
    ids = [run["id"] for run in client.get("/api/runs").json["runs"] if not run.get("added")]
    asked = {"ids": ids, "result": "metric-dev-SpanFPreRecMetric-f"}
    found = client.post("/api/relations/importance", json=asked).json
    assert found["n"] > 20
    assert found["columns"][0]["key"].startswith("hyper-")
    sooner = client.post("/api/relations/importance", json=asked | {"forest": False}).json
    assert (sooner["score"], sooner["columns"][0]["rho"]) == (None, found["columns"][0]["rho"])
    wrong = client.post("/api/relations/importance", json={"ids": ids, "result": 1})
    assert wrong.status_code == 400
    unknown = client.post("/api/relations/importance", json={"ids": ["no"], "result": RESULT})
    assert unknown.status_code == 404


def test_the_page_knows_what_its_columns_hold(client):
    text = client.get("/relations").text
    assert '"key":"hyper-lr"' in text
    assert client.get("/relations?v=no.cfg").status_code in (400, 404)
