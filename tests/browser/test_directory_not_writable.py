"""A log directory that can no longer be written: every change says so, and loses nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from old_logs import copy_old_logs
from playwright.sync_api import Locator, Page, expect

RUN, OTHER = "log_20261122_090449", "log_20261122_090445"


class Words(NamedTuple):
    """What a page says and is asked in one language."""

    locale: str
    refused: re.Pattern[str]
    hide: str
    trash: str
    tags: str
    tag: str
    add: str
    name: str
    memo: str
    done: str
    view: re.Pattern[str]
    views: str
    view_name: str
    save_as: str
    again: str


ENGLISH = Words(
    "en-US",
    re.compile(r"cannot be written by this user: nothing was changed"),
    "Hide",
    "Move to trash",
    "Tags…",
    "find a tag, or name a new one",
    "Add a row…",
    "Name (id)",
    "memo",
    "Add",
    re.compile("^View: "),
    "Saved views",
    "name of a new view",
    "Save as",
    "Try again",
)
CHINESE = Words(
    "zh-CN",
    re.compile("当前用户无权写入"),
    "隐藏",
    "移入回收站",
    "标签…",
    "查找标签或输入新标签",
    "添加一行…",
    "名称（id）",
    "备注",
    "添加",
    re.compile("^视图"),
    "已存的视图",
    "新视图的名称",
    "另存为",
    "重试",
)


@pytest.fixture(params=[ENGLISH, CHINESE], ids=lambda words: words.locale)
def words(request: pytest.FixtureRequest) -> Words:
    return request.param


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_old_logs(tmp_path_factory.mktemp("place") / "logs")


@pytest.fixture(scope="module")
def address(place: Path, start_barred_board) -> str:
    """The address of a board that permissions stop."""
    return start_barred_board(place)


@pytest.fixture
def table(place, address, open_table, words) -> Iterator[Any]:
    """A table with two selected runs, whose directory is locked once the page is there."""
    shown = open_table(f"{address}/runs?filter=off", locale=words.locale)
    shown.select(RUN, OTHER)
    place.chmod(0o555)
    yield shown
    place.chmod(0o755)


@pytest.fixture
def unchanged(place: Path) -> Iterator[None]:
    """Whatever is tried, no file of the directory becomes another."""
    before = content(place)
    yield
    assert content(place) == before


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def alert(page: Page, words: Words) -> Locator:
    return page.locator(".toast[role=alert]").filter(has_text=words.refused)


@pytest.mark.usefixtures("unchanged")
def test_an_edit_is_told_and_stays_in_its_cell(table, words):
    table.cell(RUN, "memo").click()
    table.page.keyboard.type("not to be lost")
    table.page.keyboard.press("Enter")
    expect(alert(table.page, words)).to_contain_text(RUN)
    expect(table.cell(RUN, "memo")).to_have_text(re.compile("not to be lost"))
    expect(table.cell(RUN, "memo")).to_have_class(re.compile("unsaved"))


def test_an_edit_is_saved_once_the_directory_can_be_written_again(table, words, place):
    table.cell(OTHER, "memo").click()
    table.page.keyboard.type(f"kept {words.locale}")
    table.page.keyboard.press("Enter")
    again = alert(table.page, words).get_by_role("button", name=words.again)
    expect(again).to_be_visible()
    place.chmod(0o755)
    again.click()
    expect(table.cell(OTHER, "memo")).not_to_have_class(re.compile("unsaved"))
    assert f"kept {words.locale}" in (place / "log_extra_data.txt").read_text()


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("button", ["hide", "trash"])
def test_runs_that_cannot_be_put_away_stay_in_view_and_selected(table, words, button):
    bar = table.page.locator("#selection")
    bar.get_by_role("button", name=getattr(words, button), exact=True).click()
    expect(alert(table.page, words)).to_be_visible()
    for run in (RUN, OTHER):
        expect(table.cell(run, "id")).to_be_visible()
        expect(table.cell(run, "ag-Grid-SelectionColumn").locator("input")).to_be_checked()


@pytest.mark.usefixtures("unchanged")
def test_a_tag_that_cannot_be_put_is_told(table, words):
    table.page.get_by_role("button", name=words.tags).click()
    box = table.page.get_by_label(words.tag)
    box.fill("mine")
    box.press("Enter")
    expect(alert(table.page, words)).to_be_visible()
    expect(box).to_have_value("mine")


@pytest.mark.usefixtures("unchanged")
def test_a_row_that_cannot_be_added_stays_in_its_window(table, words):
    table.page.get_by_role("button", name=words.add).click()
    dialog = table.page.get_by_role("dialog")
    dialog.get_by_label(words.name).fill("paper_2027")
    dialog.get_by_label(words.memo).fill("table 3")
    dialog.get_by_role("button", name=words.done, exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text(words.refused)
    expect(dialog.get_by_label(words.name)).to_have_value("paper_2027")
    expect(dialog.get_by_label(words.memo)).to_have_value("table 3")


@pytest.mark.usefixtures("unchanged")
def test_a_view_that_cannot_be_saved_keeps_its_name_in_the_box(table, words):
    table.page.locator("#chips").get_by_role("button", name=words.view).click()
    window = table.page.get_by_role("dialog", name=words.views)
    window.get_by_label(words.view_name).fill("paper")
    window.get_by_role("button", name=words.save_as).click()
    expect(window).to_contain_text(words.refused)
    expect(window.get_by_label(words.view_name)).to_have_value("paper")


def test_the_page_says_that_it_only_shows_when_it_is_opened_again(table, words):
    table.page.reload()
    expect(table.page.locator(".where")).to_contain_text(re.compile("read only|只读"))
    table.select(RUN)
    expect(table.page.get_by_role("button", name=words.hide, exact=True)).to_have_count(0)


def test_a_single_file_that_may_not_be_written_is_named(place, table, words):
    place.chmod(0o755)
    (place / "log_extra_data.txt").chmod(0o444)
    table.cell(RUN, "memo").click()
    table.page.keyboard.type("not to be lost")
    table.page.keyboard.press("Enter")
    told = table.page.locator(".toast[role=alert]")
    expect(told).to_contain_text("log_extra_data.txt")
    expect(told).to_contain_text(re.compile("it is read-only|文件是只读的"))
    expect(table.cell(RUN, "memo")).to_have_text(re.compile("not to be lost"))
    (place / "log_extra_data.txt").chmod(0o644)
