"""Addresses that somebody mangled, spelled otherwise or wrote into a view's file by hand."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from fitlog import Run

LR = "hyper-lr"


@pytest.mark.parametrize("name", ["sel", "pin", "group"])
@pytest.mark.parametrize("value", ["%", "%zz", "%E0%A4"])
def test_a_list_that_cannot_be_decoded_does_not_stop_the_page(name, value, board, open_page):
    page = open_page(f"{board}/runs?filter=off&{name}={value}")
    expect(page.locator("#count")).not_to_be_empty()
    page.locator("#search").fill("weibo")
    expect(page.locator("#count")).to_contain_text(re.compile(r"^(10 of|1 group of)"))


def test_a_condition_is_taken_away_however_its_column_is_spelled(board, open_table):
    table = open_table(f"{board}/runs?filter=off&f.hyper%2Dlr=in:0.05..")
    table.page.get_by_role("button", name="Filters: 1").click()
    table.expect_count(28)
    assert "0.05" not in table.page.url


def test_a_view_whose_address_is_nonsense_is_shown_all_the_same(own_board, logs, open_table):
    said = "sel=%zz&pin=%&sort=,,-&%%%&=&&f.=is:x&f.hyper-lr=in:a..b&w.x=y&q=w#eibo&show=<b>"
    (logs / "mad.cfg").write_text(f"[data_settings]\naddress = {said}\n", "utf-8")
    page = open_table(f"{own_board}/runs?v=mad.cfg&q=").page
    page.locator("#search").fill("weibo")
    expect(page.locator("#count")).to_have_text(re.compile("^10 of "))
    assert "#" not in page.url


def test_a_hash_in_a_views_file_is_part_of_its_value(own_board, logs, open_page):
    (logs / "odd.cfg").write_text("[data_settings]\naddress = q=a#b&sort=id\n", "utf-8")
    page = open_page(f"{own_board}/runs?v=odd.cfg")
    expect(page.locator("#search")).to_have_value("a#b")


def test_what_an_address_names_without_a_value_is_no_value(own_board, logs, open_table):
    page = open_table(f"{own_board}/runs?filter=off&q").page
    page.get_by_role("button", name="View: default").click()
    page.get_by_role("button", name="shows in “default”").click()
    expect(page.get_by_text("Saved in default.")).to_be_visible()
    assert "address = filter=off\n" in (logs / "default.cfg").read_text("utf-8")


def test_the_sorting_by_columns_with_commas_outlives_a_reload(tmp_path, start_board, open_table):
    (tmp_path / "default.cfg").write_text("[data_settings]\naddress = differs=off\n", "utf-8")
    for number, value in enumerate([3, 1, 2]):
        with Run(tmp_path) as run:
            run.add_hyper({"same": 0, "x": value})
            run.add_best_metric(0.1 * number, name="acc")
    board = start_board(tmp_path)
    both = open_table(f"{board}/runs?sort=hyper-same%2C-hyper-x")  # as addresses were spelled
    assert both.column("hyper-x") == ["3", "2", "1"]
    row = {"id": "by hand", "a,b": 7}
    assert both.page.request.post(f"{board}/api/runs", data=row, headers={"X-Fitlog": "1"}).ok
    table = open_table(f"{board}/runs")
    table.heading("a,b").click()
    expect(table.page).to_have_url(re.compile(r"sort=a%2Cb"))
    table.page.reload()
    expect(table.heading("a,b")).to_have_attribute("aria-sort", "ascending")
