"""A few far points need not flatten a curve, and are never left out in silence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fitlog import Run


@pytest.fixture(scope="module")
def flattened(tmp_path_factory) -> tuple[Path, str]:
    """A log directory, and a run in it whose loss is about 1, but once a million."""
    logs = tmp_path_factory.mktemp("flattened") / "logs"
    with Run(logs) as run:
        for step in range(200):
            run.add_loss(1e6 if step == 7 else 1 + step % 5 / 10, step=step, name="far")
            run.add_loss(1 / (step + 1), step=step, name="plain")
        folder = run.get_log_folder(absolute=True)
    return logs, Path(str(folder)).name


def test_far_points_are_left_out_where_that_is_asked_for_and_counted(
    flattened, start_board, open_page
):
    logs, run = flattened
    page = open_page(f"{start_board(logs)}/run/{run}")
    foot = page.locator('[data-name="loss-far"] footer')
    expect(foot).to_contain_text("1 far point flattens the rest.")
    expect(page.locator('[data-name="loss-plain"] footer')).not_to_contain_text("far point")
    foot.get_by_role("button", name="Ignore outliers").click()
    expect(page).to_have_url(re.compile("inner=1"))
    told = "1 far point lies outside this range; all lie between 1 and 1000000"
    expect(foot).to_contain_text(told)
    plot = page.locator('[data-name="loss-far"] .plot')
    expect(plot).to_have_attribute("aria-label", re.compile(re.escape(told)))
    page.reload()
    expect(page.get_by_label("Ignore outliers")).to_be_checked()
    expect(foot).to_contain_text(told)
    page.keyboard.press("i")
    expect(foot).to_contain_text("flattens the rest")
    expect(page).not_to_have_url(re.compile("inner"))
