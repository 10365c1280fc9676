"""How far a run is, and how long it will still take."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

RUN = "log_20261122_090449"


class Training:
    """A run that lives, an hour after its start, with one record of a step."""

    def __init__(self, logs: Path) -> None:
        self.folder = logs / RUN
        self.start = int(time.time()) - 3600
        self.meta = {"start": self.start, "state": "running"}
        (self.folder / "meta.log").write_text("")
        (self.folder / "loss.log").write_text("")
        (self.folder / "metric.log").write_text("")
        (self.folder / "progress.log").write_text('{"total_steps": 4000}\n')
        self.say(**self.meta)
        self.record(1000)

    def say(self, **meta: object) -> None:
        self.add("meta.log", json.dumps({"meta": meta}))

    def record(self, step: int) -> None:
        record = {"loss": {"Loss": 1.5}, "step": step, "time": self.start + 3600}
        self.add("loss.log", f"Step:{step}\t{json.dumps(record)}")

    def add(self, name: str, line: str) -> None:
        """Append a line, as if it had been written an hour after the start."""
        with (self.folder / name).open("a") as file:
            file.write(f"{line}\n")
        for path in self.folder.iterdir():
            os.utime(path, (self.start + 3600, self.start + 3600))


@pytest.fixture
def training(logs: Path) -> Training:
    return Training(logs)


def test_the_table_tells_the_step_of_how_many_and_the_time_left(
    training, logs, start_board, open_table
):
    table = open_table(f"{start_board(logs)}/runs")
    progress = table.cell(RUN, "progress")
    expect(progress).to_have_text("1,000 / 4,000 · 3 h left")
    assert progress.evaluate("cell => cell.scrollWidth <= cell.clientWidth")
    expect(progress).to_have_attribute(
        "title", "1,000 of 4,000 steps · about 3 h left at the mean pace so far"
    )
    training.record(2000)
    expect(progress).to_have_text("2,000 / 4,000 · 1 h left")
    expect(progress).to_have_attribute(
        "title", "2,000 of 4,000 steps · about 1 h left at the mean pace so far"
    )
    training.record(3500)
    expect(progress).to_have_text("3,500 / 4,000 · 9 min left")
    expect(progress).to_have_attribute(
        "title", "3,500 of 4,000 steps · about 8 min 34 s left at the mean pace so far"
    )


def test_hours_and_minutes_that_are_left_have_room(training, logs, start_board, open_table):
    training.record(1500)
    progress = open_table(f"{start_board(logs)}/runs").cell(RUN, "progress")
    expect(progress).to_have_text("1,500 / 4,000 · 1 h 40 min left")
    assert progress.evaluate("cell => cell.scrollWidth <= cell.clientWidth")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_column_is_as_wide_as_what_runs_tell(training, logs, start_board, open_table, locale):
    training.record(3500)
    address = start_board(logs)
    minutes = width(open_table(f"{address}/runs", locale=locale))
    training.record(3501)
    (training.folder / "progress.log").write_text('{"total_steps": 14000}\n')
    hours = width(open_table(f"{address}/runs", locale=locale))
    training.say(state="finish", end=training.start + 3600)
    assert width(open_table(f"{address}/runs", locale=locale)) < minutes < hours < 240


def width(table) -> float:
    box = table.heading("progress").bounding_box()
    cell = table.cell(RUN, "progress")
    assert cell.evaluate("cell => cell.scrollWidth <= cell.clientWidth")
    assert box is not None
    return box["width"]


def test_steps_that_have_no_room_are_whole_under_the_pointer(
    training, logs, start_board, open_table
):
    (training.folder / "progress.log").write_text('{"total_steps": 900000000000000}\n')
    progress = open_table(f"{start_board(logs)}/runs").cell(RUN, "progress")
    assert progress.evaluate("cell => cell.scrollWidth > cell.clientWidth")
    expect(progress).to_have_css("text-overflow", "ellipsis")
    expect(progress).to_have_attribute("title", re.compile("1,000 of 900,000,000,000,000 steps"))


def test_the_time_left_has_room_once_a_run_comes_to_have_one(logs, start_board, open_table):
    table = open_table(f"{start_board(logs)}/runs", locale="zh-CN")
    before = table.heading("progress").bounding_box()
    Training(logs)
    progress = table.cell(RUN, "progress")
    expect(progress).to_have_text("1,000 / 4,000 · 剩 3 小时")
    after = table.heading("progress").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"]
    assert progress.evaluate("cell => cell.scrollWidth <= cell.clientWidth")


def test_a_runs_page_tells_the_time_left_while_it_runs(training, logs, start_board, open_page):
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    facts = page.locator("#facts")
    expect(facts).to_contain_text("1,000 of 4,000 steps · about 3 h left at the mean pace so far")
    training.say(state="finish", end=training.start + 3600)
    expect(page.locator("#state")).to_have_text("finished")
    expect(facts).to_contain_text("1,000 of 4,000 steps")
    expect(facts).not_to_contain_text("left")


def test_a_finished_run_that_counted_from_0_has_done_all_its_steps(
    training, logs, start_board, open_table, open_page
):
    training.record(3999)
    address = start_board(logs)
    progress = open_table(f"{address}/runs").cell(RUN, "progress")
    expect(progress).to_contain_text("3,999 / 4,000")
    training.say(state="finish", end=training.start + 3600)
    expect(progress).to_have_text("4,000 / 4,000")
    expect(progress).to_have_attribute(
        "title", "4,000 of 4,000 steps · the last step is 3,999, counted from 0"
    )
    facts = open_page(f"{address}/run/{RUN}", locale="zh-CN").locator("#facts")
    expect(facts).to_contain_text("step 4,000/4,000 · 最后的 step 是 3,999（从 0 数起）")


def test_a_run_that_failed_before_its_last_step_has_not_done_it(
    training, logs, start_board, open_table
):
    training.record(3999)
    training.say(state="error", end=training.start + 3600)
    progress = open_table(f"{start_board(logs)}/runs").cell(RUN, "progress")
    expect(progress).to_have_text("3,999 / 4,000")


def test_a_run_that_went_on_after_a_stop_has_no_pace_to_go_by(
    training, logs, start_board, open_page
):
    training.say(segment=2, segment_start=training.start + 3000, state="running")
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    expect(page.locator("#facts")).to_contain_text("1,000 of 4,000 steps")
    expect(page.locator("#facts")).not_to_contain_text("left")


def test_without_a_number_of_steps_only_the_step_is_told(training, logs, start_board, open_table):
    (training.folder / "progress.log").write_text("")
    progress = open_table(f"{start_board(logs)}/runs").cell(RUN, "progress")
    expect(progress).to_have_text("1,000")
    assert not progress.get_attribute("title")


def test_the_first_step_that_comes_late_makes_the_column(training, start_board, open_table):
    for run in training.folder.parent.glob("log_2*"):
        for name in ("loss.log", "metric.log", "progress.log"):
            (run / name).unlink(missing_ok=True)
    table = open_table(f"{start_board(training.folder.parent)}/runs")
    expect(table.heading("progress")).to_have_count(0)
    training.record(1000)
    expect(table.cell(RUN, "progress")).to_have_text("1,000")


def test_the_time_left_is_told_in_chinese(training, logs, start_board, open_page):
    facts = open_page(f"{start_board(logs)}/run/{RUN}", locale="zh-CN").locator("#facts")
    expect(facts).to_contain_text("按目前的平均速度，约剩 3 小时")
