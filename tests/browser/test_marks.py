"""Cells that are marked: what is searched for, and the best of a column."""

from __future__ import annotations

from playwright.sync_api import expect

ACC = "metric-dev-acc"
BEST, WORST = "log_20261122_090419", "log_20261122_090414"
BEST_OF_CONLL = "log_20261122_090308"


def marked(table, mark: str) -> set[tuple[str, str]]:
    script = f"""() => [...document.querySelectorAll('#grid .{mark}')].map(cell =>
        [cell.closest('[row-id]').getAttribute('row-id'), cell.getAttribute('col-id')])"""
    return {(run, column) for run, column in table.page.evaluate(script)}


def open_menu(table, column: str):
    heading = table.heading(column)
    heading.hover()
    heading.locator("button").click()
    return table.page.get_by_role("dialog", name=f"Column {column}")


def test_the_cells_that_hold_the_searched_text_are_marked_until_it_is_another(board, open_table):
    table = open_table(f"{board}/runs?filter=off&q=LSTM")
    expect(table.page.locator("#count")).to_have_text("14 of 30 runs")
    expect(table.page.locator("#grid .hit")).to_have_count(14)
    assert {column for _, column in marked(table, "hit")} == {"hyper-encoder"}
    table.page.locator("#search").fill("dataset:weibo 090449")
    expect(table.page.locator("#grid .hit")).to_have_count(1)
    assert marked(table, "hit") == {("log_20261122_090449", "id")}
    table.page.locator("#search").fill("dataset:weibo -lstm")
    expect(table.page.locator("#grid .hit")).to_have_count(0)
    table.page.locator("#search").fill("")
    table.expect_count(28)
    assert marked(table, "hit") == set()


def test_the_best_of_the_runs_in_view_is_bold_and_the_address_keeps_it(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    menu = open_menu(table, ACC)
    best = menu.get_by_role("group", name="Best in bold")
    best.get_by_role("button", name="the highest").click()
    expect(best.get_by_role("button", name="the highest")).to_have_attribute("aria-pressed", "true")
    assert marked(table, "best") == {(BEST, ACC)}
    assert f"best={ACC}" in table.page.url
    again = open_table(table.page.url)
    assert marked(again, "best") == {(BEST, ACC)}
    again.page.locator("#search").fill("dataset:conll")
    expect(again.page.locator(f'#grid [row-id="{BEST_OF_CONLL}"] .best')).to_have_count(1)
    assert marked(again, "best") == {(BEST_OF_CONLL, ACC)}
    best.get_by_role("button", name="the lowest").click()
    assert marked(table, "best") == {(WORST, ACC)}
    assert f"best=-{ACC}" in table.page.url
    best.get_by_role("button", name="the lowest").click()
    assert marked(table, "best") == set()
    assert "best=" not in table.page.url


def test_a_column_of_texts_has_no_best(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    menu = open_menu(table, "hyper-dataset")
    expect(menu.get_by_label("conll")).to_be_visible()
    expect(menu.get_by_role("group", name="Best in bold")).to_have_count(0)
