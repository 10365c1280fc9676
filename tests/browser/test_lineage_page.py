"""A run's page leads to the run that it repeats, and to those that repeat it."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_tools import faults
from playwright.sync_api import expect

import fitlog


def recorded(logs: Path, lr: float) -> str:
    run = fitlog.Run(logs)
    run.add_hyper({"lr": lr})
    run.add_best_metric(1 - lr, "acc")
    run.finish()
    return str(run.get_log_id())


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A run, and one that repeats it with another setting."""
    first = recorded(tmp_path / "logs", 0.1)
    monkeypatch.setenv("FITLOG_PARENT", first)
    return first, recorded(tmp_path / "logs", 0.5)


def test_parent_and_child_lead_to_one_another(family, tmp_path, start_board, open_page):
    first, second = family
    page = open_page(f"{start_board(tmp_path / 'logs')}/run/{second}", width=1280)
    tree = page.locator("#lineage li")
    expect(tree).to_have_count(2)
    expect(tree.nth(1)).to_contain_text("lr 0.1 → 0.5")
    expect(tree.nth(1).locator("strong")).to_have_text(second)
    assert faults(page) == []
    tree.first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    expect(page.locator("#lineage li").nth(1).get_by_role("link")).to_have_text(second)


def test_a_run_without_relatives_shows_no_tree(tmp_path, start_board, open_page):
    run_id = recorded(tmp_path / "logs", 0.1)
    page = open_page(f"{start_board(tmp_path / 'logs')}/run/{run_id}", width=1280)
    expect(page.locator("#side")).to_contain_text("lr")
    expect(page.locator("#lineage-section")).to_be_hidden()


def test_a_sweep_is_one_line_that_opens(family, tmp_path, start_board, open_page):
    first, _ = family
    for lr in (0.01, 0.02, 0.03):
        recorded(tmp_path / "logs", lr)
    again = recorded(tmp_path / "logs", 0.1)
    page = open_page(f"{start_board(tmp_path / 'logs')}/run/{first}", width=1280)
    sweep = page.locator("#lineage summary")
    expect(sweep).to_contain_text("Sweep over lr: 4 runs")
    expect(sweep).to_contain_text("lr 0.5, 0.01, 0.02, 0.03")
    members = page.locator("#lineage details li")
    expect(members.first).to_be_hidden()
    sweep.press("Enter")
    expect(members.nth(3)).to_contain_text("lr 0.1 → 0.03")
    expect(page.locator("#lineage li", has_text=again)).to_contain_text("the same settings")
    assert faults(page) == []
    members.nth(3).get_by_role("link").click()
    expect(page.locator("#lineage details")).to_have_attribute("open", "")


def test_of_a_run_whose_parent_is_gone_nothing_is_claimed(
    tmp_path, start_board, open_page, monkeypatch
):
    monkeypatch.setenv("FITLOG_PARENT", "log_20250101_000000")
    run_id = recorded(tmp_path / "logs", 0.1)
    page = open_page(f"{start_board(tmp_path / 'logs')}/run/{run_id}", width=1280)
    tree = page.locator("#lineage li")
    expect(tree.first).to_contain_text("not here any more")
    expect(tree.nth(1)).to_contain_text(run_id)
    expect(tree.nth(1)).not_to_contain_text("the same settings")


def test_a_run_that_was_resumed_says_so(tmp_path, start_board, open_page):
    run_id = recorded(tmp_path / "logs", 0.1)
    with (tmp_path / "logs" / run_id / "meta.log").open("a") as meta:
        meta.write('{"meta": {"segment": 3}}\n')
    page = open_page(f"{start_board(tmp_path / 'logs')}/run/{run_id}", width=1280)
    expect(page.locator("#lineage li")).to_contain_text("resumed 2 times")
    expect(page.locator("#lineage li")).not_to_contain_text("the same settings")
