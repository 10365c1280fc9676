"""The horizontal axis of charts: epochs, times, the clock, and their logarithm."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

RUN = "log_20261122_090313"
OTHER = "log_20261122_090317"
CARD = '[data-name="loss-fine"]'
START = 1_780_000_000


@pytest.fixture
def timed(logs, start_board):
    """A board with a run of 400 steps, one in ten seconds, four epochs, and one without times."""
    (logs / RUN / "meta.log").write_text(
        json.dumps({"meta": {"state": "finish", "start": START, "end": START + 4000}}) + "\n"
    )
    for run in (RUN, OTHER):
        lines = []
        for step in range(400):
            record = {"loss": {"fine": 400 - step}, "step": step, "epoch": step // 100}
            record |= {"time": START + 10 * step} if run == RUN else {}
            lines.append(f"Step:{step}\t{json.dumps(record)}\n")
        (logs / run / "loss.log").write_text("".join(lines))
    return start_board(logs)


def readout(page: Page) -> str:
    """What the chart tells of the place under the pointer."""
    expect(page.locator(f"{CARD} canvas")).to_be_visible()
    page.locator(f"{CARD} .u-over").hover()
    expect(page.locator(f"{CARD} .readout")).to_have_text(re.compile(r": \d+$"))
    return page.locator(f"{CARD} .readout").inner_text()


def drag(page: Page, left: float, right: float) -> None:
    box = page.locator(f"{CARD} .u-over").bounding_box()
    assert box is not None
    with page.expect_response(lambda answer: "from=" in answer.url and answer.ok):
        page.mouse.move(box["x"] + box["width"] * left, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * right, box["y"] + 60, steps=4)
        page.mouse.up()


@pytest.mark.parametrize(
    ("axis", "middle"), [("Epoch", r"^2\.2\d*: 1[67]\d$"), ("Time", r"^3[78] min[^:]*: 1[67]\d$")]
)
def test_a_zoom_shows_the_stretch_that_was_marked_and_stays(timed, open_page, axis, middle):
    page = open_page(f"{timed}/run/{RUN}", width=1400)
    page.get_by_role("button", name=axis).click()
    expect(page.locator(f"{CARD} canvas")).to_be_visible()
    drag(page, 0.375, 0.75)
    assert re.search(middle, readout(page))
    expect(page).to_have_url(re.compile(r"from=\d+&to=\d+&span=[\d.]+,[\d.]+"))
    page.reload()
    assert re.search(middle, readout(page))


def test_the_clock_is_an_axis(timed, open_page):
    page = open_page(f"{timed}/run/{RUN}?x=wall", timezone_id="UTC")
    expect(page.get_by_role("button", name="Clock")).to_have_attribute("aria-pressed", "true")
    assert readout(page).startswith("2026-05-28 2")
    page.get_by_role("button", name="Step").click()
    expect(page).not_to_have_url(re.compile("x="))


def test_a_run_without_times_is_named_and_not_drawn_among_those_with_them(timed, open_page):
    page = open_page(f"{timed}/compare?runs={RUN},{OTHER}&names=loss-fine&x=wall")
    expect(page.locator(f"{CARD} .legend li")).to_have_count(1)
    expect(page.locator(f"{CARD} footer")).to_contain_text("runs without a place on this axis: 1")
    page.goto(f"{timed}/run/{OTHER}?x=wall")
    expect(page.locator(f"{CARD} footer")).to_contain_text("no clock times known, by step")


def test_the_logarithm_of_steps_leaves_step_0_out_and_says_so(timed, open_page):
    page = open_page(f"{timed}/run/{RUN}")
    expect(page.locator(f"{CARD} canvas")).to_be_visible()
    page.keyboard.press("L")
    expect(page.get_by_label("Log x")).to_be_checked()
    expect(page).to_have_url(re.compile("xlog=1"))
    expect(page.locator(f"{CARD} footer")).to_contain_text(
        "1 at or before 0 of the horizontal axis"
    )
    # The middle of 1 to 399 is the root of 399.
    assert readout(page) == "20: 380"
    drag(page, 0.5, 0.75)
    assert re.match(r"(4[1-4]): ", readout(page))
