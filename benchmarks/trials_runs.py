"""What a reader does on the page of all runs, each thing timed until its outcome is painted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import made
from browsed import Tab

Samples = dict[str, list[float]]
USABLE = "!document.querySelector('#first') && document.querySelector('#grid [row-id]')"
WHOLE = "document.querySelector('#grid').getAttribute('aria-busy') !== 'true'"
CHOICE, NUMBER, SCORE = "hyper-option_4", "hyper-option_5", "metric-set0-score_0"
FEW = 20  # runs selected for statistics
SCROLLED = 40  # steps of scrolling
ARRIVALS = 3
_VIEWPORT = "document.querySelector('#grid .ag-grid-viewport')"


class RunsTrial:
    """One visit of the page.

    :param taken: Where the milliseconds go, by what was done.
    """

    def __init__(self, tab: Tab, taken: Samples, runs: int) -> None:
        self.tab, self.page, self.taken, self.runs = tab, tab.page, taken, runs

    def visit(self, address: str, live: Path, turn: int) -> None:
        """Do everything once."""
        self.tab.open(address, USABLE)
        self._note("runs, first paint", self.tab.painted)
        self._note("runs, usable", self.tab.usable)
        self.tab.until(WHOLE)
        self._note("runs, whole", self.page.evaluate("performance.now()"))
        self._scroll()
        self._small_things()
        self._column_menu(f"hyper-option_{9 + turn}")  # a hidden one stays hidden
        self._search()
        self._groups()
        self._selection()
        self._edit(turn)
        self._arrivals(live, turn)

    def _note(self, kind: str, value: float) -> None:
        self.taken.setdefault(kind, []).append(value)

    def _timed(self, kind: str, act: Callable[[], object], holds: str) -> None:
        self._note(kind, self.tab.timed(act, holds))

    def _count_is(self, text: str) -> str:
        """Return the condition that the number of runs is told to be (not) something."""
        return f"document.querySelector('#count').textContent.match({text})"

    # ------------------------------------------------------------- the table

    def _scroll(self) -> None:
        for kind, way in (("down", "Top"), ("aside", "Left")):
            script = f"{_VIEWPORT}.scroll{way} += 280"
            for _ in range(min(SCROLLED, self.tab.moves)):
                self._note(f"scroll {kind}", self.tab.work(lambda s=script: self.page.evaluate(s)))
            self.page.evaluate(f"{_VIEWPORT}.scroll{way} = 0")
        self.tab.until("document.querySelector('#grid [row-index=\"0\"]')")

    def _small_things(self) -> None:
        page, theme = self.page, "document.documentElement.dataset.theme"
        was = page.evaluate(f"{theme} ?? null")
        self._timed(
            "theme",
            lambda: page.click("#theme"),
            f"({theme} ?? null) !== {was!r}".replace("None", "null"),
        )
        page.locator('#grid [row-index="1"] [col-id="state"]').click()
        self._timed(
            "key", lambda: page.keyboard.press("ArrowDown"),
            "document.activeElement.closest('[row-index=\"2\"]')",
        )  # fmt: skip
        box = page.locator('#grid [row-index="2"] [col-id="ag-Grid-SelectionColumn"] input')
        self._timed("select", box.click, "!document.querySelector('#selection').hidden")
        box.click()
        self.tab.until("document.querySelector('#selection').hidden")
        heading = page.locator(f'#grid [role=columnheader][col-id="{CHOICE}"]')
        first = page.locator('#grid [row-index="0"]').first.get_attribute("row-id")
        for kind in ("sort", "sort the other way"):
            state = "ascending" if kind == "sort" else "descending"
            self._timed(
                kind, lambda: heading.locator(".name").click(),
                f"document.querySelector('#grid [role=columnheader][col-id=\"{CHOICE}\"]')"
                f".getAttribute('aria-sort') === '{state}'"
                f" && document.querySelector('#grid [row-index=\"0\"]').getAttribute('row-id') !== '{first}'",
            )  # fmt: skip
            first = page.locator('#grid [row-index="0"]').first.get_attribute("row-id")

    # ---------------------------------------------------- conditions, searching

    def _open_menu(self, column: str, kind: str | None = None) -> None:
        heading = self.page.locator(f'#grid [role=columnheader][col-id="{column}"]')
        heading.hover()
        seen = "document.querySelector('[role=dialog] .condition')?.offsetHeight"
        button = heading.locator("button")
        if kind is None:
            button.click()
            self.tab.until(seen)
        else:
            self._timed(kind, button.click, seen)

    def _clear(self) -> None:
        """Take the condition of the open menu away, and close it."""
        menu = self.page.locator("[role=dialog]")
        menu.get_by_role("button", name="Clear").click()
        self.page.keyboard.press("Escape")
        self.tab.until(self._count_is(r"/^[\d,]+ runs$/"))

    def _column_menu(self, unwanted: str) -> None:
        self._open_menu(CHOICE, "menu, first")
        self.page.keyboard.press("Escape")
        self.tab.until("!document.querySelector('[role=dialog]')?.offsetHeight")
        self._open_menu(CHOICE, "menu")
        tick = self.page.locator("[role=dialog]").get_by_label("choice-3")
        self._timed("tick a value", tick.check, self._count_is("/ of /"))
        self._clear()
        self._open_menu(NUMBER)
        start = self.page.locator("[role=dialog]").get_by_label("from")
        self._timed("range", lambda: start.fill("50"), self._count_is("/ of /"))
        self._clear()
        self._open_menu(unwanted)
        hide = self.page.locator("[role=dialog]").get_by_role("button", name="Hide")
        gone = f"!document.querySelector('#grid [role=columnheader][col-id=\"{unwanted}\"]')"
        self._timed("hide a column", hide.click, gone)

    def _search(self) -> None:
        box = self.page.locator("#search")
        box.click()
        self._timed(
            "completion", lambda: self.page.keyboard.press("o"),
            "!document.querySelector('#suggestions').hidden",
        )  # fmt: skip
        self.page.keyboard.type("ption_5:<5")
        self.tab.until(self._count_is("/ of /"))
        box.fill("")
        self.tab.until(self._count_is(r"/^[\d,]+ runs$/"))
        # Set as by a page that does not wait for typing to rest, and sent off by Enter.
        self.page.evaluate(
            "document.querySelector('#search').value = 'option_6>0.02 -option_8:choice-1'"
        )
        self._timed("search", lambda: self.page.keyboard.press("Enter"), self._count_is("/ of /"))
        box.fill("")
        self.tab.until(self._count_is(r"/^[\d,]+ runs$/"))

    # -------------------------------------------------------- groups, selections

    def _groups(self) -> None:
        self.page.get_by_role("button", name="Group", exact=True).click()
        tick = self.page.get_by_label("hyper-option_8", exact=True)
        self._timed("group", tick.check, self._count_is("/groups of/"))
        self.page.get_by_role("button", name="Not grouped").click()
        self.page.keyboard.press("Escape")
        self.tab.until(self._count_is(r"/^[\d,]+ runs$/"))

    def _selection(self) -> None:
        bar = "document.querySelector('#selection')"
        boxes = '#grid [row-index="{}"] [col-id="ag-Grid-SelectionColumn"] input'
        self.page.locator(boxes.format(0)).click()
        self.page.locator(boxes.format(FEW - 1)).click(modifiers=["Shift"])
        self.tab.until(f"{bar}.textContent.startsWith('{FEW} selected')")
        self._statistics("statistics of few")
        all_of = self.page.locator('#grid [role=columnheader] input[type="checkbox"]').first
        self._timed("select all", all_of.click, f"!{bar}.textContent.startsWith('{FEW} selected')")
        self._statistics("statistics of all")
        all_of.click()
        self.tab.until(f"{bar}.hidden")

    def _statistics(self, kind: str) -> None:
        button = self.page.locator("#selection").get_by_role("button", name="Statistics")
        self._timed(kind, button.click, "document.querySelector('dialog[open] td')")
        self.page.keyboard.press("Escape")
        self.tab.until("!document.querySelector('dialog[open]')")

    # ------------------------------------------------------------ what is written

    def _edit(self, turn: int) -> None:
        self.page.evaluate(f"{_VIEWPORT}.scrollLeft = 1e6")
        answers = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/runs/')).length"
        marked = f" && !cell.closest('.unsaved') && {answers} > 1"
        for kind, saved in (("edit shown", ""), ("edit saved", marked)):
            text = f"{kind} {turn}"
            self.page.locator('#grid [row-index="0"] [col-id="memo"]').dblclick()
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(text)
            holds = (
                '[document.querySelector(\'#grid [row-index="0"] [col-id="memo"]\')]'
                f".some((cell) => cell.textContent === '{text}'{saved})"
            )
            self._timed(kind, lambda: self.page.keyboard.press("Enter"), holds)
            self.tab.until("!document.querySelector('#grid .unsaved')")

    def _arrivals(self, live: Path, turn: int) -> None:
        self.page.evaluate(f"{_VIEWPORT}.scrollLeft = 0")
        self.page.locator("#search").fill(f"id:{live.name}")
        cell = f'document.querySelector(\'#grid [row-id="{live.name}"] [col-id="progress"]\')'
        self.tab.until(f"{cell} && {self._count_is('/^1 of/')}")
        for number in range(min(ARRIVALS, self.tab.moves)):
            step = 100 * (turn + 1) + number
            time.sleep(0.7 * number)  # at any moment between two looks of the page
            written = time.perf_counter()
            made.append_steps([live], step)
            self.tab.until(f"{cell}.textContent.includes('{step}')")
            self._note("arrival", (time.perf_counter() - written) * 1000)
