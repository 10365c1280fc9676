"""The colours of runs: each its own, everywhere, until the reader chooses another."""

from __future__ import annotations

import json

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
