"""Runs are hidden and shown again, one by one or all at once."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

RUN = "log_20261122_090449"
OTHER = "log_20261122_090445"
HIDDEN = ("log_20261122_090249", "log_20261122_090254")


def test_hidden_runs_leave_the_table_are_counted_and_stay_hidden(own_board, logs: Path, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    table.expect_count(28)
    table.select(RUN, OTHER)
    table.page.get_by_role("button", name="Hide", exact=True).click()
    table.expect_count(26)
    expect(table.page.locator("#count")).to_have_text("26 of 30 runs")
    expect(table.page.get_by_role("button", name="4 hidden – show")).to_be_visible()
    assert RUN in (logs / "default.cfg").read_text("utf-8")
    table.page.reload()
    table.expect_count(26)


def test_one_of_the_hidden_is_shown_again_and_the_others_stay(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    table.page.get_by_role("button", name="2 hidden – show").click()
    table.expect_count(30)
    for run in HIDDEN:
        expect(table.cell(run, "id")).to_contain_text("hidden")
    table.select(HIDDEN[0])
    table.page.get_by_role("button", name="Unhide").click()
    table.page.get_by_role("button", name="1 hidden – shown").click()
    table.expect_count(29)
    expect(table.cell(HIDDEN[0], "id")).to_be_visible()
    expect(table.cell(HIDDEN[1], "id")).to_have_count(0)


def test_hiding_is_undone_by_key(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    table.cell(RUN, "id").focus()
    table.page.keyboard.press(" ")
    table.page.keyboard.press("h")
    expect(table.page.get_by_text("1 hidden.")).to_be_visible()
    table.expect_count(27)
    table.page.keyboard.press("u")
    table.expect_count(28)


def test_what_is_hidden_trashed_and_restored_does_not_fetch_the_table_again(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    asked: list[str] = []
    table.page.on("request", lambda request: asked.append(request.url))
    table.select(RUN)
    table.page.get_by_role("button", name="Hide", exact=True).click()
    table.expect_count(27)
    table.select(OTHER)
    table.page.get_by_role("button", name="Move to trash").click()
    table.expect_count(26)
    message = table.page.locator(".toast", has_text="trash")  # that of the hidden run may be there
    message.get_by_role("button", name="Undo").click()
    table.expect_count(27)
    expect(table.cell(OTHER, "id")).to_be_visible()
    assert not [url for url in asked if "/api/runs?" in url]
