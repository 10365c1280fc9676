"""A click is never lost because the table changes while the pointer is down."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


def press(page: Page, place: Locator) -> None:
    place.hover()
    page.mouse.down()


def search(page: Page, text: str) -> None:
    """Search without the pointer, and wait until the answer is there."""
    script = """text => { const box = document.getElementById("search"); box.value = text;
        box.dispatchEvent(new Event("input")); }"""
    with page.expect_response(re.compile("/api/search")) as answer:
        page.evaluate(script, text)
    answer.value.finished()


def test_groups_that_change_while_one_is_clicked_lead_to_it_all_the_same(board, open_table):
    page = open_table(f"{board}/runs?filter=off&group=hyper-dataset").page
    link = page.locator("#groups [row-id] [col-id=n] a").first
    expect(link).to_have_text(re.compile("[0-9]+"))
    press(page, link)
    search(page, "hyper-encoder:lstm")
    page.evaluate("() => new Promise(done => setTimeout(done, 200))")  # longer than groups wait
    page.mouse.up()
    expect(page).to_have_url(re.compile("f.hyper-dataset"))


def test_a_links_element_outlives_what_changes_around_it(own_board, logs, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    page = table.page
    run = str(table.rows.nth(2).get_attribute("row-id"))
    before = table.cell(run, "id").locator("a").element_handle()
    page.request.patch(
        f"{own_board}/api/runs/{run}",
        data={"set": {"memo": "by another"}},
        headers={"Origin": own_board},
    )
    expect(table.cell(run, "memo")).to_have_text("by another")
    assert before.evaluate("link => link.isConnected")
    page.goto(f"{own_board}/runs?filter=off&group=hyper-dataset")
    link = page.locator("#groups [row-id] [col-id=n] a").first
    expect(link).to_have_text(re.compile("[0-9]+"))
    before, count = link.element_handle(), link.inner_text()
    search(page, "hyper-encoder:lstm")
    expect(link).not_to_have_text(count)
    assert before.evaluate("link => link.isConnected")
