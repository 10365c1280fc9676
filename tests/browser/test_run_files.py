"""The text log and the files of a run: on its page, and each at an address of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

RUN = "log_20261122_090449"


@pytest.fixture
def running(logs: Path, start_board) -> str:
    (logs / RUN / "meta.log").write_text('{"meta": {"state": "running"}}\n')
    return start_board(logs)


def test_the_text_log_grows_on_the_page_of_a_live_run(logs, running, open_page):
    page = open_page(f"{running}/run/{RUN}")
    console = page.locator("#console")
    expect(console).to_contain_text("free text line")
    with (logs / RUN / "file.log").open("a") as file:
        file.write("epoch 9: 学习率 <b>降低</b>\n")
    expect(console).to_contain_text("epoch 9: 学习率 <b>降低</b>")


def test_of_a_long_text_log_the_end_is_shown_and_the_whole_is_a_click_away(
    logs, running, open_page
):
    lines = [f"line {number}" for number in range(2000)]
    (logs / RUN / "file.log").write_text("\n".join(lines) + "\n")
    page = open_page(f"{running}/run/{RUN}")
    console = page.locator("#console")
    expect(console).to_contain_text("line 1999")
    expect(console).to_contain_text("the last 500 lines; the whole text is in file.log")
    expect(console).not_to_contain_text("line 7\n")
    address = page.get_by_role("link", name="file.log").evaluate("link => link.href")
    assert address.endswith(f"/{RUN}/files/file.log")
    answer = page.request.get(address)
    assert answer.text().splitlines() == lines
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_run_without_a_text_log_has_no_place_for_one(logs, start_board, open_page):
    (logs / RUN / "file.log").unlink()
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    expect(page.locator("#files")).to_contain_text("meta.log")
    expect(page.get_by_role("heading", name="Text log")).to_be_hidden()


def test_the_list_tells_each_files_size_and_time(logs, start_board, open_page):
    folder = logs / RUN
    (folder / "plots").mkdir()
    (folder / "plots" / "data.json").write_text(json.dumps({"a": "x" * 1500}))
    page = open_page(f"{start_board(logs)}/run/{RUN}", timezone_id="UTC")
    rows = page.locator("#files tbody tr")
    expect(rows.filter(has_text="plots/data.json")).to_contain_text("1.5 kB")
    size = (folder / "meta.log").stat().st_size
    expect(rows.filter(has_text="meta.log")).to_contain_text(f"{size} B")
    expect(rows.filter(has_text="meta.log")).to_contain_text("2026-11-22")
    link = page.get_by_role("link", name="plots/data.json").evaluate("link => link.href")
    assert page.request.get(link).json() == {"a": "x" * 1500}


def test_a_file_that_is_gone_is_a_page_that_says_so(board, open_page):
    page = open_page(f"{board}/run/{RUN}/files/nope.txt")
    expect(page.locator("main")).to_contain_text("has no file 'nope.txt'")
