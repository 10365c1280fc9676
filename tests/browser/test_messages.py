"""Messages lie in a corner, are told to screen readers and block nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

RUN = "log_20261122_090449"
TOPMOST = """button => {
    const { left, top, width, height } = button.getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 2) === button; }"""


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


def test_what_fails_again_is_said_once_with_its_button_beside_it(own_board, logs, open_table):
    table = open_table(f"{own_board}/runs", width=1280)
    reason = "the folder cannot be written by this user, so that nothing of it was changed"
    table.page.route(
        "**/api/hidden", lambda route: route.fulfill(status=403, json={"error": reason})
    )
    table.select(RUN)
    alerts = table.page.get_by_role("alert").filter(has_text=reason)
    for _ in range(3):
        with table.page.expect_response("**/api/hidden"):
            table.page.get_by_role("button", name="Hide", exact=True).click()
        expect(alerts).to_have_count(1)
    said = alerts.locator("p").bounding_box()
    close = alerts.get_by_role("button", name="Close").bounding_box()
    assert said is not None
    assert close is not None
    assert said["height"] > 30  # of two lines
    assert said["y"] <= close["y"]
    assert close["y"] + close["height"] <= said["y"] + said["height"] + 1


@pytest.mark.parametrize("width", [390, 1280])
def test_undo_and_close_stand_beside_a_sentence_of_two_lines(own_board, open_table, width):
    table = open_table(f"{own_board}/runs?sel={RUN}", width=width)
    table.page.get_by_role("button", name="Move to trash").click()
    note = table.page.locator(".toast").filter(has_text="The folders are untouched")
    boxes = [note.get_by_role("button", name=name).bounding_box() for name in ("Undo", "Close")]
    boxes.append(note.locator("p").bounding_box())
    middles = [box["y"] + box["height"] / 2 for box in boxes if box]
    assert len(middles) == 3
    assert max(middles) - min(middles) < 2


def test_a_part_of_the_page_that_cannot_be_loaded_says_so_and_comes_when_it_can(
    own_board, open_table
):
    table = open_table(f"{own_board}/runs", width=1280)
    add = table.page.get_by_role("button", name="Add a row…")
    table.page.route("**/add_row.js", lambda route: route.abort())
    add.click()
    alert = table.page.get_by_role("alert").filter(has_text="could not be loaded")
    expect(alert).to_be_visible()
    table.page.unroute("**/add_row.js")
    add.click()
    expect(table.page.get_by_role("dialog", name="Add a row by hand")).to_be_visible()


def test_a_message_that_stays_leaves_the_buttons_of_the_selected_within_reach(
    own_board, open_table
):
    for width in (1280, 390):
        table = open_table(f"{own_board}/runs?sel={RUN},log_20261122_090445", width=width)
        page = table.page
        page.route(
            "**/api/hidden",
            lambda route: route.fulfill(status=409, json={"error": "the disk is full"}),
        )
        hide = page.get_by_role("button", name="Hide", exact=True)
        hide.click()
        expect(page.get_by_role("alert").filter(has_text="the disk is full")).to_be_visible()
        for button in page.locator("#selection").get_by_role("button").all():
            assert button.evaluate(TOPMOST), button


def test_what_was_not_saved_is_told_in_whole_sentences_with_its_buttons_in_a_row(
    own_board, open_table
):
    table = open_table(f"{own_board}/runs")
    page = table.page
    page.route(
        "**/api/runs/**",
        lambda route: route.fulfill(status=403, json={"error": "the disk is full"}),
    )
    table.cell(RUN, "memo").dblclick()
    page.keyboard.type("kept")
    page.keyboard.press("Enter")
    note = page.locator(".toast")
    expect(note).to_contain_text("is not saved: the disk is full. Your text is kept here.")
    boxes = [button.bounding_box() for button in note.get_by_role("button").all()]
    assert len(boxes) == 3
    assert max(box["y"] for box in boxes) - min(box["y"] for box in boxes) < 8


def test_a_short_message_and_its_buttons_are_one_line(own_board, open_table):
    for width, locale, word in ((1280, "en-US", "Hide"), (390, "zh-CN", "隐藏")):
        table = open_table(f"{own_board}/runs", width=width, locale=locale)
        table.cell(table.column("id")[0], "ag-Grid-SelectionColumn").locator("input").click()
        table.page.get_by_role("button", name=word, exact=True).click()
        note = table.page.locator(".toast")
        expect(note).to_be_visible()
        middles = [
            box["y"] + box["height"] / 2
            for part in note.locator("p, button").all()
            if (box := part.bounding_box())
        ]
        assert len(middles) == 3
        assert max(middles) - min(middles) < 4
