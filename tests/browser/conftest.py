"""A real browser on a real board: the `fitlog log` command on a copy of fitlog 0.9's logs."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import panel_plugin
import pytest
from board_nest import Nest, Started, fresh, nest
from old_logs import copy_old_logs
from playwright.sync_api import (
    Browser,
    BrowserType,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)

FIXTURES = Path(__file__).parent.parent / "fixtures"
# The first is the same engine without windows: a page takes a fifth less of the processor.
BROWSERS = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)
# A browser's way to say that an answer was an error or that none came, which the page shows by
# itself, and that these tests look at pixels.
EXPECTED = re.compile(
    r"Failed to load resource: the server responded with a status of (4\d\d|503)"
    r"|Failed to load resource: net::ERR_(FAILED|INTERNET_DISCONNECTED)"
    r"|Failed to load resource: net::ERR_CONNECTION_(REFUSED|RESET)"  # the latter of a killed board
    r"|Canvas2D: Multiple readback operations"
)

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
# Pages of the browser itself, which it prepares behind each window, and processes that it keeps
# ready: a third of what opening a page takes, and nobody sees them.
UNSEEN = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "PreloadTopChromeWebUI", "InitialWebUI"),
    *("WebUIReloadButton", "SpareRendererForSitePerProcess"),
)

StartBoard = Callable[..., str]

# Other tests may keep the machine busy; what never comes fails all the same.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; a missing one is a failure, for the board is not tested then."""
    names = [os.environ.get("FITLOG_TEST_BROWSER", ""), *BROWSERS]
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if path is None:
        pytest.fail(
            "no browser to test the board with: `apt-get install chromium` brings one, "
            "or FITLOG_TEST_BROWSER names one"
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        features = f"--disable-features={','.join([*disabled(chromium, path), *UNSEEN])}"
        started = chromium.launch(executable_path=path, args=[*ARGUMENTS, features])
        yield started
        started.close()


def disabled(chromium: BrowserType, path: str) -> list[str]:
    """The features that Playwright disables; naming others takes the place of its list."""
    started = chromium.launch(executable_path=path, args=ARGUMENTS)
    command = started.new_browser_cdp_session().send("SystemInfo.getInfo")["commandLine"]
    started.close()
    return re.findall(r"--disable-features=(\S+)", command)


# Whoever runs the tests may be root, whom no permission stops: gives that right up for good.
AS_ANYBODY = """
import ctypes, os, sys
CAPBSET_DROP, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER = 24, 1, 2, 3
if os.geteuid() == 0:
    libc = ctypes.CDLL(None, use_errno=True)
    for right in (DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER):
        assert libc.prctl(CAPBSET_DROP, right, 0, 0, 0) == 0, os.strerror(ctypes.get_errno())
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.fixture(scope="session")
def board_nest() -> Iterator[Nest]:
    """The process that the boards of this session are copied from."""
    with nest() as made:
        yield made


@contextmanager
def boards(run: Callable[..., Started] = fresh) -> Iterator[StartBoard]:
    """Give a function that starts `fitlog log` on a folder and returns the board's address."""
    started: list[Started] = []

    def start(folder: Path, *options: str, **environment: str) -> str:
        arguments = ("log", str(folder), "--port", "0", *options)
        started.append(run(*arguments, **environment))
        lines = started[-1].printed
        found = next((match for line in lines if (match := re.search(r"http://\S+", line))), None)
        assert found, f"fitlog {' '.join(arguments)} printed no address"
        return found[0].rstrip("/")

    try:
        yield start
    finally:
        for each in started:
            each.kill()


@pytest.fixture(scope="module")
def start_shared_board(board_nest: Nest) -> Iterator[StartBoard]:
    """Start a board that lasts as long as the tests of a file."""
    with boards(board_nest.start) as start:
        yield start


@pytest.fixture
def start_board(board_nest: Nest) -> Iterator[StartBoard]:
    """Start a board that lasts as long as the test."""
    with boards(board_nest.start) as start:
        yield start


@pytest.fixture(scope="module")
def start_barred_board() -> Iterator[StartBoard]:
    """Start a board that permissions stop, also where root runs the tests."""
    with boards(partial(fresh, before=("-c", AS_ANYBODY))) as start:
        yield start


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A copy of the logs that fitlog 0.9 wrote: 30 runs, one row added by hand."""
    return copy_old_logs(tmp_path / "logs")


@pytest.fixture
def own_board(logs: Path, start_board: StartBoard) -> str:
    """The address of a board on those logs, for a test that changes them."""
    return start_board(logs)


@pytest.fixture(scope="session")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a board on a copy of those logs that no test changes."""
    folder = copy_old_logs(tmp_path_factory.mktemp("board") / "logs")
    with boards() as start:
        yield start(folder)


@pytest.fixture(scope="session")
def panel_board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a board with panels of an installed plugin, which no test changes."""
    folder = tmp_path_factory.mktemp("panels")
    with boards() as start:
        yield start(copy_old_logs(folder / "logs"), **with_panels(folder))


@pytest.fixture
def own_panel_board(logs: Path, tmp_path: Path, start_board: StartBoard) -> str:
    """The address of such a board on ``logs``, for a test that changes them."""
    return start_board(logs, **with_panels(tmp_path))


def with_panels(folder: Path) -> dict[str, str]:
    """Install a plugin with panels below ``folder``; return the environment that has it."""
    info = folder / "site" / "panel_plugin-1.0.dist-info"
    info.mkdir(parents=True)
    shutil.copy(panel_plugin.__file__, info.parent)
    (info / "METADATA").write_text("Name: panel-plugin\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[fitlog]\npanels = panel_plugin\n", "utf-8")
    path = [str(info.parent), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, path))}


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address in a fresh profile.

    When the test is over, none of its pages may have complained, broken the policy that keeps
    foreign scripts out, or asked another host for anything.
    """
    faults: list[str] = []
    contexts = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            faults.append(f"{message.type}: {message.text}")

    def open_one(address: str, width: int = 2600, height: int = 1000, **profile: object) -> Page:
        profile.setdefault("locale", "en-US")
        context = browser.new_context(viewport={"width": width, "height": height}, **profile)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        host = re.match(r"http://[^/]+/", f"{address}/")
        assert host is not None
        page.on("console", heard)
        page.on("pageerror", lambda error: faults.append(f"exception: {error}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((host[0], "data:", "blob:"))
                else faults.append(f"asked for {request.url}")
            ),
        )
        page.goto(address)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


class RunTable:
    """The run table as a reader sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.rows = page.locator("#grid [role=row][row-id]")

    def cell(self, run: str, column: str) -> Locator:
        return self.page.locator(f'#grid [row-id="{run}"] [col-id="{column}"]')

    def heading(self, column: str) -> Locator:
        return self.page.locator(f'#grid [role=columnheader][col-id="{column}"]')

    def column(self, column: str) -> list[str]:
        """The texts of a column, from the top row to the last."""
        script = """column => [...document.querySelectorAll('#grid [role=row][row-id]')]
            .sort((a, b) => a.getAttribute('row-index') - b.getAttribute('row-index'))
            .map(row => row.querySelector(`[col-id="${column}"]`)?.textContent ?? null)"""
        return list(self.page.evaluate(script, column))

    def expect_count(self, count: int) -> None:
        expect(self.rows).to_have_count(count)

    def select(self, *runs: str) -> None:
        for run in runs:
            self.cell(run, "ag-Grid-SelectionColumn").locator("input").click()


@pytest.fixture
def open_table(open_page: Callable[..., Page]) -> Callable[..., RunTable]:
    """Open the run table and wait until it is drawn, with all its rows."""

    def open_one(address: str, **profile: object) -> RunTable:
        page = open_page(address, **profile)
        rows = "#groups" if re.search("[?&]group=", address) else "#grid"
        expect(page.locator(f"{rows} [role=row][row-id]").first).to_be_visible()
        expect(page.locator("#grid")).to_have_attribute("aria-busy", "false")
        return RunTable(page)

    return open_one
