"""Every page, by the rules of axe: names, roles, contrast, order."""

from __future__ import annotations

import base64

import pytest
from axe_tools import faults
from playwright.sync_api import expect

RUN = "log_20261122_090313"
OTHER = "log_20261122_090317"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)  # one grey pixel, as PNG


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "runs",
        f"run/{RUN}?tables=loss-Loss&x=wall",
        f"compare?runs={RUN},{OTHER}&tables=loss-Loss",
        f"compare?runs={RUN},{OTHER}&group=but-seed",
        "run/nope",
    ],
)
def test_a_page_breaks_no_rule(path: str, colours: str, board: str, open_page) -> None:
    page = open_page(f"{board}/{path}", width=1280, color_scheme=colours)
    page.wait_for_load_state("networkidle")
    expect(page.locator("main")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("path", [f"run/{RUN}", f"compare?runs={RUN},{OTHER}"])
def test_panels_of_plugins_break_no_rule(path, colours, panel_board, open_page) -> None:
    page = open_page(f"{panel_board}/{path}", width=1280, color_scheme=colours)
    expect(page.locator("#plugin-panels section").last).to_be_visible()
    expect(page.locator("#plugin-panels")).not_to_contain_text("Loading")
    assert faults(page) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_what_opens_over_the_table_breaks_no_rule(colours: str, board: str, open_table) -> None:
    page = open_table(f"{board}/runs", width=1280, color_scheme=colours).page
    page.get_by_role("button", name="Columns").click()
    page.locator("#search").press_sequentially("data")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#suggestions")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.locator("#search").blur()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert faults(page) == []


def test_the_menu_of_a_column_breaks_no_rule(board: str, open_table) -> None:
    table = open_table(f"{board}/runs?filter=off&f.hyper-lr=in:0.01..", width=1280)
    table.rows.first.locator('[col-id="hyper-lr"]').click()
    table.page.keyboard.press("f")
    expect(table.page.get_by_role("dialog", name="Column hyper-lr")).to_be_visible()
    assert faults(table.page) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_table_of_groups_and_their_choice_break_no_rule(colours, board, open_page) -> None:
    page = open_page(f"{board}/runs?group=hyper-dataset", width=1280, color_scheme=colours)
    expect(page.locator("#groups [role=row][row-id]").first).to_be_visible()
    page.get_by_role("button", name="Group", exact=True).click()
    expect(page.get_by_role("dialog", name="Group by")).to_be_visible()
    assert faults(page) == []


def test_the_bar_of_the_selected_breaks_no_rule(board: str, open_table) -> None:
    table = open_table(f"{board}/runs?filter=off", width=1280)
    table.select(RUN, OTHER)
    expect(table.page.locator("#selection")).to_be_visible()
    assert faults(table.page) == []
    for name in ("Statistics", "Export"):
        table.page.get_by_role("button", name=name).click()
        expect(table.page.get_by_role("dialog")).to_be_visible()
        assert faults(table.page) == []
        table.page.keyboard.press("Escape")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_runs_images_and_folders_break_no_rule(colours, logs, start_board, open_page) -> None:
    pictures = {"images/late/20.png": PICTURE, "images/broken/10.png": b"no picture"}
    pictures |= {f"images/samples/{step}.png": PICTURE for step in range(0, 200, 10)}
    for path, content in pictures.items():
        (logs / RUN / path).parent.mkdir(parents=True, exist_ok=True)
        (logs / RUN / path).write_bytes(content)
    look = "image=10&folders=images%2F,images%2Fsamples%2F&pictures=images%2Fsamples%2F30.png"
    page = open_page(f"{start_board(logs)}/run/{RUN}?{look}", width=1280, color_scheme=colours)
    expect(page.locator("#images")).to_contain_text("This picture cannot be shown.")
    assert faults(page) == []
    page.get_by_role("button", name="samples · step 10").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_window_of_tags_and_their_chips_break_no_rule(colours, logs, start_board, open_table):
    address = f"{start_board(logs)}/runs?filter=off&pin=tags"
    table = open_table(address, width=1280, color_scheme=colours)
    page = table.page
    table.select(RUN, OTHER)
    page.get_by_role("button", name="Tags…").click()
    expect(page.get_by_role("dialog", name="Tags of 2 runs")).to_be_visible()
    page.keyboard.type("paper")
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="paper")).to_be_checked()
    page.keyboard.type("new")
    assert faults(page) == []
    page.goto(address)
    expect(table.cell(RUN, "tags").locator(".tag")).to_be_visible()
    assert faults(page) == []
