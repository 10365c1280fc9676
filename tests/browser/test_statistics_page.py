"""Statistics of the selected runs, and rows made of them."""

from __future__ import annotations

from playwright.sync_api import expect

RUN, OTHER = "log_20261122_090449", "log_20261122_090445"


def test_the_figures_of_the_selected_are_shown_and_become_a_row(own_board: str, open_table) -> None:
    table = open_table(f"{own_board}/runs?filter=off")
    table.select(RUN, OTHER)
    table.page.get_by_role("button", name="Statistics").click()
    dialog = table.page.get_by_role("dialog", name="Statistics of 2 runs")
    row = dialog.get_by_role("row").filter(has_text="dev-acc")
    expect(row.get_by_role("cell").nth(1)).to_have_attribute("title", "0.9112747295663387")
    dialog.get_by_label("Which figures").select_option("max")
    dialog.get_by_role("button", name="Add as a row").click()
    expect(table.page.locator('#grid [row-id^="stats_max_"]').first).to_be_visible()
    added = table.page.locator('#grid [row-id^="stats_max_"]').first.get_attribute("row-id")
    expect(table.cell(added, "metric-dev-acc")).to_contain_text("0.93167")
    expect(table.cell(added, "hyper-dataset")).to_have_text("weibo")


def test_a_row_added_by_hand_counts_for_no_run(board: str, open_table) -> None:
    table = open_table(f"{board}/runs?filter=off")
    table.select(RUN, OTHER, "paper_SOTA_2024")
    table.page.get_by_role("button", name="Statistics").click()
    expect(table.page.get_by_role("dialog", name="Statistics of 2 runs")).to_be_visible()


def test_a_row_that_cannot_be_added_is_told(own_board: str, open_table) -> None:
    table = open_table(f"{own_board}/runs?filter=off")
    table.select(RUN, OTHER)
    table.page.get_by_role("button", name="Statistics").click()
    refused = {"status": 403, "json": {"error": "this directory may only be read"}}
    table.page.route("**/api/runs", lambda route: route.fulfill(**refused))
    table.page.get_by_role("button", name="Add as a row").click()
    expect(table.page.get_by_role("alert").last).to_contain_text("may only be read")


def test_no_statistics_are_offered_of_one_run(board: str, open_table) -> None:
    table = open_table(f"{board}/runs?filter=off")
    table.select(RUN)
    expect(table.page.locator("#selection")).to_be_visible()
    expect(table.page.get_by_role("button", name="Statistics")).to_be_hidden()
