"""A run that came to NaN is seen in the table, told in words, and singled out."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fitlog import Run


@pytest.fixture(scope="module")
def diverged(tmp_path_factory):
    """A log directory, and the runs of it: one at NaN, one that was there, one that never was."""
    logs = tmp_path_factory.mktemp("diverged") / "logs"
    ids = []
    for losses in ([1.0, math.nan], [math.nan, 1.0], [1.0, 0.5]):
        with Run(logs) as run:
            run.add_hyper({"lr": 0.1 * len(ids)})
            for step, loss in enumerate(losses):
                run.add_loss(loss, step=step, name="loss")
        ids.append(Path(run.get_log_folder(absolute=True)).name)
    return logs, ids


def test_the_mark_says_what_is_nan_and_the_chip_leaves_such_runs_alone(
    diverged, start_board, open_table
):
    logs, (bad, was, good) = diverged
    board = start_board(logs)
    table = open_table(f"{board}/runs")
    mark = table.cell(bad, "id").get_by_role("img", name="Diverged: loss-loss: NaN")
    expect(mark).to_have_text("NaN")
    expect(table.page.locator("#grid .diverged")).to_have_count(1)
    table.page.get_by_role("button", name="1 diverged").click()
    table.expect_count(1)
    expect(table.page).to_have_url(re.compile("show=diverged"))
    table.page.reload()
    table.expect_count(1)
    table.page.get_by_role("button", name="1 diverged").click()
    table.expect_count(3)
    box = table.page.locator("#search")
    box.press_sequentially("nan(lo")
    table.page.get_by_role("option", name="nan(loss)").click()
    expect(box).to_have_value("nan(loss)")
    table.expect_count(2)
    assert set(table.column("id")) == {f"{bad}NaN", was}
    box.fill("nan(loss")
    expect(table.page.locator("#fault")).to_contain_text("missing")
    box.fill(f"id:{good}")
    table.expect_count(1)
    table.page.get_by_role("button", name="1 diverged").click()
    table.page.get_by_role("listitem").filter(has_text="diverged").get_by_role("button").click()
    table.expect_count(1)
    table = open_table(f"{board}/runs", locale="zh-CN")
    expect(table.page.get_by_role("button", name="1 个已发散")).to_be_visible()
    expect(table.cell(good, "id")).to_be_visible()


CUT = "cell => cell.querySelector('.id-cell').scrollWidth > cell.clientWidth"


def test_the_mark_of_a_run_that_diverges_later_is_whole(tmp_path, start_board, open_table):
    run = Run(tmp_path / "logs")
    run.add_loss(1.0, step=0, name="loss")
    table = open_table(f"{start_board(tmp_path / 'logs')}/runs", width=1280)
    name = Path(run.get_log_folder(absolute=True)).name
    cell = table.cell(name, "id")
    heading = table.heading("state")
    before = heading.bounding_box()["x"]
    heading.hover()
    run.add_loss(math.nan, step=1, name="loss")
    expect(cell.locator(".diverged")).to_have_text("NaN")
    assert heading.bounding_box()["x"] == before  # it stays under the pointer
    table.page.mouse.move(5, 5)
    table.page.wait_for_function(
        f"!({CUT})(document.querySelector('#grid [row-id=\"{name}\"] [col-id=id]'))"
    )
    assert heading.bounding_box()["x"] > before
    (tmp_path / "logs" / name / "other.log").write_text("no json\n", "utf-8")
    expect(cell.locator(".skipped")).to_be_visible()
    assert not cell.evaluate(CUT)
    run.finish()
