"""What a reader does on the pages of a run and of several, timed until its outcome is painted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import made
from browsed import Tab
from playwright.sync_api import Route

Samples = dict[str, list[float]]
MOVES = 30  # of the pointer over a chart
UPDATES = 2
DRAWN = """((cards) => cards.length >= %d && cards.every(
  (card) => card.getBoundingClientRect().top > innerHeight || card.querySelector("canvas")
))([...document.querySelectorAll(".card")])"""
FOOT = "document.querySelector('.card footer').textContent"


class CurvesTrial:
    """One visit of a page with charts.

    :param taken: Where the milliseconds go, by what was done.
    """

    def __init__(self, tab: Tab, taken: Samples) -> None:
        self.tab, self.page, self.taken = tab, tab.page, taken

    def _note(self, kind: str, value: float) -> None:
        self.taken.setdefault(kind, []).append(value)

    def open(self, kind: str, address: str, charts: int) -> None:
        """Open a page with so many charts, until those in view are drawn."""
        self.tab.open(address, DRAWN % charts)
        self._note(kind, self.tab.usable)

    # ------------------------------------------------------------- many charts

    def redraw_all(self, kind: str) -> None:
        """Draw all charts anew, as on another axis."""
        before = "document.querySelector('.card canvas')"
        self.page.evaluate(f"window.bench.old = {before}")
        box = self.page.get_by_label("Log y")
        self._note(kind, self.tab.timed(box.check, f"{before} !== window.bench.old"))

    def smooth(self, kind: str) -> None:
        """Draw the curves smoothed, by a key."""
        self._note(
            kind,
            self.tab.timed(
                lambda: self.page.keyboard.press("+"),
                "document.querySelector('#chart-tools output').textContent !== '0.00'",
            ),
        )
        self.page.keyboard.press("-")

    def crosshair(self, kind: str) -> None:
        """Move the pointer over a chart; note the script and layout of each move."""
        left, top, width, height = self._plot()
        moves = min(MOVES, self.tab.moves)
        for number in range(moves):
            at = left + width * (0.1 + 0.8 * number / moves)
            self._note(kind, self.tab.work(lambda x=at: self.page.mouse.move(x, top + height / 2)))

    def update(self, kind: str, folders: list[Path], names: int, first: int) -> None:
        """Let all runs log a few steps; note the script and layout until the chart shows them."""
        for number in range(UPDATES):
            step = first + 5 * number

            def grow(step: int = step) -> None:
                for folder in folders:
                    made.append_metrics(folder, names, step, step + 5)

            self._note(kind, self.tab.work(lambda grow=grow: self.tab.changes(FOOT, grow)))

    # -------------------------------------------------------------------- zoom

    def zoom(self, kind: str, start: float, stop: float) -> None:
        """Zoom by drawing over a part of the first chart, until the finer points are painted."""
        before = self.page.evaluate(FOOT)
        release = self._draw_over(start, stop)
        self._note(f"{kind}, refined", self.tab.timed(release, f"{FOOT} !== {before!r}"))
        self._reset(before)

    def zoom_here(self, kind: str, start: float, stop: float) -> None:
        """Zoom while the server holds back its answer: script and layout of what is at hand."""
        before, held = self.page.evaluate(FOOT), list[Route]()
        self.page.route("**/*from=*", lambda route: held.append(route))
        release = self._draw_over(start, stop)
        self._note(f"{kind}, redrawn", self.tab.work(release))
        while not held:
            self.page.evaluate("window.bench.frames(1)")
        for route in held:
            route.continue_()
        self.page.unroute("**/*from=*")
        self.tab.until(f"{FOOT} !== {before!r}")
        self._reset(before)

    def _draw_over(self, start: float, stop: float) -> Callable[[], object]:
        """Draw over a part of the chart; return what releases the button."""
        left, top, width, height = self._plot()
        self.page.mouse.move(left + width * start, top + height / 2)
        self.page.mouse.down()
        self.page.mouse.move(left + width * stop, top + height / 2, steps=4)
        return self.page.mouse.up

    def _reset(self, before: str) -> None:
        self.page.keyboard.press("0")
        self.tab.until(f"{FOOT} === {before!r}")

    def _plot(self) -> tuple[float, float, float, float]:
        box: Any = self.page.locator(".card .u-over").first.bounding_box()
        return box["x"], box["y"], box["width"], box["height"]

    # ------------------------------------------------------------------- bands

    def band(self, kind: str) -> None:
        """Draw the mean over seeds in place of the runs."""
        choice = self.page.get_by_label("Lines")
        # The chart of the runs stays for a moment beside the names of the groups.
        card = "document.querySelector('.card')"
        self.page.evaluate(f"window.bench.old = {card}")
        seen = f"{card} !== window.bench.old && {card}?.querySelector('canvas')"
        act = lambda: choice.select_option("but-seed")  # noqa: E731 - what is timed
        self._note(kind, self.tab.timed(act, seen))
