"""The search box offers the names of columns, and their values."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Locator, Page, expect


@pytest.fixture
def page(board: str, open_table) -> Page:
    return open_table(f"{board}/runs?filter=off").page


def typed(page: Page, text: str) -> Locator:
    """What is offered after typing a text into the box."""
    box = page.locator("#search")
    box.click()
    box.press_sequentially(text)
    return page.locator("#suggestions [role=option] span")


def test_a_name_is_offered_by_the_shortest_ending_that_is_its_own(page: Page) -> None:
    assert "dataset" in typed(page, "data").all_inner_texts()


def test_an_ending_of_several_columns_is_offered_with_what_tells_them_apart(page: Page) -> None:
    offered = typed(page, "SpanF").all_inner_texts()
    assert "dev-SpanFPreRecMetric-f" in offered
    assert "test-SpanFPreRecMetric-f" in offered


def test_a_name_and_a_value_are_taken_with_the_keys_alone_and_found(page: Page, open_table) -> None:
    options = typed(page, "datas")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#search")).to_have_value("dataset:")
    expect(options.filter(has_text="weibo")).to_be_visible()
    page.keyboard.type("on")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.locator("#search")).to_have_value("dataset:ontonotes")
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(page.locator("#count")).to_have_text("10 of 30 runs")


def test_after_a_minus_and_a_comma_there_is_more(page: Page) -> None:
    assert "dataset" in typed(page, "-data").all_inner_texts()
    page.locator("#search").fill("")
    assert typed(page, "dataset:weibo,c").all_inner_texts() == ["conll"]


def test_a_value_with_spaces_is_taken_in_quotes(page: Page) -> None:
    typed(page, "memo:from").first.click()
    expect(page.locator("#search")).to_have_value('memo:"from the paper, table 3"')
    expect(page.locator("#count")).to_have_text("1 of 30 runs")


def test_escape_closes_the_list_and_only_then_empties_the_box(page: Page) -> None:
    typed(page, "data")
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(page.locator("#search")).to_have_value("data")
    page.keyboard.press("Escape")
    expect(page.locator("#search")).to_have_value("")


def test_enter_without_a_choice_searches_for_what_was_typed(page: Page) -> None:
    typed(page, "weibo")
    page.keyboard.press("Enter")
    expect(page.locator("#search")).to_have_value("weibo")
    expect(page.locator("#count")).to_have_text("10 of 30 runs")


def test_the_old_form_is_left_alone(page: Page) -> None:
    typed(page, "${'hyper-l")
    expect(page.locator("#suggestions")).to_be_hidden()
    page.locator("#search").fill("")


def test_the_choice_is_told_to_screen_readers(page: Page) -> None:
    typed(page, "data")
    box = page.get_by_role("combobox", name="Search runs")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    chosen = box.get_attribute("aria-activedescendant")
    expect(page.locator(f"#{chosen}")).to_have_attribute("aria-selected", "true")


def test_numbers_that_as_many_runs_have_are_offered_in_their_order(page: Page) -> None:
    offered = [float(text) for text in typed(page, "dev-acc>").all_inner_texts()]
    assert len(offered) > 4
    assert offered == sorted(offered)


def test_a_search_that_cannot_be_understood_is_not_kept_however_late_the_answer(page: Page) -> None:
    page.route("**/api/search?**", lambda route: (time.sleep(0.4), route.continue_()))
    box = page.locator("#search")
    box.fill("dataset:conll (")
    box.press("Enter")
    expect(page.locator("#fault")).to_be_visible()
    box.fill("dataset:conll")
    box.press("Enter")
    expect(page.locator("#count")).to_have_text("7 of 30 runs")
    assert page.evaluate("JSON.parse(localStorage.getItem('fitlog-searches'))") == ["dataset:conll"]


def test_the_searches_made_last_are_offered_in_an_empty_box_by_the_down_key(page: Page) -> None:
    box = page.locator("#search")
    for text, count in (("dataset:weibo", "10 of 30 runs"), ("dataset:conll", "7 of 30 runs")):
        box.fill(text)
        box.press("Enter")
        expect(page.locator("#count")).to_have_text(count)
    box.fill("dataset:conll (")
    box.press("Enter")
    expect(page.locator("#fault")).to_be_visible()  # what cannot be understood is not kept
    box.fill("")
    expect(page.locator("#fault")).to_be_hidden()
    expect(page.locator("#suggestions")).to_be_hidden()
    box.press("ArrowDown")
    options = page.locator("#suggestions [role=option]")
    expect(options).to_have_text(["dataset:conll", "dataset:weibo"])
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("dataset:weibo")
    expect(page.locator("#count")).to_have_text("10 of 30 runs")
