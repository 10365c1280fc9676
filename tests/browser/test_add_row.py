"""Rows added by hand, each value with its type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

RUN = "log_20261122_090449"


def open_dialog(page: Page) -> Locator:
    page.get_by_role("button", name="Add a row…").click()
    dialog = page.get_by_role("dialog", name="Add a row by hand")
    expect(dialog.get_by_label("Name (id)")).to_be_focused()
    return dialog


def fill(dialog: Locator, cells: dict[str, str]) -> None:
    for number, (column, value) in enumerate(cells.items(), 1):
        dialog.get_by_label(f"Column {number}", exact=True).fill(column)
        dialog.get_by_label(f"Value {number}", exact=True).fill(value)


def kept(logs: Path, row: str) -> dict[str, object]:
    return json.loads((logs / "log_extra_data.txt").read_text("ascii"))[row]


def test_a_row_keeps_the_type_of_each_value_and_is_there_at_once(logs, own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    dialog = open_dialog(table.page)
    dialog.get_by_label("Name (id)").fill("paper_2026")
    dialog.get_by_label("memo").fill("table 3")
    fill(dialog, {"hyper-lr": "5e-5", "hyper-dataset": "weibo", "metric-dev-acc": ".5"})
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(table.cell("paper_2026", "metric-dev-acc")).to_have_text("0.5")
    expect(table.cell("paper_2026", "memo")).to_have_text("table 3")
    expect(table.page.locator(".toast")).to_contain_text("paper_2026 was added")
    assert kept(logs, "paper_2026") == {
        "id": "paper_2026",
        "hyper-lr": 5e-5,
        "hyper-dataset": "weibo",
        "metric-dev-acc": 0.5,
        "memo": "table 3",
    }


TYPES = [
    ("12", "number", 12),
    ("-1.5E3", "number", -1500),
    ("true", "true/false", True),
    ("False", "true/false", False),
    ("-inf", "not finite", "-Infinity"),
    ("nan", "not finite", "NaN"),
    ("007", "text", "007"),
    ("12345678901234567890", "text", "12345678901234567890"),
    ("1e999", "text", "1e999"),
    ("1,5", "text", "1,5"),
    ("0x10", "text", "0x10"),
    (" bert ", "text", "bert"),
]


def test_the_type_of_each_value_is_shown_before_it_is_saved(logs, own_board, open_page):
    page = open_page(f"{own_board}/runs", width=1280)
    dialog = open_dialog(page)
    dialog.get_by_label("Name (id)").fill("paper")
    fill(dialog, {f"hyper-x{number}": text for number, (text, _, _) in enumerate(TYPES)})
    for number, (_, kind, _) in enumerate(TYPES, 1):
        shown = dialog.get_by_label(f"Type of value {number}", exact=True)
        expect(shown.locator("option:checked")).to_have_text(kind)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_be_hidden()
    found = kept(logs, "paper")
    for number, (_, _, value) in enumerate(TYPES):
        assert found[f"hyper-x{number}"] == value
        assert type(found[f"hyper-x{number}"]) is type(value)


def test_a_number_may_be_kept_as_text_but_not_in_a_metric(logs, own_board, open_page):
    page = open_page(f"{own_board}/runs", width=1280)
    dialog = open_dialog(page)
    dialog.get_by_label("Name (id)").fill("paper")
    fill(dialog, {"hyper-version": "1.10", "metric-new": "1.10"})
    dialog.get_by_label("Type of value 1").select_option("text")
    expect(dialog.get_by_label("Type of value 2")).to_be_disabled()
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_be_hidden()
    assert kept(logs, "paper") == {"id": "paper", "hyper-version": "1.10", "metric-new": 1.1}


def test_a_column_that_no_run_has_is_there_at_once_too(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    dialog = open_dialog(table.page)
    dialog.get_by_label("Name (id)").fill("paper")
    fill(dialog, {"venue": "ACL"})
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(table.cell("paper", "venue")).to_have_text("ACL")


def test_a_row_that_the_saved_filter_leaves_out_is_told(own_board, open_page):
    page = open_page(f"{own_board}/runs", width=1280)
    dialog = open_dialog(page)
    dialog.get_by_label("Name (id)").fill("paper")
    fill(dialog, {"hyper-dataset": "conll"})
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("It is not in view")


def test_the_tables_columns_are_offered_in_a_list(board, open_page):
    page = open_page(f"{board}/runs", width=1280)
    dialog = open_dialog(page)
    offered = dialog.locator("datalist option").evaluate_all("all => all.map(o => o.value)")
    assert {"hyper-lr", "metric-dev-acc", "hyper-dataset"} <= set(offered)
    assert not {"id", "state", "memo"} & set(offered)


def test_an_existing_column_counts_in_any_spelling(logs, own_board, open_page):
    page = open_page(f"{own_board}/runs", width=1280)
    dialog = open_dialog(page)
    dialog.get_by_label("Name (id)").fill("paper")
    fill(dialog, {"metric_dev_acc": "0.5"})
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_be_hidden()
    assert kept(logs, "paper") == {"id": "paper", "metric-dev-acc": 0.5}


@pytest.mark.parametrize(
    ("row", "cells", "said"),
    [
        (RUN, {"hyper-lr": "1"}, "already"),
        ("paper", {}, "at least one value"),
        ("paper", {"": "1"}, "has no column"),
        ("paper", {"hyper-lr": "1", "hyper_lr": "2"}, "named twice"),
        ("paper", {"metric-dev": "1"}, "heading"),
        ("paper", {"id-x": "1"}, "no column that can be edited"),
        ("a,b", {"hyper-lr": "1"}, "comma"),
    ],
)
def test_what_cannot_be_added_is_told_in_the_dialog_which_stays(board, open_page, row, cells, said):
    page = open_page(f"{board}/runs?filter=off", width=1280)
    expect(page.locator("#grid [role=row][row-id]").first).to_be_visible()
    dialog = open_dialog(page)
    dialog.get_by_label("Name (id)").fill(row)
    fill(dialog, cells)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text(said)
    expect(dialog.get_by_label("Name (id)")).to_have_value(row)


def test_undo_takes_an_added_row_away_and_its_name_is_free_again(logs, own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    for value in ("1", "2"):
        dialog = open_dialog(table.page)
        dialog.get_by_label("Name (id)").fill("paper")
        fill(dialog, {"hyper-lr": value})
        dialog.get_by_role("button", name="Add", exact=True).click()
        expect(table.cell("paper", "hyper-lr")).to_have_text(value)
        with table.page.expect_response("**/api/erase"):  # the row may be gone from sight before
            table.page.locator(".toast").get_by_role("button", name="Undo").click()
        expect(table.cell("paper", "id")).to_have_count(0)
    assert "paper" not in json.loads((logs / "log_extra_data.txt").read_text("ascii"))
    assert "paper" not in (logs / "default.cfg").read_text("utf-8")


def test_an_added_row_goes_to_the_trash_and_comes_back_like_a_run(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    table.select("paper_SOTA_2024")
    table.page.get_by_role("button", name="Move to trash").click()
    expect(table.cell("paper_SOTA_2024", "id")).to_have_count(0)
    table.page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(table.cell("paper_SOTA_2024", "id")).to_be_visible()


def test_marking_text_beyond_the_edge_does_not_close_the_dialog(board, open_page):
    page = open_page(f"{board}/runs", width=1280)
    dialog = open_dialog(page)
    name = dialog.get_by_label("Name (id)")
    name.fill("paper")
    box = name.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(5, box["y"] + 10)
    page.mouse.up()
    expect(name).to_have_value("paper")
    page.mouse.click(5, 300)
    expect(dialog).to_be_hidden()


def test_a_column_without_a_value_is_told_and_nothing_is_added(logs, own_board, open_page):
    page = open_page(f"{own_board}/runs?filter=off", width=1280)
    dialog = open_dialog(page)
    dialog.get_by_label("Name (id)").fill("paper")
    dialog.get_by_label("memo").fill("table 3")
    fill(dialog, {"hyper-lr": ""})
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text("The column hyper-lr has no value.")
    assert "paper" not in json.loads((logs / "log_extra_data.txt").read_text("ascii"))
