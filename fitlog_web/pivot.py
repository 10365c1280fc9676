"""Summary tables: results of runs by the values of their columns, each cell with its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from fitlog_core.reading.summaries import Summary
from fitlog_web.asked import BadRequestError
from fitlog_web.contrasts import can_test, welch
from fitlog_web.spelling import spelled
from fitlog_web.statistics import finite_numbers, spread

Cells = Mapping[str, Any]
MOST_CELLS = 100_000
_CHOOSING = {"max": max, "min": min}


class PivotCell(TypedDict):
    """What stands in one cell.

    :ivar value: The mean, or the result of the run that was chosen.
    :ivar std: Standard deviation of the sample (n - 1), None where there is none to tell.
    :ivar n: How many results count; ``odd`` ones are no finite number.
    :ivar ids: The runs, in the order that they were given in.
    :ivar chosen: The run that was chosen by ``max`` or ``min``, None for means.
    :ivar p: Welch's two-sided p against the cell of the baseline, None where it cannot be told.
    """

    value: Any
    std: float | None
    n: int
    odd: int
    ids: list[str]
    chosen: str | None
    p: float | None


class PivotColumn(TypedDict):
    """A column: the values it stands for, the outermost first, and the result in its cells."""

    values: list[Any]
    name: str


class Pivot(TypedDict):
    """A summary table.

    :ivar rows: The value of each row, None where runs have none.
    :ivar cells: A list for each row, None where there is no run.
    :ivar left_out: How many runs have none of the results, or no criterion.
    :ivar can_test: Whether p can be told at all here.
    """

    rows: list[Any]
    columns: list[PivotColumn]
    cells: list[list[PivotCell | None]]
    left_out: int
    can_test: bool


def pivot(rows: Sequence[Cells], summary: Summary, baseline: str | None = None) -> Pivot:
    """Return the summary table of runs.

    :param rows: Cells by column, each with its ``id``.
    :param baseline: The row, as the page spells its value, that others are tested against.
    :raises BadRequestError: if it would be too large.
    """
    results = _results(summary)
    counting = [row for row in rows if _counts(row, summary)]
    downwards = _Axis(counting, (summary.vertical,) if summary.vertical else ())
    across = _Axis(counting, summary.horizontals)
    _check_size(len(downwards.places), len(across.places) * len(results))
    samples: dict[tuple[_Place, _Place], list[Cells]] = {}
    for row, *at in zip(counting, downwards.of_rows, across.of_rows, strict=True):
        samples.setdefault((at[0], at[1]), []).append(row)

    def cell(one: _Place, other: _Place, name: str) -> PivotCell | None:
        sample = samples.get((one, other), [])
        against = samples.get(((baseline,), other)) if baseline not in (None, *one) else None
        return _cell(sample, results[name], summary, against)

    columns = [(other, name) for other in across.places for name in results]
    return {
        "rows": [next(iter(values), None) for values in downwards.places.values()],
        "columns": [{"values": across.places[other], "name": name} for other, name in columns],
        "cells": [[cell(one, other, name) for other, name in columns] for one in downwards.places],
        "left_out": len(rows) - len(counting),
        "can_test": can_test(),
    }


_Place = tuple[str | None, ...]  # values as the page spells them: those are the same


class _Axis:
    """Where rows stand by their values in columns.

    :ivar places: The values of each place, in their order.
    :ivar of_rows: The place of each row.
    """

    def __init__(self, rows: Sequence[Cells], by: Sequence[str]) -> None:
        self.of_rows: list[_Place] = [tuple(spelled(row.get(key)) for key in by) for row in rows]
        found: dict[_Place, list[Any]] = {}
        for row, place in zip(rows, self.of_rows, strict=True):
            if place not in found:
                found[place] = [row.get(key) for key in by]
        ordered = sorted(found.items(), key=_order)
        self.places: dict[_Place, list[Any]] = dict(ordered)


def _order(item: tuple[_Place, list[Any]]) -> list[tuple[int, float, str]]:
    """Return what sorts places by their values: numbers, then texts, and nothing last."""
    return [_order_of(value, text or "") for text, value in zip(*item, strict=True)]


def _order_of(value: Any, spelling: str) -> tuple[int, float, str]:
    known = finite_numbers([value])
    if known:
        return 0, known[0], ""
    return (1 if spelling else 2), 0.0, spelling


def _check_size(rows: int, columns: int) -> None:
    if rows * columns > MOST_CELLS:
        raise BadRequestError(
            f"the table would have {rows} rows and {columns} columns, more than {MOST_CELLS} "
            "cells: choose columns of fewer values, or fewer runs"
        )


def _results(summary: Summary) -> dict[str, tuple[str, ...]]:
    """Return the columns of each result by its name: the first that a run has counts."""
    found: dict[str, tuple[str, ...]] = {}
    for column, name in zip(summary.results, summary.names, strict=True):
        found[name] = (*found.get(name, ()), column)
    return found


def _counts(row: Cells, summary: Summary) -> bool:
    criteria = summary.criteria if summary.method in _CHOOSING else ()
    return _first(row, summary.results) is not None and (
        not criteria or _first(row, criteria) is not None
    )


def _first(row: Cells, columns: Sequence[str]) -> Any:
    return next((row[key] for key in columns if row.get(key) not in (None, "")), None)


def _cell(
    sample: Sequence[Cells],
    columns: Sequence[str],
    summary: Summary,
    against: Sequence[Cells] | None,
) -> PivotCell | None:
    if not sample:
        return None
    ids = [str(row["id"]) for row in sample]
    values = [_first(row, columns) for row in sample]
    figures = spread(values)
    odd = sum(value is not None for value in values) - (figures["n"] if figures else 0)
    said: PivotCell = {
        "value": None,
        "std": None,
        "n": figures["n"] if figures else 0,
        "odd": odd,
        "ids": ids,
        "chosen": None,
        "p": None,
    }
    if summary.method in _CHOOSING:
        chosen = _chosen(sample, summary.criteria or columns, summary.method)
        if chosen is not None:
            said["value"], said["chosen"] = _first(chosen, columns), str(chosen["id"])
    elif figures is not None:
        said["value"] = figures["mean"]
        said["std"] = figures["std"] if summary.method == "avg_std" else None
        said["p"] = _p(values, against, columns)
    return said if said["value"] is not None or odd else None


def _chosen(sample: Sequence[Cells], criteria: Sequence[str], method: str) -> Cells | None:
    """Return the run whose criterion is the largest or the smallest finite number."""
    known = [
        (found[0], row) for row in sample if (found := finite_numbers([_first(row, criteria)]))
    ]
    return _CHOOSING[method](known, key=lambda each: each[0])[1] if known else None


def _p(
    values: Sequence[Any], against: Sequence[Cells] | None, columns: Sequence[str]
) -> float | None:
    if against is None or not can_test():
        return None
    found = welch(finite_numbers(values), finite_numbers([_first(row, columns) for row in against]))
    return None if found is None else found.p
