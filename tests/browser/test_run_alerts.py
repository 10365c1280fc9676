"""Who has the table open is told in the corner of a run that dies, stalls or comes to NaN."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

TRAINING = """
import sys
from fitlog_core.recording.run import Run
run = Run(sys.argv[1])
run.add_loss(0.5, 0, "train")
print(run.get_log_id(), flush=True)
for step, line in enumerate(sys.stdin, 1):
    run.add_loss(float(line), step, "train")
"""


@pytest.fixture
def training(logs: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A training that goes on, whose losses a test says, and its run's id."""
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINING, str(logs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    yield process, process.stdout.readline().strip()
    process.kill()
    process.communicate()


def test_a_run_that_comes_to_nan_and_then_dies_is_told_once_each(training, own_board, open_table):
    process, run_id = training
    table = open_table(f"{own_board}/runs?filter=off")
    expect(table.cell(run_id, "state")).to_contain_text("running")
    alerts = table.page.get_by_role("alert")
    for loss in ("0.4", "nan", "nan"):
        process.stdin.write(f"{loss}\n")
        process.stdin.flush()
    told = alerts.filter(has_text="NaN or infinite").filter(has_text=run_id)
    expect(told).to_be_visible(timeout=20_000)
    process.stdin.write("nan\n")
    process.kill()
    process.wait()
    expect(alerts.filter(has_text="The process is gone")).to_contain_text(run_id, timeout=20_000)
    expect(table.cell(run_id, "state")).to_contain_text("stopped")
    expect(alerts).to_have_count(2)
    told.get_by_role("button", name="Show").click()
    expect(table.page.locator("#run-id")).to_have_text(run_id)


def test_a_run_that_stalls_is_told_and_old_runs_are_not(logs, training, own_board, open_table):
    _process, run_id = training
    table = open_table(f"{own_board}/runs?filter=off", locale="zh-CN")
    expect(table.cell(run_id, "state")).to_contain_text("运行中")
    long_ago = time.time() - 3600
    for file in (logs / run_id).iterdir():
        os.utime(file, (long_ago, long_ago))
    alerts = table.page.get_by_role("alert")
    expect(alerts.filter(has_text="已停滞")).to_contain_text(run_id, timeout=20_000)
    expect(alerts).to_have_count(1)
    table.page.reload()
    expect(table.cell(run_id, "state")).to_contain_text("无更新")
    expect(alerts).to_have_count(0)


def test_a_run_that_a_rule_of_the_project_finds_is_told_once(logs, training, own_board, open_table):
    process, run_id = training
    settings = logs.parent / ".fitlog"
    settings.mkdir()
    (settings / ".fitconfig").write_text("[watch]\nrules = plateau(train, 2); loss(", "utf-8")
    table = open_table(f"{own_board}/runs?filter=off")
    expect(table.cell(run_id, "state")).to_contain_text("running")
    alerts = table.page.get_by_role("alert")
    expect(alerts).to_have_count(1)  # of the rule that cannot be understood
    expect(alerts).to_contain_text("the rule 'loss(' cannot be understood")
    for loss in ("0.4", "0.6", "0.6"):
        process.stdin.write(f"{loss}\n")
        process.stdin.flush()
    told = alerts.filter(has_text="The rule plateau(train, 2) holds")
    expect(told).to_contain_text(run_id, timeout=30_000)
    with table.page.expect_response("**/api/alerts", timeout=30_000):
        pass
    expect(alerts).to_have_count(2)
    mark = table.page.get_by_role("img", name="Found by your rules: plateau(train, 2)")
    expect(mark).to_have_count(1)
    table.page.reload()
    with table.page.expect_response("**/api/alerts", timeout=30_000):
        pass
    expect(table.cell(run_id, "state")).to_contain_text("running")
    expect(told).to_have_count(0)
    expect(mark).to_have_count(1)
