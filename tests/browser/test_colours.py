"""The colours of runs: each its own, everywhere, until the reader chooses another."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Locator, Page, expect

RUN = "log_20261122_090313"
OTHERS = ("log_20261122_090317", "log_20261122_090325", "log_20261122_090329")
CARD = '[data-name="loss-Loss"]'


def swatch(page: Page, run: str) -> Locator:
    return page.get_by_label(f"Colour of {run}").locator("line")


def colour(page: Page, run: str) -> str | None:
    expect(swatch(page, run)).to_have_count(1)
    return swatch(page, run).get_attribute("stroke")


def test_a_run_has_one_colour_on_every_page_and_beside_any_other(board, open_page):
    page = open_page(f"{board}/run/{RUN}")
    own = colour(page, RUN)
    for beside in ([RUN, OTHERS[0]], [*OTHERS, RUN], [OTHERS[2], RUN, OTHERS[1]]):
        page.goto(f"{board}/compare?runs={','.join(beside)}")
        assert colour(page, RUN) == own


def test_runs_that_share_a_colour_differ_in_their_dashes(board, open_page):
    page = open_page(f"{board}/run/{RUN}")
    ask = "fetch('../api/runs').then(answer => answer.json()).then(({ runs }) => runs)"
    runs = [run["id"] for run in page.evaluate(ask) if run["id"].startswith("log_")][:16]
    assert len(runs) == 16  # more than there are colours
    page.goto(f"{board}/compare?runs={','.join(runs)}")
    expect(page.locator("#run-keys .colour")).to_have_count(len(runs))
    lines = page.locator("#run-keys summary line").all()
    pairs = {
        (each.get_attribute("stroke"), each.get_attribute("stroke-dasharray")) for each in lines
    }
    assert len(pairs) == len(runs)


def test_a_chosen_colour_is_kept_on_every_page_and_can_be_taken_back(board, open_page):
    page = open_page(f"{board}/compare?runs={RUN},{OTHERS[0]}&names=loss-Loss")
    own = colour(page, RUN)
    expect(page.locator(f"{CARD} canvas")).to_be_visible()
    summary = page.get_by_label(f"Colour of {RUN}")
    summary.press("Enter")
    page.get_by_role("button", name="violet").press("Enter")
    expect(swatch(page, RUN)).to_have_attribute("stroke", "#8C6BB1")
    expect(summary).to_be_focused()
    legend = page.locator(f"{CARD} .legend li").filter(has_text=RUN).locator("line")
    expect(legend).to_have_attribute("stroke", "#8C6BB1")
    page.goto(f"{board}/run/{RUN}")
    expect(swatch(page, RUN)).to_have_attribute("stroke", "#8C6BB1")
    page.get_by_label(f"Colour of {RUN}").click()
    expect(page.get_by_role("button", name="violet")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Its own").click()
    expect(swatch(page, RUN)).to_have_attribute("stroke", own or "")


def test_what_another_program_left_in_the_browser_is_passed_over(board, open_page):
    page = open_page(f"{board}/run/{RUN}")
    own = colour(page, RUN)
    for left in ("no JSON", "null", json.dumps({RUN: 99}), json.dumps({RUN: "red"})):
        page.evaluate("text => localStorage.setItem('fitlog-colours', text)", left)
        page.reload()
        assert colour(page, RUN) == own


def test_colours_too_pale_for_white_are_darker_there(board, open_page):
    choose = "run => localStorage.setItem('fitlog-colours', JSON.stringify({[run]: 4}))"
    page = open_page(f"{board}/run/{RUN}", color_scheme="light")
    page.evaluate(choose, RUN)
    page.reload()
    expect(swatch(page, RUN)).to_have_attribute("stroke", "#B87900")
    page.keyboard.press("t")
    expect(swatch(page, RUN)).to_have_attribute("stroke", "#E69F00")
    page.emulate_media(color_scheme="light")
    page.evaluate("localStorage.removeItem('fitlog-theme')")
    page.reload()
    expect(swatch(page, RUN)).to_have_attribute("stroke", "#B87900")
    page.emulate_media(color_scheme="dark")  # the system's night begins
    expect(swatch(page, RUN)).to_have_attribute("stroke", "#E69F00")


def dot(table, run: str) -> Locator:
    return table.cell(run, "id").locator(".dot[data-run] i")


def painted(mark: Locator) -> str:
    """The colour of a dot as the swatches spell theirs, in capital hexadecimals."""
    script = "mark => getComputedStyle(mark).backgroundColor"
    parts = [int(part) for part in re.findall(r"\d+", mark.evaluate(script))]
    return "#" + "".join(f"{part:02X}" for part in parts[:3])


def test_a_run_has_the_colour_of_its_curves_in_the_table_too(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    seen = {run: painted(dot(table, run)) for run in (RUN, *OTHERS)}
    expect(table.cell("paper_SOTA_2024", "id")).to_be_visible()
    expect(dot(table, "paper_SOTA_2024")).to_have_count(0)  # it has no curves
    for run, own in seen.items():
        table.page.goto(f"{board}/run/{run}")
        assert (colour(table.page, run) or "").upper() == own


def test_a_colour_chosen_in_the_table_is_the_one_everywhere(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    page = table.page
    own = painted(dot(table, RUN))
    table.cell(RUN, "id").locator(".dot").click()
    page.get_by_role("dialog", name=f"Colour of {RUN}").get_by_role("button", name="violet").click()
    expect(dot(table, RUN)).to_have_css("background-color", "rgb(140, 107, 177)")
    page.reload()
    expect(dot(table, RUN)).to_have_css("background-color", "rgb(140, 107, 177)")
    page.goto(f"{board}/run/{RUN}")
    expect(swatch(page, RUN)).to_have_attribute("stroke", "#8C6BB1")
    page.go_back()
    table.cell(RUN, "id").locator(".dot").click()
    page.get_by_role("button", name="Its own").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert painted(dot(table, RUN)) == own


def test_a_dot_follows_the_theme(board, open_table):
    table = open_table(f"{board}/runs?filter=off", color_scheme="light")
    choose = "run => localStorage.setItem('fitlog-colours', JSON.stringify({[run]: 4}))"
    table.page.evaluate(choose, RUN)
    table.page.reload()
    expect(dot(table, RUN)).to_have_css("background-color", "rgb(184, 121, 0)")
    table.page.keyboard.press("t")
    expect(dot(table, RUN)).to_have_css("background-color", "rgb(230, 159, 0)")
