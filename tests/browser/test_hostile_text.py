"""Every text that can be logged is an attack here; on no page does one of them do anything."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import quote

import pytest
from hostile_texts import ATTACKS, EVERYTHING, PIXEL
from playwright.sync_api import Page, expect

RUN, OTHER = "log_20261122_090313", "log_20261122_090317"
ADDED = "paper<svg onload=window.owned=1>"
IN_GRID = "paper&lt;svg onload=window.owned=1&gt;"  # the grid escapes ids once more


def append(path: Path, record: object, before: str = "") -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{before}{json.dumps(record)}\n")


@pytest.fixture
def hostile(logs: Path, start_board) -> str:
    """A board on runs whose names, values, texts, files and pictures are attacks."""
    for run_id in (RUN, OTHER):
        run = logs / run_id
        mine = {name: f"{text}{run_id}" for name, text in ATTACKS.items()}
        append(run / "hyper.log", {"hyper": {**mine, **dict.fromkeys(ATTACKS.values(), 1)}})
        append(run / "other.log", {"other": {**mine, ATTACKS["img"]: {ATTACKS["script"]: "x"}}})
        append(run / "best_metric.log", {"metric": dict.fromkeys(ATTACKS.values(), 0.5)})
        snapshot = {"fit_msg": EVERYTHING, "git_msg": EVERYTHING, "git_id": ATTACKS["img"]}
        facts = {"command": EVERYTHING, "error": EVERYTHING, "state": "error", "host": EVERYTHING}
        append(run / "meta.log", {"meta": {**snapshot, **facts}})
        for step in (1, 2, 3):
            curves = dict.fromkeys(ATTACKS.values(), step / 3)
            for kind in ("loss", "metric"):
                record = {kind: {**curves, "words": EVERYTHING}, "step": step, "epoch": 0}
                append(run / f"{kind}.log", record, f"Step:{step}\t")
        (run / "file.log").write_text("\n".join(ATTACKS.values()), "utf-8")
        for text in ATTACKS.values():
            name = text.replace("/", "").replace("\0", "")
            (run / name).write_text(EVERYTHING, "utf-8")
            (run / f"{name}.svg").write_text(ATTACKS["svg"])
            folder = run / "images" / quote(text, safe="")[:200]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "1.png").write_bytes(PIXEL)
            (folder / "2.png").write_text(ATTACKS["script"])
    cells = json.loads((logs / "log_extra_data.txt").read_text("utf-8"))
    cells[RUN] = {"memo": EVERYTHING}
    cells[ADDED] = {"id": ADDED, "memo": ATTACKS["formula"], ATTACKS["img"]: ATTACKS["img"]}
    (logs / "log_extra_data.txt").write_text(json.dumps(cells))
    return start_board(logs)


ACTIVE = """() => [
    ...[...document.querySelectorAll('*')].flatMap(each => each.getAttributeNames()
        .filter(name => name.startsWith('on') || name === 'srcdoc')),
    ...[...document.querySelectorAll('script:not([src]):not([type="application/json"])')].map(() => 'script'),
    ...[...document.querySelectorAll('iframe, object, embed, base, img[src="x"]')].map(each => each.tagName),
    ...[...document.querySelectorAll('[href], [src], [action]')]
        .filter(each => /^\\s*(javascript|vbscript|data:text)/i.test(each.getAttribute('href') || each.getAttribute('src') || ''))
        .map(each => each.outerHTML),
]"""  # noqa: E501


def assert_harmless(page: Page) -> None:
    """Nothing that was logged runs, or could; ``open_page`` fails at a breach of the policy."""
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.owned") is None
    assert page.evaluate(ACTIVE) == []
    assert "owned" not in page.title().replace("window.owned", "")


@pytest.fixture
def table(hostile, open_table):
    """The table of runs, every column and row in view; a dialog of a script is a failure."""
    shown = open_table(
        f"{hostile}/runs?filter=off&differs=off&hidden=1",
        width=20_000,
        height=2_000,
        permissions=["clipboard-read", "clipboard-write"],
    )
    dialogs: list[str] = []
    shown.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    yield shown
    assert_harmless(shown.page)
    assert dialogs == []


def test_the_table_its_columns_and_its_search_box(table):
    for name, text in ATTACKS.items():
        if name not in ("terminal", "hidden"):
            expect(table.cell(RUN, f"hyper-{name}")).to_contain_text(text[:30])
    for column in ("memo", "hyper-img", "state"):
        table.cell(RUN, column).hover()
    table.page.get_by_role("button", name="Columns", exact=True).click()
    expect(table.page.locator("#panel")).to_contain_text("<img src=x")
    box = table.page.locator("#search")
    box.press_sequentially("hyper-i")
    expect(table.page.locator("#suggestions")).to_contain_text("img")
    box.fill(f"({ATTACKS['img']}")
    box.press("Enter")
    expect(table.page.locator("#fault")).to_be_visible()


def test_an_edit_of_a_hostile_memo(table):
    table.cell(RUN, "memo").dblclick()
    table.page.keyboard.press("End")
    table.page.keyboard.type("<b onclick=alert(1)>")
    table.page.keyboard.press("Enter")
    expect(table.cell(RUN, "memo")).to_contain_text("<b onclick=alert(1)>")


def test_the_dialogs_and_messages_over_the_table(table):
    table.select(RUN, OTHER)
    table.page.get_by_role("button", name="Statistics").click()
    expect(table.page.get_by_role("dialog")).to_contain_text("<script>window.owned=1")
    assert_harmless(table.page)
    table.page.get_by_role("button", name="Add as a row").click()
    expect(table.page.locator('#grid [row-id^="stats_"]').first).to_be_visible()
    refused = {"status": 409, "json": {"error": EVERYTHING}}
    table.page.route("**/api/trash", lambda route: route.fulfill(**refused))
    table.select(RUN)
    bar = table.page.locator("#selection")
    bar.get_by_role("button", name=re.compile("trash")).click()
    expect(table.page.get_by_role("alert").last).to_contain_text("<script>")


def test_exports_and_copied_rows_are_guarded(table):
    table.select(RUN, IN_GRID)
    table.page.get_by_role("button", name="Export").click()
    dialog = table.page.get_by_role("dialog")
    dialog.get_by_label("Columns").select_option("all")
    with table.page.expect_download() as download:
        dialog.get_by_role("button", name="Download").click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8"))))
    cells = [cell for row in rows for cell in row]
    assert f"'{ATTACKS['formula']}" in cells
    assert f"'{ATTACKS['call']}{RUN}" in cells
    assert not [cell for cell in cells if re.match(r"[\s\ufeff]*[=@＝＠]", cell)]
    table.cell(IN_GRID, "id").focus()
    table.page.keyboard.press("Control+c")
    table.page.get_by_text("Copied", exact=True).wait_for()
    lines = table.page.evaluate("navigator.clipboard.readText()").split("\n")
    copied = [cell for line in lines for cell in line.split("\t")]
    assert f"'{ATTACKS['formula']}" in copied
    assert f"'{ATTACKS['formula']}{RUN}" in copied


def test_a_runs_page_and_its_chart_saved_as_svg(hostile, open_page):
    page = open_page(f"{hostile}/run/{RUN}", height=12_000, locale="zh-CN")
    for place in ("#facts", "#side", "#console", "#charts"):
        expect(page.locator(place)).to_contain_text("<img src=x onerror=")
    expect(page.locator("#files")).to_contain_text("<img src=x")
    expect(page.locator("#images")).to_contain_text("<img src=x")
    charts = page.locator("#charts .u-over")
    expect(charts.first).to_be_visible()
    for turn in range(3):
        charts.nth(turn).hover()
    assert_harmless(page)
    menu = page.locator("#charts .download").first
    menu.locator("summary").click()
    with page.expect_download() as download:
        menu.locator("[data-kind=svg]").click()
    picture = list(ET.parse(Path(download.value.path())).iter())
    tags = {each.tag.partition("}")[2] for each in picture}
    assert tags <= {"svg", "g", "path", "rect", "line", "text", "clipPath"}
    names = {name for each in picture for name in each.attrib}
    assert not {name for name in names if name.startswith("on") or "href" in name}


def test_a_comparison(hostile, open_page):
    page = open_page(f"{hostile}/compare?runs={RUN},{OTHER}", height=12_000)
    for place in ("#differs", "#picker"):
        expect(page.locator(place)).to_contain_text("<img src=x onerror=")
    charts = page.locator("#charts .u-over")
    expect(charts.first).to_be_visible()
    charts.first.hover()
    assert_harmless(page)


def test_pages_without_scripts(hostile, open_page):
    page = open_page(f"{hostile}/runs?lang=en", java_script_enabled=False)
    for path in ("runs", f"run/{RUN}", f"compare?runs={RUN},{OTHER}", "run/none"):
        page.goto(f"{hostile}/{path}")
        assert page.locator("img[src=x], iframe, svg[onload]").count() == 0


def test_no_text_in_an_address_becomes_a_part_of_the_page(hostile, open_page):
    page = open_page(f"{hostile}/runs")
    for text in (EVERYTHING, ATTACKS["link"]):
        said = quote(text, safe="")
        for path in (
            f"runs?q={said}&sort={said}&columns={said}&filter=off",
            f"run/{quote(text.replace('/', ''), safe='')}",
            f"compare?runs={said}&names={said}",
            f"run/{RUN}?names={said}&image={said}&from={said}",
        ):
            page.goto(f"{hostile}/{path}")
            assert_harmless(page)
