"""What happens to the table while runs come and change: it follows, and never jumps."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import expect

NEW = "log_20991231_235959"


def begin_run(logs: Path, **hyper: object) -> None:
    folder = logs / NEW
    folder.mkdir()
    (folder / "hyper.log").write_text(json.dumps({"hyper": hyper}) + "\n")
    (folder / "meta.log").write_text('{"meta": {"state": "running"}}\n')


def first_in_sight(table) -> str:
    """The row below the headings."""
    script = """() => {
        const heading = document.querySelector('#grid [role=columnheader][col-id="id"]');
        const { x, bottom } = heading.getBoundingClientRect();
        const below = document.elementFromPoint(x + 30, bottom + 8);
        return below.closest("[row-id]").getAttribute("row-id");
    }"""
    return str(table.page.evaluate(script))


def test_a_run_that_comes_while_the_reader_is_further_down_waits_for_a_click(
    logs, own_board, open_table
):
    table = open_table(f"{own_board}/runs?filter=off", height=400)
    table.page.locator('#grid [row-index="1"] [col-id="id"]').focus()
    table.page.keyboard.press("Control+ArrowDown")
    expect(table.page.locator('#grid [row-index="27"] [col-id="id"]')).to_be_in_viewport()
    before = first_in_sight(table)
    begin_run(logs, lr=0.5)
    chip = table.page.get_by_role("button", name="1 new – show")
    expect(chip).to_be_visible()
    expect(table.page.locator("#count")).to_have_text("28 of 30 runs")
    assert first_in_sight(table) == before
    chip.click()
    expect(table.cell(NEW, "hyper-lr")).to_have_text("0.5")
    expect(table.cell(NEW, "id")).to_be_in_viewport()
    expect(chip).to_be_hidden()


def test_a_column_that_no_run_had_appears_with_its_run(logs, own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    table.expect_count(28)
    begin_run(logs, lr=0.5, brand_new=7)
    expect(table.cell(NEW, "hyper-brand_new")).to_have_text("7")
    expect(table.heading("hyper-brand_new")).to_have_text("brand_new")


def test_a_changed_value_does_not_move_its_row_under_the_pointer(logs, own_board, open_table):
    begin_run(logs, lr=0.5)
    table = open_table(f"{own_board}/runs?filter=off&sort=-hyper-lr")
    expect(table.cell(NEW, "hyper-lr")).to_have_text("0.5")
    order = table.column("id")
    assert order[0].startswith(NEW)
    with (logs / NEW / "hyper.log").open("a") as file:
        file.write('{"hyper": {"lr": 0.0001}}\n')
    expect(table.cell(NEW, "hyper-lr")).to_have_text("0.0001")
    assert table.column("id") == order


def test_the_look_of_a_cell_follows_its_value(logs, own_board, open_table):
    begin_run(logs, lr=float("nan"))
    table = open_table(f"{own_board}/runs?filter=off")
    state, rate = table.cell(NEW, "state"), table.cell(NEW, "hyper-lr")
    expect(state).to_have_class(re.compile("state-running"))
    expect(rate).to_have_class(re.compile("odd-number"))
    with (logs / NEW / "hyper.log").open("a") as file:
        file.write('{"hyper": {"lr": 0.5}}\n')
    with (logs / NEW / "meta.log").open("a") as file:
        file.write('{"meta": {"state": "finish"}}\n')
    expect(rate).to_have_text("0.5")
    expect(rate).not_to_have_class(re.compile("odd-number"))
    expect(state).to_have_class(re.compile("state-finished"))
    expect(state).not_to_have_class(re.compile("state-running"))
