"""Saved views: opened, made of what the page shows, removed; each hides and filters for itself."""

from __future__ import annotations

import configparser
import re

import pytest
from playwright.sync_api import expect

RUN = "log_20261122_090449"
LR = "hyper-lr"


def open_views(page):
    page.locator("#chips").get_by_role("button", name=re.compile("^View: ")).click()
    return page.get_by_role("dialog", name="Saved views")


def save_as(page, name: str) -> None:
    window = open_views(page)
    window.get_by_label("name of a new view").fill(name)
    window.get_by_role("button", name="Save as").click()
    expect(page.locator("#chips")).to_contain_text(f"View: {name}")


def test_a_view_keeps_what_the_page_shows(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off&sort=-{LR}&f.{LR}=in:0.02..&q=weibo")
    table.expect_count(4)
    save_as(table.page, "paper")
    again = open_table(f"{own_board}/runs?v=paper.cfg")
    again.expect_count(4)
    expect(again.page).to_have_url(re.compile(rf"sort=-{LR}"))
    assert again.column(LR) == ["0.1", "0.1", "0.03", "0.03"]
    assert again.page.locator("#search").input_value() == "weibo"


def test_what_an_address_says_itself_counts_more_than_its_view(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off&f.{LR}=in:0.02..&q=weibo")
    save_as(table.page, "paper")
    again = open_table(f"{own_board}/runs?v=paper.cfg&q=ontonotes")
    again.expect_count(4)
    assert set(again.column("hyper-dataset")) == {"ontonotes"}


def test_what_is_hidden_in_one_view_is_not_in_another(own_board, logs, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    save_as(table.page, "paper")
    before = (logs / "default.cfg").read_bytes()
    table.select(RUN)
    table.page.get_by_role("button", name="Hide", exact=True).click()
    expect(table.cell(RUN, "id")).to_have_count(0)
    assert (logs / "default.cfg").read_bytes() == before
    own = open_table(f"{own_board}/runs?filter=off")
    expect(own.cell(RUN, "id")).to_be_visible()
    view = open_views(own.page)
    view.get_by_role("link", name="paper").click()
    expect(own.page).to_have_url(re.compile(r"v=paper\.cfg"))
    expect(own.rows.first).to_be_visible()
    expect(own.cell(RUN, "id")).to_have_count(0)


def test_the_boards_own_view_can_keep_the_page_too(own_board, logs, open_table):
    table = open_table(f"{own_board}/runs?filter=off&q=weibo")
    open_views(table.page).get_by_role("button", name="shows in “default”").click()
    expect(table.page.get_by_text("Saved in default.")).to_be_visible()
    read = configparser.ConfigParser(interpolation=None, comment_prefixes="#")
    read.read_string((logs / "default.cfg").read_text("utf-8"))
    assert read["data_settings"]["address"] == "filter=off&q=weibo"
    open_table(f"{own_board}/runs").expect_count(10)


def test_a_name_that_is_taken_is_not_written_over(own_board, logs, open_table):
    (logs / "old.cfg").write_text("# mine\n[data_settings]\nhidden_logs =\n", "utf-8")
    table = open_table(f"{own_board}/runs?filter=off")
    window = open_views(table.page)
    window.get_by_label("name of a new view").fill("old")
    window.get_by_role("button", name="Save as").click()
    expect(window.get_by_role("alert")).to_contain_text("There is a view old already")
    assert (logs / "old.cfg").read_text("utf-8").startswith("# mine")


@pytest.mark.parametrize("name", ["a/b", "../x", "con"])
def test_a_name_that_no_file_can_have_is_refused_in_the_window(name, own_board, open_table):
    window = open_views(open_table(f"{own_board}/runs").page)
    window.get_by_label("name of a new view").fill(name)
    window.get_by_role("button", name="Save as").click()
    expect(window.get_by_role("alert")).to_contain_text("is no name of a view")


def test_a_removed_view_comes_back_by_undo(own_board, logs, open_table):
    table = open_table(f"{own_board}/runs?filter=off&q=weibo")
    save_as(table.page, "paper")
    own = open_table(f"{own_board}/runs")
    window = open_views(own.page)
    expect(window.get_by_role("button", name="Remove the view default")).to_have_count(0)
    window.get_by_role("button", name="Remove the view paper").click()
    expect(own.page.get_by_text("The view paper was removed.")).to_be_visible()
    assert not (logs / "paper.cfg").exists()
    own.page.get_by_role("button", name="Undo").click()
    open_table(f"{own_board}/runs?v=paper.cfg").expect_count(10)


def test_a_view_that_is_not_there_is_said(own_board, open_page):
    page = open_page(f"{own_board}/runs?v=nothing.cfg")
    expect(page.get_by_role("main")).to_contain_text("there is no view 'nothing.cfg'")


def test_a_view_made_of_another_filters_as_that_does(own_board, logs, open_table):
    kept = '{"hyper-dataset": "wei", "hyper-lr": "<=0.1"}'
    (logs / "neat.cfg").write_text(f"[data_settings]\nfilter_condition = {kept}\n", "utf-8")
    table = open_table(f"{own_board}/runs?v=neat.cfg")
    expect(table.page.locator("#count")).to_have_text("10 of 31 runs")
    save_as(table.page, "copy #1 é&%")
    expect(table.page.locator("#count")).to_have_text("10 of 31 runs")
    read = (logs / "copy #1 é&%.cfg").read_text("utf-8")
    assert f"filter_condition = {kept}" in read


def test_groups_have_the_metrics_of_the_view_not_of_the_boards_own(own_board, logs, open_page):
    text = (logs / "default.cfg").read_text("utf-8")
    (logs / "full.cfg").write_text(text, "utf-8")
    without = re.sub(r"(?m)^exclude_columns *=.*$", "exclude_columns = metric", text)
    assert without != text
    (logs / "default.cfg").write_text(without, "utf-8")
    page = open_page(f"{own_board}/runs?v=full.cfg&group=hyper-dataset")
    mean = page.locator('#groups [role=columnheader][col-id="metric-dev-acc mean"]')
    expect(mean).to_be_visible()
    page.goto(f"{own_board}/runs?group=hyper-dataset")
    expect(page.locator('#groups [col-id="n"]').first).to_be_visible()
    expect(mean).to_have_count(0)


def test_hiding_in_a_view_that_was_removed_is_refused_and_the_page_goes_on_without_it(
    own_board, logs, open_table
):
    (logs / "mine.cfg").write_text((logs / "default.cfg").read_text("utf-8"), "utf-8")
    table = open_table(f"{own_board}/runs?v=mine.cfg&filter=off")
    (logs / "mine.cfg").unlink()
    table.select("log_20261122_090449")
    table.page.get_by_role("button", name="Hide", exact=True).click()
    expect(table.page.get_by_role("alert")).to_contain_text("there is no view mine.cfg any more")
    table.page.get_by_role("button", name="Go on without the view").click()
    table.page.wait_for_function("!location.search.includes('v=mine')")
    table.expect_count(28)
    assert not (logs / "mine.cfg").exists()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_long_refusal_leaves_the_window_of_views_in_sight(own_board, open_page, width):
    page = open_page(f"{own_board}/runs", width=width, locale="zh-CN")
    page.locator("#chips").get_by_role("button", name=re.compile("^视图")).click()
    window = page.get_by_role("dialog", name="已存的视图")
    window.get_by_label("新视图的名称").fill("a/b")
    window.get_by_role("button", name="另存为").click()
    expect(window.get_by_role("alert")).to_contain_text("不能作视图的名称")
    box = window.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= width
