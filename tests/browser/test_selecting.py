"""Selecting runs: a range, all that are found, the others; and the count that says so."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

BOX = "ag-Grid-SelectionColumn"


def box(table, place: int) -> Locator:
    """The checkbox of the row at a place, counted from the top."""
    return table.page.locator(f'#grid [row-index="{place}"] [col-id="{BOX}"] input')


def header_box(table) -> Locator:
    return table.page.locator(f'#grid [role=columnheader][col-id="{BOX}"] input')


def bar(table) -> Locator:
    return table.page.locator("#selection output")


def places(table) -> list[int]:
    """The places of the selected rows, from the top."""
    script = f"""() => [...document.querySelectorAll('#grid [col-id="{BOX}"] input:checked')]
        .map(box => Number(box.closest('[row-index]')?.getAttribute('row-index') ?? -1))"""
    return sorted(table.page.evaluate(script))


@pytest.fixture
def table(board, open_table):
    return open_table(f"{board}/runs?filter=off")


def test_shift_and_a_click_select_all_rows_between(table):
    box(table, 2).click()
    box(table, 6).click(modifiers=["Shift"])
    expect(bar(table)).to_have_text("5 selected")
    assert places(table) == [2, 3, 4, 5, 6]


def test_a_range_is_selected_by_keys_alone(table):
    table.page.locator('#grid [row-index="1"] [col-id="id"]').focus()
    table.page.keyboard.press(" ")
    for _ in range(3):
        table.page.keyboard.press("ArrowDown")
    table.page.keyboard.press("Shift+ ")
    expect(bar(table)).to_have_text("4 selected")
    assert places(table) == [1, 2, 3, 4]
    table.page.keyboard.press("?")
    expect(table.page.get_by_role("dialog")).to_contain_text("select all from the last one to here")


def test_the_box_in_the_heading_selects_all_that_are_found_and_no_other(table):
    table.page.locator("#search").fill("weibo")
    table.expect_count(10)
    header_box(table).click()
    expect(bar(table)).to_have_text("10 selected")
    table.page.locator("#search").fill("")
    table.expect_count(28)
    expect(bar(table)).to_have_text("10 selected")
    datasets = table.column("hyper-dataset")
    assert [datasets[place] for place in places(table)] == ["weibo"] * 10
    table.page.locator("#search").fill("conll")
    expect(bar(table)).to_have_text("10 selected (10 not in view)")


def test_all_that_are_found_are_selected_by_key_also_those_out_of_sight(board, open_table):
    table = open_table(f"{board}/runs?filter=off", height=400)
    table.page.locator('#grid [row-index="1"] [col-id="id"]').focus()
    table.page.keyboard.press("Control+a")
    expect(bar(table)).to_have_text("28 selected")
    assert table.rows.count() < 28
    table.page.keyboard.press("Escape")
    expect(bar(table)).to_be_hidden()


def test_the_selection_is_inverted_among_what_is_found_and_nowhere_else(table):
    conll = table.column("hyper-dataset").index("conll")
    box(table, conll).click()
    table.page.locator("#search").fill("weibo")
    table.expect_count(10)
    box(table, 3).click()
    expect(bar(table)).to_have_text("2 selected (1 not in view)")
    table.page.get_by_role("button", name="Invert").click()
    expect(bar(table)).to_have_text("10 selected (1 not in view)")
    assert places(table) == [0, 1, 2, 4, 5, 6, 7, 8, 9]


def test_a_selection_stands_in_the_address(table, open_table):
    box(table, 0).click()
    box(table, 4).click()
    expect(bar(table)).to_have_text("2 selected")
    again = open_table(table.page.url)
    expect(bar(again)).to_have_text("2 selected")
    assert places(again) == [0, 4]
