"""Relations on their page: drawn, brushed, read from the keyboard, and led back to the runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from axe_tools import faults
from playwright.sync_api import Page, expect

PARALLEL = "relations?axes=hyper-lr,hyper-kind,metric-dev-acc&colour=metric-dev-acc"
SCATTER = "relations?chart=scatter&x=hyper-lr&y=metric-dev-acc&colour=hyper-kind"
RUNS = 24


def write(folder: Path, number: int, hyper: dict, best: dict) -> None:
    run = folder / f"log_20260101_{number:06d}"
    run.mkdir(parents=True)
    said = {"meta": {"state": "finish"}, "hyper": hyper, "metric": best}
    names = {"meta": "meta", "hyper": "hyper", "metric": "best_metric"}
    for key, value in said.items():
        (run / f"{names[key]}.log").write_text(json.dumps({key: value}) + "\n", "utf-8")


@pytest.fixture(scope="module")
def made(start_shared_board, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A board on runs whose accuracy falls with the learning rate; four lack a number."""
    folder = tmp_path_factory.mktemp("relations")
    for number in range(RUNS - 4):
        hyper = {"lr": 10 ** (-4 + number % 5), "kind": "ab"[number % 2], "seed": number}
        write(folder, number, hyper, {"dev": {"acc": 0.9 - 0.1 * (number % 5) - number / 1000}})
    for at, acc in enumerate([{"dev": {"acc": "NaN"}}, {}, {"dev": {"acc": "bad"}}]):
        write(folder, RUNS - 4 + at, {"lr": 0.01, "kind": "a", "seed": at}, acc)
    write(folder, RUNS - 1, {"lr": 0, "kind": "b", "seed": 0}, {"dev": {"acc": 0.5}})
    return str(start_shared_board(folder))


def rows(page: Page):
    return page.locator(".rel-table tbody tr")


def drawn(page: Page) -> int:
    """How many pixels of the lower canvas have ink."""
    script = """() => { const canvas = document.querySelector('.rel-canvas [role=img]');
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let ink = 0;
        for (let at = 3; at < data.length; at += 4) ink += data[at] > 0;
        return ink; }"""
    return int(page.evaluate(script))


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place of the chart to another, as shares of its width and height."""
    box = page.locator(".rel-over").last.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=4)
    page.mouse.up()


def test_the_page_begins_with_the_settings_and_results_that_differ(made, open_page):
    page = open_page(f"{made}/runs", width=1280)
    page.get_by_role("navigation").get_by_role("link", name="Relations").click()
    expect(page.locator(".rel-headings button")).to_have_count(4)
    expect(rows(page)).to_have_count(RUNS)
    assert drawn(page) > 1000


def test_a_stretch_of_an_axis_leaves_the_runs_beneath_and_stands_in_the_address(made, open_page):
    page = open_page(f"{made}/{PARALLEL}&as.hyper-lr=log", width=1280)
    expect(rows(page)).to_have_count(RUNS)
    left = 76 / page.locator(".rel-over").last.bounding_box()["width"]
    drag(page, (left, 0.02), (left, 0.3))  # the two highest learning rates
    expect(rows(page)).to_have_count(8)
    expect(page.locator(".rel-head h2")).to_have_text("8 of 24 runs")
    assert re.search(r"b\.hyper-lr=in:0\.\d+\.\.\d", page.url)
    page.reload()
    expect(rows(page)).to_have_count(8)
    page.get_by_role("link", name="Open in the run table").click()
    expect(page.locator("#grid [role=row][row-id]")).to_have_count(8)
    page.go_back()
    page.get_by_role("button", name="Clear the brushes").click()
    expect(rows(page)).to_have_count(RUNS)
    assert "b.hyper-lr" not in page.url


def test_a_rectangle_in_the_scatter_chart_leaves_the_runs_beneath(made, open_page):
    page = open_page(f"{made}/{SCATTER}&as.hyper-lr=log", width=1280)
    expect(rows(page)).to_have_count(RUNS)
    drag(page, (0.06, 0.04), (0.3, 0.6))  # the lowest rates, which are the best
    expect(rows(page)).to_have_count(4)
    expect(rows(page).first).to_contain_text("0.0001")
    drag(page, (0.9, 0.05), (0.9, 0.05))
    expect(rows(page)).to_have_count(RUNS)


def test_pointing_at_a_run_names_it_and_a_click_leads_to_it(made, open_page):
    page = open_page(f"{made}/{SCATTER}&b.metric-dev-acc=in:0.8995..0.91", width=1280)
    expect(rows(page)).to_have_count(1)
    name = rows(page).locator("a").inner_text()
    box = page.locator(".rel-over").last.bounding_box()
    found = None
    for x in range(64, 160, 6):
        page.mouse.move(box["x"] + x, box["y"] + 30)
        if page.locator(".rel-tip").is_visible():
            found = x
            break
    assert found is not None
    expect(page.locator(".rel-tip strong")).to_have_text(name)
    expect(rows(page).first).to_have_class("pointed")
    page.mouse.click(box["x"] + found, box["y"] + 30)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_runs_without_a_number_are_counted_and_the_others_drawn(made, open_page):
    page = open_page(f"{made}/{SCATTER}&as.hyper-lr=log", width=1280)
    told = page.locator("#told")
    expect(told).to_contain_text("4 runs are not drawn.")
    expect(told).to_contain_text("1 at or below 0")
    for text in ("1 without a value.", "1 with NaN or an infinity.", "1 with no number;"):
        expect(told).to_contain_text(text)
    assert drawn(page) > 200
    page.goto(f"{made}/{PARALLEL}")
    expect(told).to_contain_text("3 lines have gaps.")


def test_an_axis_is_laid_out_ranged_moved_and_removed_by_keys_alone(made, open_page):
    page = open_page(f"{made}/{PARALLEL}", width=1280)
    headings = page.locator(".rel-headings button")
    page.get_by_role("button", name="Axis hyper-lr").press("Enter")
    page.get_by_role("button", name="Categories").press("Enter")
    expect(page.locator(".popover")).to_have_count(0)
    assert "as.hyper-lr=category" in page.url
    page.get_by_role("button", name="Axis metric-dev-acc").press("Enter")
    page.get_by_label("From").fill("0.8")
    page.get_by_label("From").press("Enter")
    expect(rows(page)).to_have_count(4)
    page.get_by_role("button", name="Axis hyper-lr").press("Enter")
    page.get_by_role("button", name="Move right").press("Enter")
    expect(headings.first).to_have_text("kind ▾")
    assert "axes=hyper-kind,hyper-lr,metric-dev-acc" in page.url
    page.get_by_role("button", name="Axis hyper-kind").press("Enter")
    page.get_by_role("button", name="Remove").press("Enter")
    expect(headings).to_have_count(2)


def test_a_heading_that_is_dragged_takes_its_axis_along(made, open_page):
    page = open_page(f"{made}/{PARALLEL}", width=1280)
    first, last = (page.locator(".rel-headings button").nth(at).bounding_box() for at in (0, 2))
    page.mouse.move(first["x"] + 10, first["y"] + 10)
    page.mouse.down()
    page.mouse.move(last["x"] + 10, last["y"] + 10, steps=4)
    page.mouse.up()
    expect(page.locator(".rel-headings button").last).to_have_text("lr ▾")
    assert "axes=hyper-kind,metric-dev-acc,hyper-lr" in page.url


def test_what_the_run_table_shows_is_what_is_drawn(made, open_table):
    table = open_table(f"{made}/runs?f.hyper-kind=is:a&q=lr%3A0.01", width=1280)
    shown = table.rows.count()
    page = table.page
    page.locator("#relations").click()
    expect(rows(page)).to_have_count(shown)
    expect(page.get_by_label("Only runs that match")).to_have_value("lr:0.01")
    page.get_by_role("button", name="Take away: hyper-kind: a").click()
    expect(rows(page)).not_to_have_count(shown)


def test_the_selected_runs_alone_are_drawn(made, open_table):
    table = open_table(f"{made}/runs", width=1280)
    table.select("log_20260101_000003", "log_20260101_000005")
    table.page.locator("#selection").get_by_role("button", name="Relations").click()
    expect(rows(table.page)).to_have_count(2)
    table.page.get_by_role("button", name="Take away: 2 selected runs").click()
    expect(rows(table.page)).to_have_count(RUNS)


def test_a_run_that_comes_is_drawn_by_itself(own_board, logs, open_page):
    page = open_page(f"{own_board}/relations?filter=off", width=1280)
    expect(page.locator("#how-many")).to_have_text("28 runs")
    write(logs, 1, {"lr": 0.5}, {"dev": {"acc": 0.5}})
    expect(page.locator("#how-many")).to_have_text("29 runs")


def test_what_matters_for_a_result_is_told_with_a_warning_of_few_runs(made, open_page):
    page = open_page(f"{made}/{SCATTER}", width=1280)
    page.get_by_label("For the result").select_option("metric-dev-acc")
    first = page.locator(".imp-table tbody tr").first
    expect(first).to_contain_text("lr")
    expect(first).to_contain_text("< 0.001")
    expect(page.locator("#importance")).to_contain_text("Few runs: 21 for 3 hyperparameters.")
    forest = "The forest foretells unseen runs"  # the board imports scikit-learn for it first
    expect(page.locator("#importance")).to_contain_text(forest, timeout=60_000)
    assert "result=metric-dev-acc" in page.url
    page.get_by_role("searchbox", name="Only runs that match").fill("lr:0.0001")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Compute for the 4 runs shown now").click()
    expect(page.locator("#importance")).to_contain_text("with fewer than 5 nothing is computed")


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("path", [PARALLEL, SCATTER])
def test_the_charts_break_no_rule(path, colours, made, open_page):
    result = "&result=metric-dev-acc" if path == SCATTER else ""
    page = open_page(f"{made}/{path}{result}", width=1280, color_scheme=colours)
    expect(page.locator(".imp-table" if result else ".rel-table")).to_be_visible()
    assert faults(page) == []
    page.locator(".rel-axis").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert faults(page) == []


def test_the_page_speaks_chinese_and_fits_a_phone(made, open_page):
    page = open_page(f"{made}/{PARALLEL}", width=390, height=844, locale="zh-CN")
    expect(page.get_by_role("heading", name="关系")).to_be_visible()
    expect(page.locator("#told")).to_contain_text("沿坐标轴拖动可框选")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_nothing_one_run_and_no_numbers_are_told_with_what_to_do(
    start_shared_board, tmp_path, open_page
):
    board = start_shared_board(tmp_path)
    page = open_page(f"{board}/relations", width=1280)
    expect(page.locator("#empty")).to_contain_text("There is no run yet.")
    write(tmp_path, 1, {"name": "first"}, {})
    page.reload()
    expect(page.locator("#told")).to_contain_text("One run alone shows no relation")
    expect(page.locator("#told")).to_contain_text("None of these columns holds numbers")
    page.get_by_role("searchbox", name="Only runs that match").fill("nowhere")
    page.keyboard.press("Enter")
    expect(page.locator("#empty")).to_contain_text("No run meets the search")
    page.get_by_role("button", name="Clear the search").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("searchbox", name="Only runs that match").fill("lr:(")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).not_to_be_empty()
