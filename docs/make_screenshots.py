"""Make the README's pictures: ``python docs/make_screenshots.py [LOG_DIR]``.

Without a log directory the demo is run first. Needs playwright and a Chromium, as the browser
tests do (``apt-get install chromium``, or FITLOG_TEST_BROWSER).
"""

# ruff: noqa: S101, S603, T201 - a script that starts programs and says what it made

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    """Take the three pictures of a log directory's board."""
    with tempfile.TemporaryDirectory() as scratch:
        logs = Path(sys.argv[1]) if len(sys.argv) > 1 else demo(Path(scratch) / "digits")
        with board(logs) as address, sync_playwright() as playwright:
            named = os.environ.get("FITLOG_TEST_BROWSER", "")
            program = next(filter(None, map(shutil.which, filter(None, [named, *BROWSERS]))))
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            take(browser, address)
            browser.close()


def take(browser: Browser, address: str) -> None:
    """Take the pictures."""
    page = open_page(browser, "light", 1280, 560)
    page.goto(f"{address}/runs?sort=-metric-test-acc")
    page.locator("#grid [row-id]").nth(4).wait_for()
    page.locator("#grid [row-id] input[type=checkbox]").nth(0).click()
    page.locator("#grid [row-id] input[type=checkbox]").nth(1).click()
    page.mouse.move(640, 20)
    picture(page, "table")
    run = page.locator("#grid .id a").first.inner_text()
    runs = ",".join(page.locator("#grid .id a").all_inner_texts()[:12:3])
    page.goto(f"{address}/run/{run}")
    page.locator(".uplot").first.wait_for()
    picture(page, "run")
    dark = open_page(browser, "dark", 1280, 720)
    dark.goto(f"{address}/compare?runs={runs}&smooth=0.5")
    dark.locator(".uplot").first.wait_for()
    dark.locator(".u-over").first.hover(position={"x": 320, "y": 120})
    picture(dark, "compare")


def open_page(browser: Browser, scheme: str, width: int, height: int) -> Page:
    """Open an empty page of a size, light or dark."""
    return browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)


def picture(page: Page, name: str) -> None:
    """Save what the page shows, once it has come to rest."""
    page.wait_for_timeout(1000)
    # Where the logs lie on the machine that takes the picture is nobody's business.
    page.evaluate("document.querySelector('.where').textContent = '~/digits/logs'")
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png: {(IMAGES / f'{name}.png').stat().st_size // 1000} kB")


def demo(folder: Path) -> Path:
    """Run the demo; returns its log directory."""
    command = [sys.executable, "-m", "fitlog", "demo", "--no-board", str(folder)]
    subprocess.run(command, check=True)
    return folder / "logs"


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


if __name__ == "__main__":
    main()
