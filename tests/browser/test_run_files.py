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


def shown(page, name: str):
    return page.locator("#files").get_by_role("region", name=name, exact=True)


def test_a_text_file_is_shown_in_the_list_and_stands_in_the_address(logs, start_board, open_page):
    folder = logs / RUN / "conf"
    folder.mkdir()
    (folder / "a b,c.yaml").write_text("lr: 0.1\n名: <i>值</i>\n", "utf-8")
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    page.get_by_role("button", name="Show conf/a b,c.yaml").click()
    expect(shown(page, "conf/a b,c.yaml")).to_have_text("lr: 0.1\n名: <i>值</i>\n")
    page.reload()
    expect(shown(page, "conf/a b,c.yaml")).to_have_text("lr: 0.1\n名: <i>值</i>\n")
    page.get_by_role("button", name="Hide conf/a b,c.yaml").press("Enter")
    expect(shown(page, "conf/a b,c.yaml")).to_have_count(0)
    assert "texts=" not in page.url


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "run.js"])
def test_markup_in_a_file_is_shown_as_text_and_does_nothing(logs, start_board, open_page, name):
    text = (
        "<svg xmlns='http://www.w3.org/2000/svg' onload='evil = 1'><script>evil = 1</script></svg>"
    )
    (logs / RUN / name).write_text(text)
    page = open_page(f"{start_board(logs)}/run/{RUN}?texts={name}")
    expect(shown(page, name)).to_have_text(text)
    assert shown(page, name).evaluate("box => box.children.length") == 0
    assert page.evaluate("typeof evil") == "undefined"


def test_of_a_long_text_the_beginning_is_shown_and_its_length_told(logs, start_board, open_page):
    (logs / RUN / "long.txt").write_text("学" * 100_000, "utf-8")  # 3 bytes each
    page = open_page(f"{start_board(logs)}/run/{RUN}?texts=long.txt")
    expect(page.locator("#files")).to_contain_text("The first 200 kB of 300 kB")
    assert shown(page, "long.txt").text_content() == "学" * 66_666


def test_what_is_no_text_is_not_shown_as_one(logs, start_board, open_page):
    (logs / RUN / "model.pt").write_bytes(b"\x80\x02\0" * 20)
    (logs / RUN / "state").write_bytes(b"\x80\x02\0" * 20)
    (logs / RUN / "nothing.txt").touch()
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    expect(page.locator("#files")).to_contain_text("model.pt")
    expect(page.get_by_role("button", name="Show model.pt")).to_have_count(0)
    page.get_by_role("button", name="Show state").click()
    expect(page.locator("#files")).to_contain_text("This is no text")
    page.get_by_role("button", name="Show nothing.txt").click()
    expect(page.locator("#files")).to_contain_text("This file is empty.")


def test_a_text_that_is_looked_at_follows_a_live_run(logs, running, open_page):
    file = logs / RUN / "notes.txt"
    file.write_text("".join(f"line {number}\n" for number in range(200)))
    page = open_page(f"{running}/run/{RUN}?texts=notes.txt")
    box = shown(page, "notes.txt")
    expect(box).to_contain_text("line 199")
    box.evaluate("box => box.scrollTop = 500")
    with file.open("a") as more:
        more.write("one more\n")
    with (logs / RUN / "file.log").open("a") as log:
        log.write("what the board follows\n")
    expect(box).to_contain_text("one more")
    assert box.evaluate("box => box.scrollTop") == 500
