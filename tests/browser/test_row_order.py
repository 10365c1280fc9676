"""Rows put in order by hand: dragged, moved by keys or by a window, kept, undone."""

from __future__ import annotations

import json
import random
import re
import shutil
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from playwright.sync_api import TimeoutError as BrowserTimeout

from fitlog_core.reading.views import View
from fitlog_web.own_order import arranged

COUNT = 8
NEWEST_FIRST = [f"log_20260101_00000{number}" for number in reversed(range(COUNT))]
A, B, C, D, E, F, G, H = NEWEST_FIRST
MANY = [f"log_20260101_{number:06}" for number in range(210)]  # more than a page brings
SHOWN = """() => [...document.querySelectorAll('#grid [role=row][row-id]')]
    .sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y)
    .map(row => row.getAttribute("row-id"))"""


def log_run(logs: Path, run_id: str, number: int) -> None:
    folder = logs / run_id
    folder.mkdir(parents=True)
    (folder / "hyper.log").write_text(json.dumps({"hyper": {"n": number * 3 % COUNT}}) + "\n")
    (folder / "best_metric.log").write_text(json.dumps({"metric": {"acc": number / 10}}) + "\n")
    (folder / "meta.log").write_text('{"meta": {"state": "finish"}}\n')


def few_logs(folder: Path) -> Path:
    for number in range(COUNT):
        log_run(folder, f"log_20260101_00000{number}", number)
    return folder


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return few_logs(tmp_path / "few")


@pytest.fixture(scope="module")
def still_board(tmp_path_factory: pytest.TempPathFactory, start_shared_board) -> str:
    """The page of such runs whose order no test keeps."""
    return f"{start_shared_board(few_logs(tmp_path_factory.mktemp('still') / 'few'))}/runs"


def many_logs(folder: Path) -> Path:
    for number, run_id in enumerate(MANY):
        log_run(folder, run_id, number)
    return folder


def shown(page: Page) -> list[str]:
    """The ids of the rows, from top to bottom."""
    return list(page.evaluate(SHOWN))


def expect_order(page: Page, *ids: str) -> None:
    """Wait until the table begins with these rows, each at its place."""
    begins = f"ids => JSON.stringify(({SHOWN})().slice(0, ids.length)) === JSON.stringify(ids)"
    try:
        page.wait_for_function(begins, arg=list(ids))
    except BrowserTimeout:
        assert shown(page)[: len(ids)] == list(ids)


def expect_kept(logs: Path, moves: list[list[str | None]], view: str = "default.cfg") -> None:
    """Wait until the view's file holds these moves."""
    end = time.monotonic() + 15
    while View.open(logs, view).row_order != moves and time.monotonic() < end:
        time.sleep(0.02)
    assert View.open(logs, view).row_order == moves


def row(page: Page, run_id: str) -> Locator:
    return page.locator(f'#grid [row-id="{run_id}"] [col-id="id"]')


def carry(page: Page, run_id: str, onto: str, upper: bool = True) -> None:
    """Carry a row by its grip to the upper or lower half of another."""
    row(page, run_id).hover()
    start = row(page, run_id).locator(".grip").bounding_box()
    end = row(page, onto).bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 4, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 4, start["y"] + start["height"] / 2 + 8, steps=4)
    page.mouse.move(end["x"] + 30, end["y"] + end["height"] * (0.2 if upper else 0.8), steps=8)
    expect(page.locator(".ag-dnd-ghost")).to_be_visible()


def drag(page: Page, run_id: str, onto: str, upper: bool = True) -> None:
    carry(page, run_id, onto, upper)
    page.mouse.up()


def said(page: Page) -> Locator:
    return page.locator("#toasts .toast")


def order_chip(page: Page) -> Locator:
    return page.locator("#chips").get_by_role("button", name="Own order", exact=True)


@pytest.fixture
def board(logs: Path, start_board) -> str:
    return f"{start_board(logs)}/runs"


# -------------------------------------------------------------------------- dragging


def test_a_dragged_row_stays_where_it_was_put(logs, board, open_table):
    page = open_table(board).page
    expect_order(page, *NEWEST_FIRST)
    expect(order_chip(page)).to_be_hidden()
    drag(page, F, B)
    expect_order(page, A, F, B, C, D, E, G, H)
    expect(said(page)).to_contain_text(f"{F} is row 2 of 8 now.")
    expect(order_chip(page)).to_have_attribute("aria-pressed", "true")
    expect_kept(logs, [[F, B]])
    assert "rows=" not in page.url
    again = open_table(board).page
    expect_order(again, A, F, B, C, D, E, G, H)
    expect(order_chip(again)).to_have_attribute("aria-pressed", "true")


def test_selected_rows_go_together_in_the_order_that_they_have(board, open_table):
    table = open_table(board)
    table.select(G, C, E)
    drag(table.page, E, B, upper=False)
    expect_order(table.page, A, B, C, E, G, D, F, H)
    expect(said(table.page)).to_contain_text("3 runs moved, the first is row 3 of 8 now.")
    drag(table.page, D, A)  # which is not selected, and goes alone
    expect_order(table.page, D, A, B, C, E, G, F, H)


def test_below_the_last_row_is_the_end(logs, board, open_table):
    page = open_table(board).page
    carry(page, B, H, upper=False)
    end = row(page, H).bounding_box()
    assert end is not None
    page.mouse.move(end["x"] + 30, end["y"] + 120, steps=4)
    page.mouse.up()
    expect_order(page, A, C, D, E, F, G, H, B)
    expect_kept(logs, [[B, None]])


def test_escape_leaves_a_row_where_it_was(logs, board, open_table):
    page = open_table(board).page
    carry(page, F, B)
    expect(page.locator(".ag-row-highlight-above")).to_have_count(1)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".ag-dnd-ghost")).to_have_count(0)
    expect(page.locator(".ag-row-highlight-above")).to_have_count(0)
    expect_order(page, *NEWEST_FIRST)
    expect(said(page)).to_have_count(0)
    assert not (logs / "default.cfg").exists()


def test_rows_stand_still_until_one_is_dropped(board, open_table):
    page = open_table(board).page
    page.evaluate("""() => {
        window.changed = 0;
        const seen = new MutationObserver((all) => (window.changed += all.length));
        for (const row of document.querySelectorAll('#grid [row-id]'))
            seen.observe(row, { childList: true });
    }""")
    carry(page, F, B)
    expect(page.locator(".ag-row-highlight-above")).to_have_count(1)
    assert page.evaluate("window.changed") == 0
    assert shown(page) == NEWEST_FIRST
    page.mouse.up()
    expect_order(page, A, F, B, C, D, E, G, H)


# ------------------------------------------------------------------------------ undo


def test_undo_takes_one_move_after_the_other_back(logs, board, open_table):
    page = open_table(board).page
    drag(page, F, B)
    expect_order(page, A, F, B, C, D, E, G, H)
    drag(page, H, A)
    expect_order(page, H, A, F, B, C, D, E, G)
    expect_kept(logs, [[H, A], [F, B]])
    expect(said(page)).to_have_count(1)
    said(page).get_by_role("button", name="Undo").click()
    expect_order(page, A, F, B, C, D, E, G, H)
    page.keyboard.press("u")
    expect_order(page, *NEWEST_FIRST)
    expect(order_chip(page)).to_be_hidden()
    expect_kept(logs, [])
    expect_order(open_table(board).page, *NEWEST_FIRST)


def test_a_row_that_is_put_back_leaves_no_order(logs, board, open_table):
    page = open_table(board).page
    drag(page, B, D, upper=False)
    expect_order(page, A, C, D, B, E, F, G, H)
    expect_kept(logs, [[B, E]])
    drag(page, B, C)
    expect_order(page, *NEWEST_FIRST)
    expect(order_chip(page)).to_be_hidden()
    expect_kept(logs, [])


def test_an_order_that_is_given_up_comes_back_by_undo(logs, board, open_table):
    page = open_table(board).page
    drag(page, F, B)
    expect_kept(logs, [[F, B]])
    page.get_by_role("button", name="Give up the own order").click()
    expect_order(page, *NEWEST_FIRST)
    expect(said(page)).to_contain_text("The own order is given up.")
    expect_kept(logs, [])
    said(page).get_by_role("button", name="Undo").click()
    expect_order(page, A, F, B, C, D, E, G, H)
    expect_kept(logs, [[F, B]])


# ------------------------------------------------------------------------------ keys


def test_alt_and_arrows_move_the_row_that_the_keyboard_is_at(logs, board, open_table):
    page = open_table(board).page
    row(page, C).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect_order(page, A, C, B, D)
    expect(row(page, C)).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect_order(page, C, A, B, D)
    expect(row(page, C)).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")  # it is the first
    page.keyboard.press("Alt+ArrowDown")
    expect_order(page, A, C, B, D)
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect_order(page, A, B, D, E, F, G, H, C)
    expect(row(page, C)).to_be_focused()
    page.keyboard.press("Alt+Shift+ArrowUp")
    expect_order(page, C, A, B, D, E, F, G, H)
    expect(page.locator("#toasts")).to_contain_text(f"{C} is row 1 of 8 now.")
    expect(page.locator("#toasts")).to_have_attribute("aria-live", "polite")
    expect_kept(logs, [[C, A]])


def test_the_keyboard_stays_at_its_row_with_the_first_move(board, open_table):
    page = open_table(board).page
    row(page, G).focus()
    page.keyboard.press("Alt+Shift+ArrowUp")
    expect_order(page, G, A, B)
    expect(row(page, G)).to_be_focused()


def test_keys_move_the_selected_rows_where_the_keyboard_is_at_one_of_them(board, open_table):
    table = open_table(board)
    table.select(C, E)
    row(table.page, E).focus()
    table.page.keyboard.press("Alt+ArrowDown")
    expect_order(table.page, A, B, D, F, C, E, G, H)
    row(table.page, G).focus()
    table.page.keyboard.press("Alt+ArrowUp")
    expect_order(table.page, A, B, D, F, C, G, E, H)


def test_the_help_tells_the_keys_that_move_rows(still_board, open_table):
    page = open_table(still_board).page
    page.keyboard.press("?")
    lines = page.get_by_role("dialog").locator(".keys > div")
    expect(lines.filter(has_text="move the row, or the selected ones")).to_contain_text("Alt ↑ ↓")


def test_alt_and_an_arrow_in_a_memo_that_is_written_is_left_to_the_text(still_board, open_table):
    page = open_table(still_board).page
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.keyboard.type("two")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".ag-popup-editor textarea")).to_be_focused()
    expect_order(page, *NEWEST_FIRST)


# --------------------------------------------------------------------------- sorting


def test_sorting_by_a_column_says_that_it_takes_the_place_of_the_order(logs, board, open_table):
    table = open_table(board)
    page = table.page
    drag(page, F, B)
    expect_kept(logs, [[F, B]])
    expect_order(page, A, F, B, C, D, E, G, H)
    table.heading("hyper-n").click()
    expect_order(page, H, E, B, G, D, A, F, C)
    expect(said(page)).to_contain_text("sorted by a column; their own order is kept")
    expect(order_chip(page)).to_have_attribute("aria-pressed", "false")
    drag(page, C, H)
    expect(said(page)).to_contain_text("sorted by a column")
    expect_order(page, H, E, B, G, D, A, F, C)
    again = open_table(page.url).page  # the address has the sorting, which counts
    expect_order(again, H, E, B, G, D, A, F, C)
    expect(order_chip(again)).to_be_visible()
    expect(order_chip(again)).to_have_attribute("aria-pressed", "false")
    order_chip(page).click()
    expect_order(page, A, F, B, C, D, E, G, H)
    assert "sort=" not in page.url


def test_the_way_back_is_in_the_message_and_in_the_heading(board, open_table):
    table = open_table(board)
    page = table.page
    drag(page, F, B)
    table.heading("hyper-n").click()
    said(page).get_by_role("button", name="Own order").click()
    expect_order(page, A, F, B, C, D, E, G, H)
    expect(said(page)).to_have_count(0)
    for _ in range(3):  # up, down, not
        table.heading("hyper-n").click()
    expect_order(page, A, F, B, C, D, E, G, H)
    expect(order_chip(page)).to_have_attribute("aria-pressed", "true")


def test_the_newest_first_are_a_click_away_and_stand_in_the_address(logs, board, open_table):
    page = open_table(board).page
    drag(page, F, B)
    expect_kept(logs, [[F, B]])
    order_chip(page).click()
    expect_order(page, *NEWEST_FIRST)
    expect(page).to_have_url(re.compile("sort=-id"))
    again = open_table(page.url).page
    expect_order(again, *NEWEST_FIRST)
    order_chip(again).click()
    expect_order(again, A, F, B, C, D, E, G, H)


def test_rows_sorted_by_a_column_are_not_moved_before_there_is_an_order(board, open_table):
    page = open_table(f"{board}?sort=hyper-n").page
    expect_order(page, H, E, B, G, D, A, F, C)
    row(page, E).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(said(page)).to_contain_text("they can be moved where none is sorted by")
    expect_order(page, H, E, B, G, D, A, F, C)
    said(page).get_by_role("button", name="Newest first").click()
    expect_order(page, *NEWEST_FIRST)
    row(page, B).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect_order(page, B, A, C)


# --------------------------------------------------- runs that come, go, or are out of view


def test_a_run_that_comes_stands_at_the_top_and_moves_no_other(logs, board, open_table):
    page = open_table(board).page
    drag(page, F, A)
    expect_order(page, F, A, B, C, D, E, G, H)
    expect_kept(logs, [[F, A]])
    log_run(logs, "log_20260102_000000", 9)
    expect_order(page, "log_20260102_000000", F, A, B, C, D, E, G, H)
    expect_order(open_table(board).page, "log_20260102_000000", F, A, B, C, D, E, G, H)


def test_a_run_stays_at_the_place_of_one_that_is_gone(logs, board, open_table):
    page = open_table(board).page
    drag(page, G, C)
    expect_order(page, A, B, G, C, D, E, F, H)
    expect_kept(logs, [[G, C]])
    shutil.rmtree(logs / C)
    expect_order(page, A, B, G, D, E, F, H)
    drag(page, H, A)
    expect_order(page, H, A, B, G, D, E, F)
    expect_kept(logs, [[H, A], [G, C]])
    expect_order(open_table(board).page, H, A, B, G, D, E, F)


def test_a_run_comes_back_from_the_trash_to_the_place_it_was_moved_to(board, open_table):
    table = open_table(board)
    page = table.page
    drag(page, F, B)
    table.select(F)
    page.keyboard.press("Delete")
    expect_order(page, A, B, C, D, E, G, H)
    said(page).filter(has_text="trash").get_by_role("button", name="Undo").click()
    expect_order(page, A, F, B, C, D, E, G, H)


def test_rows_out_of_view_stay_with_the_rows_that_they_stand_before(board, open_table):
    page = open_table(f"{board}?f.hyper-n=in:2..6").page  # of A to H: 5 2 7 4 1 6 3 0
    expect_order(page, A, B, D, F, G)
    drag(page, G, B)
    expect_order(page, A, G, B, D, F)
    page.get_by_role("button", name="Filters: 1 ×").click()
    expect_order(page, A, G, B, C, D, E, F, H)


def test_the_rows_are_given_away_in_the_order_that_they_stand_in(board, open_table):
    page = open_table(board).page
    drag(page, F, B)
    page.get_by_role("button", name="Export").click()
    page.get_by_role("dialog").get_by_label("Runs").select_option("view")
    with page.expect_download() as given:
        page.get_by_role("dialog").get_by_role("button", name="Download").click()
    lines = Path(given.value.path()).read_text("utf-8").splitlines()
    assert [re.search(r"log_\d+_\d+", line)[0] for line in lines[1:4]] == [A, F, B]


def test_cells_and_rows_are_copied_from_rows_that_were_moved(board, open_table):
    table = open_table(board, permissions=["clipboard-read", "clipboard-write"])
    page = table.page
    drag(page, F, B)
    table.cell(F, "metric-acc").click()
    page.keyboard.press("Control+c")
    expect(said(page).filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "0.2"
    table.select(F)
    page.keyboard.press("Control+c")
    expect(said(page).filter(has_text="Copied")).to_have_count(2)
    assert F in page.evaluate("navigator.clipboard.readText()").split("\n")[1]


# ----------------------------------------------------------------------------- views


def test_a_view_made_of_the_page_takes_the_order_and_goes_its_own_way(logs, board, open_table):
    page = open_table(board).page
    drag(page, F, B)
    expect_kept(logs, [[F, B]])
    page.locator("#chips").get_by_role("button", name=re.compile("^View: ")).click()
    window = page.get_by_role("dialog", name="Saved views")
    window.get_by_label("name of a new view").fill("paper")
    window.get_by_role("button", name="Save as").click()
    expect(page).to_have_url(re.compile(r"v=paper\.cfg"))
    expect_order(page, A, F, B, C, D, E, G, H)
    drag(page, H, A)
    expect_order(page, H, A, F, B, C, D, E, G)
    expect_kept(logs, [[H, A], [F, B]], "paper.cfg")
    expect_order(open_table(board).page, A, F, B, C, D, E, G, H)


def test_a_view_that_was_saved_sorted_shows_the_order_that_came_later(logs, board, open_table):
    (logs / "default.cfg").write_text("[data_settings]\naddress = sort=hyper-n\n", "utf-8")
    page = open_table(board).page
    expect_order(page, H, E, B, G, D, A, F, C)
    row(page, E).focus()
    page.keyboard.press("Alt+ArrowUp")
    said(page).get_by_role("button", name="Newest first").click()
    expect_order(page, *NEWEST_FIRST)
    drag(page, F, B)
    expect_order(page, A, F, B, C, D, E, G, H)
    expect_kept(logs, [[F, B]])
    page.reload()
    expect_order(page, A, F, B, C, D, E, G, H)


def test_a_move_while_the_server_is_out_of_reach_is_kept_once_it_is_back(logs, board, open_table):
    page = open_table(board).page
    drag(page, F, B)
    expect_kept(logs, [[F, B]])
    page.context.set_offline(True)
    drag(page, H, A)
    expect_order(page, H, A, F, B, C, D, E, G)
    expect(page.locator("#toasts [role=alert]")).to_be_visible()
    expect(page.locator("#banner")).to_be_visible()
    assert View.open(logs).row_order == [[F, B]]
    page.context.set_offline(False)
    expect_kept(logs, [[H, A], [F, B]])
    expect_order(page, H, A, F, B, C, D, E, G)


# ------------------------------------------------------------------------- read only


def test_on_a_board_that_only_shows_the_order_stands_in_the_address(logs, start_board, open_table):
    page = open_table(f"{start_board(logs, '--read-only')}/runs").page
    drag(page, F, B)
    expect_order(page, A, F, B, C, D, E, G, H)
    expect(said(page)).to_contain_text("read-only: the order stands in the address alone")
    expect(page).to_have_url(re.compile(f"rows={F},{B}$"))
    assert not (logs / "default.cfg").exists()
    again = open_table(page.url).page
    expect_order(again, A, F, B, C, D, E, G, H)
    again.keyboard.press("Escape")
    again.get_by_role("button", name="Give up the own order").click()
    expect_order(again, *NEWEST_FIRST)
    assert "rows=" not in again.url


def test_an_order_in_an_address_counts_more_than_the_views_until_rows_are_moved(
    logs, board, open_table
):
    View.open(logs).save({"row_order": [[H, A]]})
    page = open_table(f"{board}?rows={F},{B}").page
    expect_order(page, A, F, B, C, D, E, G, H)
    drag(page, G, A)
    expect_order(page, G, A, F, B, C, D, E, H)
    expect_kept(logs, [[G, A], [F, B]])
    assert "rows=" not in page.url


@pytest.mark.parametrize(
    "rows",
    [
        f"{A},{A};{B},{C};{C},{B};{B},{B},{B}",  # circles
        "nobody,nothing;__proto__,constructor;%3Cimg src=x onerror=alert(1)%3E,toString",
        ";;,,;,;%E4%A;%;%00,%ud800,",
        ",".join(f"nobody{number}" for number in range(3000)),
        "&rows=&rows=;",
    ],
    ids=["circles", "strangers", "mangled", "long", "nothing"],
)
def test_whatever_an_address_says_of_an_order_every_run_is_shown_once(
    rows, still_board, open_table
):
    page = open_table(f"{still_board}?rows={rows}").page
    expect(page.locator("#grid [role=row][row-id]")).to_have_count(COUNT)
    assert sorted(shown(page)) == sorted(NEWEST_FIRST)


def test_a_views_file_with_a_damaged_order_shows_the_newest_first_and_says_so(
    logs, board, open_table
):
    text = "[data_settings]\nrow_order = [[1, {}], oops\n"
    (logs / "default.cfg").write_text(text, "utf-8")
    page = open_table(board).page
    expect_order(page, *NEWEST_FIRST)
    expect(said(page)).to_contain_text("row_order")


# --------------------------------------------------------------- narrow, Chinese, many


def test_on_a_phone_the_selected_rows_are_moved_by_a_window(logs, board, open_table):
    table = open_table(board, width=390, height=800, has_touch=True)
    page = table.page
    expect(page.locator("#grid .grip")).to_have_count(0)
    table.select(F, H)
    page.get_by_role("button", name="Move…").tap()
    window = page.get_by_role("dialog", name="Move 2 rows")
    window.get_by_role("button", name="To the top").tap()
    expect_order(page, F, H, A, B, C, D, E, G)
    window.get_by_role("button", name="Down").tap()
    expect_order(page, A, F, H, B, C, D, E, G)
    page.touchscreen.tap(200, 20)
    expect(window).to_have_count(0)
    expect_kept(logs, [[F, H, B]])


def test_an_order_is_made_in_chinese(board, open_table):
    page = open_table(board, locale="zh-CN").page
    drag(page, F, B)
    expect(said(page)).to_contain_text(f"{F} 现为第 2 行，共 8 行。")
    expect(page.get_by_role("button", name="自定顺序", exact=True)).to_be_visible()


def test_an_old_run_at_the_top_of_many_is_there_from_the_first_row_drawn(
    tmp_path, start_board, open_page
):
    address = start_board(many_logs(tmp_path / "many"))
    View.open(tmp_path / "many").save({"row_order": [[MANY[3], MANY[-1]]]})
    page = open_page(f"{address}/static/favicon.svg")
    held: list[Route] = []
    page.route(re.compile(r"/api/runs\?format=compact"), lambda route: held.append(route))
    page.goto(f"{address}/runs")
    expect_order(page, MANY[3], MANY[-1], MANY[-2])
    expect(page.locator("#count")).to_have_text("210 runs")
    expect(page.locator("#grid")).to_have_attribute("aria-busy", "true")
    held[0].continue_()
    expect(page.locator("#grid")).to_have_attribute("aria-busy", "false")
    expect_order(page, MANY[3], MANY[-1], MANY[-2])


@pytest.mark.parametrize("rows", [f"{MANY[3]},{MANY[-1]}", ""], ids=["address", "view"])
def test_an_order_that_the_first_rows_cannot_show_waits_for_the_others(
    rows, tmp_path, start_board, open_page
):
    address = start_board(many_logs(tmp_path / "many"))
    if not rows:  # more than come with the page
        View.open(tmp_path / "many").save({"row_order": [[*MANY[:208], MANY[208]]]})
    page = open_page(f"{address}/runs{f'?rows={rows}' if rows else ''}")
    expect_order(page, *([MANY[3], MANY[-1]] if rows else [MANY[-1], *MANY[:20]]))
    expect(page.locator("#count")).to_have_text("210 runs")


# --------------------------------------------------------------------------- the moves


def test_the_fewest_moves_lead_to_any_order(still_board, open_page):
    page = open_page(still_board)
    faults = page.evaluate("""async () => {
        const { arranged } = await import("./static/row_moves.js");
        const { movesTo } = await import("./static/row_moving.js");
        let seed = 7;
        const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
        const faults = [];
        for (let trial = 0; trial < 300; trial++) {
            const base = Array.from({ length: 1 + random(12) }, (_, at) => `run ${at}`);
            const list = [...base];
            const most = random(4);
            for (let turn = 0; turn < most; turn++) {
                const [id] = list.splice(random(list.length), 1);
                list.splice(random(list.length + 1), 0, id);
            }
            const moves = movesTo(base, list);
            const isSame = arranged(base, moves).join() === list.join();
            if (!isSame || moves.flat().length - moves.length > most) faults.push([list, moves]);
        }
        return faults;
    }""")
    assert faults == []


def test_a_copy_puts_rows_where_the_table_does(still_board, open_page):
    page = open_page(still_board)
    chance = random.Random(7)
    cases = []
    for _ in range(200):
        base = [f"run {number}" for number in range(chance.randrange(1, 12))]
        moves = [
            [*chance.choices(base, k=chance.randrange(1, 4)), chance.choice([*base, None])]
            for _ in range(chance.randrange(4))
        ]
        cases.append([base, moves])
    in_the_table = page.evaluate(
        """async (cases) => {
            const { arranged } = await import("./static/row_moves.js");
            return cases.map(([base, moves]) => arranged(base, moves));
        }""",
        cases,
    )
    assert in_the_table == [arranged(base, moves) for base, moves in cases]


def test_ten_thousand_rows_are_put_in_order_at_once(still_board, open_page):
    page = open_page(still_board)
    moves = page.evaluate("""async () => {
        const { arranged } = await import("./static/row_moves.js");
        const { moved, movesTo } = await import("./static/row_moving.js");
        const base = Array.from({ length: 10_000 }, (_, at) => `log_${at}`);
        const next = moved(base, base, ["log_9000", "log_9002"], 5, (ids) => ids);
        const moves = movesTo(base, next);
        return [moves, arranged(base, moves).join() === next.join()];
    }""")
    assert moves == [[["log_9000", "log_9002", "log_5"]], True]
