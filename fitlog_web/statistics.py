"""What several runs have in common and how they spread, column by column."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypedDict

from fitlog_core.log_format import number
from fitlog_core.reading.row import Row, Shape


class Spread(TypedDict):
    """The figures of one column.

    ``n`` values count; ``missing`` runs have none, and ``odd`` ones no finite number. ``std`` is
    that of a sample (n - 1), None for a single value.
    """

    n: int
    missing: int
    odd: int
    mean: float
    std: float | None
    median: float
    min: float
    max: float


def spreads(rows: Sequence[Mapping[str, Any]], keys: Iterable[str]) -> dict[str, Spread]:
    """Return the figures of each column that has a finite number in one of the rows.

    :param rows: Cells by column; NaN and infinities may be numbers or their words.
    """
    found = {key: spread(cells) for key, cells in _cells_of(rows, list(keys)).items()}
    return {key: figures for key, figures in found.items() if figures is not None}


def _cells_of(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, list[Any]]:
    """Return the cells of each column, those of runs that have the same columns together.

    Cell by cell a million of them take several times as long.
    """
    found: dict[str, list[Any]] = {key: [] for key in keys}
    alike: dict[Shape, list[tuple[Any, ...]]] = {}
    for row in rows:
        if isinstance(row, Row):
            alike.setdefault(row.shape, []).append(row.cells)
        else:
            for key, cells in found.items():
                cells.append(row.get(key))
    for shape, members in alike.items():
        for key, cells in found.items():
            place = shape.places.get(key)
            cells += [None if place is None else member[place] for member in members]
    return found


def finite_numbers(cells: Iterable[Any]) -> list[float]:
    """Return the cells that are finite numbers."""
    known = list(cells)
    if set(map(type, known)) == {float} and math.isfinite(sum(known)):
        return known  # as most columns of metrics are, and so in a tenth of the time
    return [value for cell in known if (value := _finite(cell)) is not None]


def spread(cells: Sequence[Any]) -> Spread | None:
    """Return the figures of cells, None where none of them is a finite number."""
    numbers = sorted(finite_numbers(cells))
    if not numbers:
        return None
    others = len(cells) - len(numbers)
    missing = sum(cell is None or cell == "" for cell in cells) if others else 0
    return {
        "n": len(numbers),
        "missing": missing,
        "odd": others - missing,
        "mean": _scaled(statistics.fmean, numbers),
        "std": _scaled(_std, numbers) if len(numbers) > 1 else None,
        "median": _scaled(statistics.median, numbers),
        "min": numbers[0],
        "max": numbers[-1],
    }


def shared(rows: Sequence[Mapping[str, Any]], keys: Iterable[str]) -> dict[str, Any]:
    """Return the cells that are the same in all rows."""
    first = rows[0] if rows else {}
    return {
        key: first[key]
        for key in keys
        if first.get(key) is not None and all(row.get(key) == first[key] for row in rows)
    }


def _std(numbers: list[float]) -> float:
    """Return the deviation of a sorted sample; what is far apart makes no square too large."""
    if numbers[0] == numbers[-1]:  # else the mean's last digit would be told as a spread
        return 0.0
    mean = statistics.fmean(numbers)
    return math.dist(numbers, [mean] * len(numbers)) / math.sqrt(len(numbers) - 1)


def _scaled(figure: Callable[[list[float]], float], numbers: list[float]) -> float:
    """Return a figure of numbers whose sum may be beyond what a float can hold."""
    with suppress(OverflowError):
        found = figure(numbers)
        if math.isfinite(found):
            return found
    largest = max(map(abs, numbers))
    return figure([value / largest for value in numbers]) * largest


def _finite(cell: Any) -> float | None:
    value = number(cell)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        as_float = float(value)
    except OverflowError:  # an integer beyond what a float can hold
        return None
    return as_float if math.isfinite(as_float) else None
