"""Make the pictures of the board: ``python docs/make_screenshots.py [NAME...]``.

The runs are those of the benchmarks (``sweep.py``, ``made.py``). Needs playwright and
a Chromium, as the browser tests do (``apt-get install chromium``, or FITLOG_TEST_BROWSER), and a
font with Chinese signs. WebP, for it is a third of PNG's size; ``--png DIR`` writes PNG there.
"""

# ruff: noqa: D103, S101, S603, T201 - a script: programs, prints, names that say it all

from __future__ import annotations

import argparse
import base64
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = Path(__file__).parent / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUALITY = 75
sys.path.insert(0, str(ROOT / "benchmarks"))

HIDE_FOLDER = """() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const folder = document.querySelector('.where').textContent.trim();
    for (let text; (text = walk.nextNode());)
        text.data = text.data.replaceAll(folder, '~/project/logs'); }"""

Boards = dict[str, str]
Shot = Callable[[Browser, Boards], Page]


def main() -> None:
    """Take all pictures, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="all if not given")
    parser.add_argument("--png", type=Path, metavar="DIR")
    given = parser.parse_args()
    named = os.environ.get("FITLOG_TEST_BROWSER", "")
    program = next(filter(None, map(shutil.which, filter(None, [named, *BROWSERS]))))
    with ExitStack() as stack, sync_playwright() as playwright:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["FITLOG_CACHE_DIR"] = str(scratch / "cache")
        boards = {folder.name: stack.enter_context(board(folder)) for folder in made(scratch)}
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in given.names or SHOTS:
            page = SHOTS[name](browser, boards)
            save(page, name, given.png)
            page.context.close()
        browser.close()


# ------------------------------------------------------------------ log directories


def made(scratch: Path) -> Iterator[Path]:
    """Make the log directories, each named for what it is."""
    sweep(scratch / "sweep")
    yield scratch / "sweep"
    (scratch / "empty").mkdir()
    yield scratch / "empty"
    many(scratch / "many")
    yield scratch / "many"


def sweep(folder: Path) -> None:
    """Write thirty runs, one diverged and one failed; the last one has pictures."""
    from sweep import Training, write_fitlog

    import fitlog

    folder.mkdir()
    os.chdir(folder.parent)  # outside of the project's git, whose messages are no part of a run
    write_fitlog(folder, long=False)
    for run_folder in folder.glob("log_*"):  # which the benchmark leaves out, for none else has it
        (run_folder / "progress.log").write_text('{"total_steps": 200}\n')
    with fitlog.Run(folder) as run:
        run.add_hyper(Training(30, 0.01, "transformer", 4).hyper)
        run.add_progress(200)
        for step in range(0, 200, 20):
            run.add_metric({"dev": {"acc": 0.5 + step / 500}}, step)
            for name, turn in (("attention", 3), ("samples", 7)):
                run.add_image(waves(step, turn), step, name)


def waves(step: int, turn: int) -> object:
    """Return a picture that looks different at each step."""
    import numpy as np

    down, across = np.mgrid[0:120, 0:160] / 40
    calm = 1 + step / 60
    red = np.sin(down * calm + turn) * np.cos(across * turn / 3)
    layers = [red, np.sin(across * calm), np.cos((down + across) * turn / 4)]
    return np.stack([(layer + 1) * 127 for layer in layers], axis=-1).astype("uint8")


def many(folder: Path) -> None:
    """Write 10,000 runs of thirty columns."""
    from made import wide_runs

    wide_runs(folder, 10_000, 30, 0)


@contextmanager
def board(logs: Path) -> Iterator[str]:
    """Serve a log directory; gives the address."""
    command = [sys.executable, "-u", "-m", "fitlog", "log", logs.name, "--port", "0"]
    server = subprocess.Popen(command, cwd=logs.parent, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        found = next(match for line in server.stdout if (match := re.search(r"http://\S+", line)))
        yield found[0].rstrip("/")
    finally:
        server.kill()
        server.wait()


# ------------------------------------------------------------------ pages


def opened(
    browser: Browser, address: str, ready: str, *, dark: bool = False, locale: str = "en",
    size: tuple[int, int] = (1280, 600),
) -> Page:  # fmt: skip
    """Open an address and wait for what it is to show."""
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        locale=locale,
    )
    page.goto(address)
    page.locator(ready).first.wait_for()
    return page


ROW = "#grid [row-id]"
CHART = ".uplot"


def table(browser: Browser, boards: Boards) -> Page:
    page = opened(browser, f"{boards['sweep']}/runs?sort=-metric-dev-acc", ROW, size=(1280, 560))
    for row in range(2):
        page.locator("#grid [row-id] input[type=checkbox]").nth(row).click()
    return page


def run(browser: Browser, boards: Boards) -> Page:
    page = opened(browser, f"{boards['sweep']}/runs?sort=-metric-dev-acc", ROW)
    name = page.locator("#grid .id a").first.inner_text()
    page.close()
    return opened(browser, f"{boards['sweep']}/run/{name}", CHART, size=(1280, 640))


def _seeds(browser: Browser, boards: Boards) -> str:
    """Return the ids of the larger learning rates, which the pages are to compare."""
    page = opened(browser, f"{boards['sweep']}/runs", ROW, size=(1280, 1200))
    names = page.locator("#grid .id a").all_inner_texts()
    page.close()
    return ",".join(names[1:])  # without the one that has pictures


def compare(browser: Browser, boards: Boards) -> Page:
    runs = _seeds(browser, boards)
    address = f"{boards['sweep']}/compare?runs={runs}&smooth=0.3"
    page = opened(browser, address, CHART, dark=True, size=(1280, 900))
    page.locator("select").first.select_option(index=1)
    page.wait_for_timeout(1500)
    page.locator(".u-over").first.hover(position={"x": 320, "y": 120})
    return page


def dark(browser: Browser, boards: Boards) -> Page:
    return opened(browser, f"{boards['sweep']}/runs?sort=-metric-dev-acc", ROW, dark=True)


def chinese(browser: Browser, boards: Boards) -> Page:
    return opened(browser, f"{boards['sweep']}/runs", ROW, locale="zh-CN")


def narrow(browser: Browser, boards: Boards) -> Page:
    return opened(browser, f"{boards['sweep']}/runs", ROW, size=(390, 760))


def empty(browser: Browser, boards: Boards) -> Page:
    return opened(browser, f"{boards['empty']}/runs", "main", size=(1280, 480))


def many_runs(browser: Browser, boards: Boards) -> Page:
    return opened(browser, f"{boards['many']}/runs", ROW)


def reconnecting(browser: Browser, boards: Boards) -> Page:
    page = opened(browser, f"{boards['sweep']}/runs", ROW, size=(1280, 480))
    page.context.set_offline(True)
    page.get_by_text("reconnecting").wait_for()
    return page


def failed(browser: Browser, boards: Boards) -> Page:
    address = f"{boards['sweep']}/runs?q=optim-lr%3A%3C"
    return opened(browser, address, "#fault:not([hidden])", size=(1280, 480))


def gallery(browser: Browser, boards: Boards) -> Page:
    page = opened(browser, f"{boards['sweep']}/runs", ROW)
    name = page.locator("#grid .id a").first.inner_text()
    page.close()
    page = opened(browser, f"{boards['sweep']}/run/{name}?image=100", CHART)
    page.locator("main img").first.wait_for()
    page.locator("main img").first.evaluate("image => image.scrollIntoView({block: 'start'})")
    page.evaluate("scrollBy(0, -130)")  # the bar with the steps stays at the top
    return page


def groups(browser: Browser, boards: Boards) -> Page:
    address = f"{boards['sweep']}/runs?group=hyper-encoder,hyper-optim-lr"
    return opened(browser, address, "#groups [role=row][row-id]")


def heading(browser: Browser, boards: Boards) -> Page:
    page = opened(browser, f"{boards['sweep']}/runs", ROW)
    title = page.locator('#grid [role=columnheader][col-id="hyper-encoder"]')
    title.hover()
    title.locator("button").click()
    page.get_by_role("dialog").wait_for()
    return page


def export(browser: Browser, boards: Boards) -> Page:
    page = opened(browser, f"{boards['sweep']}/runs", ROW)
    page.get_by_role("button", name="Export").click()
    page.get_by_role("dialog").wait_for()
    return page


def views(browser: Browser, boards: Boards) -> Page:
    page = opened(browser, f"{boards['sweep']}/runs", ROW)
    page.locator("#chips").get_by_role("button", name=re.compile("^View: ")).click()
    page.get_by_role("dialog").wait_for()
    return page


SHOTS: dict[str, Shot] = {
    "table": table,
    "run": run,
    "compare": compare,
    "groups": groups,
    "heading": heading,
    "dark": dark,
    "chinese": chinese,
    "narrow": narrow,
    "empty": empty,
    "many": many_runs,
    "failed": failed,
    "reconnecting": reconnecting,
    "gallery": gallery,
    "export": export,
    "views": views,
}


# ------------------------------------------------------------------ files


def save(page: Page, name: str, png: Path | None) -> None:
    """Save what the page shows, once it has come to rest."""
    page.wait_for_timeout(1200)
    # Where the logs lie on the machine that takes the picture is nobody's business.
    page.evaluate(HIDE_FOLDER)
    if png is not None:
        png.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=png / f"{name}.png")
    asked = {"format": "webp", "quality": QUALITY}
    session = page.context.new_cdp_session(page)
    data = base64.b64decode(session.send("Page.captureScreenshot", asked)["data"])
    (IMAGES / f"{name}.webp").write_bytes(data)
    print(f"docs/images/{name}.webp: {len(data) // 1000} kB")


if __name__ == "__main__":
    main()
