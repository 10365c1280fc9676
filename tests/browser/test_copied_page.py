"""What ``fitlog export --html`` wrote, opened from a disk by a browser that reaches no network."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_tools import faults
from hostile_texts import ATTACKS, PIXEL
from old_logs import copy_old_logs
from playwright.sync_api import Browser, Page, expect

RUN, OTHER = "log_20261122_090313", "log_20261122_090452"
NAMES = [*ATTACKS.values(), "</script><!--<script>", "__proto__", "constructor"]
Copy = Callable[..., Page]


def append(path: Path, record: object, before: str = "") -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{before}{json.dumps(record)}\n")


def add_odd_values(run: Path) -> None:
    """Add a curve that ends in NaN, a picture and a setting that no other run has."""
    for step in range(1, 7):
        value = float("nan") if step > 4 else step / 7
        append(run / "loss.log", {"loss": {"odd": value}, "step": step}, f"Step:{step}\t")
    (run / "images" / "mask").mkdir(parents=True)
    (run / "images" / "mask" / "3.png").write_bytes(PIXEL)
    append(run / "hyper.log", {"hyper": {"only": {"here": "yes"}}})


def make_hostile(run: Path) -> None:
    names = dict.fromkeys(NAMES, 0.5)
    append(run / "hyper.log", {"hyper": {**names, "values": NAMES, **ATTACKS}})
    append(run / "best_metric.log", {"metric": names})
    append(run / "meta.log", {"meta": {"fit_id": NAMES[0], "git_msg": NAMES[1], "argv": NAMES[0]}})
    for step in (1, 2, 3):
        record = {"loss": {**names, "words": NAMES[0]}, "step": step}
        append(run / "loss.log", record, f"Step:{step}\t")


def export(logs: Path, place: Path, *options: str) -> Path:
    command = [sys.executable, "-m", "fitlog", "export", "--html", str(place), str(logs), *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return place


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a copy that is a folder: 20 runs, one with a NaN, a picture and a setting."""
    place = tmp_path_factory.mktemp("copies")
    logs = copy_old_logs(place / "logs")
    add_odd_values(logs / OTHER)
    return export(logs, place / "a folder") / "index.html"


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that is one file: of a run all of whose texts are attacks, and another."""
    place = tmp_path_factory.mktemp("copies")
    logs = copy_old_logs(place / "logs")
    make_hostile(logs / RUN)
    return export(logs, place / "copy.html", "--single", RUN, OTHER)


@pytest.fixture
def open_copy(browser: Browser) -> Iterator[Copy]:
    """Open a file in a browser without a network; it may complain of nothing and ask nobody."""
    faults: list[str] = []
    contexts = []

    def open_one(path: Path, query: str = "", **profile: object) -> Page:
        profile.setdefault("locale", "en-US")
        profile.setdefault("viewport", {"width": 1600, "height": 1400})
        context = browser.new_context(offline=True, **profile)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: faults.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: faults.append(f"exception: {error}"))
        page.on("request", lambda asked: heard(asked.url))
        page.goto(path.as_uri() + query)
        expect(page.locator("tbody tr").first).to_be_attached()
        return page

    def heard(url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:")):
            faults.append(f"asked for {url}")

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


def column(page: Page, key: str) -> list[str]:
    """The texts of a column, from the top row to the last."""
    script = """key => { const leaves = [...document.querySelectorAll('thead [data-sort]')]
        .map(button => button.closest('th'));
        const left = th => th.getBoundingClientRect().left;
        const at = leaves.sort((a, b) => left(a) - left(b))
            .findIndex(th => th.querySelector('button').dataset.sort === key);
        const rows = [...document.querySelectorAll('tbody tr')];
        return rows.map(row => row.cells[at + 1].innerText); }"""
    return list(page.evaluate(script, key))


def test_the_table_is_there_with_nested_headings_and_says_what_it_is(
    open_copy: Copy, folder: Path
) -> None:
    page = open_copy(folder)
    expect(page.locator("tbody tr")).to_have_count(20)
    expect(page.locator("thead th.group", has_text="SpanFPreRecMetric").first).to_be_visible()
    note = page.locator("#note")
    expect(note).to_contain_text("A copy of 20 runs, made 20")
    expect(note).to_contain_text(str(folder.parent.parent / "logs"))
    expect(note).to_contain_text("fitlog export --html")


def test_a_click_on_a_heading_sorts_and_text_filters(open_copy: Copy, folder: Path) -> None:
    page = open_copy(folder)
    page.locator('[data-sort="hyper-lr"]').click()
    assert column(page, "hyper-lr") == sorted(column(page, "hyper-lr"), key=float)
    page.locator('[data-sort="hyper-lr"]').click()
    assert column(page, "hyper-lr") == sorted(column(page, "hyper-lr"), key=float, reverse=True)
    expect(page.locator('th[aria-sort="descending"]')).to_have_text("lr ↓")
    page.locator("#search").fill("WEIBO")
    expect(page.locator("#count")).to_have_text("10 of 20 runs")
    page.locator("#differs").uncheck()  # the dataset of those that are left is the same
    assert set(column(page, "hyper-dataset")) == {"weibo"}


def test_columns_that_are_the_same_everywhere_are_shown_if_asked_for(
    open_copy: Copy, folder: Path
) -> None:
    page = open_copy(folder)
    expect(page.locator('[data-sort="hyper-max_len"]')).to_have_count(0)
    page.locator("#differs").uncheck()
    expect(page.locator('[data-sort="hyper-max_len"]')).to_be_visible()


def test_the_boxes_choose_whose_curves_are_drawn(open_copy: Copy, folder: Path) -> None:
    page = open_copy(folder)
    legend = page.locator(".card").first.locator(".legend li")
    expect(legend).to_have_count(8)
    page.locator("tbody input:checked").first.uncheck()
    expect(legend).to_have_count(7)
    expect(page.locator("#run-keys a")).to_have_count(7)
    page.locator("#draw-all").check()
    expect(page.locator("tbody input:not(:checked)")).to_have_count(0)
    expect(legend.last).to_have_text("12 more")


def test_series_are_chosen_smoothed_and_drawn_by_logarithm(open_copy: Copy, folder: Path) -> None:
    page = open_copy(folder)
    expect(page.locator(".card")).to_have_count(4)
    page.locator("#picker button", has_text="metric-dev-acc").click()
    expect(page.locator(".card")).to_have_count(5)
    page.locator(".chart-tools input[type=range]").fill("0.5")
    page.get_by_label("Log y").check()
    expect(page.locator(".card canvas").first).to_be_visible()
    assert "smooth=0.5" in page.url
    page.reload()
    expect(page.locator(".card")).to_have_count(5)
    expect(page.locator(".chart-tools output")).to_have_text("0.50")


def test_a_run_has_its_page_with_configuration_curves_and_pictures(
    open_copy: Copy, folder: Path
) -> None:
    page = open_copy(folder)
    page.locator("tbody a", has_text=OTHER).click()
    expect(page.locator("h1#run-id")).to_have_text(OTHER)
    expect(page.locator("#side")).to_contain_text("weight_decay")
    expect(page.locator(".tree .group", has_text="only")).to_be_visible()
    odd = page.locator('.card[data-name="loss-odd"]')
    odd.scroll_into_view_if_needed()
    expect(odd.locator("footer")).to_contain_text("NaN × 2")
    picture = page.locator("#images img")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('#images img').naturalWidth === 1")
    page.locator("#back").click()
    expect(page.locator("#one")).to_be_hidden()
    expect(page.locator("tbody tr")).to_have_count(20)


def test_the_points_shown_can_be_had_as_csv(open_copy: Copy, folder: Path) -> None:
    page = open_copy(folder, f"#run={OTHER}")
    card = page.locator('.card[data-name="loss-odd"]')
    card.scroll_into_view_if_needed()
    card.locator("summary").click()
    with page.expect_download() as got:
        card.locator("[data-kind=csv]").click()
    lines = Path(got.value.path()).read_text("utf-8").splitlines()
    assert lines[0] == f"step,{OTHER}"
    assert lines[1].startswith("1,0.142857")
    assert lines[-1] == "6,NaN"


def test_it_speaks_chinese_and_goes_dark(open_copy: Copy, folder: Path) -> None:
    page = open_copy(folder, locale="zh-CN", color_scheme="dark")
    expect(page.locator("#count")).to_have_text("20 / 20 个实验")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 24)"
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.locator("#language").click()
    expect(page.locator("#count")).to_have_text("20 of 20 runs")


def test_a_run_that_is_not_in_the_copy_is_said(open_copy: Copy, folder: Path) -> None:
    page = open_copy(folder, "#run=log_nope")
    expect(page.locator("#banner")).to_have_text("There is no run log_nope in this copy.")
    expect(page.locator("tbody tr")).to_have_count(20)


def test_a_narrow_window_does_not_scroll_sideways(open_copy: Copy, folder: Path) -> None:
    page = open_copy(folder, viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_nothing_that_was_logged_does_anything(open_copy: Copy, single: Path) -> None:
    page = open_copy(single)
    page.locator("#differs").uncheck()
    page.evaluate(
        "document.querySelectorAll('#picker [aria-pressed=false]').forEach(b => b.click())"
    )
    expect(page.locator(".card")).to_have_count(page.locator("#picker button").count())
    page.locator("tbody a", has_text=RUN).click()
    expect(page.locator("h1#run-id")).to_have_text(RUN)
    script = page.locator("#side dd", has_text=ATTACKS["script"])
    expect(script.first).to_be_visible()
    names = page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.name)")
    assert {f"loss-{name}" for name in ("__proto__", "constructor")} <= set(names)
    for name in ("loss-__proto__", "loss-constructor"):
        card = page.locator(f'.card[data-name="{name}"]')
        card.scroll_into_view_if_needed()
        expect(card.locator("footer")).to_contain_text("3 points")
    assert page.evaluate("window.owned") is None
    assert (
        page.locator("script").count() == page.locator("script[nonce], script[type$=json]").count()
    )
    assert re.search(r"script-src 'nonce-", page.content())


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_copy_breaks_no_rule_of_accessibility(
    open_copy: Copy, folder: Path, colours: str
) -> None:
    page = open_copy(folder, color_scheme=colours, bypass_csp=True)
    expect(page.locator(".card canvas").first).to_be_visible()
    assert faults(page) == []
    page.locator("tbody a", has_text=OTHER).click()
    expect(page.locator(".card canvas").first).to_be_visible()
    assert faults(page) == []
