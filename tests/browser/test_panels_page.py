"""Panels of an installed plugin, on the pages of a run and of a comparison."""

from __future__ import annotations

import json
import re

import panel_plugin
from playwright.sync_api import Page, expect

RUN, OTHER = "log_20261122_090313", "log_20261122_090317"
SCRIPT = panel_plugin.SCRIPT


def panel(page: Page, title: str):
    return page.locator("#plugin-panels section").filter(
        has=page.get_by_role("heading", name=title, exact=True)
    )


def test_a_panel_stands_on_the_page_of_a_run(panel_board, open_page):
    page = open_page(f"{panel_board}/run/{RUN}")
    table = panel(page, "Table").get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["run", "value", "more"])
    expect(table.get_by_role("cell", name="0.66667")).to_have_attribute(
        "title", "0.6666666666666666"
    )
    link = table.get_by_role("link")
    expect(link).to_have_count(1)
    assert link.evaluate("link => link.href") == f"{panel_board}/run/{RUN}"


def test_panels_that_fail_say_so_in_their_places_and_the_page_stands(panel_board, open_page):
    page = open_page(f"{panel_board}/run/{RUN}")
    for title in ("Broken", "Leaves", "No data"):
        expect(panel(page, title)).to_contain_text("This panel failed; the terminal")
    expect(panel(page, "Table").get_by_role("table")).to_be_visible()
    expect(panel(page, "Nothing")).to_be_hidden()
    expect(page.locator(".uplot").first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_a_panel_says_is_text(panel_board, open_page):
    page = open_page(f"{panel_board}/run/{RUN}")
    hostile = panel(page, SCRIPT)
    expect(hostile.get_by_role("rowheader").first).to_have_text(SCRIPT)
    expect(hostile).to_contain_text("<img src=x onerror='window.owned=1'>")
    expect(hostile).to_contain_text("NaN")
    page.goto(f"{panel_board}/compare?runs={RUN},{OTHER}")
    expect(panel(page, "Text")).to_contain_text("2 runs")
    expect(panel(page, "Text")).to_contain_text(SCRIPT)
    assert page.evaluate("window.owned") is None
    assert page.locator("main script, main img[src=x]").count() == 0


HOLD = """const ask = window.fetch, held = new Promise(go => window.letGo = go);
window.fetch = async (...asked) => {
    if (String(asked[0]).includes("title=Table")) await held;
    return ask(...asked);
};"""


def test_a_slow_panel_keeps_neither_the_page_nor_its_curves(panel_board, open_page):
    page = open_page(f"{panel_board}/runs")
    page.add_init_script(HOLD)
    page.goto(f"{panel_board}/run/{RUN}")
    expect(page.locator(".uplot").first).to_be_visible()
    expect(panel(page, "Table")).to_contain_text("Loading")
    page.evaluate("letGo()")
    expect(panel(page, "Table").get_by_role("table")).to_be_visible()


def test_a_panel_that_cannot_be_reached_can_be_asked_for_again(panel_board, open_page):
    page = open_page(f"{panel_board}/runs")
    page.route("**/api/panel?*title=Table*", lambda route: route.abort())
    page.goto(f"{panel_board}/run/{RUN}")
    expect(panel(page, "Table")).to_contain_text("could not be loaded")
    page.unroute("**/api/panel?*title=Table*")
    panel(page, "Table").get_by_role("button").click()
    expect(panel(page, "Table").get_by_role("table")).to_be_visible()


def test_a_busy_server_is_asked_again_by_itself(panel_board, open_page):
    page, busy = open_page(f"{panel_board}/runs"), [{"status": 503, "json": {"error": "busy"}}]
    page.route(
        "**/api/panel?*title=Table*",
        lambda route: route.fulfill(**busy.pop()) if busy else route.continue_(),
    )
    page.goto(f"{panel_board}/run/{RUN}")
    expect(panel(page, "Table").get_by_role("table")).to_be_visible()
    assert busy == []


def test_a_panel_follows_its_run(own_panel_board, logs, open_page):
    page = open_page(f"{own_panel_board}/run/{RUN}")
    expect(panel(page, "Values")).to_contain_text("0 more")
    with (logs / RUN / "other.log").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"other": {"later": "more"}}) + "\n")
    with (logs / RUN / "meta.log").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"meta": {"seen": 1}}) + "\n")
    expect(panel(page, "Values")).to_contain_text("1 more")


def test_panels_in_chinese(panel_board, open_page):
    page = open_page(f"{panel_board}/run/{RUN}", locale="zh-CN")
    expect(panel(page, "Broken")).to_contain_text("该面板出错")
    assert re.search("正在", panel(page, "Broken").inner_text()) is None
