"""The panel of columns, and the order that headings are dragged into."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from fitlog import Run


def open_panel(page: Page) -> Locator:
    page.get_by_role("button", name="Columns", exact=True).click()
    return page.get_by_role("complementary", name="Columns")


def drag(page: Page, heading: Locator, onto: Locator) -> None:
    """Carry a heading to the left half of another."""
    start, end = heading.bounding_box(), onto.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 12, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] - 8, start["y"] + start["height"] / 2, steps=4)
    page.mouse.move(end["x"] + 6, end["y"] + end["height"] / 2, steps=12)
    page.mouse.up()


def shown_order(page: Page, group: str) -> list[str]:
    """The columns below a heading, from left to right."""
    script = """group => [...document.querySelectorAll(`#grid .ag-header-cell[col-id^="${group}"]`)]
        .sort((a, b) => a.getBoundingClientRect().x - b.getBoundingClientRect().x)
        .map(cell => cell.getAttribute("col-id"))"""
    return list(page.evaluate(script, group))


def test_the_panel_is_searched_and_the_table_can_be_used_meanwhile(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    panel = open_panel(table.page)
    find = panel.get_by_role("searchbox", name="Find a column")
    expect(find).to_be_focused()
    find.fill("WEIGHT")
    expect(panel.get_by_role("checkbox")).to_have_count(3)  # hyper, optim, weight_decay
    expect(panel.get_by_label("weight_decay")).to_be_visible()
    table.heading("hyper-lr").click()
    expect(table.heading("hyper-lr")).to_have_attribute("aria-sort", "ascending")
    find.press("Escape")
    expect(panel).to_be_hidden()


def test_a_heading_of_several_columns_hides_all_of_them_and_tells_when_only_some_are(
    own_board, open_table
):
    table = open_table(f"{own_board}/runs?filter=off")
    panel = open_panel(table.page)
    parent = panel.get_by_label("optim")
    with table.page.expect_response("**/api/view"):
        panel.get_by_label("weight_decay").uncheck()
    expect(table.heading("hyper-optim-weight_decay")).to_have_count(0)
    assert parent.evaluate("box => box.indeterminate")
    parent.uncheck()
    expect(table.heading("hyper-optim-sched-warmup")).to_have_count(0)
    parent.check()
    expect(table.heading("hyper-optim-weight_decay")).to_be_visible()
    expect(table.heading("hyper-optim-sched-warmup")).to_be_visible()


def test_a_column_that_is_the_same_everywhere_tells_its_value_and_can_be_shown(
    own_board, open_table
):
    table = open_table(f"{own_board}/runs?filter=off")
    panel = open_panel(table.page)
    item = panel.get_by_role("listitem").filter(has=table.page.get_by_label("max_len"))
    expect(item.last).to_contain_text("same: 128")
    panel.get_by_label("max_len").check()
    expect(table.heading("hyper-max_len")).to_be_visible()


def test_a_long_value_that_is_the_same_everywhere_can_be_read_whole_and_copied(
    tmp_path, start_board, open_table
):
    text = "a rather long description of what these runs were about"
    for acc in (0.5, 0.6):
        with Run(tmp_path) as run:
            run.add_hyper({"what": text, "a_name_of_many_letters_and_words": 1})
            run.add_best_metric(acc, name="acc")
    allowed = ["clipboard-read", "clipboard-write"]
    table = open_table(f"{start_board(tmp_path)}/runs", width=1280, permissions=allowed)
    panel = open_panel(table.page)
    line = panel.locator(".line", has=table.page.get_by_label("what", exact=True))
    expect(line.get_by_title(text, exact=True)).to_be_visible()
    line.hover()
    line.get_by_role("button", name="Copy").click()
    assert table.page.evaluate("() => navigator.clipboard.readText()") == text
    expect(panel.get_by_label("what", exact=True)).not_to_be_checked()
    right = panel.evaluate("panel => panel.getBoundingClientRect().right")
    edges = "all => all.map(one => one.getBoundingClientRect().right)"
    assert max(panel.locator(".copy").evaluate_all(edges)) <= right


def test_a_search_for_a_column_that_is_not_there_says_so(board, open_table):
    panel = open_panel(open_table(f"{board}/runs?filter=off", width=1280).page)
    panel.get_by_placeholder("Find a column").fill("nosuch")
    expect(panel.get_by_role("status")).to_have_text("No column holds “nosuch”.")


def test_a_column_is_moved_by_keys_and_stays_where_it_was_put(own_board, logs: Path, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    expect(open_panel(table.page)).to_contain_text("Ctrl+Shift+← →")
    table.heading("hyper-batch_size").click()
    with table.page.expect_response("**/api/view"):
        table.page.keyboard.press("Control+Shift+ArrowLeft")
    order = (logs / "default.cfg").read_text("utf-8").split('"hyper": {', 1)[1]
    assert order.index('"batch_size"') < order.index('"lr"')


def test_all_hidden_columns_come_back_at_once(own_board, logs: Path, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    expect(table.heading("hyper-dropout")).to_have_count(0)
    with table.page.expect_response("**/api/view"):
        open_panel(table.page).get_by_role("button", name="Show all").click()
    expect(table.heading("hyper-dropout")).to_be_visible()
    table.page.reload()
    expect(table.heading("hyper-dropout")).to_be_visible()
    assert "hidden_columns = hyper" not in (logs / "default.cfg").read_text("utf-8")


def test_a_dragged_column_stays_where_it_was_put(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    before = shown_order(table.page, "hyper-")
    assert before.index("hyper-lr") < before.index("hyper-dataset")
    with table.page.expect_response("**/api/view") as saved:
        drag(table.page, table.heading("hyper-dataset"), table.heading("hyper-lr"))
    assert saved.value.ok
    moved = shown_order(table.page, "hyper-")
    assert moved.index("hyper-dataset") < moved.index("hyper-lr")
    assert sorted(moved) == sorted(before)
    table.page.reload()
    expect(table.heading("hyper-lr")).to_be_visible()
    assert shown_order(table.page, "hyper-") == moved
