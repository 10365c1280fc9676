"""The horizontal axis of charts: epochs, times, the clock, and their logarithm."""

from __future__ import annotations

import json
import re

import pytest
from chart_tools import downloaded
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
    # No zoom brings that one back, so none is advised.
    expect(page.locator(f"{CARD} footer")).to_contain_text("399 points")
    expect(page.locator(f"{CARD} footer")).not_to_contain_text("zoom")
    # The middle of 1 to 399 is the root of 399.
    assert readout(page) == "20: 380"
    drag(page, 0.5, 0.75)
    assert re.match(r"(4[1-4]): ", readout(page))


def test_a_logarithmic_axis_ends_at_the_round_number_next_to_the_values(timed, open_page):
    page = open_page(f"{timed}/run/{RUN}?log=1")  # from 1 to 400
    texts = downloaded(page, "loss-fine", "SVG").read_text("utf-8")
    assert ">100<" in texts
    assert ">1000<" not in texts


@pytest.fixture
def short(logs, start_board):
    """A board with a run of forty steps in less than half a second, and one of one step."""
    for run, steps in ((RUN, 41), (OTHER, 1)):
        (logs / run / "meta.log").write_text(
            json.dumps({"meta": {"state": "finish", "start": START, "end": START + 1}}) + "\n"
        )
        records = [
            {"loss": {"fine": 40 - step}, "step": step, "epoch": 0, "time": START + step / 100}
            for step in range(steps)
        ]
        lines = [f"Step:{record['step']}\t{json.dumps(record)}\n" for record in records]
        (logs / run / "loss.log").write_text("".join(lines))
    return start_board(logs)


@pytest.mark.parametrize(
    ("axis", "ticks", "middle"),
    [
        ("time", ["0 s", "0.1 s", "0.2 s", "0.3 s", "0.4 s"], "0.2 s: 20"),
        (
            "wall",
            ["20:26:40.00", "2026-05-28", "20:26:40.10", "20:26:40.40"],
            "2026-05-28 20:26:40.200: 20",
        ),
    ],
)
def test_times_of_a_run_shorter_than_a_second_are_told_apart(short, open_page, axis, ticks, middle):
    page = open_page(f"{short}/run/{RUN}?x={axis}", width=1400, timezone_id="UTC")
    assert readout(page) == middle
    drawn = downloaded(page, "loss-fine", "SVG").read_text("utf-8")
    texts = re.findall(r">([^<>]+)</text>", drawn)
    assert set(ticks) <= set(texts), texts


def test_ticks_of_a_later_stretch_are_told_apart(timed, open_page):
    page = open_page(f"{timed}/run/{RUN}?x=time&from=380&to=381&span=3800,3801", width=1400)
    expect(page.locator(f"{CARD} canvas")).to_be_visible()
    texts = re.findall(r">([^<>]+)</text>", downloaded(page, "loss-fine", "SVG").read_text("utf-8"))
    times = [text for text in texts if "min" in text]
    assert len(times) > 2
    assert len(set(times)) == len(times), times
