"""The real fitlog 0.9.15 reads what we write."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

WRITE = """
import json, os, subprocess, sys
import fitlog

def run(name):
    opened = fitlog.Run("logs")
    names[name] = opened
    return opened

names = {}
full = run("full")
full.add_hyper({"optim": {"lr": 0.1, "name": "adam-w"}, "准确": True})
full.add_other("a note", "memo")
full.add_progress(30)
full.add_to_line("text")
full.add_image(b"\\x89PNG\\r\\n\\x1a\\n", 1, "sample")
for step in range(30):
    full.add_loss(step / 30, step, "loss")
    full.add_metric({"dev": {"f-1": step / 60}}, step, epoch=step // 10)
full.add_best_metric({"dev": {"f-1": 0.5}})
full.finish()

odd = run("odd")
for step, value in enumerate([0.5, float("nan"), float("inf"), float("-inf"), 0.25]):
    odd.add_loss(value, step, "loss")
odd.add_best_metric(float("nan"), "acc")

run("only losses").add_loss(0.5, 0, "loss")
run("only best").add_best_metric(0.5, "acc")
failed = run("failed"); failed.add_loss(0.5, 0, "loss"); failed.finish(1)
late = run("late"); late.add_loss(0.5, 0, "loss"); late.finish(); late.add_best_metric(1, "acc")
run("running").add_loss(0.5, 0, "loss")
unordered = run("unordered")
for step in (5, 1, 3): unordered.add_loss(step / 10, step, "loss")
empty = run("empty"); empty.create_log_folder()

line = b'Step:12\\t{"loss": {"loss": 0.5}, "step": 12}\\n'
torn = run("torn"); torn.add_loss(0.5, 0, "loss")
torn.finish(); torn_folder = torn.get_log_folder(True)
for tear in range(len(line) - 1):
    for kind in ("loss", "metric"):
        with open(f"{torn_folder}/{kind}.log", "ab") as file:
            file.write(line[:tear])
    with open(torn_folder + "/hyper.log", "ab") as file:
        file.write(b'{"hyper": {"a"')
    with fitlog.Run(torn_folder) as again:
        again.add_loss(0.25, 100 + tear, "loss")
        again.add_metric(0.25, 100 + tear, "acc")
        again.add_hyper(tear, "tear")

resumed = run("resumed"); resumed.add_loss(0.5, 0, "loss"); resumed.finish(1)
names["resumed"] = again = fitlog.Run(resumed.get_log_folder(True))
again.add_loss(0.25, 1, "loss")
print(json.dumps({name: opened.get_log_id() for name, opened in names.items()}), flush=True)
os._exit(0)
"""

READ = """
import json, os, sys
from fitlog.fastlog.log_read import (
    LogReader, StandbyStepLogReader, is_log_dir_has_step, is_log_record_finish)
ids = json.loads(sys.argv[1])
reader = LogReader()
reader.set_log_dir("logs")
rows = {row["id"]: row for row in reader.read_logs()}
found = {}
for name, run_id in ids.items():
    folder = os.path.join("logs", run_id)
    files = [os.path.join(folder, kind + ".log") for kind in ("loss", "metric")]
    wide = {"loss": [0, 10**9], "metric": [0, 10**9]}
    found[name] = {
        "row": rows.get(run_id),
        "finished": is_log_record_finish(folder),
        "has_step": is_log_dir_has_step(folder),
        "live": StandbyStepLogReader(folder, "x").read_update(only_once=True),
        "range": StandbyStepLogReader.read_update_single_log(files, wide),
    }
sys.stdout.write("\\nANSWER" + json.dumps(found))
"""


@pytest.fixture(scope="module")
def read(old_fitlog_python: Path, tmp_path_factory: pytest.TempPathFactory):
    """What fitlog 0.9 makes of each of our runs, by the run's name in the script above."""
    place = tmp_path_factory.mktemp("old-reader")

    def run(python, *arguments):
        return subprocess.run(
            [str(python), "-c", *arguments],
            cwd=place, check=True, capture_output=True, encoding="utf-8", timeout=120,
        ).stdout  # fmt: skip

    ids = run(sys.executable, WRITE)
    return json.loads(run(old_fitlog_python, READ, ids).partition("ANSWER")[2])


def _losses(run, source="live"):
    return [(record["step"], record["loss"]["loss"]) for record in run[source]["loss"]]


def test_its_table_shows_our_run(read):
    row = read["full"]["row"]
    assert row["hyper"] == {"optim": {"lr": 0.1, "name": "adam-w"}, "准确": True}
    assert row["metric"] == {"dev": {"f-1": 0.5}}
    assert row["other"] == {"memo": "a note", "cost_time": "0h0m0s"}
    assert row["meta"]["state"] == "finish"
    assert not [value for value in row["meta"].values() if isinstance(value, (list, dict))]


@pytest.mark.parametrize("source", ["live", "range"])
def test_its_charts_show_our_curves(source, read):
    assert _losses(read["full"], source) == [(step, step / 30) for step in range(30)]
    metrics = read["full"][source]["metric"]
    assert [(m["step"], m["epoch"], m["metric"]) for m in metrics] == [
        (step, step // 10, {"dev": {"f-1": step / 60}}) for step in range(30)
    ]


def test_a_nan_does_not_blank_its_chart(read):
    assert _losses(read["odd"]) == [
        (0, 0.5), (1, "NaN"), (2, "Infinity"), (3, "-Infinity"), (4, 0.25),
    ]  # fmt: skip
    assert read["odd"]["row"]["metric"] == {"acc": "NaN"}


@pytest.mark.parametrize(
    ("name", "is_finished"),
    [("full", True), ("failed", True), ("late", True), ("running", False), ("resumed", False)],
)
def test_it_sees_whether_a_run_is_over(name, is_finished, read):
    assert read[name]["finished"] is is_finished


@pytest.mark.parametrize(
    ("name", "state"),
    [("full", "finish"), ("failed", "error"), ("running", "running"), ("resumed", "running")],
)
def test_it_shows_the_state(name, state, read):
    assert read[name]["row"]["meta"]["state"] == state


def test_a_run_with_only_losses_or_only_best_metrics_is_a_row(read):
    assert read["only losses"]["has_step"] is True
    assert read["only losses"]["row"] is not None
    assert read["only best"]["row"]["metric"] == {"acc": 0.5}
    assert read["only best"]["has_step"] is False


def test_a_run_without_any_record_is_passed_over(read):
    assert read["empty"]["row"] is None


def test_it_sorts_our_steps(read):
    assert _losses(read["unordered"]) == [(1, 0.1), (3, 0.3), (5, 0.5)]


@pytest.mark.parametrize("source", ["live", "range"])
def test_lines_torn_at_every_position_cost_it_nothing_else(source, read):
    found = _losses(read["torn"], source)
    assert [loss for loss in found if loss[0] >= 100] == [
        (100 + tear, 0.25) for tear in range(len(found) - 1)
    ]
    assert len(found) > 30
    assert len(read["torn"][source]["metric"]) == len(found) - 1
    assert read["torn"]["row"]["hyper"] == {"tear": len(found) - 2}
    assert read["torn"]["row"]["meta"]["state"] == "finish"


def test_a_resumed_run_is_one_row_with_both_parts_of_its_curve(read):
    assert _losses(read["resumed"]) == [(0, 0.5), (1, 0.25)]
    assert read["resumed"]["row"]["meta"]["segment"] == 2
