"""The compact form of the table: each set of columns is said once, and a row names it by number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fitlog_core.reading.jobs import Job
from fitlog_core.reading.views import View
from fitlog_web.rows import TableRow

CompactRow = list[Any]


def shapes_of(rows: Sequence[TableRow]) -> dict[tuple[str, ...], int]:
    """Return the sets of columns that rows have, numbered."""
    shapes: dict[tuple[str, ...], int] = {}
    for row in rows:
        shapes.setdefault(row.keys(), len(shapes))
    return shapes


def compact_rows(
    rows: Sequence[TableRow],
    shapes: Mapping[tuple[str, ...], int],
    view: View,
    jobs: Mapping[str, Job],
) -> Iterator[CompactRow]:
    """Yield rows as the number of their shape, their cells in its order, and what is true of them.

    :param shapes: As :func:`shapes_of` gives them.
    :param jobs: The job of every run that is a rank of one, by the run's id.
    """
    hidden, gone = set(view.hidden), set(view.deleted)
    for row in rows:
        standing = row.standing(row.id in hidden, row.id in gone, jobs.get(row.id))
        yield [shapes[row.keys()], row.plain_cells(), standing]
