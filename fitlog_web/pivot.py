"""Summary tables: results of runs by the values of their columns, each cell with its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from fitlog_core.reading.query_nodes import as_number
from fitlog_core.reading.summaries import Summary
from fitlog_core.sentences import sentence
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
    :ivar added: How many of the rows, the last ones, somebody added with fitlog 0.9.
    :ivar lacking: The columns that it is made of and of which no run has a value.
    :ivar can_test: Whether p can be told at all here.
    """

    rows: list[Any]
    columns: list[PivotColumn]
    cells: list[list[PivotCell | None]]
    left_out: int
    added: int
    lacking: list[str]
    can_test: bool


def pivot(
    rows: Sequence[Cells],
    summary: Summary,
    baseline: str | None = None,
    added: Sequence[Mapping[str, Any]] = (),
) -> Pivot:
    """Return the summary table of runs.

    :param rows: Cells by column, each with its ``id``.
    :param baseline: The row, as the page spells its value, that others are tested against.
    :param added: Rows as :func:`fitlog_core.reading.summaries.added_rows` returns them; those that
        say nothing of these columns are left out.
    :raises BadRequestError: if it would be too large.
    """
    results = _results(summary)
    counting = [row for row in rows if _counts(row, summary)]
    downwards = _Axis(counting, (summary.vertical,) if summary.vertical else ())
    across = _Axis(counting, summary.horizontals)
    _check_size(len(downwards.places), len(across.places) * len(results))
    samples = _samples(counting, downwards, across)

    def cell(one: _Place, other: _Place, name: str) -> PivotCell | None:
        sample = samples.get((one, other), [])
        against = samples.get(((baseline,), other)) if baseline not in (None, *one) else None
        return _cell(sample, results[name], summary, against)

    columns = [(other, name) for other in across.places for name in results]
    more = _added(added, summary, columns)
    return {
        "rows": [
            *(next(iter(values), None) for values in downwards.places.values()),
            *(title for title, _ in more),
        ],
        "columns": [{"values": across.places[other], "name": name} for other, name in columns],
        "cells": [
            *([cell(one, other, name) for other, name in columns] for one in downwards.places),
            *(cells for _, cells in more),
        ],
        "left_out": len(rows) - len(counting),
        "added": len(more),
        "lacking": _lacking(rows, summary),
        "can_test": can_test(),
    }


_Place = tuple[str | None, ...]  # values as the page spells them: those are the same


def _samples(
    rows: Sequence[Cells], downwards: _Axis, across: _Axis
) -> Mapping[tuple[_Place, _Place], list[Cells]]:
    """Return the runs of each cell by its place on both axes."""
    samples: dict[tuple[_Place, _Place], list[Cells]] = {}
    for row, *at in zip(rows, downwards.of_rows, across.of_rows, strict=True):
        samples.setdefault((at[0], at[1]), []).append(row)
    return samples


def _added(
    rows: Sequence[Mapping[str, Any]], summary: Summary, columns: Sequence[tuple[_Place, str]]
) -> list[tuple[Any, list[PivotCell | None]]]:
    """Return the title and the cells of rows that were added by hand."""
    keys = ["-".join([*(text or "" for text in place), name]) for place, name in columns]
    title = summary.vertical.rpartition("-")[2]
    made = [(row.get(title), [_typed_cell(row.get(key)) for key in keys]) for row in rows]
    return [(name, cells) for name, cells in made if any(cell is not None for cell in cells)]


def _typed_cell(value: Any) -> PivotCell | None:
    """Return the cell of what somebody typed; a number counts as one, as among the results."""
    if value in (None, ""):
        return None
    known = finite_numbers([as_number(value) if isinstance(value, str) else value])
    said = known[0] if known else spelled(value)
    return {"value": said, "std": None, "n": 0, "odd": 0, "ids": [], "chosen": None, "p": None}


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
            sentence(
                "pivot.large",
                "the table would have {rows} rows and {columns} columns, more than {most} "
                "cells: choose columns of fewer values, or fewer runs",
                rows=rows,
                columns=columns,
                most=MOST_CELLS,
            )
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


def _lacking(rows: Sequence[Cells], summary: Summary) -> list[str]:
    criteria = summary.criteria if summary.method in _CHOOSING else ()
    columns = (summary.vertical, *summary.horizontals, *summary.results, *criteria)
    named = dict.fromkeys(filter(None, columns))
    return [key for key in named if all(_first(row, (key,)) is None for row in rows)]


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
