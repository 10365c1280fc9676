"""A long text is cut on the screen only: what is pointed at, copied or opened is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

RUN, OTHER = "log_20261122_090449", "log_20261122_090445"
TEXT = "a rather long description of the data, " * 12 + "with its end"
ACC = 0.123456789012345678


@pytest.fixture
def board(logs: Path, start_board) -> str:
    with (logs / RUN / "hyper.log").open("a") as file:
        file.write(json.dumps({"hyper": {"about": TEXT}}) + "\n")
    with (logs / RUN / "best_metric.log").open("a") as file:
        file.write(json.dumps({"metric": {"dev": {"acc": ACC}}}) + "\n")
    return start_board(logs)


def test_the_cell_is_cut_in_sight_and_whole_where_it_is_pointed_at(board, open_table):
    table = open_table(f"{board}/runs")
    cell = table.cell(RUN, "hyper-about")
    cell.hover()
    expect(cell).to_have_attribute("title", TEXT)
    assert cell.evaluate("cell => cell.clientWidth") < 300
    assert cell.evaluate("cell => cell.scrollWidth > cell.clientWidth")
    expect(table.cell(RUN, "metric-dev-acc")).to_have_text("0.12346")
    table.cell(RUN, "metric-dev-acc").focus()
    expect(table.cell(RUN, "metric-dev-acc")).to_have_attribute("title", repr(ACC))


def test_a_copied_cell_and_copied_rows_are_whole(board, open_table):
    table = open_table(f"{board}/runs", permissions=["clipboard-read", "clipboard-write"])
    clipboard = "navigator.clipboard.readText()"
    table.cell(RUN, "hyper-about").click()
    table.page.keyboard.press("Control+c")
    expect(table.page.get_by_text("Copied", exact=True)).to_be_visible()
    assert table.page.evaluate(clipboard) == TEXT
    table.select(RUN)
    table.cell(RUN, "id").focus()
    table.page.keyboard.press("Control+c")
    table.page.wait_for_function(f"async () => (await {clipboard}).includes('\\n')")
    head, row = (line.split("\t") for line in table.page.evaluate(clipboard).split("\n"))
    values = dict(zip(head, row, strict=True))
    assert values["hyper-about"] == TEXT
    assert values["metric-dev-acc"] == repr(ACC)


def test_the_search_finds_the_end_of_it_and_the_runs_page_shows_all(board, open_table):
    table = open_table(f"{board}/runs")
    table.page.locator("#search").fill("with its end")
    table.expect_count(1)
    table.cell(RUN, "id").get_by_role("link").click()
    expect(table.page.locator("#side")).to_contain_text(TEXT)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_name_of_a_column_makes_no_page_wider_than_its_window(
    logs, start_board, open_page, width
):
    with (logs / RUN / "hyper.log").open("a") as file:
        file.write(json.dumps({"hyper": {"n" * 300: 1}}) + "\n")
    address = start_board(logs)
    page = open_page(f"{address}/compare?runs={RUN},{OTHER}", width=width)
    expect(page.locator("#differs")).to_contain_text("n" * 300)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page = open_page(f"{address}/runs/{'x' * 300}", width=width)
    expect(page.locator("main")).to_contain_text("x" * 300)
    assert page.evaluate("document.documentElement.scrollWidth") == width
