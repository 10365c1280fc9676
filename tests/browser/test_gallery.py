"""The pictures of a run: the gallery on its page, and those in the list of its files."""

from __future__ import annotations

import os
import re
import struct
import zlib
from pathlib import Path

import pytest
from old_logs import copy_old_logs
from playwright.sync_api import Locator, Page, expect

RUN = "log_20261122_090313"
LIVE_RUN = "log_20261122_090452"  # it never said that it was over
ATTACK = "<img src=x onerror=\"document.title='owned'\">"
WIDE = 400


def png(red: int, width: int = 32, height: int = 32) -> bytes:
    """A picture of one colour, as PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    line = b"\0" + bytes((red, 80, 160)) * width
    pixels = zlib.compress(line * height)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", head), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    )


def put(run: Path, path: str, content: bytes) -> None:
    """Write a file of a run in one step, as recording does."""
    target = run / path
    target.parent.mkdir(parents=True, exist_ok=True)
    half = run.parent / f"{run.name}.part"
    half.write_bytes(content)
    half.replace(target)


def with_pictures(logs: Path) -> Path:
    """Give a run pictures: every ten steps of one name, fewer of another, one of a third."""
    folder = logs / RUN
    for step in (0, 10, 20, 100):
        put(folder, f"images/samples/{step}.png", png(step, WIDE, 300))
    put(folder, "images/dev%2Fattention/10.png", png(200))
    put(folder, "images/confusion/picture.png", png(250))
    return folder


@pytest.fixture
def run(logs: Path) -> Path:
    """A run with pictures, for a test that changes them."""
    return with_pictures(logs)


@pytest.fixture
def own_address(run: Path, start_board) -> str:
    return f"{start_board(run.parent)}/run/{RUN}"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, start_shared_board) -> str:
    """Where a run with the same pictures is shown, which no test changes."""
    logs = copy_old_logs(tmp_path_factory.mktemp("pictures") / "logs")
    return f"{start_shared_board(with_pictures(logs).parent)}/run/{RUN}"


def card(page: Page, name: str) -> Locator:
    heading = page.get_by_role("heading", name=name, exact=True)
    return page.locator("#images figure").filter(has=heading)


def step(page: Page, name: str) -> Locator:
    return card(page, name).locator(".step")


def where(page: Page) -> Locator:
    return page.locator("#images output")


def expect_drawn(image: Locator, path: str) -> None:
    """The picture that is shown is a file of the run, and the browser could draw it."""
    expect(image).to_be_visible()
    expect(image).to_have_attribute("src", re.compile(re.escape(f"/files/{path}?")))
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => image.naturalWidth") > 0


def test_each_name_shows_its_picture_of_the_last_step_or_its_nearest_earlier(address, open_page):
    page = open_page(address)
    expect(where(page)).to_have_text("step 100 (4 of 4)")
    expect(page.locator("#images h3")).to_have_text(["confusion", "dev/attention", "samples"])
    expect_drawn(card(page, "samples").locator("img"), "images/samples/100.png")
    expect_drawn(card(page, "dev/attention").locator("img"), "images/dev%252Fattention/10.png")
    expect_drawn(card(page, "confusion").locator("img"), "images/confusion/picture.png")
    expect(step(page, "dev/attention")).to_have_text("step 10")
    expect(step(page, "confusion")).to_have_text("")


def test_the_step_is_moved_by_the_slider_the_buttons_and_the_arrow_keys(address, open_page):
    page = open_page(address)
    expect(where(page)).to_have_text("step 100 (4 of 4)")
    page.get_by_role("button", name="Previous step").click()
    expect(step(page, "samples")).to_have_text("step 20")
    page.keyboard.press("ArrowLeft")  # the focus is on a button
    expect_drawn(card(page, "samples").locator("img"), "images/samples/10.png")
    slider = page.get_by_role("slider", name="Step of the images")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(where(page)).to_have_text("step 0 (1 of 4)")
    expect(card(page, "dev/attention")).to_contain_text("The first picture is of step 10.")
    expect(card(page, "dev/attention").locator("img")).not_to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", "step 0 (1 of 4)")
    page.get_by_role("button", name="Next step").click()
    expect_drawn(card(page, "dev/attention").locator("img"), "images/dev%252Fattention/10.png")


def test_the_step_is_kept_in_the_address_until_it_is_the_last(address, open_page):
    page = open_page(f"{address}?image=20&smooth=0.5")
    expect(where(page)).to_have_text("step 20 (3 of 4)")
    page.get_by_role("button", name="Previous step").click()
    expect(page).to_have_url(re.compile(r"image=10\b"))
    page.reload()
    expect(step(page, "samples")).to_have_text("step 10")
    page.get_by_role("slider", name="Step of the images").focus()
    page.keyboard.press("End")
    expect(where(page)).to_have_text("step 100 (4 of 4)")
    expect(page).not_to_have_url(re.compile("image="))
    expect(page).to_have_url(re.compile("smooth=0.5"))


@pytest.mark.parametrize(
    ("asked", "shown"), [("57", "20 (3"), ("999", "100 (4"), ("x", "100 (4"), ("-1", "100 (4")]
)
def test_a_step_in_the_address_that_is_not_there_means_the_nearest_earlier(
    address, open_page, asked, shown
):
    expect(where(open_page(f"{address}?image={asked}"))).to_have_text(f"step {shown} of 4)")


def test_steps_beyond_the_numbers_of_a_script_are_told_apart(run, own_address, open_page):
    for large in ("9223372036854775807", "9223372036854775806", "9223372036854775808"):
        put(run, f"images/samples/{large}.png", png(1))
    page = open_page(own_address)
    expect(where(page)).to_have_text("step 9223372036854775807 (6 of 6)")
    page.get_by_role("button", name="Previous step").click()
    expect(page).to_have_url(re.compile("image=9223372036854775806"))


def test_a_picture_opens_in_full_size_and_escape_gives_the_focus_back(address, open_page):
    page = open_page(address)
    card(page, "samples").get_by_role("button").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="samples · step 100")
    expect_drawn(dialog.locator("img"), "images/samples/100.png")
    assert dialog.locator("img").evaluate("image => image.clientWidth") == WIDE
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(card(page, "samples").get_by_role("button")).to_be_focused()


def test_a_small_picture_is_opened_larger_than_it_stands_in_the_gallery(
    run, own_address, open_page
):
    put(run, "images/strip/100.png", png(200, 96, 32))
    page = open_page(own_address, width=1280)
    figure = card(page, "strip").get_by_role("button")
    figure.click()
    opened = page.get_by_role("dialog").locator("img")
    expect_drawn(opened, "images/strip/100.png")
    wide = "image => image.clientWidth"
    assert opened.evaluate(wide) > figure.locator("img").evaluate(wide)


def test_a_broken_picture_is_a_sentence_and_a_later_whole_one_is_shown(run, own_address, open_page):
    put(run, "images/samples/100.png", png(1)[:40])
    put(run, "images/confusion/picture.png", b"no picture at all")
    page = open_page(own_address)
    for name in ("samples", "confusion"):
        expect(card(page, name)).to_contain_text("This picture cannot be shown.")
        expect(card(page, name).locator("img")).not_to_be_visible()
    page.get_by_role("button", name="Previous step").click()
    expect_drawn(card(page, "samples").locator("img"), "images/samples/20.png")


def test_a_new_step_of_a_live_run_is_shown_if_the_last_one_was(logs, start_board, open_page):
    run = logs / LIVE_RUN
    put(run, "images/samples/10.png", png(10))
    put(run, "images/samples/20.png", png(20))
    address = f"{start_board(logs)}/run/{LIVE_RUN}"
    follows, stays = open_page(address), open_page(f"{address}?image=10")
    expect(where(follows)).to_have_text("step 20 (2 of 2)")
    expect(where(stays)).to_have_text("step 10 (1 of 2)")
    card(follows, "samples").get_by_role("button").focus()
    put(run, "images/samples/30.png", png(30))
    put(run, "images/other/30.png", png(30))
    put(run, "images/zebra/30.png", png(30))
    os.utime(run / "file.log")  # recording says so, too, that there is another picture
    expect(where(follows)).to_have_text("step 30 (3 of 3)")
    expect_drawn(card(follows, "samples").locator("img"), "images/samples/30.png")
    expect(follows.locator("#images h3")).to_have_text(["other", "samples", "zebra"])
    expect(card(follows, "samples").get_by_role("button")).to_be_focused()
    expect(where(stays)).to_have_text("step 10 (1 of 3)")
    expect(step(stays, "samples")).to_have_text("step 10")


def test_hostile_folders_of_pictures_are_text(run, own_address, open_page):
    put(run, f"images/{ATTACK}/100.png", png(1))
    put(run, "images/%3Cscript%3E%FF%22/100.png", png(1))
    put(run, "images/a#b?c&d%41/100.png", png(1))
    page = open_page(own_address)
    for name in (ATTACK, '<script>�"', "a#b?c&dA"):
        expect(card(page, name)).to_have_count(1)
        picture = card(page, name).locator("img")
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")
    card(page, ATTACK).get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_contain_text(ATTACK)
    assert page.locator("img[src=x]").count() == 0
    assert "owned" not in page.title()


def test_files_that_are_no_pictures_of_fitlog_make_no_gallery(logs, start_board, open_page):
    for path in ("1.png", "a/b/1.png", "a/01.png", "a/1.svg", "a/1.jpeg", "a/one.png", "a/-1.png"):
        put(logs / RUN, f"images/{path}", png(1))
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    expect(page.locator("#files")).to_contain_text("images/a/one.png")
    expect(page.locator("#images-section")).not_to_be_visible()


def test_of_thousands_of_pictures_only_those_to_be_seen_are_loaded(run, start_board, open_page):
    for number in range(300):
        put(run, f"images/name {number:03}/7.png", png(number % 256, WIDE, 300))
        put(run, f"images/samples/{number}.png", png(number % 256))
    board = start_board(run.parent)
    page = open_page(f"{board}/compare", width=1000, height=800)
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(f"{board}/run/{RUN}")
    expect(where(page)).to_have_text("step 299 (300 of 300)")
    page.wait_for_load_state("networkidle")
    last = card(page, "name 299").locator("img")
    assert not any("name%20299/" in url for url in loaded)
    last.scroll_into_view_if_needed()
    expect_drawn(last, "images/name%20299/7.png")
    assert not any("/samples/5.png" in url for url in loaded)


def test_a_picture_among_the_files_is_shown_on_demand_and_in_the_address(
    run, start_board, open_page
):
    put(run, "plots/Loss Curve.PNG", png(7))
    (run / "notes.svg").write_text("<svg/>")
    page = open_page(f"{start_board(run.parent)}/run/{RUN}")
    page.get_by_role("button", name="Show notes.svg").click()
    expect(page.locator("#files").get_by_role("region", name="notes.svg")).to_be_visible()
    expect(page.locator("#files img")).to_have_count(0)  # it is shown as text
    page.get_by_role("button", name="Hide notes.svg").click()
    page.get_by_role("button", name="Show plots/Loss Curve.PNG").press("Enter")
    hide = page.get_by_role("button", name="Hide plots/Loss Curve.PNG")
    expect(hide).to_be_focused()
    expect_drawn(page.locator("#files img"), "plots/Loss%20Curve.PNG")
    page.reload()
    expect_drawn(page.locator("#files img"), "plots/Loss%20Curve.PNG")
    page.locator("#files .picture").click()
    page.reload()
    expect_drawn(page.locator("dialog img"), "plots/Loss%20Curve.PNG")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert "full=" not in page.url
    hide.click()
    expect(page.locator("#files img")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("pictures="))


def test_many_files_are_folded_into_their_folders(run, start_board, open_page):
    for number in range(20):
        put(run, f"checkpoints/deep, er/{number}.bin", bytes(1000))
    page = open_page(f"{start_board(run.parent)}/run/{RUN}")
    expect(page.locator("#files")).to_contain_text("meta.log")
    expect(page.locator("#files")).not_to_contain_text("7.bin")
    outer = page.get_by_role("button", name="checkpoints/")
    expect(outer).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#files tr", has=outer)).to_contain_text("20 files")
    outer.press("Enter")
    expect(outer).to_be_focused()
    page.get_by_role("button", name="deep, er/").click()
    link = page.get_by_role("link", name="7.bin", exact=True)
    assert page.request.get(link.evaluate("link => link.href")).body() == bytes(1000)
    page.reload()
    expect(link).to_be_visible()
    outer.click()
    expect(link).to_have_count(0)


def test_a_list_of_files_that_was_cut_says_so(logs, start_board, open_page):
    folder = logs / RUN / "checkpoints"
    folder.mkdir()
    for number in range(10_000):
        (folder / f"{number}.bin").touch()
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    expect(page.locator("#files-cut")).to_contain_text("Only 10,000 files of the folder are listed")


def test_the_gallery_speaks_chinese(address, open_page):
    page = open_page(f"{address}?lang=zh&image=10")
    expect(where(page)).to_have_text("step 10（2/4）")
    expect(page.get_by_role("heading", name="图片")).to_be_visible()


def test_a_file_whose_name_is_no_text_hides_none_of_the_others(run, start_board, open_page):
    (run / "images" / "samples" / os.fsdecode(b"\xff.png")).write_bytes(png(1))
    folder = run / "images" / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    (folder / "100.png").write_bytes(png(1))
    page = open_page(f"{start_board(run.parent)}/run/{RUN}")
    expect_drawn(card(page, "samples").locator("img"), "images/samples/100.png")
    expect(page.locator("#files")).to_contain_text("meta.log")
    expect(page.locator("#images figure").first).to_contain_text("caf")
    expect(page.locator("#images figure").first).to_contain_text("This picture cannot be shown.")
    page.locator('#files tr:has(a[href*=".png"]) .look').last.click()
    expect(page.locator("#files")).to_contain_text("This picture cannot be shown.")
