"""Which columns hold one value in all rows, for a page that has only the first of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from fitlog_core.reading.row import Row, Shape
from fitlog_web.rows import TableRow
from fitlog_web.spelling import spelled

Cells = tuple[Any, ...]
APART = ("id", "state")  # which every row has, beside its columns


def same_columns(rows: Sequence[TableRow], keys: Iterable[str]) -> list[str]:
    """Return the columns that the page spells the same in all rows; a missing cell is empty.

    A row that was added by hand may lack a column.
    """
    runs = [row for row in rows if not row.added]
    if len(runs) < 2:
        return []
    values = runs[0].values
    same = _Same({key: spelled(values.get(key)) for key in keys if key not in APART})
    for row in rows:
        same.hold_against(row)
    return list(same.wanted)


class _Same:
    """Columns that were the same so far; the same cells of one shape are looked at once only.

    :ivar wanted: What each of them holds, as the page spells it.
    """

    def __init__(self, wanted: dict[str, str]) -> None:
        self.wanted = wanted
        self._seen: dict[Shape, tuple[Callable[[Cells], Cells], set[Cells]]] = {}

    def hold_against(self, row: TableRow) -> None:
        """Drop the columns that a row has another value in."""
        values = row.values
        if not isinstance(values, Row):
            self._look_at(row)
            return
        cells_of, seen = self._seen.get(values.shape) or self._take_up(values.shape)
        cells = cells_of(values.cells)
        try:
            # Cells that only Python takes for equal (1 and True) stay together until all rows
            # are at the page.
            is_known = cells in seen
        except TypeError:  # there are lists among them
            self._look_at(row)
            return
        if not is_known:
            seen.add(cells)
            self._look_at(row)

    def _look_at(self, row: TableRow) -> None:
        values, allowed = row.values, {""} if row.added else set[str]()
        others = [
            key
            for key, text in self.wanted.items()
            if (found := spelled(values.get(key))) != text and found not in allowed
        ]
        for key in others:
            del self.wanted[key]
        if others:
            self._seen.clear()

    def _take_up(self, shape: Shape) -> tuple[Callable[[Cells], Cells], set[Cells]]:
        places = [shape.places[key] for key in self.wanted if key in shape.places]
        found = self._seen[shape] = (_cells_at(places), set())
        return found


def _cells_at(places: list[int]) -> Callable[[Cells], Cells]:
    """Return what takes the cells of some places out of all, in one go."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: tuple(cells[place] for place in places)
