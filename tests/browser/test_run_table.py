"""The page of all runs, on the logs that fitlog 0.9 left."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import expect

RUN = "log_20261122_090449"
DELETED = "log_20261122_090321"
HIDDEN = ("log_20261122_090249", "log_20261122_090254")


def test_the_table_shows_what_the_saved_view_left(board, open_table):
    table = open_table(f"{board}/runs")
    table.expect_count(20)  # of 30: one deleted, and the saved filter leaves out dataset conll
    assert "conll" not in table.column("hyper-dataset")
    expect(table.page.locator("#count")).to_have_text("20 of 30 runs")
    assert not table.heading("hyper-dropout").is_visible()  # hidden in the view


def test_without_filter_and_with_the_hidden_all_but_the_deleted_are_there(board, open_table):
    table = open_table(f"{board}/runs")
    table.page.get_by_role("button", name="Saved filter").click()
    table.expect_count(28)
    table.page.get_by_role("button", name="2 hidden – show").click()
    table.expect_count(30)  # 29 runs and the row added by hand
    assert set(HIDDEN) < set(table.page.locator("#grid .id a").all_inner_texts())
    assert table.cell(DELETED, "id").count() == 0


def test_a_run_that_is_not_over_tells_when_it_was_written_last(board, open_table, open_page):
    stale = "log_20261122_090452"
    state = open_table(f"{board}/runs?filter=off").cell(stale, "state")
    state.hover()
    expect(state).to_have_attribute("title", re.compile(r"\. Last written .+ ago$"))
    facts = open_page(f"{board}/run/{stale}").locator("#facts")
    expect(facts).to_contain_text("last written")
    expect(open_page(f"{board}/run/{RUN}").locator("#facts")).not_to_contain_text("last written")


def test_the_trash_shows_deleted_runs_too(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    table.page.get_by_role("button", name="Trash", exact=True).click()
    expect(table.cell(DELETED, "id")).to_contain_text("trash")


def test_an_address_with_the_hidden_and_the_trash_shows_both_again(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    table.page.get_by_role("button", name="2 hidden – show").click()
    table.page.get_by_role("button", name="Trash", exact=True).click()
    table.expect_count(31)
    again = open_table(table.page.url)
    again.expect_count(31)


def test_headings_are_nested_as_the_names_are(board, open_table):
    table = open_table(f"{board}/runs")
    groups = table.page.locator("#grid .ag-header-group-cell-label")
    for name in ("metric", "dev", "SpanFPreRecMetric", "hyper", "optim", "sched"):
        expect(groups.filter(has_text=re.compile(rf"^\s*{name}\s*$")).first).to_be_visible()
    expect(table.heading("hyper-optim-sched-warmup")).to_have_text("warmup")


def test_a_click_on_a_heading_sorts_numbers_as_numbers(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    table.heading("hyper-lr").click()
    expect(table.page).to_have_url(re.compile(r"sort=hyper-lr"))
    rates = [float(text) for text in table.column("hyper-lr") if text]
    assert rates == sorted(rates)
    assert len(set(rates)) > 3
    table.heading("hyper-lr").click()
    expect(table.page).to_have_url(re.compile(r"sort=-hyper-lr"))
    assert [float(text) for text in table.column("hyper-lr") if text] == sorted(rates, reverse=True)


def test_nan_and_missing_values_come_last_in_either_direction(logs, start_board, open_table):
    with (logs / RUN / "best_metric.log").open("a") as file:
        file.write('{"metric": {"dev": {"acc": "NaN"}}}\n')
    table = open_table(f"{start_board(logs)}/runs?filter=off&sort=metric-dev-acc")
    assert table.column("metric-dev-acc")[-2:] == ["NaN", ""]  # then the row added by hand
    table.heading("metric-dev-acc").click()
    expect(table.page).to_have_url(re.compile("sort=-metric-dev-acc"))
    assert table.column("metric-dev-acc")[-2:] == ["NaN", ""]


def test_the_search_takes_plain_text_and_queries_and_lives_in_the_address(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    box = table.page.locator("#search")
    box.fill("ontonotes")
    table.expect_count(10)
    box.fill("${'hyper-lr': '<0.01', 'hyper-dataset': ['weibo']}$")
    table.expect_count(4)
    table.page.reload()
    table.expect_count(4)
    table.page.keyboard.press("/")
    table.page.keyboard.press("Escape")
    table.expect_count(28)
    assert "q=" not in table.page.url


def test_what_cannot_be_understood_is_said_with_a_caret_at_the_place(board, open_table):
    table = open_table(f"{board}/runs")
    table.page.locator("#search").fill("${'hyper-lr': <0.01}$")
    fault = table.page.locator("#fault")
    expect(fault).to_be_visible()
    text, caret = fault.locator("pre").inner_text().split("\n")[:2]
    assert text[caret.index("^")] == "<"
    table.expect_count(20)  # the table stays as it was
    assert table.page.locator("dialog").count() == 0


def test_an_edited_memo_survives_a_reload_and_is_written_to_the_file_of_cells(
    own_board, logs: Path, open_table
):
    table = open_table(f"{own_board}/runs")
    table.cell(RUN, "memo").click()
    table.page.keyboard.type("lr 太大")
    table.page.keyboard.press("Enter")
    expect(table.cell(RUN, "memo")).to_have_text("lr 太大")
    expect(table.cell(RUN, "memo")).not_to_have_class(re.compile("unsaved"))
    table.page.reload()
    expect(table.cell(RUN, "memo")).to_have_text("lr 太大")
    cells = json.loads((logs / "log_extra_data.txt").read_text("utf-8"))
    assert cells[RUN]["memo"] == "lr 太大"
    assert "Click to edit" not in (logs / "log_extra_data.txt").read_text("utf-8")


def test_escape_leaves_a_memo_as_it_was(own_board, logs: Path, open_table):
    before = (logs / "log_extra_data.txt").read_bytes()
    table = open_table(f"{own_board}/runs")
    table.cell(RUN, "memo").click()
    table.page.keyboard.type("not meant")
    table.page.keyboard.press("Escape")
    expect(table.cell(RUN, "memo")).to_have_text("")
    assert (logs / "log_extra_data.txt").read_bytes() == before


def test_a_memo_of_several_lines_is_kept_and_the_editor_says_which_keys_end_it(
    own_board, logs: Path, open_table
):
    table = open_table(f"{own_board}/runs")
    table.cell(RUN, "memo").click()
    expect(table.page.locator("#grid .ag-popup-editor")).to_contain_text("Shift+Enter")
    table.page.keyboard.type("first")
    table.page.keyboard.press("Shift+Enter")
    table.page.keyboard.type("second")
    with table.page.expect_response("**/api/runs/*"):
        table.page.keyboard.press("Enter")
    extra = json.loads((logs / "log_extra_data.txt").read_text("utf-8"))
    assert extra[RUN]["memo"] == "first\nsecond"


def test_an_edit_made_elsewhere_meanwhile_is_shown_beside_mine(own_board, open_table):
    mine, theirs = open_table(f"{own_board}/runs"), open_table(f"{own_board}/runs")
    # The one page must not hear of the other's edit before its own is sent.
    mine.page.route("**/api/changes*", lambda route: route.abort())
    mine.cell(RUN, "memo").click()
    mine.page.keyboard.type("mine")
    theirs.cell(RUN, "memo").click()
    theirs.page.keyboard.type("theirs")
    theirs.page.keyboard.press("Enter")
    expect(theirs.cell(RUN, "memo")).not_to_have_class(re.compile("unsaved"))
    mine.page.keyboard.press("Enter")
    toast = mine.page.locator(".toast.error")
    expect(toast).to_contain_text("mine")
    expect(toast).to_contain_text("theirs")
    toast.get_by_role("button", name="Save mine").click()
    expect(theirs.cell(RUN, "memo")).to_have_text("mine")
    mine.page.unroute_all()


def test_text_that_could_not_be_saved_stays_and_is_saved_when_the_server_is_back(
    own_board, open_table
):
    table = open_table(f"{own_board}/runs")
    table.page.context.set_offline(True)
    table.cell(RUN, "memo").click()
    table.page.keyboard.type("written in a tunnel")
    table.page.keyboard.press("Enter")
    expect(table.page.locator("#banner")).to_contain_text("does not answer")
    expect(table.cell(RUN, "memo")).to_have_class(re.compile("unsaved"))
    table.page.context.set_offline(False)
    expect(table.page.locator("#banner")).to_be_hidden()
    expect(table.cell(RUN, "memo")).not_to_have_class(re.compile("unsaved"))
    table.page.reload()
    expect(table.cell(RUN, "memo")).to_have_text("written in a tunnel")


def test_the_selection_says_what_is_out_of_view(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    table.select(RUN, "log_20261122_090445")
    expect(table.page.locator("#selection")).to_contain_text("2 selected")
    table.page.locator("#search").fill(RUN)
    expect(table.page.locator("#selection")).to_contain_text("2 selected (1 not in view)")
    table.page.get_by_role("button", name="Clear", exact=True).click()
    expect(table.page.locator("#selection")).to_be_hidden()


def test_a_run_in_the_trash_comes_back_by_undo_and_its_folder_never_left(
    own_board, logs, open_table
):
    table = open_table(f"{own_board}/runs")
    table.select(RUN)
    table.page.get_by_role("button", name="Move to trash").click()
    table.expect_count(19)
    assert (logs / RUN / "meta.log").exists()
    assert RUN in (logs / "default.cfg").read_text("utf-8")
    table.page.get_by_role("button", name="Undo").click()
    table.expect_count(20)
    assert RUN not in (logs / "default.cfg").read_text("utf-8")


def test_erasing_asks_for_the_number_of_runs_and_removes_the_folder(own_board, logs, open_table):
    table = open_table(f"{own_board}/runs?filter=off&show=deleted")
    table.select(DELETED)
    table.page.get_by_role("button", name="Erase…").click()
    dialog = table.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Erase")).to_be_disabled()
    dialog.get_by_role("textbox").fill("1")
    dialog.get_by_role("button", name="Erase").click()
    expect(table.cell(DELETED, "id")).to_have_count(0)
    assert not (logs / DELETED).exists()


def test_erasing_names_the_runs_and_how_many_more_there_are(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    table.page.locator("#grid [role=columnheader] input[type=checkbox]").click()
    table.page.get_by_role("button", name="Move to trash").click()
    expect(table.page.get_by_text("28 moved to the trash.")).to_be_visible()
    table.page.get_by_role("button", name="Trash", exact=True).click()
    table.select(DELETED)
    table.page.get_by_role("button", name="Erase…").click()
    dialog = table.page.get_by_role("dialog", name="Erase 1 run for ever?")
    expect(dialog.locator(".which")).to_have_text(DELETED)
    expect(dialog).to_contain_text("Its folder is deleted")
    dialog.get_by_role("button", name="Cancel").click()
    table.page.locator("#grid [role=columnheader] input[type=checkbox]").click()
    table.page.get_by_role("button", name="Erase…").click()
    dialog = table.page.get_by_role("dialog", name="Erase 29 runs for ever?")
    expect(dialog.locator(".which")).to_contain_text("log_20261122_090449")
    expect(dialog.locator(".which")).to_contain_text("and 17 more")
    expect(dialog).to_contain_text("Their folders are deleted")


def test_a_column_hidden_in_the_panel_stays_hidden(own_board, logs, open_table):
    table = open_table(f"{own_board}/runs")
    table.page.get_by_role("button", name="Columns", exact=True).click()
    table.page.get_by_placeholder("Find a column").fill("encoder")
    with table.page.expect_response("**/api/view"):
        table.page.get_by_label("encoder", exact=True).uncheck()
    expect(table.heading("hyper-encoder")).to_have_count(0)
    table.page.reload()
    expect(table.heading("hyper-lr")).to_be_visible()
    expect(table.heading("hyper-encoder")).to_have_count(0)
    assert "hyper-encoder" in (logs / "default.cfg").read_text("utf-8")


def test_columns_that_never_differ_are_left_out_until_asked_for(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    expect(table.heading("hyper-lr")).to_be_visible()
    expect(table.heading("hyper-max_len")).to_have_count(0)
    table.page.get_by_role("button", name="Only what differs").click()
    expect(table.heading("hyper-max_len")).to_be_visible()


def test_an_id_leads_to_the_runs_page(board, open_table):
    table = open_table(f"{board}/runs")
    table.cell(RUN, "id").get_by_role("link").click()
    expect(table.page).to_have_url(f"{board}/run/{RUN}")


def test_the_table_can_be_used_by_keyboard_alone(board, open_table):
    table = open_table(f"{board}/runs")
    table.cell(RUN, "id").focus()
    table.page.keyboard.press(" ")
    table.page.keyboard.press("ArrowDown")
    table.page.keyboard.press(" ")
    expect(table.page.locator("#selection")).to_contain_text("2 selected")
    table.page.keyboard.press("c")
    expect(table.page).to_have_url(re.compile(r"/compare\?runs="))
