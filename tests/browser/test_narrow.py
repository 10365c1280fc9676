"""The run table in a window as narrow as a phone's."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Locator, Page, expect

RUN, OTHER = "log_20261122_090452", "log_20261122_090445"
ADDED = "paper_SOTA_2024"
METRIC = "metric-dev-SpanFPreRecMetric-f"
PHONE = {"width": 390, "height": 800}


def columns(table) -> list[str]:
    script = """() => [...document.querySelectorAll('#grid [role=columnheader][col-id]')]
        .map(head => [head.getBoundingClientRect().left, head.getAttribute('col-id')])
        .sort((a, b) => a[0] - b[0]).map(pair => pair[1])"""
    return [key for key in table.page.evaluate(script) if not key.startswith("ag-Grid")]


def test_id_state_a_metric_and_the_memo_are_in_sight_at_once(board, open_table):
    table = open_table(f"{board}/runs?filter=off", **PHONE)
    assert columns(table)[:4] == ["id", "state", METRIC, "memo"]
    for column, least in {"id": 90, "state": 30, METRIC: 60, "memo": 80}.items():
        box = table.cell(ADDED, column).bounding_box()
        assert box is not None
        assert min(box["x"] + box["width"], 390) - box["x"] >= least
    expect(table.heading(METRIC)).to_have_text("dev-…-f")
    expect(table.cell(ADDED, "memo")).to_contain_text("from the paper")


def test_of_an_id_the_end_is_in_sight_which_tells_it_from_others(board, open_table):
    table = open_table(f"{board}/runs?filter=off", **PHONE)
    name = table.cell(RUN, "id").locator(".name")
    assert name.evaluate("name => name.scrollWidth > name.clientWidth")
    assert name.evaluate("name => getComputedStyle(name).direction") == "rtl"
    text = name.locator("bdi").bounding_box()
    frame = name.bounding_box()
    assert text is not None
    assert frame is not None
    assert abs(text["x"] + text["width"] - frame["x"] - frame["width"]) < 2


def test_the_metric_that_runs_are_sorted_by_is_the_one_beside_the_state(board, open_table):
    table = open_table(f"{board}/runs?filter=off&sort=-metric-dev-acc", **PHONE)
    assert columns(table)[:4] == ["id", "state", "metric-dev-acc", "memo"]


def test_no_shade_lies_over_what_an_empty_directory_says(tmp_path, start_board, open_page):
    page = open_page(f"{start_board(tmp_path)}/runs", **PHONE)
    expect(page.locator("main")).to_contain_text("No runs here yet")
    page.wait_for_function("document.querySelector('#grid.goes-on')")
    shade = "grid => getComputedStyle(grid, '::after').display"
    assert page.locator("#grid").evaluate(shade) == "none"


def test_the_edge_is_shaded_as_long_as_columns_are_behind_it(board, open_table):
    table = open_table(f"{board}/runs?filter=off", **PHONE)
    grid = table.page.locator("#grid.goes-on")
    expect(grid).to_have_count(1)
    view = table.page.locator("#grid .ag-grid-viewport")
    view.evaluate("view => view.scrollTo({ left: 1e6 })")
    expect(grid).to_have_count(0)
    left = table.cell(RUN, "id").bounding_box()
    assert left is not None
    assert left["x"] < 40  # the id stays
    view.evaluate("view => view.scrollTo({ left: 0 })")
    expect(grid).to_have_count(1)


def test_a_table_of_groups_is_shaded_as_long_as_columns_are_behind_its_edge(board, open_table):
    page = open_table(f"{board}/runs?filter=off&group=hyper-dataset", **PHONE).page
    groups = page.locator("#groups.goes-on")
    expect(groups).to_have_count(1)
    shade = "groups => getComputedStyle(groups, '::after').width"
    assert groups.evaluate(shade) == "20px"
    page.locator("#groups .ag-grid-viewport").evaluate("view => view.scrollTo({ left: 1e6 })")
    expect(groups).to_have_count(0)


def test_a_phone_that_is_turned_shows_the_table_as_any_window(board, open_table):
    table = open_table(f"{board}/runs?filter=off&sort=-metric-dev-acc", **PHONE)
    first = table.column("id")[0]
    table.page.set_viewport_size({"width": 844, "height": 390})
    expect(table.cell(first, "progress")).to_be_visible()
    assert columns(table)[:3] == ["id", "state", "progress"]
    expect(table.heading("metric-dev-acc")).to_have_attribute("aria-sort", "descending")
    expect(table.cell(first, "state")).to_have_css("font-size", "13px")
    table.page.set_viewport_size({"width": 390, "height": 800})
    expect(table.cell(first, "memo")).to_be_visible()
    assert columns(table)[:4] == ["id", "state", "metric-dev-acc", "memo"]


def test_the_ways_to_all_pages_are_in_sight(board, open_page):
    page = open_page(f"{board}/runs", **PHONE)
    seen, links = page.locator(".top nav"), page.locator(".top nav a")
    expect(links).to_have_text(["Runs", "Summary", "Relations", "Plugins"])
    assert seen.evaluate("nav => nav.scrollWidth <= nav.clientWidth")


@pytest.mark.parametrize("width", [390, 1280, 1900])
def test_what_is_wrong_with_a_search_stands_right_under_its_box(board, open_table, width):
    table = open_table(f"{board}/runs?q=(a:1", width=width)
    fault = table.page.locator("#fault")
    expect(fault).to_contain_text("not closed")
    under = fault.bounding_box()
    box = table.page.locator("#search").bounding_box()
    assert under is not None
    assert box is not None
    assert 0 <= under["y"] - box["y"] - box["height"] <= 12
    assert under["x"] == box["x"]


INK = """async (png) => {
    const file = await (await fetch(`data:image/png;base64,${png}`)).blob();
    const picture = await createImageBitmap(file);
    const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    canvas.drawImage(picture, 0, 0);
    const colours = canvas.getImageData(0, 0, picture.width, picture.height).data;
    return [...new Uint32Array(colours.buffer)].map(colour => colour.toString(16));
}"""


def edge(page: Page, box: Locator, empty: Page) -> set[str]:
    """The colours in the last two pixels of a box, without the row of its first line of text."""
    frame = box.bounding_box()
    assert frame is not None
    top = {"x": frame["x"] + frame["width"] - 2, "y": frame["y"] + 1, "width": 2, "height": 3}
    return set(empty.evaluate(INK, base64.b64encode(page.screenshot(clip=top)).decode()))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_wide_table_is_shaded_at_its_edge_until_its_end_is_in_sight(board, open_table, scheme):
    table = open_table(f"{board}/runs?filter=off&stats=1&sel={RUN},{ADDED},{OTHER}", **PHONE)
    page = table.page
    page.emulate_media(color_scheme=scheme)
    box = page.get_by_role("dialog").get_by_role("region", name="Statistics")
    expect(box).to_be_visible()
    empty = page.context.new_page()
    ground = edge(page, page.get_by_role("dialog").get_by_role("heading"), empty)
    assert len(ground) == 1
    assert not edge(page, box, empty) & ground
    box.evaluate("box => box.scrollTo({ left: 1e6 })")
    page.wait_for_function("box => box.scrollLeft > 0", arg=box.element_handle())
    assert edge(page, box, empty) == ground


def test_no_shade_lies_over_a_table_that_is_whole(board, open_table):
    table = open_table(f"{board}/runs?filter=off&stats=1&sel={RUN},{OTHER}", width=1280)
    page = table.page
    box = page.get_by_role("dialog").get_by_role("region", name="Statistics")
    expect(box).to_be_visible()
    heading = page.get_by_role("dialog").get_by_role("heading").first
    empty = page.context.new_page()
    assert edge(page, box, empty) == edge(page, heading, empty)
