"""What the log format's last section says of old lines: each opens, with the right numbers.

Written by the real fitlog 0.9.15: bare NaN and Infinity, ``_Infinity``, names with ``-`` before a
digit, runs with neither ``time`` nor ``format``, the state of each kind. By hand, since no 0.9.15
writes it: best metrics among the steps of ``metric.log``, without a ``best_metric.log``.
"""

from __future__ import annotations

import json
import subprocess
from math import inf, isnan
from pathlib import Path
from typing import Any

import pytest
from damages import put
from old_logs import copy_old_logs
from web_board import board_of

from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.reader import RunReader

WRITE = """
import json, os, sys
import fitlog
ids = {}
def begin(name):
    fitlog.set_log_dir("logs", new_log=bool(ids))
    fitlog.create_log_folder()
    ids[name] = fitlog.get_log_folder()
begin("odd numbers")
for step, value in enumerate([0.5, float("nan"), float("inf"), float("-inf"), 0.25]):
    fitlog.add_loss(value, step, "loss")
fitlog.add_metric({"dev": {"acc": float("nan")}}, 0)
fitlog.add_best_metric({"a": float("nan"), "b": float("-inf"), "c": float("inf"), "d": 0.75})
fitlog.add_hyper(float("inf"), "clip")
fitlog.finish()
begin("names")
fitlog.add_hyper({"f-1": 0.1, "x-y": "bert-base", "a b": 2})
fitlog.add_metric({"f-1": 0.5}, 3, epoch=1)
fitlog.add_best_metric({"dev": {"f-1": 0.5}})
fitlog.finish(1)
begin("running")
fitlog.add_loss(0.5, 7, "loss")
sys.stdout.write("\\nANSWER" + json.dumps(ids))
sys.stdout.flush()
os._exit(0)
"""
BY_HAND = {  # the layout of before best_metric.log
    "meta": b'{"meta": {"state": "running"}}\n{"meta": {"state": "finish"}}\n',
    "hyper": b'{"hyper": {"lr": 0.1}}\n',
    "metric": b'Step:10\t{"metric": {"acc": 0.5}, "step": 10, "epoch": 1}\n'
    b'{"metric": {"dev": {"acc": 0.5, "loss": _Infinity}}}\n'
    b'Step:20\t{"metric": {"acc": NaN}, "step": 20, "epoch": 2}\n'
    b'{"metric": {"dev": {"acc": 0.75}}}\n',
    "loss": b'Step:10\t{"loss": {"loss": 2.5}, "step": 10}\n',
    "other": b"",
}
OLDEST = "log_20190520_101112"


@pytest.fixture(scope="module")
def logs(old_fitlog_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("very-old")
    (place / "logs").mkdir()
    done = subprocess.run(
        [str(old_fitlog_python), "-I", "-c", WRITE],
        cwd=place, check=True, capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    (place / "ids.json").write_text(done.stdout.partition("ANSWER")[2])
    put(place / "logs" / OLDEST, BY_HAND)
    return place / "logs"


@pytest.fixture
def ids(logs: Path) -> dict[str, str]:
    return {**json.loads((logs.parent / "ids.json").read_text()), "oldest": OLDEST}


def read(logs: Path, run_id: str) -> RunReader:
    reader = RunReader(logs / run_id)
    reader.refresh()
    return reader


def table(logs: Path) -> dict[str, dict[str, Any]]:
    answer = board_of(logs).test_client().get("/api/runs").json
    return {row["id"]: row for row in answer["runs"]}


def test_the_old_fitlog_does_write_what_is_read_here(logs: Path, ids: dict[str, str]) -> None:
    written = (logs / ids["odd numbers"] / "loss.log").read_text()
    assert [word in written for word in ("NaN", " Infinity", "_Infinity", "time")] == [
        *(True, True, True),
        False,
    ]
    assert "format" not in (logs / ids["odd numbers"] / "meta.log").read_text()
    assert '"f-1"' in (logs / ids["names"] / "metric.log").read_text()


def test_numbers_that_json_cannot_say_are_points(logs: Path, ids: dict[str, str]) -> None:
    reader = read(logs, ids["odd numbers"])
    curve = reader.series()["loss-loss"]
    assert list(curve.steps) == [0, 1, 2, 3, 4]
    assert isnan(curve.values[1])
    assert [curve.values[step] for step in (0, 2, 3, 4)] == [0.5, inf, -inf, 0.25]
    assert all(isnan(time) for time in curve.times)
    row = reader.row()
    assert isnan(row["metric-a"])
    assert [row[f"metric-{name}"] for name in "bcd"] == [-inf, inf, 0.75]
    assert row["hyper-clip"] == inf
    assert reader.skipped == 0


def test_names_with_a_hyphen_before_a_digit_are_kept(logs: Path, ids: dict[str, str]) -> None:
    reader = read(logs, ids["names"])
    row = reader.row()
    assert (row["metric-dev-f-1"], row["hyper-f-1"]) == (0.5, 0.1)
    assert row["hyper-x_y"] in ("bert-base", "bert_base")  # it rewrote values, too
    curve = reader.series()["metric-f-1"]
    assert (list(curve.steps), list(curve.values), list(curve.epochs)) == ([3], [0.5], [1.0])
    assert reader.skipped == 0


def test_best_metrics_among_the_steps_are_the_table_and_the_steps_a_curve(logs: Path) -> None:
    reader = read(logs, OLDEST)
    curve = reader.series()["metric-acc"]
    assert list(curve.steps) == [10, 20]
    assert curve.values[0] == 0.5
    assert isnan(curve.values[1])
    row = reader.row()
    assert (row["metric-dev-acc"], row["metric-dev-loss"]) == (0.75, -inf)
    assert reader.skipped == 0
    assert not (logs / OLDEST / "best_metric.log").exists()  # nothing is rewritten


def test_the_boards_table_shows_all_of_them(logs: Path, ids: dict[str, str]) -> None:
    rows = table(logs)
    assert set(rows) == set(ids.values())
    states = {name: rows[run_id]["state"] for name, run_id in ids.items()}
    assert states == {
        "odd numbers": "finished", "names": "error", "running": "running", "oldest": "finished",
    }  # fmt: skip
    odd, oldest = rows[ids["odd numbers"]], rows[OLDEST]
    assert odd["metric-d"] == 0.75
    assert [odd[f"metric-{name}"] for name in "abc"] == ["NaN", "-Infinity", "Infinity"]
    assert (oldest["metric-dev-acc"], oldest["metric-dev-loss"]) == (0.75, "-Infinity")
    assert rows[ids["names"]]["metric-dev-f-1"] == 0.5


def test_a_very_old_run_beside_others_is_the_same_after_a_restart(tmp_path: Path) -> None:
    logs = copy_old_logs(tmp_path / "logs")
    put(logs / OLDEST, BY_HAND)
    first, second = LogDirectory(logs), LogDirectory(logs)
    first.refresh()
    with (logs / OLDEST / "metric.log").open("ab") as file:
        file.write(b'{"metric": {"dev": {"acc": 0.875}}}\n')
    for _ in range(31):  # a run that is over is looked at closely now and then
        first.refresh()
    second.refresh()
    assert first.row(OLDEST)["metric-dev-acc"] == second.row(OLDEST)["metric-dev-acc"] == 0.875
