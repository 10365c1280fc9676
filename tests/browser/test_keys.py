"""Keys that are shorter ways to what others do, and the switch that turns them off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

FIRST = '#grid [row-index="0"] [col-id="id"]'
BOXES = '#grid [row-index="{}"] [col-id="ag-Grid-SelectionColumn"] input'


def test_j_and_k_move_and_x_selects_and_takes_back(board, open_table):
    page = open_table(f"{board}/runs?filter=off").page
    page.keyboard.press("j")
    expect(page.locator(FIRST)).to_be_focused()
    for key in "jjk":
        page.keyboard.press(key)
    expect(page.locator('#grid [row-index="1"] [col-id="id"]')).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(BOXES.format(1))).to_be_checked()
    page.keyboard.press("x")
    expect(page.locator(BOXES.format(1))).not_to_be_checked()


def test_shift_and_x_select_all_from_the_last_one_to_here(board, open_table):
    page = open_table(f"{board}/runs?filter=off").page
    for key in ("j", "x", "j", "j", "Shift+x"):
        page.keyboard.press(key)
    expect(page.locator("#selection output")).to_have_text("3 selected")


def test_a_key_in_a_cell_that_can_be_edited_does_its_work_and_types_nothing(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off", width=2000)
    page = table.page
    page.locator(FIRST).focus()
    page.keyboard.press("Control+ArrowRight")
    expect(page.locator('#grid [row-index="0"] [col-id="memo"]')).to_be_focused()
    for key in ("j", "x", "h"):
        page.keyboard.press(key)
    table.expect_count(27)
    expect(page.locator("#grid .ag-cell-inline-editing, .ag-popup-editor")).to_have_count(0)
    page.keyboard.press("e")
    page.keyboard.type("hjx")
    expect(page.locator(".ag-popup-editor textarea")).to_have_value(re.compile("hjx$"))


def test_the_first_j_is_where_the_memo_is_edited(own_board, open_table):
    page = open_table(f"{own_board}/runs?filter=off", width=2000).page
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator(".ag-popup-editor textarea")).to_be_focused()


def test_o_opens_the_run_in_another_tab(board, open_table):
    page = open_table(f"{board}/runs?filter=off").page
    page.keyboard.press("j")  # the first row was added by hand
    page.keyboard.press("j")
    with page.context.expect_page() as opened:
        page.keyboard.press("o")
    expect(opened.value).to_have_url(re.compile(r"/run/log_"))
    expect(page).to_have_url(re.compile(r"/runs"))


def test_control_z_undoes_the_last_change(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    page = table.page
    page.keyboard.press("j")
    for key in ("j", "x", "h"):
        page.keyboard.press(key)
    table.expect_count(27)
    page.keyboard.press("Control+z")
    table.expect_count(28)


def test_g_and_another_key_lead_to_the_other_pages(board, open_page):
    page = open_page(f"{board}/runs")
    for key, path in (("v", "pivot"), ("p", "relations"), ("r", "runs")):
        page.wait_for_load_state("networkidle")
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(f"/{path}"))


def test_keys_of_a_single_sign_can_be_switched_off_and_stay_off(board, open_page):
    page = open_page(f"{board}/runs")
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_label("Keys of a single sign").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.locator("#help").wait_for()
    page.keyboard.press("?")
    page.keyboard.press("t")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("document.documentElement.dataset.theme") is None
    page.locator("#help").click()
    page.get_by_role("dialog").get_by_label("Keys of a single sign").check()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_help_tells_the_short_form_of_a_search(board, open_table):
    page = open_table(f"{board}/runs").page
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("lr:0.001..0.01 dataset:conll -state:error")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize(("width", "fits"), [(1280, True), (390, False)])
def test_the_help_needs_no_scrolling_where_there_is_room(board, open_page, locale, width, fits):
    page = open_page(f"{board}/runs", width=width, height=800, locale=locale)
    expect(page.locator("#grid")).to_have_attribute("aria-busy", "false")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("kbd").nth(20)).to_be_attached()
    beyond = dialog.evaluate(
        "d => [d.scrollHeight - d.clientHeight, d.scrollWidth - d.clientWidth]"
    )
    assert beyond[1] <= 0
    assert beyond[0] <= 0 or not fits
    assert dialog.bounding_box()["x"] >= 0
