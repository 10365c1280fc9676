"""Pages of plugins in a window as narrow as a phone's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from axe_tools import faults
from playwright.sync_api import expect

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "fitlog-best-page"


@pytest.fixture
def best_board(logs, tmp_path, start_board):
    """A board with the page of the guide's example, installed as a plugin."""
    info = tmp_path / "site" / "fitlog_best_page-1.0.dist-info"
    info.mkdir(parents=True)
    shutil.copytree(EXAMPLE / "fitlog_best_page", info.parent / "fitlog_best_page")
    (info / "METADATA").write_text("Name: fitlog-best-page\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[fitlog]\nbest-page = fitlog_best_page\n", "utf-8")
    path = [str(info.parent), os.environ.get("PYTHONPATH", "")]
    return start_board(logs, PYTHONPATH=os.pathsep.join(filter(None, path)))


@pytest.mark.parametrize("page", ["best", "plugins"])
def test_a_wide_table_scrolls_in_its_own_box_and_by_keys(best_board, open_page, page):
    page = open_page(f"{best_board}/{page}", width=390, height=800)
    expect(page.locator("table.plain")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator(".scroll")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    box.focus()
    page.keyboard.press("ArrowRight")
    expect(box).not_to_have_js_property("scrollLeft", 0)
    assert faults(page) == []
