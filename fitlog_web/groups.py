"""Runs that have the same settings, as one group with the spread of its metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from fitlog_web.spelling import spelled
from fitlog_web.statistics import Spread, spreads

Cells = Mapping[str, Any]


class Group(TypedDict):
    """Runs whose cells are the same in the columns that they are grouped by.

    :ivar values: those cells, by column; None where the runs have none.
    :ivar ids: the runs, in the order that they were given in.
    :ivar columns: the figures of each metric that is a number in one of the runs.
    """

    values: dict[str, Any]
    ids: list[str]
    columns: dict[str, Spread]


def grouped(rows: Sequence[Cells], by: Sequence[str], metrics: Sequence[str]) -> list[Group]:
    """Return the groups of rows in the order of their first rows.

    Cells are the same that the page spells the same: a condition on it tells no others apart.

    :param rows: Cells by column, each with its ``id``.
    :param by: Columns in which the rows of a group are the same.
    :param metrics: Columns whose figures are wanted.
    """
    found: dict[tuple[str, ...], list[Cells]] = {}
    for row in rows:
        found.setdefault(tuple(spelled(row.get(key)) for key in by), []).append(row)
    return [
        {
            "values": {key: members[0].get(key) for key in by},
            "ids": [str(row["id"]) for row in members],
            "columns": spreads(members, metrics),
        }
        for members in found.values()
    ]
