"""The headings and the ids of the run table stay where the reader can see them."""

from __future__ import annotations

from playwright.sync_api import expect

RUN = "log_20261122_090449"


def test_headings_and_ids_stay_in_sight_however_far_one_scrolls(board, open_table):
    table = open_table(f"{board}/runs?filter=off&differs=off", width=1000, height=500)
    expect(table.heading("metric-dev-acc")).to_be_visible()
    before = table.heading("id").bounding_box()
    table.rows.nth(4).hover()
    table.page.mouse.wheel(600, 0)
    table.page.mouse.wheel(0, 300)
    expect(table.heading("hyper-lr")).to_be_in_viewport()
    expect(table.page.locator('#grid [row-index="0"] [col-id="id"]')).not_to_be_in_viewport()
    assert table.heading("id").bounding_box() == before
    expect(table.page.locator('#grid [row-index="14"] [col-id="id"]')).to_be_in_viewport()
    groups = table.page.locator("#grid .ag-header-group-cell-label", has_text="hyper")
    expect(groups.first).to_be_in_viewport()


def test_rows_reach_as_far_as_the_headings_at_the_far_right(board, open_table):
    table = open_table(f"{board}/runs?filter=off&differs=off", width=1280)
    view = table.page.locator("#grid .ag-grid-viewport")
    view.evaluate("view => view.scrollTo({ left: 1e6 })")
    expect(table.heading("memo")).to_be_visible()
    # What lies over the last pixels of a row must let them be seen.
    script = """() => [...document.querySelectorAll('#grid .ag-scrollbar-invisible')]
        .flatMap(bar => [bar, ...bar.querySelectorAll('*')])
        .map(part => getComputedStyle(part).backgroundColor)"""
    assert set(table.page.evaluate(script)) <= {"rgba(0, 0, 0, 0)"}
    edges = """() => ['.ag-header-row', '[role=row][row-id]'].map(name =>
        Math.round(document.querySelector(`#grid ${name}`).getBoundingClientRect().right))"""
    header, row = table.page.evaluate(edges)
    assert header == row


def test_a_heading_that_is_sorted_by_and_filtered_shows_its_whole_name_and_place(board, open_table):
    address = "sort=hyper-lr,-metric-dev-acc&f.metric-dev-acc=in:0.9..&f.hyper-lr=in:0.001.."
    table = open_table(f"{board}/runs?filter=off&{address}")
    for column, place in (("hyper-lr", "1"), ("metric-dev-acc", "2")):
        heading = table.heading(column)
        name = heading.locator(".name")
        assert name.evaluate("name => name.scrollWidth <= name.clientWidth")
        order = heading.locator(".ag-sort-order")
        expect(order).to_have_text(place)
        boxes = [part.bounding_box() for part in (heading.locator(".menu-button svg"), order, name)]
        assert all(boxes)
        ends = [(box["x"], box["x"] + box["width"]) for box in boxes if box]
        assert ends[0][1] <= ends[1][0] + 1  # the funnel, then the place, then the name
        assert ends[1][1] <= ends[2][0] + 1
