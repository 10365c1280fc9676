"""Runs side by side: what differs in settings, code, environment and results, and by groups."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_tools import faults
from playwright.sync_api import Locator, Page, expect

import fitlog
from fitlog_core.snapshots.capture import capture
from tests.snapshot_tools import user_repository, write


class Compared(NamedTuple):
    """A board, and runs on it: two with code, one without, and a dozen of two settings."""

    board: str
    first: str
    second: str
    bare: str
    many: list[str]


def recorded(logs: Path, acc: float | None, version: str | None = None, **hyper: object) -> str:
    run = fitlog.Run(logs)
    run.add_hyper({"width": 8, **hyper})
    for step, loss in enumerate((0.5, 0.25)):
        run.add_loss(loss, step, "Loss")
        run.add_metric(step / 4, step, "dev-acc")
    if acc is not None:
        run.add_best_metric(acc, "acc")
    if version:
        run.add_code_version(version, None)
    run.finish()
    return str(run.get_log_id())


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, start_shared_board) -> Compared:
    project = user_repository(tmp_path_factory.mktemp("compare") / "work", {"train.py": "a = 1\n"})
    logs, old = project / "logs", capture(project)
    assert old is not None
    first = recorded(logs, 0.9, old.id, lr=0.1, seed=1)
    write(project, {"train.py": "a = 2\n"})
    new = capture(project)
    assert new is not None
    second = recorded(logs, math.nan, new.id, lr=0.5, seed=1)
    bare = recorded(logs, None, lr=0.5, seed=1)
    many = [recorded(logs, 0.5 + n / 100, lr=(0.1, 0.5)[n % 2], seed=n) for n in range(12)]
    return Compared(start_shared_board(logs), first, second, bare, many)


def opened(shared: Compared, open_page: Callable[..., Page], *runs: str, **options: object) -> Page:
    address = f"{shared.board}/compare?runs={','.join(runs)}{options.pop('more', '')}"
    page = open_page(address, width=1280, **options)
    expect(page.locator("#differs table")).to_be_visible()
    return page


def cells(page: Page, part: str, name: str) -> Locator:
    lines = page.locator(f'#differs tbody[data-part="{part}"] tr')
    return lines.filter(has=page.locator(f'th[title="{name}"]')).locator("td")


def test_settings_code_and_metrics_that_differ_stand_side_by_side_causes_first(shared, open_page):
    page = opened(shared, open_page, shared.first, shared.second)
    titles = page.locator("#differs .part .title").all_inner_texts()
    assert titles.index("Hyperparameters") < titles.index("Code") < titles.index("Best metrics")
    expect(cells(page, "hyperparameters", "lr")).to_have_text(["0.1", "0.5"])
    expect(cells(page, "code", "train.py")).to_have_text(["A", "B"])
    assert faults(page) == []


def test_what_is_the_same_is_folded_until_asked_for(shared, open_page):
    page = opened(shared, open_page, shared.first, shared.second)
    width = page.locator('#differs th[title="width"]')
    expect(width).to_be_hidden()
    page.locator('[data-part="hyperparameters"]').get_by_role("button", name="the same").click()
    expect(width).to_be_visible()


def test_what_was_unfolded_stays_so_and_keeps_the_focus_where_the_table_is_drawn_anew(
    shared, open_page
):
    page = opened(shared, open_page, shared.first, shared.second)
    unfold = page.locator('[data-part="hyperparameters"]').get_by_role("button", name="the same")
    unfold.click()
    before = page.locator("#differs table").element_handle()
    page.evaluate("document.querySelector('#picker button').click()")
    before.wait_for_element_state("hidden")
    expect(page.locator('#differs th[title="width"]')).to_be_visible()
    expect(unfold).to_have_attribute("aria-expanded", "true")
    expect(unfold).to_be_focused()


def test_nan_and_missing_are_told_apart(shared, open_page):
    page = opened(shared, open_page, shared.first, shared.second, shared.bare)
    expect(cells(page, "metrics", "acc")).to_have_text(["0.9", "NaN", "missing"])


def test_a_run_without_code_is_named_with_the_reason(shared, open_page):
    page = opened(shared, open_page, shared.first, shared.bare)
    code = page.locator('#differs [data-part="code"]')
    expect(code).to_contain_text(shared.bare)
    expect(code).to_contain_text("did not call fitlog.commit")


def test_more_than_ten_runs_are_told_by_their_values_and_their_counts(shared, open_page):
    page = opened(shared, open_page, *shared.many)
    expect(page.locator("#differs thead th")).to_have_text(["all (12 runs)"])
    expect(cells(page, "hyperparameters", "lr").locator(".value")).to_have_text(
        ["0.1 × 6", "0.5 × 6"]
    )


def test_all_but_the_seed_is_one_click_and_groups_the_lines_too(shared, open_page):
    page = opened(shared, open_page, *shared.many, color_scheme="dark")
    page.get_by_role("button", name="all but the seed").click()
    expect(page.locator("#differs thead th")).to_have_text(["lr=0.1 (6 runs)", "lr=0.5 (6 runs)"])
    expect(page.locator("#run-keys .group-key")).to_have_count(2)
    expect(page).to_have_url(re.compile("group=but-seed"))
    expect(page.get_by_role("button", name="all but the seed")).to_be_focused()
    assert faults(page) == []
    page.get_by_role("button", name="every run").click()
    expect(page.locator("#differs thead th")).to_have_count(12)


def test_a_search_with_one_match_draws_it(shared, open_page):
    page = opened(shared, open_page, shared.first, shared.second, more="&find=dev-acc")
    expect(page.locator("#charts .card")).to_have_count(1)
    expect(page.locator('#charts [data-name="metric-dev_acc"]')).to_be_visible()


def test_the_table_speaks_chinese(shared, open_page):
    page = opened(shared, open_page, shared.first, shared.second, locale="zh-CN")
    expect(page.locator("#differs .title").first).to_have_text("超参数")


def test_the_page_of_a_run_without_code_says_why_and_leads_to_none(shared, open_page):
    page = open_page(f"{shared.board}/run/{shared.bare}", width=1280)
    expect(page.locator("#facts")).to_contain_text("none: fitlog.commit(__file__) was not called")
    expect(page.get_by_role("link", name="See the code")).to_have_count(0)


def test_the_only_run_that_is_there_is_drawn_and_the_other_named(shared, open_page):
    page = open_page(f"{shared.board}/compare?runs={shared.first},log_20000101_000000")
    expect(page.locator("main")).to_contain_text("Not found: log_20000101_000000")
    expect(page.locator(".card canvas").first).to_be_visible()
