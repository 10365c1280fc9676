"""The order of rows that readers make by hand, which the table keeps with its view as moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fitlog_core.reading.views import View
from fitlog_web.rows import TableRow

Move = Sequence["str | None"]  # ids of rows, and last the one that they stand before; None: the end


def in_own_order(rows: list[TableRow], view: View) -> list[TableRow]:
    """Return rows as the table of a view shows them where it is sorted by no column.

    :param rows: Newest first; they stay so where nothing was moved.
    """
    moves = view.row_order
    if not moves:
        return rows
    named = {run_id for move in moves for run_id in move if run_id is not None}
    ids = sorted({row.id for row in rows} | named, key=str.casefold, reverse=True)
    places = {run_id: place for place, run_id in enumerate(arranged(ids, moves))}
    return sorted(rows, key=lambda row: places[row.id])


def arranged(ids: Iterable[str], moves: Iterable[Move]) -> list[str]:
    """Return ids as they stand after moves were done, one after the other.

    :param ids: Of all rows, among them those that the moves name.
    """
    order = list(ids)
    for *moved, before in moves:
        for run_id in moved:
            if run_id is None or run_id == before:
                continue
            order.remove(run_id)
            order.insert(len(order) if before is None else order.index(before), run_id)
    return order
