"""What a reader does on the page of relations, timed until its outcome is painted."""

from __future__ import annotations

from browsed import Tab

Samples = dict[str, list[float]]
MOVES = 20  # of the pointer while a stretch of an axis is drawn
SIDE = 76  # pixels left of the first axis
ROWS = "document.querySelector('.rel-table tbody tr')"


class RelationsTrial:
    """One visit of the page.

    :param taken: Where the milliseconds go, by what was done.
    """

    def __init__(self, tab: Tab, taken: Samples) -> None:
        self.tab, self.page, self.taken = tab, tab.page, taken

    def open(self, kind: str, address: str) -> None:
        """Open the page, until its chart and its table are drawn."""
        self.tab.open(address, ROWS)
        self.page.wait_for_load_state("networkidle")
        self.taken.setdefault(kind, []).append(self.tab.usable)

    def first(self, kind: str) -> None:
        """Draw the chart with its data at hand: from the other one, until it is painted."""
        seen = "document.querySelector('.parallel canvas')?.offsetHeight"
        self.page.get_by_role("button", name="Scatter", exact=True).click()
        self.tab.until(f"!{seen}")
        button = self.page.get_by_role("button", name="Parallel coordinates", exact=True)
        drawn = self.tab.timed(button.click, seen)
        self.taken.setdefault(kind, []).append(drawn)

    def brush(self, kind: str) -> None:
        """Draw a stretch of the first axis; note the script and layout of each move."""
        box = self.page.locator(".rel-over").last.bounding_box()
        assert box is not None
        left, top = box["x"] + SIDE, box["y"] + 40
        self.page.mouse.move(left, top)
        self.page.mouse.down()
        for number in range(min(MOVES, self.tab.moves)):
            down = top + 20 + 8 * number
            work = self.tab.work(lambda y=down: self.page.mouse.move(left, y))
            self.taken.setdefault(kind, []).append(work)
        self.page.mouse.up()

    def hover(self, kind: str) -> None:
        """Point at lines; note the script and layout of each move."""
        box = self.page.locator(".rel-over").last.bounding_box()
        assert box is not None
        for number in range(min(MOVES, self.tab.moves)):
            x, y = box["x"] + SIDE + 40 + number, box["y"] + 60 + 5 * number
            work = self.tab.work(lambda x=x, y=y: self.page.mouse.move(x, y))
            self.taken.setdefault(kind, []).append(work)
