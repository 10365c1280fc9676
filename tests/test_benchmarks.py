"""What the benchmarks measure is what they say, and what they say is what they measured."""

from __future__ import annotations

import argparse
import struct
from pathlib import Path
from xml.etree import ElementTree

import beside_page
import board_load
import growth_page
import made
import peer_ours
import peer_rawwrite
import pytest
import sweep
from answers import has_spike, points_in
from beside_seen import SEEN, SEEN_IN, TITLES
from growth import Kind, grow
from measured import Figure, Result, child
from picture import draw

from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.reader import RunReader


def sample(seconds: float) -> dict[str, float]:
    return {"net": seconds, "peak_kib": 20_480.0}


GROWN = {
    kind: {
        str(size): {name: sample(size * 1e-6) for name in growth_page.WHAT[kind]}
        for size in (100, 1_000)
    }
    for kind in ("points", "runs")
}


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITLOG_CACHE_DIR", str(tmp_path / "cache"))


def test_both_readers_find_the_same_points(tmp_path: Path) -> None:
    made.curve(tmp_path / "ours", 300)
    made.raw_curve(tmp_path / "raw", 300)
    ours = peer_ours.read_series(tmp_path / "ours", "loss")
    assert len(ours) == 300
    assert ours == peer_rawwrite.read_series(tmp_path / "raw", "loss")


def test_both_readers_list_the_same_runs(tmp_path: Path) -> None:
    made.runs(tmp_path / "ours", 5)
    made.raw_runs(tmp_path / "raw", 5)
    ours, raw = (
        [(run["hyper"], run["last"]["loss"], run["last"]["acc"]) for run in runs]
        for runs in (
            peer_ours.list_runs(tmp_path / "ours"),
            peer_rawwrite.list_runs(tmp_path / "raw"),
        )
    )
    assert ours == raw[::-1]
    assert len(ours) == 5


def test_a_made_run_has_no_line_that_fitlog_passes_over(tmp_path: Path) -> None:
    made.runs(tmp_path / "runs", 1)
    run = RunReader(tmp_path / "runs" / made.run_id(0))
    run.refresh()
    assert len(run.series()["metric-loss"]) == made.STEPS
    assert run.state().value == "finished"
    assert run.skipped == 0


def test_wide_runs_have_as_many_columns_as_asked_for_and_the_newest_live(tmp_path: Path) -> None:
    live = made.wide_runs(tmp_path / "runs", 4, 40, 1)
    made.append_steps([tmp_path / "runs" / run_id for run_id in live], 7)
    logs = LogDirectory(tmp_path / "runs")
    logs.refresh()
    keys = {key for row in logs.rows() for key in row if key.startswith(("hyper-", "metric-"))}
    assert len(keys) == 40
    assert [row.id for row in logs.rows() if row.state == "running"] == live
    assert logs.row(live[0]).last_step == 7


@pytest.mark.parametrize("reading", ["series", "arrays"])
def test_a_reading_counts_what_it_found_and_tells_what_it_took(
    tmp_path: Path, reading: str
) -> None:
    made.curve(tmp_path / "curve", 50)
    found = child(reading, str(tmp_path / "curve"))
    assert found["count"] == 50
    assert found["seconds"] > 0
    assert found["peak_kib"] > 1000


def test_a_size_that_would_take_too_long_is_left_out(tmp_path: Path) -> None:
    def make(root: Path, size: int) -> float:
        made.curve(root, size)
        return 0.0

    kind = Kind("points", make, {"first": "series"})
    assert list(grow(tmp_path, [5, 50], kind, repeats=1, seconds=0.1)) == ["5"]


def test_a_figure_beyond_its_bound_makes_the_benchmark_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    within, beyond = Figure("a", 1.0, "s", 2.0), Figure("b", 3.0, "s", 2.0)
    assert Result("x", [within]).end(None) == 0
    assert Result("x", [within, beyond]).end(tmp_path / "x.json") == 1
    assert "| b | 3.00 s | 2.00 s | **no** |" in capsys.readouterr().out
    assert Result.read(tmp_path / "x.json") == Result("x", [within, beyond])


def test_a_loaded_board_answers_every_look_and_the_verdict_is_about_the_slowest(
    tmp_path: Path,
) -> None:
    made.wide_runs(tmp_path / "runs", 30, 10, board_load.LIVE)
    options = argparse.Namespace(runs=30, clients=3, slow=6, seconds=0.5)
    found = board_load.measure(tmp_path / "runs", tmp_path / "cache", options)
    kinds = ("page", "back to back", "beside slow")
    assert [found[kind]["errors"] for kind in kinds] == [[], [], []]
    assert all(found[kind]["taken"] for kind in ("back to back", "beside slow"))
    slow = found | {"page": {"taken": [0.001] * 50 + [9.0] * 50, "errors": ["x"]}}
    within = [figure.is_within for figure in board_load.figures(slow, options)]
    assert within[0] is False
    assert within[3] is False


def test_the_picture_of_growth_names_each_line_in_every_panel() -> None:
    picture = ElementTree.fromstring(draw(GROWN))
    words = [text.text or "" for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert sum(word.startswith("zoom ") for word in words) == 2
    assert sum(word.startswith("first ") for word in words) == 4


def test_the_page_says_where_a_line_stops_being_linear() -> None:
    kept = {
        "points": dict(GROWN["points"]),
        "runs": GROWN["runs"],
        "left out": {"points": [], "runs": [7]},
    }
    kept["points"]["10000"] = {name: sample(0.1) for name in growth_page.WHAT["points"]}
    text = "\n".join(growth_page.section(Result("x", samples=kept)))
    assert "linear from 100 to 1,000, steeper than linear from 1,000 to 10,000." in text
    assert "7 runs were left out" in text


def test_the_sweep_as_fitlog_writes_it_diverges_fails_and_is_long_once(tmp_path: Path) -> None:
    long = sweep.write_fitlog(tmp_path / "runs")
    logs = LogDirectory(tmp_path / "runs")
    logs.refresh()
    assert len(logs.rows()) == 30
    assert [row.state for row in logs.rows()].count("error") == 1
    run = RunReader(tmp_path / "runs" / long)
    run.refresh()
    curve = run.series()["metric-train-grad_norm"]
    assert len(curve) == sweep.LONG_POINTS
    assert max(curve.values) == sweep.SPIKE


@pytest.mark.parametrize(
    ("body", "points", "is_there"),
    [
        (b'{"a": [[1, 2, 3], {"b": [98.765]}]}', 3, True),
        (b'event: x\ndata: [1, 2]\n\ndata: {"a": [1, 2, 3, 4]}\n', 4, False),
        (b"\x00" + struct.pack("<d", sweep.SPIKE), 0, True),
        (b"<html>", 0, False),
    ],
)
def test_an_answers_points_are_counted_and_the_far_one_found(
    body: bytes, points: int, is_there: bool
) -> None:
    assert points_in(body) == points
    assert has_spike(body) is is_there


def visited(name: str, **more: object) -> dict[str, object]:
    """Return what a visit to a board finds."""
    found: dict[str, object] = {
        "board": name,
        "starts": 0.5,
        "memory": 80.0,
        "server cpu": 0.7,
        "server elsewhere": [],
    }
    for view in ("table", "curves", "long"):
        found |= {f"{view} seconds": 1.0, f"{view} cpu": 0.9}
        found |= {f"{view} kB": 1500.0, f"{view} requests": 9}
        found[f"{view} elsewhere"] = []
    return found | {"long points": 1000, "long spike": True} | more


def told(**more: object) -> dict[str, object]:
    """Return what a measurement of two boards found, one of which never drew its curves."""
    names = ("fitlog", "mlflow")
    return {
        "date": "2026-01-02",
        "machine": {"processor": "P", "cores": 2, "memory": "4 GiB", "python": "3.11"},
        "repeats": 3,
        "load": [0.1, 1.2],
        "versions": {name: SEEN_IN[name] for name in names},
        "written": {name: {"seconds": 7.4} for name in names},
        "failed": {},
        "visits": [
            *(visited("fitlog", starts=seconds) for seconds in (0.4, 0.6, 9.0)),
            visited("mlflow", **{"long spike": False, "table elsewhere": ["example.org"]}),
            *[visited("mlflow", **{"curves seconds": None, "curves instead": "Oh\n no"})] * 2,
        ],
    } | more


def test_the_page_of_boards_tells_medians_hosts_and_what_was_never_seen() -> None:
    text = beside_page.page(told())
    assert "| the server answers after | 0.60 s | 0.50 s |" in text
    assert "| curves of several runs are drawn after | 1.00 s | 1.00 s (1 of 3 visits) |" in text
    assert "| its one far point is among them | always | at times |" in text
    assert "| other hosts asked for | none | the page: example.org |" in text
    assert "MLflow showed `Oh no`" in text
    assert "0.1 to 1.2" in text


def test_the_page_of_boards_quotes_what_a_board_that_could_not_be_had_said() -> None:
    assert "MLflow could not be had: `no wheel`" in beside_page.page(
        told(failed={"mlflow": "no wheel"})
    )


def test_what_was_seen_in_one_version_is_not_told_of_another() -> None:
    with pytest.raises(SystemExit, match="measured 'mlflow 99'"):
        beside_page.page(told(versions={"fitlog": SEEN_IN["fitlog"], "mlflow": "mlflow 99"}))


@pytest.mark.parametrize("question", SEEN)
def test_every_question_is_answered_for_every_board(question: str) -> None:
    assert set(SEEN[question]) == set(TITLES)
    assert all(SEEN[question].values())
