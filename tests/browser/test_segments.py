"""Curves of a run that stopped and went on, and the sections that charts stand in."""

from __future__ import annotations

import json
import re

import pytest
from chart_tools import downloaded
from playwright.sync_api import expect

RUN = "log_20261122_090313"
OTHER = "log_20261122_090317"
CARD = '[data-name="loss-fine"]'
START = 1_780_000_000


@pytest.fixture
def resumed(logs, start_board):
    """A board with a run that stopped after step 59 and went on from step 40, an hour later."""
    metas = [
        {"start": START, "state": "running"},
        {"segment": 2, "segment_start": START + 3600, "state": "running"},
        {"end": START + 4000, "state": "finish"},
    ]
    (logs / RUN / "meta.log").write_text("".join(json.dumps({"meta": m}) + "\n" for m in metas))
    lines = []
    for late, steps in ((0, range(60)), (3600, range(40, 100))):
        for step in steps:
            record = {"loss": {"fine": 1 + step / 100}, "step": step, "time": START + late + step}
            lines.append(f"Step:{step}\t{json.dumps(record)}\n")
    (logs / RUN / "loss.log").write_text("".join(lines))
    return start_board(logs)


def test_a_line_marks_where_a_run_went_on(resumed, open_page):
    page = open_page(f"{resumed}/run/{RUN}")
    expect(page.locator(f"{CARD} footer")).to_contain_text("resumed at step 40")
    plot = page.locator(f"{CARD} .plot")
    expect(plot).to_have_attribute("aria-label", re.compile("resumed at step 40"))
    text = downloaded(page, "loss-fine", "SVG").read_text("utf-8")
    marks = re.findall(r'<line x1="([\d.]+)" x2="\1"[^>]*stroke-dasharray="2 3"', text)
    assert len(marks) == 1


def test_when_a_run_went_on_is_told_as_a_time(resumed, open_page):
    page = open_page(f"{resumed}/run/{RUN}", timezone_id="UTC")
    about = page.locator("#side .tree").last
    expect(about).to_contain_text("2026-05-28 21:26")
    expect(about).not_to_contain_text(str(START + 3600))


def test_of_several_runs_it_is_told_how_many_went_on(resumed, open_page):
    page = open_page(f"{resumed}/compare?runs={RUN},{OTHER}&names=loss-fine")
    expect(page.locator(f"{CARD} footer")).to_contain_text("resumed runs: 1")


def test_charts_of_several_runs_stand_in_sections(board, open_page):
    names = "loss-Loss,metric-dev-acc,loss-aux-kl"
    page = open_page(f"{board}/compare?runs={RUN},{OTHER}&names={names}")
    expect(page.locator("#charts h2")).to_have_text(["Losses", "Metrics · dev"])
    losses = page.locator("#charts section").first.locator(".card h3")
    expect(losses).to_have_text(["Loss", "aux-kl"])
