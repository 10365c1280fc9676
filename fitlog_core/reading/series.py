"""One curve: its points in compact arrays, cut, thinned and searched for what is not finite."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import isfinite, isnan


def _integers() -> array[int]:
    return array("q")


def _floats() -> array[float]:
    return array("d")


@dataclass
class Series:
    """The points of one curve, sorted by step, one point a step.

    ``epochs`` and ``times`` (epoch seconds) have one entry a point, NaN where unknown. ``texts``
    holds, by step, what was logged under this name but is no number; it is not in the arrays.
    """

    steps: array[int] = field(default_factory=_integers)
    values: array[float] = field(default_factory=_floats)
    epochs: array[float] = field(default_factory=_floats)
    times: array[float] = field(default_factory=_floats)
    texts: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.steps)

    def span(self, first: int | None = None, last: int | None = None) -> tuple[int, int]:
        """Return the indexes ``[low, high)`` of the steps from ``first`` to ``last`` itself."""
        low = 0 if first is None else bisect_left(self.steps, first)
        high = len(self.steps) if last is None else bisect_right(self.steps, last)
        return low, max(low, high)

    def between(self, first: int | None = None, last: int | None = None) -> Series:
        """Return the points (and texts) of the steps from ``first`` to ``last``, both included."""
        low, high = self.span(first, last)
        return Series(
            self.steps[low:high],
            self.values[low:high],
            self.epochs[low:high],
            self.times[low:high],
            self._texts_between(first, last),
        )

    def pick(self, indexes: list[int], texts: dict[int, str] | None = None) -> Series:
        """Return the points at these indexes, in this order."""
        return Series(
            array("q", [self.steps[i] for i in indexes]),
            array("d", [self.values[i] for i in indexes]),
            array("d", [self.epochs[i] for i in indexes]),
            array("d", [self.times[i] for i in indexes]),
            texts or {},
        )

    def _texts_between(self, first: int | None, last: int | None) -> dict[int, str]:
        if first is None and last is None:
            return dict(self.texts)
        return {
            step: text
            for step, text in self.texts.items()
            if (first is None or step >= first) and (last is None or step <= last)
        }


@dataclass(frozen=True)
class Mark:
    """Points that are not finite: how many of one kind follow from this step on."""

    step: int
    kind: str  # "nan", "inf" or "-inf"
    count: int


def thin(series: Series, points: int, first: int | None = None, last: int | None = None) -> Series:
    """Return the whole curve in at most ``points`` points (5 at least), its extremes among them.

    The points fall into buckets of equal number; of each its first, last, lowest and highest
    stay, and one that is not finite, so that the gap is seen (:func:`marks` counts them all).

    :param first: Leave out the steps before this one.
    :param last: Leave out the steps after this one.
    """
    low, high = series.span(first, last)
    if high - low <= points:
        return series.between(first, last)
    finite = isfinite(sum(series.values[low:high]))
    kept: list[int] = []
    for start, stop in _buckets(low, high, max(points // (4 if finite else 5), 1)):
        kept.extend(_outstanding(series.values, start, stop))
    return series.pick(kept, series._texts_between(first, last))


def marks(
    series: Series, points: int = 200, first: int | None = None, last: int | None = None
) -> list[Mark]:
    """Return where the curve is NaN or infinite, with counts.

    :param points: Number of stretches told apart: within one, a kind is one mark at its first
        step.
    """
    low, high = series.span(first, last)
    if low == high or isfinite(sum(series.values[low:high])):
        return []
    found: list[Mark] = []
    for start, stop in _buckets(low, high, max(min(points, high - low), 1)):
        found.extend(_marks_of(series, start, stop))
    return found


def kind_of(value: float) -> str | None:
    """Return ``"nan"``, ``"inf"`` or ``"-inf"`` for a number that is not finite, else None."""
    if isfinite(value):
        return None
    if isnan(value):
        return "nan"
    return "inf" if value > 0 else "-inf"


def _buckets(low: int, high: int, count: int) -> Iterator[tuple[int, int]]:
    total = high - low
    for number in range(count):
        start, stop = low + total * number // count, low + total * (number + 1) // count
        if start < stop:
            yield start, stop


def _outstanding(values: array[float], start: int, stop: int) -> Iterable[int]:
    """Return the indexes of a bucket's points worth keeping, ascending."""
    part = values[start:stop]
    if isfinite(sum(part)):
        lowest, highest = part.index(min(part)), part.index(max(part))
        return sorted({start, start + lowest, start + highest, stop - 1})
    # NaN compares with nothing, so min and max would depend on where it stands.
    kept = {start, stop - 1}
    finite = [value for value in part if isfinite(value)]
    if finite:
        kept |= {start + part.index(min(finite)), start + part.index(max(finite))}
    kept.update(start + at for at in _first_not_finite(part))
    return sorted(kept)


def _first_not_finite(part: array[float]) -> Iterator[int]:
    for at, value in enumerate(part):
        if not isfinite(value):
            yield at
            return


def _marks_of(series: Series, start: int, stop: int) -> list[Mark]:
    part = series.values[start:stop]
    if isfinite(sum(part)):
        return []
    seen: dict[str, list[int]] = {}
    for at, value in enumerate(part, start):
        kind = kind_of(value)
        if kind is not None:
            seen.setdefault(kind, []).append(at)
    return [Mark(series.steps[at[0]], kind, len(at)) for kind, at in seen.items()]
