"""Messages lie in a corner, are told to screen readers and block nothing."""

from __future__ import annotations

from playwright.sync_api import expect

RUN = "log_20261122_090449"


def test_a_message_is_told_politely_and_leaves_the_table_to_the_reader(own_board, open_table):
    table = open_table(f"{own_board}/runs", width=1280)
    table.select(RUN)
    table.page.get_by_role("button", name="Hide", exact=True).click()
    note = table.page.locator(".toast")
    expect(note).to_contain_text("1 hidden.")
    expect(table.page.locator("#toasts")).to_have_attribute("aria-live", "polite")
    expect(note).not_to_have_attribute("role", "alert")
    assert table.page.locator("dialog").count() == 0
    table.heading("hyper-lr").click()  # the message is still there
    expect(note).to_be_visible()
    note.get_by_role("button", name="Close").click()
    expect(note).to_have_count(0)


def test_what_went_wrong_is_an_alert_with_its_reason(own_board, logs, open_table):
    table = open_table(f"{own_board}/runs")
    table.page.route(
        "**/api/hidden",
        lambda route: route.fulfill(status=409, json={"error": "the disk is full"}),
    )
    table.select(RUN)
    table.page.get_by_role("button", name="Hide", exact=True).click()
    expect(table.page.get_by_role("alert").filter(has_text="the disk is full")).to_be_visible()
    table.expect_count(20)
    expect(table.page.locator("#selection")).to_contain_text("1 selected")
