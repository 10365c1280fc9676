"""What a heading opens: the conditions on a column, sorting by several, pinning and widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

LR = "hyper-lr"
ACC = "metric-dev-acc"
DATASET = "hyper-dataset"


def open_menu(table, column: str):
    heading = table.heading(column)
    heading.hover()
    heading.locator("button").click()
    menu = table.page.get_by_role("dialog", name=f"Column {column}")
    expect(menu).to_be_visible()
    return menu


def addresses(page: Page) -> str:
    return page.url.split("?", 1)[1]


def test_ticked_values_are_the_ones_shown_and_stand_in_the_address(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    menu = open_menu(table, DATASET)
    menu.get_by_label("conll").check()
    expect(table.page.locator("#count")).to_have_text("7 of 30 runs")
    assert set(table.column(DATASET)) == {"conll"}
    menu.get_by_label("weibo").check()
    table.expect_count(17)
    assert "f.hyper-dataset=is:conll,weibo" in addresses(table.page)
    again = open_table(table.page.url)
    again.expect_count(17)
    assert set(again.column(DATASET)) == {"conll", "weibo"}


def test_a_list_tells_how_many_runs_hold_each_value_and_none(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    menu = open_menu(table, LR)
    assert menu.locator("li").all_inner_texts() == [
        "0.001\n4",
        "0.003\n6",
        "0.01\n6",
        "0.03\n5",
        "0.1\n6",
        "(empty)\n1",
    ]
    menu.get_by_label("(empty)").check()
    table.expect_count(1)  # the row added by hand
    expect(table.cell("paper_SOTA_2024", "id")).to_be_visible()


def test_a_range_takes_both_its_ends_and_may_be_open(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    menu = open_menu(table, LR)
    menu.get_by_label("from").fill("0.003")
    menu.get_by_label("to", exact=True).fill("3e-2")
    table.expect_count(17)
    assert {float(text) for text in table.column(LR)} == {0.003, 0.01, 0.03}
    menu.get_by_label("to", exact=True).fill("")
    table.expect_count(23)
    assert "f.hyper-lr=in:0.003.." in addresses(table.page)
    menu.get_by_label("from").fill("three")
    expect(menu.get_by_label("from")).to_have_attribute("aria-invalid", "true")
    table.expect_count(28)


def test_nan_is_in_no_range(logs, start_board, open_table):
    run = "log_20261122_090449"
    with (logs / run / "best_metric.log").open("a") as file:
        file.write('{"metric": {"dev": {"acc": "NaN"}}}\n')
    table = open_table(f"{start_board(logs)}/runs?filter=off&f.{ACC}=in:-1e9..")
    expect(table.rows).not_to_have_count(0)
    expect(table.cell(run, "id")).to_have_count(0)


def test_a_text_that_cells_hold_is_looked_for_whatever_its_case(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    menu = open_menu(table, "hyper-encoder")
    menu.get_by_label("contains").fill("FORMER")
    expect(table.rows.first).to_be_visible()
    assert set(table.column("hyper-encoder")) == {"transformer"}
    assert "f.hyper-encoder=has:FORMER" in addresses(table.page)


def test_what_is_typed_takes_the_place_of_what_is_ticked(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    menu = open_menu(table, LR)
    menu.get_by_label("0.001").check()
    table.expect_count(4)
    menu.get_by_label("from").fill("0.03")
    table.expect_count(11)
    expect(menu.get_by_label("0.001")).not_to_be_checked()


def test_conditions_and_the_search_all_have_to_hold_and_each_can_be_taken_away(board, open_table):
    conditions = "f.hyper-dataset=is:conll&f.hyper-lr=in:0.05..&q=weibo"
    page = open_table(f"{board}/runs?filter=off").page
    page.goto(f"{board}/runs?filter=off&{conditions}")
    notice = page.locator("#none")
    expect(notice).to_contain_text("No run matches.")
    expect(notice).to_contain_text("hyper-lr: ≥ 0.05")
    item = notice.get_by_role("listitem").filter(has_text="weibo")
    item.get_by_role("button", name=re.compile(r"^Without it: 2$")).click()
    expect(notice).to_be_hidden()
    expect(page.locator("#count")).to_have_text("2 of 30 runs")
    page.get_by_role("button", name="Filters: 2 ×").click()
    expect(page.locator("#count")).to_have_text("28 of 30 runs")
    assert "f." not in page.url


def test_which_condition_of_a_search_leaves_nothing_is_told_and_taken_away(board, open_table):
    page = open_table(f"{board}/runs?filter=off").page
    page.locator("#search").fill("lr:0.003.. nosuch:5 dataset:conll")
    notice = page.locator("#none")
    expect(notice).to_contain_text("No run has a column “nosuch”.")
    # Without one of the others there is still none, so they are not offered.
    expect(notice.get_by_role("listitem")).to_have_count(2)
    item = notice.get_by_role("listitem").filter(has_text=re.compile("^nosuch:5"))
    item.get_by_role("button", name="Without it: 7", exact=True).click()
    expect(page.locator("#count")).to_have_text("7 of 30 runs")
    expect(page.locator("#search")).to_have_value("lr:0.003.. dataset:conll")
    expect(notice).to_be_hidden()


def test_a_filtered_heading_is_marked_until_it_is_cleared(board, open_table):
    table = open_table(f"{board}/runs?filter=off&f.{DATASET}=is:weibo")
    mark = table.heading(DATASET).locator(".filtered")
    expect(mark).to_have_count(1)
    open_menu(table, DATASET).get_by_role("button", name="Clear").click()
    expect(mark).to_have_count(0)
    table.expect_count(28)


def test_the_key_f_opens_the_menu_and_escape_gives_the_cell_back(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    table.rows.first.locator(f'[col-id="{LR}"]').click()
    table.page.keyboard.press("f")
    menu = table.page.get_by_role("dialog", name=f"Column {LR}")
    expect(menu).to_be_visible()
    table.page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(table.page.locator(":focus")).to_have_attribute("col-id", LR)


def test_the_key_s_sorts_up_then_down_then_not(board, open_table):
    table = open_table(f"{board}/runs?filter=off&sort=id")
    table.rows.first.locator(f'[col-id="{LR}"]').click()
    for wanted in (r"sort=hyper-lr", r"sort=-hyper-lr"):
        table.page.keyboard.press("s")
        expect(table.page).to_have_url(re.compile(wanted))
    table.page.keyboard.press("s")
    expect(table.page).not_to_have_url(re.compile("sort="))


def test_a_second_heading_with_shift_sorts_within_the_first(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    table.heading(DATASET).click()
    table.heading(LR).click(modifiers=["Shift"])
    expect(table.page).to_have_url(re.compile(r"sort=hyper-dataset,hyper-lr"))
    again = open_table(table.page.url)
    pairs = [
        (dataset, float(rate))
        for dataset, rate in zip(again.column(DATASET), again.column(LR), strict=True)
        if dataset and rate
    ]
    assert pairs == sorted(pairs)
    assert len({dataset for dataset, _ in pairs}) == 3


def test_states_are_sorted_with_the_rows_without_one_last(board, open_table):
    for direction in ("", "-"):
        table = open_table(f"{board}/runs?filter=off&sort={direction}state")
        assert table.column("state")[-1] == ""  # the row added by hand


def test_a_pinned_column_stays_in_sight_and_in_the_address(board, open_table):
    table = open_table(f"{board}/runs?filter=off", width=900)
    open_menu(table, ACC).get_by_role("button", name="Pin").click()
    pinned = f'.ag-grid-pinned-left-cells [role=columnheader][col-id="{ACC}"]'
    expect(table.page.locator(pinned)).to_be_visible()
    assert f"pin={ACC}" in addresses(table.page)
    again = open_table(table.page.url, width=900)
    expect(again.page.locator(pinned)).to_be_visible()
    open_menu(again, ACC).get_by_role("button", name="Pin", pressed=True).click()
    expect(again.page.locator(pinned)).to_have_count(0)
    assert "pin=" not in again.page.url


def test_a_width_drawn_by_the_reader_stands_in_the_address(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    edge = table.heading(LR).locator(".ag-header-cell-resize").bounding_box()
    mouse = table.page.mouse
    mouse.move(edge["x"] + edge["width"] / 2, edge["y"] + 10)
    mouse.down()
    mouse.move(edge["x"] + edge["width"] / 2 + 80, edge["y"] + 10, steps=5)
    mouse.up()
    expect(table.page).to_have_url(re.compile(r"w\.hyper-lr=\d+"))
    drawn = table.heading(LR).bounding_box()["width"]
    assert open_table(table.page.url).heading(LR).bounding_box()["width"] == pytest.approx(drawn)


def test_a_column_is_hidden_from_its_menu(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    open_menu(table, LR).get_by_role("button", name="Hide").click()
    expect(table.heading(LR)).to_have_count(0)
    expect(open_table(f"{own_board}/runs?filter=off").heading(LR)).to_have_count(0)


def test_a_mangled_condition_in_the_address_breaks_nothing(board, open_table):
    table = open_table(f"{board}/runs?filter=off&f.{LR}=in:x..y&f.=is:1&f.%ff=%zz&f.{ACC}&w.id=x")
    table.expect_count(28)


def test_of_the_selected_only_what_differs_among_them_is_shown(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    weibo = [row for row, name in enumerate(table.column(DATASET)) if name == "weibo"][:2]
    runs = [table.column("id")[row] for row in weibo]
    table.select(*runs)
    table.page.get_by_role("button", name="What differs", exact=True).click()
    expect(table.heading(DATASET)).to_have_count(0)
    expect(table.heading(ACC)).to_be_visible()
    assert "differs=selected" in table.page.url
    again = open_table(table.page.url)
    expect(again.page.locator("#selection output")).to_contain_text("2 selected")
    expect(again.heading(DATASET)).to_have_count(0)
    again.page.get_by_role("button", name="Clear").click()
    expect(again.heading(DATASET)).to_be_visible()
    assert "sel=" not in again.page.url
    assert "differs=" not in again.page.url


@pytest.mark.parametrize(("width", "height"), [(1400, 420), (400, 340)])
def test_a_menu_that_opens_from_the_lowest_row_lies_within_the_window(
    width, height, board, open_table
):
    table = open_table(f"{board}/runs?filter=off", width=width, height=height)
    table.page.locator('#grid [role=row][row-id] [col-id="state"]').last.click()
    table.page.keyboard.press("Control+End")
    table.page.keyboard.press("f")
    box = table.page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= height
