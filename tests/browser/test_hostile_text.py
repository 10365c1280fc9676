"""Whatever a run logs is text; a browser must never take it for anything else."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

RUN = "log_20261122_090313"
OTHER = "log_20261122_090317"
ATTACK = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


@pytest.fixture
def hostile(logs, start_board) -> str:
    """A board on a run whose every text is an attack."""
    run = logs / RUN
    with (run / "hyper.log").open("a") as file:
        file.write(json.dumps({"hyper": {ATTACK: ATTACK, "note": ATTACK, "{{7*7}}": "{{7*7}}"}}))
        file.write("\n")
    record = {"loss": {ATTACK: 1.0}, "step": 1, "epoch": 0}
    with (run / "loss.log").open("a") as file:
        file.write(f"Step:1\t{json.dumps(record)}\n")
    (run / "file.log").write_text(f"{ATTACK}\n")
    (run / ATTACK.replace("/", "")).write_text("a file with such a name")
    with (run / "meta.log").open("a") as file:
        file.write(json.dumps({"meta": {"fit_msg": ATTACK, "error": ATTACK, "state": "error"}}))
        file.write("\n")
    cells = json.loads((logs / "log_extra_data.txt").read_text("utf-8"))
    cells[RUN] = {"memo": ATTACK}
    (logs / "log_extra_data.txt").write_text(json.dumps(cells))
    return start_board(logs)


def assert_harmless(page) -> None:
    page.wait_for_load_state("networkidle")
    assert "owned" not in page.title()
    assert page.locator("img[src=x]").count() == 0
    assert page.locator("script", has_text="owned").count() == 0


def test_the_table_shows_markup_as_text(hostile, open_table):
    table = open_table(f"{hostile}/runs?filter=off&differs=off", width=6000)
    expect(table.cell(RUN, "memo")).to_have_text(ATTACK)
    expect(table.cell(RUN, "hyper-note")).to_have_text(ATTACK)
    expect(table.cell(RUN, "hyper-{{7*7}}")).to_have_text("{{7*7}}")
    table.page.get_by_role("button", name="Columns", exact=True).click()
    table.page.locator("#search").fill(ATTACK)
    table.cell(RUN, "memo").hover()
    assert_harmless(table.page)


def test_a_runs_page_shows_markup_as_text(hostile, open_page):
    page = open_page(f"{hostile}/run/{RUN}")
    for place in ("#facts", "#side", "#console", "#charts"):
        expect(page.locator(place)).to_contain_text("<img src=x onerror=")
    expect(page.locator("#files")).to_contain_text("<img src=x")
    assert_harmless(page)


def test_a_comparison_shows_markup_as_text(hostile, open_page):
    page = open_page(f"{hostile}/compare?runs={RUN},{OTHER}")
    expect(page.locator("#differs")).to_contain_text("<img src=x onerror=")
    expect(page.locator("#picker")).to_contain_text("<img src=x onerror=")
    assert_harmless(page)


def test_the_page_without_scripts_escapes_markup(hostile, open_page):
    page = open_page(f"{hostile}/runs", java_script_enabled=False)
    assert page.locator("img[src=x]").count() == 0


def test_an_address_cannot_carry_a_script_into_the_page(hostile, open_page):
    for path in ("runs?q=", "compare?runs=", "compare?names=", "run/"):
        page = open_page(f"{hostile}/{path}%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
        assert_harmless(page)
