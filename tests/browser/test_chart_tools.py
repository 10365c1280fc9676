"""What a chart can be asked for: its files, and its keys."""

from __future__ import annotations

import base64
import csv
import re
import struct
import xml.etree.ElementTree as ET

from chart_tools import downloaded, write_losses
from playwright.sync_api import expect

RUN = "log_20261122_090313"
OTHER = "log_20261122_090317"
SVG = "{http://www.w3.org/2000/svg}"


def test_csv_has_all_values_in_full_with_nan_and_infinity_spelled(logs, start_board, open_page):
    many = dict.fromkeys(range(10, 4010), "0.25")
    odd = {1: "0.12345678901234566", 2: "NaN", 3: "Infinity", 4: "-Infinity"}
    write_losses(logs, RUN, odd | many)
    write_losses(logs, OTHER, {2: "1e-300", 5: "7.5"})
    page = open_page(f"{start_board(logs)}/compare?runs={RUN},{OTHER}&names=loss-fine")
    file = downloaded(page, "loss-fine", "CSV")
    rows = list(csv.reader(file.read_text("utf-8").splitlines()))
    assert rows[:6] == [
        ["step", RUN, OTHER],
        ["1", "0.12345678901234566", ""],
        ["2", "NaN", "1e-300"],
        ["3", "Infinity", ""],
        ["4", "-Infinity", ""],
        ["5", "", "7.5"],
    ]
    assert len(rows) == 6 + 4000


def test_svg_is_made_of_lines_and_text_and_names_each_run(board, open_page):
    page = open_page(f"{board}/compare?runs={RUN},{OTHER}&names=loss-Loss")
    picture = ET.parse(downloaded(page, "loss-Loss", "SVG")).getroot()
    assert picture.tag == f"{SVG}svg"
    texts = {text.text for text in picture.iter(f"{SVG}text")}
    assert "loss-Loss" in texts
    assert all(any(run in (text or "") for text in texts) for run in (RUN, OTHER))
    curves = [path.get("d", "") for path in picture.iter(f"{SVG}path")]
    assert len(curves) == 2
    assert all(curve.count("L") > 100 and "NaN" not in curve for curve in curves)
    assert not list(picture.iter(f"{SVG}image"))


def test_svg_has_circles_where_points_are_few_as_on_the_page(logs, start_board, open_page):
    write_losses(logs, RUN, {1: "0.5", 2: "NaN", 3: "0.25", 4: "NaN", 5: "0.125"})
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    picture = ET.parse(downloaded(page, "loss-fine", "SVG")).getroot()
    assert len(list(picture.iter(f"{SVG}circle"))) == 3


def test_png_is_a_sharp_picture_with_title_and_names_under_it(board, open_page):
    page = open_page(f"{board}/compare?runs={RUN},{OTHER}&names=loss-Loss")
    file = downloaded(page, "loss-Loss", "PNG").read_bytes()
    assert file.startswith(b"\x89PNG\r\n")
    drawing = ET.parse(downloaded(page, "loss-Loss", "SVG")).getroot()
    size = tuple(2 * int(drawing.attrib[side]) for side in ("width", "height"))
    assert struct.unpack(">II", file[16:24]) == size
    assert colours_below(page, file, 2 * 24 + 2 * 220) >= 2  # each run's key stands under the chart


def colours_below(page, file, line):
    """How many colours, other than shades of grey, a picture has below a line of it."""
    return page.evaluate(
        """async ([source, line]) => {
            const image = new Image();
            image.src = source;
            await image.decode();
            const canvas = new OffscreenCanvas(image.width, image.height - line);
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, -line);
            const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
            const found = new Map();
            for (let at = 0; at < data.length; at += 4) {
                const [red, green, blue] = data.slice(at, at + 3);
                if (Math.max(red, green, blue) - Math.min(red, green, blue) < 60) continue;
                const key = [red, green, blue].join();
                found.set(key, (found.get(key) ?? 0) + 1);
            }
            return [...found.values()].filter((count) => count > 50).length;
        }""",
        [f"data:image/png;base64,{base64.b64encode(file).decode()}", line],
    )


def test_the_last_value_of_a_run_that_ended_in_nan_is_told_among_others(
    logs, start_board, open_page
):
    write_losses(logs, RUN, {1: "0.5", 2: "0.25", 3: "NaN"})
    write_losses(logs, OTHER, {1: "0.5", 2: "0.25", 3: "0.125"})
    third = "log_20261122_090321"
    write_losses(logs, third, {1: "Infinity"})
    page = open_page(f"{start_board(logs)}/compare?runs={RUN},{OTHER},{third}&names=loss-fine")
    values = page.locator('[data-name="loss-fine"] .legend .value')
    expect(values).to_have_text(["NaN", "0.125", "Infinity"])


def test_a_run_that_ended_long_before_the_cursor_tells_where_its_point_is(
    logs, start_board, open_page
):
    write_losses(logs, RUN, dict.fromkeys(range(10), "0.5"))
    write_losses(logs, OTHER, dict.fromkeys(range(101), "0.75"))
    page = open_page(f"{start_board(logs)}/compare?runs={RUN},{OTHER}&names=loss-fine")
    plot = page.locator('[data-name="loss-fine"] .u-over')
    plot.hover()
    lines = page.locator('[data-name="loss-fine"] .legend li')
    expect(lines.first).to_contain_text(OTHER)
    expect(lines.first.locator(".value")).to_have_text("0.75")
    expect(lines.last.locator(".value")).to_have_text("9: 0.5")
    plot.hover(position={"x": 8, "y": 20})
    expect(lines.filter(has_text=RUN).locator(".value")).to_have_text("0.5")


def test_plus_and_minus_change_the_smoothing_within_its_bounds(board, open_page):
    page = open_page(f"{board}/run/{RUN}")
    expect(page.locator('[data-name="loss-Loss"] canvas')).to_be_visible()
    for _ in range(3):
        page.keyboard.press("+")
    expect(page).to_have_url(re.compile(r"smooth=0\.3$"))
    expect(page.get_by_label("Smoothing")).to_have_value("0.3")
    for _ in range(5):
        page.keyboard.press("-")
    expect(page).not_to_have_url(re.compile("smooth="))
    for _ in range(12):
        page.keyboard.press("+")
    expect(page.get_by_label("Smoothing")).to_have_value("0.99")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("smoothing")


def test_series_to_compare_are_found_by_a_part_of_their_name(board, open_page):
    page = open_page(f"{board}/compare?runs={RUN},{OTHER}&names=loss-Loss")
    box = page.get_by_label("Find a series")
    box.fill("AUX")
    expect(page.locator("#picker button:visible")).to_have_text(["loss-aux-kl"])
    expect(page.locator('[data-name="loss-Loss"]')).to_be_visible()
    expect(page).to_have_url(re.compile("find=AUX"))
    page.reload()
    expect(page.locator("#picker button:visible")).to_have_text(["loss-aux-kl"])
    box.fill("nothing like this")
    expect(page.get_by_text("No series has this in its name.")).to_be_visible()


def test_brackets_move_the_cursor_from_point_to_point(logs, start_board, open_page):
    write_losses(logs, RUN, {1: "0.5", 20: "0.25", 300: "0.125"})
    write_losses(logs, OTHER, {20: "7", 40: "8"})
    page = open_page(f"{start_board(logs)}/compare?runs={RUN},{OTHER}&names=loss-fine")
    expect(page.locator('[data-name="loss-fine"] canvas')).to_be_visible()
    place = page.locator('[data-name="loss-fine"] .readout')
    for key, step in (
        ("]", "1"),
        ("]", "20"),
        ("]", "40"),
        ("]", "300"),
        ("]", "300"),
        ("[", "40"),
    ):
        page.keyboard.press(key)
        expect(place).to_have_text(step)
    said = page.locator("p[role=status].visually-hidden")
    expect(said).to_have_text(re.compile(rf"^fine, 40; .*{OTHER} 8"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("previous or next point of the curves")


def test_brackets_move_the_cursors_of_all_charts(board, open_page):
    page = open_page(f"{board}/run/{RUN}", width=1400)
    expect(page.locator('[data-name="loss-aux-kl"] canvas')).to_be_visible()
    page.keyboard.press("[")
    page.keyboard.press("[")
    for name, step in (("loss-Loss", "1,990"), ("loss-aux-kl", "2,000")):  # its nearest point
        readout = page.locator(f'[data-name="{name}"] .readout')
        expect(readout).to_have_text(re.compile(rf"^{step}: "))
