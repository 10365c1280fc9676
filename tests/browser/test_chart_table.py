"""A chart's points as a table."""

from __future__ import annotations

import re

from chart_tools import write_losses
from playwright.sync_api import Page, expect

RUN = "log_20261122_090313"
OTHER = "log_20261122_090317"
CARD = '[data-name="loss-fine"]'
ODD = {1: "0.12345678901234566", 2: "NaN", 3: "Infinity", 4: "-Infinity", 5: "2", 6: "-7e-300"}


def cells(page: Page, body: str) -> list[list[str]]:
    rows = page.locator(f"{CARD} {body} tr")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def test_the_table_has_the_points_in_full_and_their_figures(logs, start_board, open_page):
    write_losses(logs, RUN, ODD)
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    switch = page.get_by_role("button", name="Table of fine")
    expect(switch).to_have_attribute("aria-expanded", "false")
    switch.press("Enter")
    table = page.get_by_role("region", name="Points of fine")
    expect(table.get_by_role("columnheader")).to_have_text(["step", "fine"])
    assert cells(page, ".figures") == [
        ["last", "-7e-300"],
        ["min", "-7e-300"],
        ["max", "2"],
        ["NaN or infinite", "3"],
    ]
    assert cells(page, "tbody:not(.figures)") == [list(map(str, each)) for each in ODD.items()]
    expect(page).to_have_url(re.compile("tables=loss-fine"))
    page.reload()
    expect(table).to_be_visible()
    switch.click()
    expect(table).to_be_hidden()
    expect(page).not_to_have_url(re.compile("tables="))


def test_a_long_curve_is_cut_to_some_rows_with_its_extremes(logs, start_board, open_page):
    values = dict.fromkeys(range(3000), "0.5") | {1234: "-7.25", 2345: "9.125"}
    write_losses(logs, RUN, values)
    write_losses(logs, OTHER, dict.fromkeys(range(3000), "1.5"))
    address = f"{start_board(logs)}/compare?runs={RUN},{OTHER}&names=loss-fine&tables=loss-fine"
    page = open_page(address)
    expect(page.locator(CARD)).to_contain_text(re.compile(r"\d+ of the [\d,]+ steps"))
    rows = cells(page, "tbody:not(.figures)")
    assert 250 < len(rows) <= 300
    assert ["1234", "-7.25"] in [row[:2] for row in rows]
    assert ["2345", "9.125"] in [row[:2] for row in rows]
    assert (rows[0][0], rows[-1][0]) == ("0", "2999")


def test_the_table_follows_the_zoom_and_names_the_place(logs, start_board, open_page):
    write_losses(logs, RUN, {step: str(step / 8) for step in range(100)})
    page = open_page(f"{start_board(logs)}/run/{RUN}?tables=loss-fine&from=10&to=12&x=step")
    expect(page.locator(f"{CARD} .figures tr").first).to_have_text("last1.5")
    assert [row[0] for row in cells(page, "tbody:not(.figures)")] == ["10", "11", "12"]
    page.get_by_role("button", name="Epoch").click()
    expect(page.locator(f"{CARD} thead th")).to_have_text(["step", "Epoch", "fine"])


def test_new_points_leave_the_reader_of_the_table_in_place(logs, start_board, open_page):
    write_losses(logs, RUN, {step: str(step) for step in range(100)})
    (logs / RUN / "meta.log").write_text('{"meta": {"state": "running"}}\n')
    page = open_page(f"{start_board(logs)}/run/{RUN}?tables=loss-fine")
    region = page.get_by_role("region", name="Points of fine")
    expect(region.get_by_role("row")).to_have_count(1 + 4 + 100)
    region.focus()
    region.evaluate("region => { region.scrollTop = 500 }")
    with (logs / RUN / "loss.log").open("a") as file:
        file.write('Step:100\t{"loss": {"fine": 7}, "step": 100, "epoch": 0}\n')
    expect(region.get_by_role("row")).to_have_count(1 + 4 + 101)
    assert region.evaluate("region => region.scrollTop") == 500
    expect(region).to_be_focused()
