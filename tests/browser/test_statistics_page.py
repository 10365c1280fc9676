"""Statistics of the selected runs, and rows made of them."""

from __future__ import annotations

import json
import re

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


def test_an_added_row_of_statistics_is_taken_away_by_undo(own_board: str, logs, open_table) -> None:
    table = open_table(f"{own_board}/runs?filter=off")
    before = (logs / "log_extra_data.txt").read_text()
    table.select(RUN, OTHER)
    table.page.get_by_role("button", name="Statistics").click()
    table.page.get_by_role("button", name="Add as a row").click()
    row = table.page.locator('#grid [row-id^="stats_mean_"]')
    expect(row.first).to_be_visible()
    toast = table.page.locator(".toast").filter(has_text=re.compile("stats_mean_.* was added"))
    toast.get_by_role("button", name="Undo").click()
    expect(row).to_have_count(0)
    assert json.loads((logs / "log_extra_data.txt").read_text()) == json.loads(before)


def test_the_mark_of_an_added_row_is_whole_beside_a_long_id(own_board: str, open_table) -> None:
    table = open_table(f"{own_board}/runs", width=1280)  # whose ids are shorter
    table.select(RUN, OTHER)
    table.page.get_by_role("button", name="Statistics").click()
    table.page.get_by_role("button", name="Add as a row").click()
    cell = table.page.locator('#grid [row-id^="stats_mean_"] [col-id="id"]')
    mark = cell.locator(".tag.added")
    expect(mark).to_be_visible()
    assert mark.evaluate("mark => mark.scrollWidth <= mark.clientWidth + 1")
    inside, outside = mark.bounding_box(), cell.bounding_box()
    assert inside is not None
    assert outside is not None
    assert inside["x"] + inside["width"] <= outside["x"] + outside["width"]
    assert inside["height"] <= 20  # not drawn out to the row's height


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


def test_two_groups_of_the_selected_are_compared(board: str, open_table) -> None:
    table = open_table(f"{board}/runs?filter=off")
    table.page.locator("#grid .ag-header-select-all input").first.click()
    table.page.get_by_role("button", name="Statistics").click()
    groups = table.page.get_by_role("region", name="Two groups").first
    groups.get_by_label("Compare by").select_option("hyper-dataset")
    row = groups.get_by_role("row").filter(has_text="dev-acc")
    expect(row.get_by_role("cell").first).to_have_text("10; 10")
    expect(row.get_by_role("cell").nth(4)).to_contain_text(" … ")
    chance = float(row.get_by_role("cell").last.get_attribute("title") or "nan")
    assert 0 <= chance <= 1
    expect(groups).to_contain_text("10,000 bootstrap resamples")
    difference = row.get_by_role("cell").nth(3)
    before = float(difference.get_attribute("title") or "nan")
    values = groups.get_by_label("Group A"), groups.get_by_label("Group B")
    first, second = (side.input_value() for side in values)
    values[0].select_option(second)
    expect(groups).to_contain_text("Choose two values that differ.")
    values[1].select_option(first)
    expect(difference).to_have_attribute("title", str(-before))
    page = table.page
    expect(page).to_have_url(re.compile("vs=hyper-dataset"))
    page.reload()
    expect(groups.get_by_label("Compare by")).to_have_value("hyper-dataset")
    expect(difference).to_have_attribute("title", str(-before))
    page.get_by_role("button", name="Close").click()
    assert not re.search("vs|stats", page.url)


def test_groups_too_large_for_an_interval_say_so(board: str, open_table) -> None:
    table = open_table(f"{board}/runs?filter=off")

    def large(route) -> None:
        answer = route.fetch().json()
        for contrast in answer["columns"].values():
            contrast["interval"] = None
        route.fulfill(json=answer)

    table.page.route("**/api/statistics/groups", large)
    table.page.locator("#grid .ag-header-select-all input").first.click()
    table.page.get_by_role("button", name="Statistics").click()
    groups = table.page.get_by_role("region", name="Two groups").first
    groups.get_by_label("Compare by").select_option("hyper-dataset")
    expect(groups).to_contain_text("For more than 2,000 runs no interval is drawn.")


def test_without_scipy_the_extra_is_named(board: str, open_table) -> None:
    table = open_table(f"{board}/runs?filter=off")

    def without_scipy(route) -> None:
        answer = route.fetch().json()
        for contrast in answer["columns"].values():
            contrast |= {"t": None, "df": None, "p": None, "interval": None}
        route.fulfill(json={**answer, "install": "pip install scipy"})

    table.page.route("**/api/statistics/groups", without_scipy)
    table.page.locator("#grid .ag-header-select-all input").first.click()
    table.page.get_by_role("button", name="Statistics").click()
    groups = table.page.get_by_role("region", name="Two groups").first
    groups.get_by_label("Compare by").select_option("hyper-dataset")
    expect(groups.get_by_text("pip install scipy")).to_be_visible()
    expect(groups).to_contain_text("fitlog[stats]")
    row = groups.get_by_role("row").filter(has_text="dev-acc")
    expect(row.get_by_role("cell").nth(3)).not_to_have_text("–")
    expect(row.get_by_role("cell").last).to_have_text("–")
