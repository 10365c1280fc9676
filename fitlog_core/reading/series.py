"""One curve: its points in compact arrays, cut, thinned and searched for what is not finite."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import NamedTuple, TypeVar

from fitlog_core.reading.times import Times

_T = TypeVar("_T", int, float)

STRETCHES = 200  # parts of a curve whose gaps are told apart


class Series:
    """The points of one curve, sorted by step, one point a step.

    :param steps: Ascending, of four or eight bytes each.
    :param values: One a step.
    :param epochs: One a point, NaN where unknown; or what returns them, called when they are asked
        for, since most who want a curve want no more than its values.
    :param times: When each point was written (epoch seconds), likewise.
    :param texts: By step, what was logged under this name but is no number; it is not among the
        points.
    """

    def __init__(
        self,
        steps: array[int] | None = None,
        values: array[float] | None = None,
        epochs: array[float] | Callable[[], array[float]] | None = None,
        times: array[float] | Callable[[], array[float]] | None = None,
        texts: dict[int, str] | None = None,
    ) -> None:
        self.steps: array[int] = array("q") if steps is None else steps
        self.values: array[float] = array("d") if values is None else values
        self._epochs = array("d") if epochs is None else epochs
        self._times = array("d") if times is None else times
        self.texts = {} if texts is None else texts

    @property
    def epochs(self) -> array[float]:
        """The epoch of each point, NaN where unknown."""
        if not isinstance(self._epochs, array):
            self._epochs = self._epochs()
        return self._epochs

    @property
    def times(self) -> array[float]:
        """When each point was written (epoch seconds), NaN where unknown."""
        if not isinstance(self._times, array):
            self._times = self._times()
        return self._times

    def __repr__(self) -> str:
        columns = (self.steps, self.values, self.epochs, self.times, self.texts)
        return f"Series({', '.join(map(repr, columns))})"

    def __len__(self) -> int:
        return len(self.steps)

    def span(self, first: int | None = None, last: int | None = None) -> tuple[int, int]:
        """Return the indexes ``[low, high)`` of the steps from ``first`` to ``last`` itself."""
        low = 0 if first is None else bisect_left(self.steps, first)
        high = len(self.steps) if last is None else bisect_right(self.steps, last)
        return low, max(low, high)

    def pick(self, indexes: Sequence[int], texts: dict[int, str] | None = None) -> Series:
        """Return the points at these indexes, in this order."""
        later = self._times
        return Series(
            _picked(self.steps, indexes),
            _picked(self.values, indexes),
            _picked(self.epochs, indexes),
            later.pick(indexes) if isinstance(later, Times) else _picked(self.times, indexes),
            texts or {},
        )


def _picked(column: array[_T], indexes: Sequence[int]) -> array[_T]:
    if isinstance(indexes, range):
        return column[indexes.start : indexes.stop]
    return array(column.typecode, map(column.__getitem__, indexes))


def texts_between(texts: dict[int, str], first: int | None, last: int | None) -> dict[int, str]:
    """Return the texts of the steps from ``first`` to ``last``, both included."""
    return {
        step: text
        for step, text in texts.items()
        if (first is None or step >= first) and (last is None or step <= last)
    }


@dataclass(frozen=True, order=True)
class Mark:
    """Points that are not finite: how many of one kind follow from this step on."""

    step: int
    kind: str  # "nan", "inf" or "-inf"
    count: int


class Extent(NamedTuple):
    """A stretch that a curve is kept in, without its points.

    :param first: Its first step; ``last`` is its last one.
    :param length: How many points it has.
    :param seal: Stays the same as long as steps, values, epochs and times of its points do.
    """

    first: int
    last: int
    length: int
    seal: Hashable


class Part(NamedTuple):
    """A stretch of a curve.

    :param series: Its points, all or as many as were asked for.
    :param total: How many there are.
    :param marks: Where it is not finite, with counts.
    """

    series: Series
    total: int
    marks: list[Mark]


def part_of(
    series: Series, points: int | None, first: int | None = None, last: int | None = None
) -> Part:
    """Return a stretch of a curve.

    :param points: At most so many (5 at least), as of :func:`thin`; None for all.
    :param first: Leave out the steps before this one.
    :param last: Leave out the steps after this one.
    """
    low, high = series.span(first, last)
    chosen = range(low, high) if points is None else kept(series, points, first, last)
    shown = series.pick(chosen, texts_between(series.texts, first, last))
    return Part(shown, high - low, marks(series, first=first, last=last))


def thin(series: Series, points: int, first: int | None = None, last: int | None = None) -> Series:
    """Return the whole curve in at most ``points`` points, as :func:`kept` chooses them."""
    chosen = kept(series, points, first, last)
    return series.pick(chosen, texts_between(series.texts, first, last))


def kept(
    series: Series, points: int, first: int | None = None, last: int | None = None
) -> Sequence[int]:
    """Return the indexes of at most ``points`` points (5 at least), the extremes among them.

    The points fall into buckets of equal number; of each its first, last, lowest and highest
    stay, and one that is not finite, so that the gap is seen (:func:`marks` counts them all).

    :param first: Leave out the steps before this one.
    :param last: Leave out the steps after this one.
    """
    low, high = series.span(first, last)
    if high - low <= points:
        return range(low, high)
    finite = isfinite(sum(series.values[low:high]))
    chosen: list[int] = []
    for start, stop in buckets(low, high, max(points // points_a_bucket(not finite), 1)):
        chosen.extend(_outstanding(series.values, start, stop))
    return chosen


def marks(
    series: Series, points: int = STRETCHES, first: int | None = None, last: int | None = None
) -> list[Mark]:
    """Return where the curve is NaN or infinite, with counts.

    :param points: Number of stretches told apart: within one, a kind is one mark at its first
        step.
    """
    low, high = series.span(first, last)
    if low == high or isfinite(sum(series.values[low:high])):
        return []
    found: list[Mark] = []
    for start, stop in buckets(low, high, max(min(points, high - low), 1)):
        found.extend(_marks_of(series, start, stop))
    return found


def kind_of(value: float) -> str | None:
    """Return ``"nan"``, ``"inf"`` or ``"-inf"`` for a number that is not finite, else None."""
    if isfinite(value):
        return None
    if isnan(value):
        return "nan"
    return "inf" if value > 0 else "-inf"


def points_a_bucket(has_gaps: bool) -> int:
    """Return how many points of a bucket may be kept: ends and extremes, and one for a gap."""
    return 5 if has_gaps else 4


def buckets(low: int, high: int, count: int) -> Iterator[tuple[int, int]]:
    """Divide ``[low, high)`` into so many parts of equal number, leaving out empty ones."""
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
