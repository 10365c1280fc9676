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
