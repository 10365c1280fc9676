"""Counts stand with their thousands apart, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

RUNS = 1001


def many_runs(folder: Path) -> Path:
    for number in range(RUNS):
        run = folder / f"log_20261122_1{number:05}"
        run.mkdir()
        (run / "meta.log").write_text('{"meta": {"state": "finish"}}\n')
        (run / "hyper.log").write_text(f'{{"hyper": {{"lr": {number % 2}}}}}\n')
    return folder


@pytest.fixture(scope="module")
def board_of_many(tmp_path_factory: pytest.TempPathFactory, start_shared_board) -> str:
    """The address of a board on them that no test changes."""
    return start_shared_board(many_runs(tmp_path_factory.mktemp("many")))


@pytest.mark.parametrize(
    ("language", "all_runs", "selected"),
    [("en", "1,001 runs", "1,001 selected"), ("zh", "1,001 个实验", "已选 1,001 个")],
)
def test_a_thousand_runs_are_counted_readably(
    board_of_many, open_table, language, all_runs, selected
):
    table = open_table(f"{board_of_many}/runs?lang={language}", height=500)
    expect(table.page.locator("#count")).to_have_text(all_runs)
    table.page.locator("#grid .ag-header-select-all input").first.click()
    expect(table.page.locator("#selection output")).to_have_text(selected)


def test_the_runs_to_be_erased_may_be_counted_with_or_without_the_comma(
    tmp_path, start_board, open_table
):
    table = open_table(f"{start_board(many_runs(tmp_path))}/runs", height=500)
    page = table.page
    page.locator("#grid .ag-header-select-all input").first.click()
    page.get_by_role("button", name="Move to trash").click()
    page.get_by_role("button", name="Trash", exact=True).click()
    expect(page.locator("#count")).to_have_text("1,001 runs")
    page.locator("#grid .ag-header-select-all input").first.click()
    page.get_by_role("button", name="Erase…").click()
    dialog = page.get_by_role("dialog")
    erase = dialog.get_by_role("button", name="Erase", exact=True)
    for typed, fits in (("1,00", False), ("1,001", True), ("1001", True), ("100", False)):
        dialog.get_by_role("textbox").fill(typed)
        expect(erase).to_be_enabled(enabled=fits)
