"""The table of groups: runs with the same settings as one row, told by mean and spread."""

from __future__ import annotations

import json
import re
import statistics
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fitlog import Run

BY = "group=hyper-dataset,hyper-encoder"
ACC = "metric-dev-acc"


def record(logs: Path, hyper: dict, acc: float) -> None:
    with Run(logs) as run:
        run.add_hyper(hyper)
        run.add_best_metric(acc, name="acc")


def column(page: Page, key: str) -> list[str]:
    script = """key => [...document.querySelectorAll('#groups [role=row][row-id]')]
        .sort((a, b) => a.getAttribute('row-index') - b.getAttribute('row-index'))
        .map(row => row.querySelector(`[col-id="${key}"]`)?.textContent ?? null)"""
    return list(page.evaluate(script, key))


def expect_groups(page: Page, text: str) -> None:
    expect(page.locator("#count")).to_have_text(text)
    expect(page.locator("#groups")).to_be_visible()
    expect(page.locator("#grid")).to_be_hidden()


def runs_of(board: str) -> list[dict]:
    with urllib.request.urlopen(f"{board}/api/runs") as answer:
        rows = json.load(answer)["runs"]
    return [row for row in rows if not (row.get("hidden") or row.get("added"))]


def test_runs_are_grouped_by_the_columns_that_are_ticked(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    page = table.page
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_label("hyper-dataset").check()
    expect_groups(page, "3 groups of 27 runs")
    page.get_by_label("hyper-encoder").check()
    expect_groups(page, "6 groups of 27 runs")
    assert "group=hyper-encoder,hyper-dataset" in page.url  # as the columns stand
    page.get_by_role("button", name="Not grouped").click()
    expect(page.locator("#groups")).to_be_hidden()
    table.expect_count(28)
    assert "group" not in page.url


def test_a_groups_figures_are_those_of_its_runs(board, open_page):
    page = open_page(f"{board}/runs?filter=off&group=hyper-dataset")
    expect_groups(page, "3 groups of 27 runs")
    wanted = [row[ACC] for row in runs_of(board) if row["hyper-dataset"] == "weibo"]
    place = column(page, "hyper-dataset").index("weibo")
    row = page.locator(f'#groups [row-index="{place}"]')
    for figure, value in {
        "mean": statistics.fmean(wanted),
        "std": statistics.stdev(wanted),
        "max": max(wanted),
    }.items():
        cell = row.locator(f'[col-id="{ACC} {figure}"]')
        assert float(cell.inner_text()) == pytest.approx(value, rel=1e-4)
    assert column(page, "n")[place] == str(len(wanted))


def test_all_but_the_seed_puts_runs_together_that_differ_in_the_seed_only(
    tmp_path, start_board, open_page
):
    for number in range(6):
        hyper = {"lr": [0.1, 0.2][number // 3], "seed": number, "model": "m"}
        record(tmp_path, hyper, 0.5 + number / 10)
    page = open_page(f"{start_board(tmp_path)}/runs")
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_role("button", name="All but the seed").click()
    expect_groups(page, "2 groups of 6 runs")
    assert "group=but-seed" in page.url
    assert sorted(column(page, "hyper-lr")) == ["0.1", "0.2"]
    assert column(page, "n") == ["3", "3"]
    assert sorted(column(page, "metric-acc mean")) == ["0.6", "0.9"]


def test_groups_are_sorted_and_the_address_keeps_it(board, open_page):
    page = open_page(f"{board}/runs?filter=off&{BY}")
    expect_groups(page, "6 groups of 27 runs")
    heading = page.locator(f'#groups [role=columnheader][col-id="{ACC} mean"]')
    heading.click()
    heading.click()
    expect(page).to_have_url(re.compile("gsort=-metric-dev-acc%20mean"))
    again = open_page(page.url)
    expect_groups(again, "6 groups of 27 runs")
    means = [float(text) for text in column(again, f"{ACC} mean")]
    assert means == sorted(means, reverse=True)


def test_the_search_and_the_conditions_say_which_runs_are_grouped(board, open_page):
    page = open_page(f"{board}/runs?filter=off&group=hyper-dataset&f.hyper-lr=in:0.05..")
    expect(page.locator("#count")).to_have_text("3 groups of 6 runs")
    page.locator("#search").fill("weibo")
    expect(page.locator("#count")).to_have_text("1 group of 2 runs")


def test_the_number_of_a_group_leads_to_its_runs(board, open_page, open_table):
    page = open_page(f"{board}/runs?filter=off&{BY}")
    expect_groups(page, "6 groups of 27 runs")
    row = page.locator("#groups [role=row][row-id]").first
    count = row.locator('[col-id="n"] a')
    wanted = int(count.inner_text())
    names = [
        row.locator(f'[col-id="hyper-{name}"]').inner_text() for name in ("dataset", "encoder")
    ]
    table = open_table(f"{board}/runs{count.get_attribute('href')}")
    table.expect_count(wanted)
    assert set(table.column("hyper-dataset")) == {names[0]}
    assert set(table.column("hyper-encoder")) == {names[1]}


def test_a_run_that_comes_is_in_its_group(tmp_path, start_board, open_page):
    for rate in (0.1, 0.2):
        record(tmp_path, {"lr": rate}, 0.5)
    page = open_page(f"{start_board(tmp_path)}/runs?group=hyper-lr")
    expect_groups(page, "2 groups of 2 runs")
    record(tmp_path, {"lr": 0.2}, 0.7)
    expect_groups(page, "2 groups of 3 runs")
    expect(
        page.locator('#groups [role=row][row-id] [col-id="metric-acc max"]').get_by_text("0.7")
    ).to_be_visible()
    assert sorted(column(page, "metric-acc mean")) == ["0.5", "0.6"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_headings_of_the_figures_are_whole(board, open_table, language):
    table = open_table(f"{board}/runs?filter=off&lang={language}&{BY}")
    names = table.page.locator("#groups .ag-header-cell-text")
    expect(names.filter(has_text="标准差" if language == "zh" else "std").first).to_be_visible()
    script = "all => all.filter(name => name.scrollWidth > name.clientWidth).map(n => n.innerText)"
    assert names.evaluate_all(script) == []
