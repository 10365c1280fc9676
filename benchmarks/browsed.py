"""Pages in headless Chromium: when they can be used, what an interaction takes, what they weigh."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

try:
    from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
except ImportError as missing:
    raise SystemExit(f"this needs Playwright: pip install playwright ({missing})") from missing

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
WORK = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
PATIENCE = 60_000  # milliseconds
MANY = 1_000
# In the page: when a condition holds in a frame for the first time, and the frame is painted.
_CLOCK = """
window.bench = {
  painted: (holds, from) => new Promise((resolve, reject) => {
    const look = () => {
      if (performance.now() > %d) reject(new Error(`never came: ${holds}`));
      if (from() === null || !holds()) return void requestAnimationFrame(look);
      const after = new MessageChannel();
      after.port1.onmessage = () => resolve(performance.now() - from());
      after.port2.postMessage(0);
    };
    requestAnimationFrame(look);
  }),
  watch: (holds) => {
    if (holds()) throw new Error(`held before: ${holds}`);
    let began = null;
    const note = (event) => void (began ??= event.timeStamp);
    for (const kind of ["pointerup", "keydown", "input"]) addEventListener(kind, note, { capture: true, once: true });
    window.bench.seen = window.bench.painted(holds, () => began);
  },
  changed: (look) => {
    const before = look();
    window.bench.other = new Promise((resolve) => {
      const watching = new MutationObserver(() => {
        if (look() === before) return;
        watching.disconnect();
        resolve();
      });
      watching.observe(document.body, { childList: true, characterData: true, subtree: true });
    });
  },
  frames: async (count) => {
    for (; count; count -= 1) await new Promise(requestAnimationFrame);
  },
};
"""
_OPENING = """
window.bench.opened = window.bench.painted(() => document.body && (USABLE), () => 0);
"""


@dataclass(frozen=True)
class Loaded:
    """One thing that a page loaded.

    :param size: Its bytes as they travelled, ``head`` those of its headers alone.
    """

    address: str
    kind: str
    size: int
    head: int


@dataclass
class Tab:
    """One page in a profile of its own, with an empty cache.

    :param usable: Milliseconds from the start of the navigation until it could be used.
    :param painted: The same until something was painted.
    :param moves: Where something is done many times in a row, it is done at most so often.
    """

    page: Page
    session: CDPSession
    moves: int = MANY
    usable: float = 0.0
    painted: float = 0.0
    loaded: list[Loaded] = field(default_factory=list)

    def open(self, address: str, usable: str) -> None:
        """Open an address, and wait until a condition, a piece of JavaScript, holds."""
        self._note_loads()
        self.page.add_init_script(_CLOCK % PATIENCE + _OPENING.replace("USABLE", usable))
        self.page.goto(address, wait_until="commit")
        self.usable = self.page.evaluate("window.bench.opened")
        self.painted = self.page.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        )

    def timed(self, act: Callable[[], object], holds: str) -> float:
        """Return the milliseconds from what a reader does until its outcome is painted.

        :param act: Releases the pointer, presses a key or types.
        :param holds: A condition in JavaScript that its outcome fulfils.
        """
        self.page.evaluate(f"window.bench.watch(() => {holds})")
        act()
        return float(self.page.evaluate("window.bench.seen"))

    def work(self, act: Callable[[], object], frames: int = 2) -> float:
        """Return the milliseconds of script, style and layout that something makes."""
        before = self._worked()
        act()
        self.page.evaluate(f"window.bench.frames({frames})")
        return (self._worked() - before) * 1000

    def until(self, holds: str) -> None:
        """Wait until a condition holds."""
        self.page.wait_for_function(f"() => {holds}", timeout=PATIENCE)

    def changes(self, looked_at: str, act: Callable[[], object]) -> None:
        """Do something, and wait until what a script looks at is another.

        Unlike a condition that is asked in every frame, this takes no time of the page meanwhile.
        """
        self.page.evaluate(f"window.bench.changed(() => {looked_at})")
        act()
        self.page.evaluate("window.bench.other")

    def _worked(self) -> float:
        found = self.session.send("Performance.getMetrics")["metrics"]
        return float(sum(each["value"] for each in found if each["name"] in WORK))

    def _note_loads(self) -> None:
        """Note what travels from now on."""
        known: dict[str, tuple[str, str]] = {}
        bodies: dict[str, int] = {}

        def answered(event: dict[str, Any]) -> None:
            known[event["requestId"]] = event["response"]["url"], event["type"]

        def came(event: dict[str, Any]) -> None:
            name = event["requestId"]
            bodies[name] = bodies.get(name, 0) + event["encodedDataLength"]

        def ended(event: dict[str, Any]) -> None:
            name, size = event["requestId"], int(event["encodedDataLength"])
            if name in known and known[name][0].startswith("http"):
                head = size - bodies[name] if bodies.get(name) else 0
                self.loaded.append(Loaded(*known[name], size, head))

        self.session.on("Network.responseReceived", answered)
        self.session.on("Network.dataReceived", came)
        self.session.on("Network.loadingFinished", ended)
        for domain in ("Network", "Performance"):
            self.session.send(f"{domain}.enable")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a browser."""
    names = [os.environ.get("FITLOG_TEST_BROWSER", ""), *CHROMIUM]
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if path is None:
        raise SystemExit("there is no Chromium: install one, or name one in FITLOG_TEST_BROWSER")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def tab(browser: Browser, width: int = 1400, height: int = 900, moves: int = MANY) -> Iterator[Tab]:
    """Give an empty tab in a profile of its own."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield Tab(page, context.new_cdp_session(page), moves)
    context.close()


def whole(text: str) -> re.Pattern[str]:
    """Return what matches this text alone, as a name or a label."""
    return re.compile(f"^{re.escape(text)}$")
