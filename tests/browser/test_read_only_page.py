"""A board that changes nothing offers nothing that it would refuse."""

from __future__ import annotations

from playwright.sync_api import expect

RUN = "log_20261122_090449"
OTHER = "log_20261122_090445"


def test_a_board_that_only_shows_offers_no_change(start_board, logs, open_table):
    table = open_table(f"{start_board(logs, '--read-only')}/runs?filter=off")
    page = table.page
    expect(page.locator(".where")).to_have_text(f"{logs} · read only")
    table.select(RUN, OTHER)
    bar = page.locator("#selection")
    expect(bar.get_by_role("button")).to_have_text(
        ["Clear", "Invert", "Compare", "Statistics", "Relations", "What differs", "Move…"]
    )
    page.keyboard.press("h")
    page.keyboard.press("Delete")
    bar.get_by_role("button", name="Statistics").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_accessible_name("Statistics of 2 runs")  # which come from the server
    expect(dialog.get_by_role("button", name="Add as a row")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("?")
    expect(dialog.get_by_role("heading", name="Keys")).to_be_visible()
    expect(dialog.get_by_role("button", name="End the board")).to_have_count(0)
    table.expect_count(28)
    expect(page.locator(".toast")).to_have_count(0)


def test_open_statistics_and_columns_stand_in_the_address(start_board, logs, open_table):
    board = start_board(logs, "--read-only")
    table = open_table(f"{board}/runs?filter=off&sel={RUN},{OTHER}&stats=1&columns=1")
    page = table.page
    expect(page.get_by_role("dialog", name="Statistics of 2 runs")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_visible()
    page.wait_for_function("!location.search.includes('stats')")
    page.locator("#panel").get_by_role("button", name="Close").click()
    page.wait_for_function("!location.search.includes('columns=')")
