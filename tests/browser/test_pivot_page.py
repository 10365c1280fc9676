"""Summary tables on their page: chosen, read, tested, saved, and led back to their runs."""

from __future__ import annotations

import json
import re

import pytest
from axe_tools import faults
from playwright.sync_api import Locator, Page, expect

import fitlog

CHOSEN = "vertical=hyper-dataset&horizontals=hyper-encoder&results=metric-dev-acc"


def columns(page: Page) -> list[str]:
    return page.locator(".pivot thead tr").first.locator("th").all_inner_texts()


def test_the_page_tells_what_is_to_be_chosen_and_shows_the_table_at_once(board, open_page):
    page = open_page(f"{board}/runs", width=1280)
    page.get_by_role("link", name="Summary").click()
    expect(page.get_by_text("Choose what becomes rows or columns, and a result.")).to_be_visible()
    page.get_by_label("Rows").select_option("hyper-dataset")
    page.get_by_label("Results: add…").select_option("metric-dev-acc")
    expect(page.locator(".pivot tbody tr")).to_have_count(3)
    page.get_by_label("Columns: add…").select_option("hyper-encoder")
    expect(page.locator(".pivot thead tr")).to_have_count(2)
    assert "horizontals=hyper-encoder" in page.url
    page.reload()
    expect(page.locator(".pivot thead tr")).to_have_count(2)


def test_while_a_table_is_computed_nobody_is_told_to_choose(board, open_page):
    page = open_page(f"{board}/pivot", width=1280)
    said = page.locator("#pivot-fault")
    expect(said).to_contain_text("Choose what becomes rows")
    held = []
    page.route("**/api/pivot**", lambda route: held.append(route))
    page.get_by_label("Saved").select_option("tbl1")
    expect(said).to_have_text("Loading…")
    page.wait_for_function("document.querySelector('.pivot') === null")
    held[0].continue_()
    expect(page.locator(".pivot tbody tr")).to_have_count(3)
    expect(said).to_be_hidden()


def test_a_summary_that_fitlog_09_saved_is_opened(board, open_page):
    page = open_page(f"{board}/pivot", width=1280)
    page.get_by_label("Saved").select_option("tbl1")
    first = page.locator(".pivot tbody td button").first
    expect(first).to_contain_text("0.92147")
    expect(first).to_have_attribute(
        "title", re.compile(r"^0\.92146744153409\d* ± 0\.02277\d+ n = 5$")
    )


def test_what_fitlog_09_kept_in_a_summary_is_shown_and_saved_again(own_board, logs, open_page):
    path = logs / "summaries" / "tbl1.summary"
    said = json.loads(path.read_text("utf-8"))
    criteria = ["metric-nowhere", "metric-dev-acc"]
    row = {"id": "p_1a2B", "dataset": "paper [3]", "lstm-metric-dev-acc": "0.95"}
    path.write_text(
        json.dumps({**said, "method": "max", "criteria": criteria, "extra_data": [row]})
    )
    page = open_page(f"{own_board}/pivot", width=1280)
    page.get_by_label("Saved").select_option("tbl1")
    last = page.locator(".pivot tbody tr").last
    expect(last.locator("th")).to_have_text("paper [3]")
    expect(last.locator("td", has_text="0.95")).to_be_visible()
    expect(page.locator("#pivot-notes")).to_contain_text("The last 1 row was added by hand")
    by = page.locator("label.field", has_text="by").locator("select").last
    expect(by.locator("option:checked")).to_have_text("metric-nowhere, else metric-dev-acc")
    page.reload()
    expect(last.locator("th")).to_have_text("paper [3]")
    page.get_by_label("Saved").select_option("tbl1")
    page.get_by_role("button", name="Save…").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("tbl1 was saved.")).to_be_visible()
    kept = json.loads(path.read_text("utf-8"))
    assert (kept["criteria"], kept["extra_data"]) == (criteria, [row])


def test_a_cell_names_its_runs_which_lead_to_their_pages(board, open_page):
    page = open_page(f"{board}/pivot?{CHOSEN}", width=1280)
    page.locator(".pivot tbody td button").first.click()
    heading = page.locator("#pivot-sources h2")
    expect(heading).to_contain_text("5 runs behind conll · ")
    links = page.locator(".sources a")
    expect(links).to_have_count(5)
    run = links.first.inner_text()
    links.first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(run)


def test_the_best_of_each_column_is_marked_as_asked_for(board, open_page):
    page = open_page(f"{board}/pivot?{CHOSEN}", width=1280)
    expect(page.locator(".pivot tbody tr")).to_have_count(3)
    marked = page.locator(".pivot .best")
    expect(marked).to_have_count(len(columns(page)))
    largest = marked.all_inner_texts()
    page.get_by_label("Best").select_option("smallest")
    expect(marked.first).not_to_have_text(largest[0])
    page.get_by_label("Best").select_option("not marked")
    expect(marked).to_have_count(0)


def test_rows_are_compared_with_one_and_marked_where_it_is_no_chance(board, open_page):
    page = open_page(f"{board}/pivot?{CHOSEN}", width=1280)
    page.get_by_label("Compared with").select_option("conll")
    expect(page.locator(".pivot .delta").first).to_contain_text("Δ ")
    expect(page.locator("#pivot-notes")).to_contain_text("Welch")
    expect(page.locator(".pivot tbody tr").first.locator(".delta")).to_have_count(0)


def test_the_run_with_the_largest_is_chosen_by_another_metric(board, open_page):
    page = open_page(f"{board}/pivot?{CHOSEN}&method=max", width=1280)
    page.locator("label.field", has_text="the result itself").locator("select").select_option(
        "metric-test-SpanFPreRecMetric-f"
    )
    page.locator(".pivot tbody td button").first.click()
    expect(page.get_by_text("chosen")).to_have_count(1)
    assert "criteria=metric-test-SpanFPreRecMetric-f" in page.url


def test_a_search_leaves_runs_out_and_a_wrong_one_is_told(board, open_page):
    page = open_page(f"{board}/pivot?{CHOSEN}", width=1280)
    box = page.get_by_label("Only runs that match")
    box.fill("dataset:conll")
    box.press("Enter")
    expect(page.locator(".pivot tbody tr")).to_have_count(1)
    box.fill("lr:(")
    box.press("Enter")
    expect(page.get_by_role("alert")).not_to_be_empty()
    box.fill("dataset:nowhere")
    box.press("Enter")
    expect(page.get_by_text("No run that matches the search has these results.")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en-US", "No run has these results. No run has a value in metric-gone: choose another"),
        ("zh-CN", "没有实验包含这些结果。 没有实验在 metric-gone 中有值：请选择其他列"),
    ],
)
def test_a_table_of_results_that_no_run_has_says_which_and_what_to_do(
    board, open_page, language, said
):
    address = f"{board}/pivot?vertical=hyper-dataset&results=metric-gone"
    page = open_page(address, width=1280, locale=language)
    expect(page.locator("#pivot-fault")).to_contain_text(said)


def test_a_column_that_no_run_has_is_named_beneath_the_table(board, open_page):
    address = f"{board}/pivot?vertical=hyper-dataset&horizontals=hyper-gone&results=metric-dev-acc"
    page = open_page(address, width=1280)
    expect(page.locator(".pivot tbody tr")).to_have_count(3)
    expect(page.locator("#pivot-notes")).to_contain_text("No run has a value in hyper-gone")


def test_results_that_are_no_numbers_say_so_and_name_their_runs_all_the_same(board, open_page):
    page = open_page(f"{board}/pivot?vertical=hyper-dataset&results=hyper-encoder", width=1280)
    notes = page.locator("#pivot-notes")
    expect(notes).to_contain_text(re.compile(r"\d+ results are no finite number"))
    expect(notes).to_contain_text("choose a column of numbers")
    expect(notes).not_to_contain_text("deviation")
    page.locator(".pivot tbody td button").first.click()
    expect(page.locator(".sources a").first).to_be_visible()


def test_a_single_run_gives_a_table_and_the_reason_why_it_has_no_deviation(
    tmp_path, start_board, open_page
):
    run = fitlog.Run(tmp_path)
    run.add_hyper({"lr": 0.1})
    run.add_best_metric(0.9, "acc")
    run.finish()
    page = open_page(f"{start_board(tmp_path)}/pivot?vertical=hyper-lr&results=metric-acc")
    expect(page.locator(".pivot tbody td")).to_have_text("0.9 (1)")
    expect(page.locator("#pivot-notes")).to_contain_text("No cell has more than one run")


def test_a_directory_without_runs_says_what_a_table_needs(tmp_path, start_board, open_page):
    page = open_page(f"{start_board(tmp_path)}/pivot")
    expect(page.locator("#pivot-fault")).to_contain_text("No run has recorded anything here yet")


def test_a_result_gets_the_name_that_a_paper_has(board, open_page):
    page = open_page(f"{board}/pivot?{CHOSEN}", width=1280)
    name = page.get_by_label("What metric-dev-acc is called")
    name.fill("Acc. (dev)")
    name.press("Enter")
    expect(page.locator(".pivot thead tr").nth(1)).to_contain_text("Acc. (dev)")


def test_a_summary_is_saved_changed_and_removed(own_board, logs, open_page):
    page = open_page(f"{own_board}/pivot?{CHOSEN}", width=1280)
    page.get_by_role("button", name="Save…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("paper")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("paper was saved.")
    path = logs / "summaries" / "paper.summary"
    assert json.loads(path.read_text())["horizontals"] == ["hyper-encoder"]
    page.get_by_label("Of several runs").select_option("mean")
    page.get_by_role("button", name="Save…").click()
    expect(dialog).to_contain_text("It replaces the summary of that name.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    assert json.loads(path.read_text())["method"] == "avg"
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".toast").last).to_contain_text("was removed")
    assert not path.exists()
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Saved")).to_have_value("paper")
    assert json.loads(path.read_text())["method"] == "avg"


def test_a_summary_that_somebody_changed_meanwhile_is_not_overwritten(own_board, logs, open_page):
    page = open_page(f"{own_board}/pivot", width=1280)
    page.get_by_label("Saved").select_option("tbl1")
    expect(page.locator(".pivot")).to_be_visible()
    path = logs / "summaries" / "tbl1.summary"
    theirs = json.dumps({**json.loads(path.read_text()), "method": "min"})
    path.write_text(theirs)
    page.get_by_role("button", name="Save…").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("changed meanwhile")
    assert path.read_text() == theirs


def test_the_table_is_downloaded_and_copied_as_latex(board, open_page):
    page = open_page(f"{board}/pivot?{CHOSEN}", width=1280)
    with page.expect_download() as found:
        page.get_by_role("link", name="Download as LaTeX").click()
    assert r"\begin{tabular}" in found.value.path().read_text()
    page.get_by_role("button", name="Copy LaTeX").click()
    expect(page.locator(".toast")).to_be_visible()


@pytest.mark.parametrize("profile", [{}, {"color_scheme": "dark"}, {"locale": "zh-CN"}])
def test_the_page_keeps_the_rules_of_accessibility(board, open_page, profile):
    page = open_page(f"{board}/pivot?{CHOSEN}&against=conll", width=1280, **profile)
    expect(page.locator(".pivot")).to_be_visible()
    assert faults(page) == []


# -------------------------------------------------------------------- dragging


def place(page: Page, name: str) -> Locator:
    return page.locator(f'[data-place="{name}"]')


def drag(page: Page, column: str, name: str) -> None:
    """Drag a column by its handle from wherever it stands to the end of a place."""
    target = place(page, name).locator("select, [role=group]").last
    page.locator(f'[data-drag="{column}"]').drag_to(target)


def test_a_table_is_made_by_dragging_alone(board, open_page):
    page = open_page(f"{board}/pivot", width=1280)
    drag(page, "hyper-dataset", "rows")
    drag(page, "metric-dev-acc", "results")
    expect(page.locator(".pivot tbody tr")).to_have_count(3)
    drag(page, "hyper-encoder", "columns")
    expect(page.locator(".pivot thead tr")).to_have_count(2)
    assert page.url.endswith(f"/pivot?{CHOSEN}")
    expect(place(page, "unused").locator('[data-drag="hyper-encoder"]')).to_have_count(0)
    drag(page, "hyper-encoder", "unused")
    expect(page.locator(".pivot thead tr")).to_have_count(1)
    expect(place(page, "unused").locator('[data-drag="hyper-encoder"]')).to_have_count(1)


def test_the_table_is_shown_before_the_column_is_dropped_and_comes_back_if_it_is_not(
    board, open_page
):
    page = open_page(f"{board}/pivot?{CHOSEN}", width=1280)
    expect(page.locator(".pivot thead tr")).to_have_count(2)
    address = page.url
    page.locator('[data-drag="hyper-encoder"]').hover()
    page.mouse.down()
    place(page, "unused").hover()
    place(page, "unused").hover(position={"x": 5, "y": 5})
    expect(page.locator(".pivot thead tr")).to_have_count(1)
    expect(page.locator("#pivot-table")).to_have_class(re.compile("preview"))
    page.locator("h1").hover()
    expect(page.locator(".pivot thead tr")).to_have_count(2)
    page.mouse.up()
    expect(page.locator("#pivot-table")).not_to_have_class(re.compile("preview"))
    assert page.url == address


def test_rows_and_columns_change_places_and_a_metric_becomes_no_heading(board, open_page):
    page = open_page(f"{board}/pivot?{CHOSEN}", width=1280)
    drag(page, "hyper-encoder", "rows")
    expect(page.get_by_label("Rows")).to_have_value("hyper-encoder")
    expect(place(page, "columns").locator(".chip")).to_contain_text("hyper-dataset")
    address = page.url
    drag(page, "metric-dev-acc", "columns")
    expect(place(page, "columns").locator(".chip")).to_have_count(1)
    assert page.url == address


def test_a_column_is_moved_and_taken_out_by_keys_alone(board, open_page):
    page = open_page(f"{board}/pivot?{CHOSEN},hyper-lr", width=1280)
    first = place(page, "results").locator(".chip input").first
    expect(first).to_have_value("metric-dev-acc")
    page.get_by_role("button", name="Take hyper-lr out").press("ArrowLeft")
    expect(first).to_have_value("hyper-lr")
    expect(page.get_by_role("button", name="Take hyper-lr out")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(first).to_have_value("metric-dev-acc")
    page.keyboard.press("Enter")
    expect(place(page, "results").locator(".chip")).to_have_count(1)
    expect(page.get_by_label("Results: add…")).to_be_focused()


def test_the_selected_runs_are_summed_up_from_the_table(board, open_table):
    page = open_table(f"{board}/runs?filter=off").page
    box = '#grid [row-index="{}"] [col-id="ag-Grid-SelectionColumn"] input'
    for place in (2, 3, 4):
        page.locator(box.format(place)).click()
    page.locator("#selection").get_by_role("link", name="Summary").click()
    wanted = page.get_by_label("Only runs that match").input_value().removeprefix("id:").split(",")
    assert len(wanted) == 3
    drag(page, "metric-dev-acc", "results")
    drag(page, "hyper-optim-name", "rows")
    page.locator(".pivot tbody td button").first.click()
    expect(page.locator(".sources a")).not_to_have_count(0)
    assert set(page.locator(".sources a").all_inner_texts()) <= set(wanted)
