"""A table of more rows than its page brings: it begins with the newest, and loses nothing by it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

RUNS = 150
WHOLE = re.compile(r"/api/runs\?format=compact")


@pytest.fixture
def board(tmp_path: Path, start_board) -> str:
    """A board of runs that differ in a number, in a text and, the oldest alone, in a flag."""
    for number in range(RUNS):
        folder = tmp_path / "many" / f"log_20260101_000{number:03}"
        folder.mkdir(parents=True)
        hyper = {
            "n": number * 7 % 150,
            "name": f"part{number * 11 % 150}",
            "late": number < 3,
            "same": 1,
        }
        (folder / "hyper.log").write_text(json.dumps({"hyper": hyper}) + "\n")
        (folder / "best_metric.log").write_text(
            json.dumps({"metric": {"acc": number / 150}}) + "\n"
        )
        (folder / "meta.log").write_text('{"meta": {"state": "finish"}}\n')
    return start_board(tmp_path / "many")


def hold_back(page: Page) -> list[Route]:
    """Keep the answer with all rows from a page; return where it waits."""
    held: list[Route] = []
    page.route(WHOLE, lambda route: held.append(route))
    return held


def test_the_newest_rows_can_be_used_while_the_others_come(board, open_page):
    page = open_page(f"{board}/static/favicon.svg")
    held = hold_back(page)
    page.goto(f"{board}/runs")
    first = page.locator('#grid [row-index="0"] [col-id="id"]')
    expect(first).to_contain_text("log_20260101_000149")
    expect(page.locator("#count")).to_have_text("150 runs")
    expect(page.locator("#grid")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#export")).to_be_disabled()
    headings = page.locator("#grid [role=columnheader]")
    expect(headings.filter(has_text="late")).to_have_count(1)  # only the oldest differ in it
    expect(headings.filter(has_text="same")).to_have_count(0)
    before = headings.all_text_contents()
    page.locator("#search").fill("n:7")
    expect(page.locator("#count")).to_have_text("")  # of all runs nobody knows yet
    held[0].continue_()
    expect(page.locator("#count")).to_have_text("1 of 150 runs")
    expect(page.locator("#grid")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#export")).to_be_enabled()
    page.locator("#search").fill("")
    expect(page.locator("#count")).to_have_text("150 runs")
    assert headings.all_text_contents() == before


def test_an_address_that_asks_for_more_waits_for_all_rows(board, open_page):
    page = open_page(f"{board}/static/favicon.svg")
    held = hold_back(page)
    page.goto(f"{board}/runs?sort=hyper-n")
    expect(page.locator("#first")).to_be_visible()
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some(({ name }) => name.includes('grid'))"
    )
    assert page.locator("#grid [row-id]").count() == 0
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.locator('#grid [row-index="0"] [col-id="hyper-n"]')).to_have_text("0")


def test_the_selection_made_meanwhile_and_the_rows_order_stay(board, open_page):
    page = open_page(f"{board}/static/favicon.svg")
    held = hold_back(page)
    page.goto(f"{board}/runs")
    page.locator('#grid [row-id="log_20260101_000140"] input').check()
    heading = page.locator('#grid [role=columnheader][col-id="hyper-name"] .name')
    heading.click()
    held[0].continue_()
    expect(page.locator("#selection")).to_contain_text("1 selected")
    expect(page.locator("#grid")).to_have_attribute("aria-busy", "false")
    for row, name in enumerate(("part0", "part1", "part2", "part3")):
        cell = page.locator(f'#grid [row-index="{row}"] [col-id="hyper-name"]')
        expect(cell).to_have_text(name)  # numbers in texts count as numbers
    heading.click()
    expect(page.locator('#grid [row-index="0"] [col-id="hyper-name"]')).to_have_text("part149")


def test_a_hidden_column_does_not_fetch_the_table_again(board, open_page):
    page = open_page(f"{board}/static/favicon.svg")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{board}/runs")
    expect(page.locator("#grid")).to_have_attribute("aria-busy", "false")
    heading = page.locator('#grid [role=columnheader][col-id="hyper-name"]')
    heading.hover()
    heading.locator("button").click()
    page.locator("[role=dialog]").get_by_role("button", name="Hide").click()
    expect(heading).to_have_count(0)
    with page.expect_response("**/api/changes*") as answer:
        pass
    while "columns" not in answer.value.json():
        with page.expect_response("**/api/changes*") as answer:
            pass
    page.wait_for_timeout(200)
    expect(heading).to_have_count(0)
    assert sum(bool(WHOLE.search(url)) for url in asked) == 1


def test_the_newest_rows_stay_while_the_server_is_out_of_reach(board, open_page):
    page = open_page(f"{board}/static/favicon.svg")
    page.route(WHOLE, lambda route: route.abort())
    page.goto(f"{board}/runs")
    expect(page.locator("#banner")).to_contain_text("reconnecting")
    expect(page.locator('#grid [row-index="0"] [col-id="id"]')).to_be_visible()
    page.unroute_all()
    expect(page.locator("#grid")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#banner")).to_be_hidden()
