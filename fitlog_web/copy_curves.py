"""The curves of a copy of the board: thinned with their extremes kept, written with few letters."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.series import Part
from fitlog_core.secrets import mask_text
from fitlog_web.api_series import known, start_of

POINTS_IN_ALL = 200_000  # of all curves together, about 3 MB
FEWEST, MOST = 100, 1500  # points of one; more than 1500 cannot be told apart on a screen
DIGITS = 7  # of a value, as many as single precision has
TENTHS = 10  # of a second, in which times are told
MOST_TEXTS = 100


class Curves(NamedTuple):
    """Curves of several runs, ready to be written.

    :param series: What each series is called, and how many runs have it; most runs first.
    :param parts: For each of them what its runs have, as (place of the run, curve).
    :param names: Of each run that has curves its series, by its place.
    :param shown: How many points are kept; ``total`` is how many there are.
    """

    series: list[tuple[str, int]]
    parts: list[list[tuple[int, Mapping[str, Any]]]]
    names: dict[int, list[str]]
    shown: int
    total: int


def curves_of(readers: Mapping[int, RunReader], points: int | None = None) -> Curves:
    """Return the curves of runs.

    :param readers: The runs, by their place in the table.
    :param points: At most so many a curve; else what :data:`POINTS_IN_ALL` leaves to each.
    """
    names = {place: reader.curves.names() for place, reader in readers.items()}
    counts = Counter(name for of_one in names.values() for name in of_one)
    series = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    wanted = points or points_of_each(sum(counts.values()))
    parts: list[list[tuple[int, Mapping[str, Any]]]] = [[] for _ in series]
    at = {name: index for index, (name, _) in enumerate(series)}
    shown = total = 0
    for place, reader in readers.items():
        for name in names[place]:
            part = reader.curves.part(name, wanted)
            if part is None:  # replaced by another file meanwhile
                continue
            parts[at[name]].append((place, _told(part, start_of(reader, name, part.series))))
            shown, total = shown + len(part.series.steps), total + part.total
    return Curves(series, parts, names, shown, total)


def points_of_each(curves: int) -> int:
    """Return how many points each of so many curves may have."""
    return max(FEWEST, min(MOST, POINTS_IN_ALL // max(1, curves)))


def _told(part: Part, start: float | None) -> Mapping[str, Any]:
    """Return a curve as ``copied_curves.js`` reads it; what is not known is left out."""
    series = part.series
    values = [_short(value) for value in series.values]
    said: dict[str, Any] = {
        "e": _differences(known(series.epochs, whole=True)),
        "t": _differences(_tenths(known(series.times))),
        "b": start,
        "m": [[mark.step, mark.kind, mark.count] for mark in part.marks],
        "x": {str(step): mask_text(text) for step, text in [*series.texts.items()][-MOST_TEXTS:]},
    }
    known_ones = {name: value for name, value in said.items() if value not in (None, [], {})}
    return {"s": _steps(series.steps), "v": values, "n": part.total, **known_ones}


def _short(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def _steps(steps: array[int]) -> Any:
    """Return steps by their differences; those at one distance as ``{first, by, n}``."""
    told = _differences(steps) or []
    apart = set(told[1:])
    if len(told) > 2 and len(apart) == 1:
        return {"first": told[0], "by": apart.pop(), "n": len(told)}
    return told


def _tenths(times: Sequence[float | None] | None) -> list[int | None] | None:
    if times is None:
        return None
    return [None if time is None else round(time * TENTHS) for time in times]


def _differences(values: Iterable[int | None] | None) -> list[int | None] | None:
    """Return the first number and then by how much each is more than the one before."""
    if values is None:
        return None
    before, told = 0, list[int | None]()
    for value in values:
        told.append(None if value is None else value - before)
        before = before if value is None else value
    return told
