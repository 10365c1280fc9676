"""Curves: whole or thinned, with what is not finite marked, of one run or of several."""

from __future__ import annotations

import json
import math

import pytest
from web_board import board_of

from fitlog_web import api_bands, api_series

RUN = "log_20260101_000000"
NAN_RUN = "log_20261122_090321"


def line(step, values, kind="loss", **more):
    return f"Step:{step}\t" + json.dumps({kind: values, "step": step, **more}) + "\n"


def series_of(client, query="", run=RUN):
    return client.get(f"/api/runs/{run}/series{query}").json["series"]


def test_a_curve_comes_whole_unless_points_are_given(logs, make_run):
    make_run(RUN, loss="".join(line(step, {"a": step / 3}) for step in range(5000)))
    client = board_of(logs).test_client()
    whole = series_of(client)["loss-a"]
    assert whole["step"] == list(range(5000))
    assert whole["value"][7] == 7 / 3
    assert (whole["epoch"], whole["time"], whole["total"], whole["marks"]) == (None, None, 5000, [])


def test_thinning_keeps_ends_and_extremes(logs, make_run):
    values = [math.sin(step) for step in range(20_000)]
    values[7777], values[13_131] = 50.0, -50.0
    make_run(RUN, loss="".join(line(step, {"a": value}) for step, value in enumerate(values)))
    said = series_of(board_of(logs).test_client(), "?points=200")["loss-a"]
    assert len(said["step"]) <= 200
    assert said["total"] == 20_000
    assert (said["step"][0], said["step"][-1]) == (0, 19_999)
    assert {50.0, -50.0} <= set(said["value"])


def test_the_run_with_nan_of_fitlog_0_9_draws_its_curve_and_its_mark(client):
    thinned = series_of(client, "?points=100", NAN_RUN)["loss-Loss"]
    assert len(thinned["step"]) > 30
    assert None in thinned["value"]
    assert sum(isinstance(value, float) for value in thinned["value"]) > 30
    assert {mark["kind"] for mark in thinned["marks"]} <= {"nan", "inf", "-inf"}
    assert sum(mark["count"] for mark in thinned["marks"]) > 0
    whole = series_of(client, "", NAN_RUN)["loss-Loss"]
    assert {value for value in whole["value"] if isinstance(value, str)} <= {
        "NaN", "Infinity", "-Infinity",
    }  # fmt: skip
    assert any(isinstance(value, str) for value in whole["value"])


def test_infinities_are_marked_by_kind(logs, make_run):
    words = ["NaN", "Infinity", "-Infinity", "_Infinity", 1.0]
    make_run(RUN, loss="".join(line(step, {"a": word}) for step, word in enumerate(words)))
    client = board_of(logs).test_client()
    assert series_of(client)["loss-a"]["value"] == [
        "NaN",
        "Infinity",
        "-Infinity",
        "-Infinity",
        1.0,
    ]
    said = series_of(client, "?points=8")["loss-a"]
    assert said["value"] == [None, None, None, None, 1.0]
    assert [mark["kind"] for mark in said["marks"]] == ["nan", "inf", "-inf", "-inf"]


def test_a_range_is_cut_and_counted(logs, make_run):
    make_run(RUN, loss="".join(line(step, {"a": step}) for step in range(100)))
    said = series_of(board_of(logs).test_client(), "?from=10&to=12")["loss-a"]
    assert (said["step"], said["total"]) == ([10, 11, 12], 3)


def test_epochs_times_and_texts_are_told_where_known(logs, make_run):
    make_run(
        RUN,
        metric=line(1, {"a": 1, "b": "x"}, "metric", epoch=3, time=1777.5)
        + line(2, {"a": 2}, "metric"),
    )
    said = series_of(board_of(logs).test_client())
    assert said["metric-a"]["epoch"] == [3, None]
    assert said["metric-a"]["time"][0] == 1777.5
    assert said["metric-b"]["texts"] == {"1": "x"}


def test_times_are_counted_from_the_runs_start_or_the_curves_first_point_at_any_zoom(
    logs, make_run
):
    text = "".join(line(step, {"a": step}, time=1000.0 + step) for step in range(100))
    folder = make_run(RUN, loss=text)
    client = board_of(logs).test_client()
    assert series_of(client, "?from=50")["loss-a"]["start"] == 1000.0
    (folder / "meta.log").write_text('{"meta": {"start": 900.5, "state": "finish"}}\n')
    client = board_of(logs).test_client()
    assert series_of(client, "?from=50")["loss-a"]["start"] == 900.5


NAMES = {"loss-a,b": 1, "metric-dev-acc": 2, "metric-x": 3}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"loss-a,b", "metric-dev-acc", "metric-x"}),
        ("?names=metric-x,metric-dev-acc", {"metric-x", "metric-dev-acc"}),
        ("?names=metric-x%2Cmetric-dev-acc", {"metric-x", "metric-dev-acc"}),
        ("?names=metric-x&names=metric-dev-acc", {"metric-x", "metric-dev-acc"}),
        ("?names=loss-a%2Cb", {"loss-a,b"}),
        ("?names=metric_dev-acc", {"metric-dev-acc"}),
        ("?names=nope", set()),
    ],
)
def test_curves_are_chosen_by_name(logs, make_run, query, names):
    make_run(
        RUN,
        loss=line(1, {"a,b": 1}),
        metric=line(1, {"dev": {"acc": 1}, "x": 2}, "metric"),
    )
    assert set(series_of(board_of(logs).test_client(), query)) == names


def test_curves_of_several_runs_come_together_and_missing_ones_are_named(logs, make_run):
    make_run(RUN, loss=line(1, {"a": 1}) + line(1, {"b": 1}))
    make_run("log_20260101_000001", loss=line(1, {"b": 2}))
    client = board_of(logs).test_client()
    said = client.get(f"/api/series?runs={RUN},log_20260101_000001,..&names=loss-b&points=50").json
    assert {run: list(curves) for run, curves in said["runs"].items()} == {
        RUN: ["loss-b"],
        "log_20260101_000001": ["loss-b"],
    }
    assert said["missing"] == [".."]


def test_too_many_runs_at_once_are_refused(client):
    ids = ",".join(f"log_20260101_{n:06}" for n in range(201))
    assert client.get(f"/api/series?runs={ids}").status_code == 400


def test_a_growing_curve_is_read_on(logs, make_run):
    folder = make_run(RUN, loss=line(1, {"a": 1}))
    client = board_of(logs).test_client()
    assert series_of(client)["loss-a"]["step"] == [1]
    with open(folder / "loss.log", "a", encoding="utf-8") as file:
        file.write(line(2, {"a": 2}) + "Step:3\t{torn")
    assert series_of(client)["loss-a"]["step"] == [1, 2]


def test_a_curve_that_is_a_link_out_of_the_run_is_not_read(logs, make_run, tmp_path):
    (tmp_path / "outside.log").write_text(line(1, {"secret": 1}), "utf-8")
    folder = make_run(RUN)
    (folder / "loss.log").unlink()
    (folder / "loss.log").symlink_to(tmp_path / "outside.log")
    assert series_of(board_of(logs).test_client()) == {}


def test_more_points_than_an_answer_may_hold_are_refused_with_what_to_do(
    logs, make_run, monkeypatch
):
    monkeypatch.setattr(api_series, "MOST_TOLD", 100)
    monkeypatch.setattr(api_bands, "MOST_JOINED", 150)
    for run in (RUN, RUN[:-1] + "1"):
        make_run(run, loss="".join(line(step, {"a": step, "b": step}) for step in range(80)))
    client = board_of(logs).test_client()
    both = f"runs={RUN},{RUN[:-1]}1"
    for address in (
        f"runs/{RUN}/series",
        f"series?{both}&names=loss-a",
        f"bands?{both}&names=loss-a",
    ):
        refused = client.get(f"/api/{address}")
        assert refused.status_code == 400, address
        assert "points are told at once" in refused.json["error"]
        assert "from=, to=" in refused.json["error"]
    for fine in (f"runs/{RUN}/series?points=20", f"runs/{RUN}/series?names=loss-a&to=79"):
        assert client.get(f"/api/{fine}").status_code == 200
    assert client.get(f"/api/runs/{RUN}/series?from=10&to=50").status_code == 200
    monkeypatch.setattr(api_series, "MOST_TOLD", 10)
    assert client.get(f"/api/runs/{RUN}/series?points=20").status_code == 400  # of each of two
