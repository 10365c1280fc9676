"""Several curves told as one: the mean at each step, and how far the runs spread around it."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from math import fsum, isfinite, nan, sqrt
from typing import NamedTuple

from fitlog_core.reading.series import Mark, Series, buckets

KEPT_OF_A_BUCKET = 9  # both ends, lowest and highest of the mean and of two bands, a gap

Figures = tuple[int, float, float, float, float]


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


def band_of(curves: Sequence[Series]) -> Band:
    """Return mean and spread of all points, none left out."""
    steps, columns = _aligned(curves)
    n, mean, std, low, high = array("q"), array("d"), array("d"), array("d"), array("d")
    for values in zip(*columns, strict=True):
        figures = _figures(values)
        n.append(figures[0])
        mean.append(figures[1])
        std.append(figures[2])
        low.append(figures[3])
        high.append(figures[4])
    return Band(steps, n, mean, std, low, high)


def kept(band: Band, points: int) -> Sequence[int]:
    """Return the indexes of at most ``points`` points (9 at least), with the extremes of all lines.

    Of each bucket stay its ends, the lowest and highest of the mean, of the lowest and highest
    values, and of mean plus and minus std, and one step where no run has a number.
    """
    total = len(band.steps)
    if total <= points:
        return range(total)
    chosen: list[int] = []
    for start, stop in buckets(0, total, max(points // KEPT_OF_A_BUCKET, 1)):
        chosen.extend(sorted(_outstanding(band, start, stop)))
    return chosen


def marks_of(curves: Iterable[Iterable[Mark]]) -> list[Mark]:
    """Return the marks of several curves together, those of one step and kind as one."""
    counts: Counter[tuple[int, str]] = Counter()
    for marks in curves:
        for mark in marks:
            counts[mark.step, mark.kind] += mark.count
    return sorted(Mark(step, kind, count) for (step, kind), count in counts.items())


def epochs_at(curves: Iterable[Series], steps: Sequence[int]) -> list[float]:
    """Return the epoch of each step, as the first run says that knows one; NaN where none does."""
    found = [nan] * len(steps)
    for curve in curves:
        for place, at in _places(curve, steps):
            if not isfinite(found[place]):
                found[place] = curve.epochs[at]
    return found


def elapsed_at(
    curves: Sequence[Series], starts: Sequence[float | None], steps: Sequence[int]
) -> list[float]:
    """Return the seconds from a run's start to each step, on average over those that know.

    :param starts: When each run began; None where that is not known.
    """
    known: list[list[float]] = [[] for _ in steps]
    for curve, start in zip(curves, starts, strict=True):
        if start is None:
            continue
        for place, at in _places(curve, steps):
            if isfinite(curve.times[at]):
                known[place].append(curve.times[at] - start)
    return [fsum(times) / len(times) if times else nan for times in known]


def _places(curve: Series, steps: Sequence[int]) -> Iterable[tuple[int, int]]:
    for place, step in enumerate(steps):
        at = bisect_left(curve.steps, step)
        if at < len(curve) and curve.steps[at] == step:
            yield place, at


def _aligned(curves: Sequence[Series]) -> tuple[array[int], list[array[float]]]:
    """Return all steps, and for each curve a value for each of them, NaN where it has none."""
    first = curves[0].steps
    if all(curve.steps == first for curve in curves):
        return first, [curve.values for curve in curves]
    steps = array("q", sorted(set().union(*(curve.steps for curve in curves))))
    places = {step: place for place, step in enumerate(steps)}
    return steps, [_spread_out(curve, places) for curve in curves]


def _spread_out(curve: Series, places: dict[int, int]) -> array[float]:
    column = array("d", [nan]) * len(places)
    for step, value in zip(curve.steps, curve.values, strict=True):
        column[places[step]] = value
    return column


def _figures(values: Sequence[float]) -> Figures:
    if not isfinite(sum(values)):
        values = [value for value in values if isfinite(value)]
    n = len(values)
    if n < 2:
        only = values[0] if values else nan
        return n, only, nan, only, only
    low, high = min(values), max(values)
    if max(-low, high) > 1e150:  # the squares may be beyond what a float can hold
        largest = max(-low, high)
        _, mean, std, _, _ = _figures([value / largest for value in values])
        return n, mean * largest, std * largest, low, high
    mean = fsum(values) / n
    std = sqrt(fsum([(value - mean) * (value - mean) for value in values]) / (n - 1))
    return n, mean, std, low, high


def _outstanding(band: Band, start: int, stop: int) -> set[int]:
    """Return the indexes of a bucket's points worth keeping."""
    at = range(start, stop)
    chosen = {start, stop - 1}
    mean, std, low, high = band.mean, band.std, band.low, band.high
    known = [index for index in at if band.n[index]]
    if known:
        chosen |= {min(known, key=mean.__getitem__), max(known, key=mean.__getitem__)}
        chosen |= {min(known, key=low.__getitem__), max(known, key=high.__getitem__)}
    several = [index for index in known if band.n[index] > 1]
    if several:
        chosen.add(min(several, key=lambda index: mean[index] - std[index]))
        chosen.add(max(several, key=lambda index: mean[index] + std[index]))
    if len(known) < len(at):
        chosen.add(next(index for index in at if not band.n[index]))
    return chosen
