"""Several curves told as one: the mean at each step, and how far the runs spread around it."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import repeat
from math import dist, fsum, isfinite, nan, sqrt
from typing import NamedTuple

from fitlog_core.reading.series import Mark, Series

LARGE = 1e300  # a sum of such numbers may be beyond what a float can hold

Line = list[float]
Figures = tuple[list[int], Line, Line, Line, Line]


class Band(NamedTuple):
    """What several curves have at each step that at least one of them has.

    :param n: How many have a finite number there; the others do not count.
    :param mean: NaN where none has.
    :param std: That of a sample (n - 1), NaN where fewer than two have.
    """

    steps: array[int]
    n: array[int]
    mean: array[float]
    std: array[float]
    low: array[float]
    high: array[float]

    def pick(self, indexes: Sequence[int]) -> Band:
        """Return the band at these indexes, in this order."""
        steps, n = (array("q", map(line.__getitem__, indexes)) for line in (self.steps, self.n))
        lines = (self.mean, self.std, self.low, self.high)
        return Band(steps, n, *(array("d", map(line.__getitem__, indexes)) for line in lines))


def band_of(curves: Iterable[Series]) -> Band:
    """Return mean and spread of all points, none left out."""
    steps, columns = _aligned([curve for curve in curves if len(curve)])
    n, *lines = _figures(columns, len(steps))
    return Band(steps, array("q", n), *(array("d", line) for line in lines))


def marks_of(curves: Iterable[Iterable[Mark]]) -> list[Mark]:
    """Return the marks of several curves together, those of one step and kind as one."""
    counts: Counter[tuple[int, str]] = Counter()
    for marks in curves:
        for mark in marks:
            counts[mark.step, mark.kind] += mark.count
    return sorted(Mark(step, kind, count) for (step, kind), count in counts.items())


def axes_at(
    curves: Sequence[Series], starts: Sequence[float | None], steps: Sequence[int]
) -> tuple[array[float], array[float]]:
    """Return what else than a step a band can be drawn by, NaN where no run knows it.

    :param starts: When each run began (epoch seconds); None where that is not known.
    :return: The epoch of each step, as the first run says that knows one; and the seconds from a
        run's start to it, on average over those that know.
    """
    epochs = array("d", [nan]) * len(steps)
    elapsed: list[list[float]] = [[] for _ in steps]
    for curve, start in zip(curves, starts, strict=True):
        places, points = _points_at(curve, steps)
        for place, epoch in zip(places, points.epochs, strict=True):
            if isfinite(epoch) and not isfinite(epochs[place]):
                epochs[place] = epoch
        if start is not None:
            for place, time in zip(places, points.times, strict=True):
                if isfinite(time):
                    elapsed[place].append(time - start)
    means = (fsum(times) / len(times) if times else nan for times in elapsed)
    return epochs, array("d", means)


def _points_at(curve: Series, steps: Sequence[int]) -> tuple[list[int], Series]:
    """Return the points of a curve at the steps that it has, and the places of these steps."""
    mine, total = curve.steps, len(curve)
    nearest = [(place, bisect_left(mine, step)) for place, step in enumerate(steps)]
    found = [(place, at) for place, at in nearest if at < total and mine[at] == steps[place]]
    return [place for place, _ in found], curve.pick([at for _, at in found])


def _aligned(curves: Sequence[Series]) -> tuple[array[int], list[Line]]:
    """Return all steps, and for each curve a value for each of them, NaN where it has none."""
    if not curves:
        return array("q"), []
    first = curves[0].steps
    if all(curve.steps == first for curve in curves):
        return first, [curve.values.tolist() for curve in curves]
    steps = array("q", sorted(set().union(*(curve.steps for curve in curves))))
    return steps, [_spread_out(curve, steps) for curve in curves]


def _spread_out(curve: Series, steps: array[int]) -> Line:
    values = dict(zip(curve.steps, curve.values, strict=True))
    return list(map(values.get, steps, repeat(nan)))


# ------------------------------------------------------------------ the figures
#
# They are taken column by column, so that it is Python's own functions in C that go through the
# points: a million steps of three runs in less than a second.


def _figures(columns: Sequence[Line], total: int) -> Figures:
    if columns and all(isfinite(sum(column)) for column in columns):
        return _of_finite(columns)
    return _by_who_counts(columns, total)


def _by_who_counts(columns: Sequence[Line], total: int) -> Figures:
    """Return the figures of steps at which not all curves have a finite number."""
    places: dict[tuple[bool, ...], list[int]] = {}
    for place, who in enumerate(zip(*(map(isfinite, column) for column in columns), strict=True)):
        places.setdefault(who, []).append(place)
    n, mean, std, low, high = [0] * total, *([nan] * total for _ in range(4))
    for who, at in places.items():
        counting = [column for column, counts in zip(columns, who, strict=True) if counts]
        if counting:
            figures = _of_finite([[column[place] for place in at] for column in counting])
            for place, *found in zip(at, *figures, strict=True):
                n[place], mean[place], std[place], low[place], high[place] = found
    return n, mean, std, low, high


def _of_finite(columns: Sequence[Line]) -> Figures:
    count, total = len(columns), len(columns[0])
    if count == 1:
        only = columns[0]
        return [1] * total, only, [nan] * total, only, only
    rows = list(zip(*columns, strict=True))
    low, high = list(map(min, rows)), list(map(max, rows))
    if max(-min(low), max(high)) > LARGE:
        mean, std = map(list, zip(*map(_of_large, rows), strict=True))
        return [count] * total, mean, std, low, high
    mean, root = [each / count for each in map(fsum, rows)], sqrt(count - 1)
    std = [each / root for each in map(dist, rows, zip(*[mean] * count, strict=True))]
    return [count] * total, mean, std, low, high


def _of_large(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and std of numbers whose sum may be too large for a float."""
    largest = max(map(abs, values)) or 1.0
    _, (mean,), (std,), _, _ = _of_finite([[value / largest] for value in values])
    return mean * largest, std * largest
