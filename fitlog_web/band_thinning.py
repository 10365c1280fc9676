"""A band in few points, its extremes kept; and what stands out in the parts of a long one."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from operator import add, sub
from typing import Any, NamedTuple, TypeAlias

from fitlog_core.reading.series import buckets
from fitlog_web.bands import Band

KEPT_OF_A_BUCKET = 9  # both ends, lowest and highest of the mean and of two bands, a gap
BLOCK = 128  # steps of the smallest part
KINDS = "qqdddd"  # of the lines of a band
SIZES = (BLOCK, 8 * BLOCK, 64 * BLOCK)  # of all parts, in steps where runs log each


Line: TypeAlias = "array[Any]"  # of whole numbers or of floats
Most = Callable[[Sequence[float]], float]


class Timed(NamedTuple):
    """A band with its other axes.

    :param epochs: Of each step, NaN where unknown.
    :param elapsed: Seconds from a run's start to each step, on average; NaN where unknown.
    """

    band: Band
    epochs: array[float]
    elapsed: array[float]

    def pick(self, indexes: Sequence[int]) -> Timed:
        """Return the band at these indexes, in this order."""
        others = (array("d", map(line.__getitem__, indexes)) for line in self[1:])
        return Timed(self.band.pick(indexes), *others)

    def __len__(self) -> int:
        return len(self.band.steps)

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return len(self) * 8 * (len(self.band) + 2)


class Parts(NamedTuple):
    """Parts of a band that follow each other, each by the points that stand out in it.

    :param points: Those of all parts, in order.
    :param ends: How many of them come before the end of each part.
    """

    points: Timed
    ends: list[int]

    def between(self, start: int, stop: int) -> tuple[int, int]:
        """Return where the points of the parts ``[start, stop)`` are."""
        return (self.ends[start - 1] if start else 0), self.ends[stop - 1]

    def merged(self, count: int) -> Parts:
        """Return parts of so many parts each."""
        total = len(self.ends)
        groups = [(at, min(at + count, total)) for at in range(0, total, count)]
        chosen, ends = _chosen(self.points.band, (self.between(*group) for group in groups))
        return Parts(self.points.pick(chosen), ends)


def kept(band: Band, points: int) -> Sequence[int]:
    """Return the indexes of at most ``points`` points (9 at least), with the extremes of all lines.

    Of each bucket stay its ends, the lowest and highest of the mean, of the lowest and highest
    values, and of mean plus and minus std, and one step where no run has a number.
    """
    total = len(band.steps)
    if total <= points:
        return range(total)
    return _chosen(band, buckets(0, total, how_many(points)))[0]


def how_many(points: int) -> int:
    """Return into how many buckets a band is divided for so many points."""
    return max(points // KEPT_OF_A_BUCKET, 1)


def blocks_of(band: Band) -> tuple[list[int], list[int]]:
    """Return the indexes of what stands out in each block, and the number of them at its end."""
    total = len(band.steps)
    return _chosen(band, ((at, min(at + BLOCK, total)) for at in range(0, total, BLOCK)))


def thinned(parts: Parts, points: int) -> Timed:
    """Return at most ``points`` points (9 at least) of the parts, with the extremes of all lines.

    What stands out among several parts is what stands out among their points, so that the extremes
    are those of all steps.
    """
    places = (parts.between(*each) for each in buckets(0, len(parts.ends), how_many(points)))
    return parts.points.pick(_chosen(parts.points.band, places)[0])


def together(bands: Sequence[Timed]) -> Timed:
    """Return bands that follow each other as one."""
    epochs = _one([each.epochs for each in bands], "d")
    elapsed = _one([each.elapsed for each in bands], "d")
    return Timed(joined([each.band for each in bands]), epochs, elapsed)


def joined(bands: Sequence[Band]) -> Band:
    """Return bands that follow each other as one, without their other axes."""
    columns: list[list[Line]] = [[band[at] for band in bands] for at in range(len(KINDS))]
    return Band(*map(_one, columns, KINDS))


def all_parts(following: Sequence[Parts]) -> Parts:
    """Return parts that follow each other as one."""
    ends: list[int] = []
    for parts in following:
        before = ends[-1] if ends else 0
        ends.extend(before + end for end in parts.ends)
    return Parts(together([parts.points for parts in following]), ends)


def _one(lines: Sequence[Line], kind: str) -> Line:
    found: Line = array(kind)
    for line in lines:
        found.extend(line)
    return found


def _chosen(band: Band, stretches: Iterator[tuple[int, int]]) -> tuple[list[int], list[int]]:
    chosen: list[int] = []
    ends: list[int] = []
    for start, stop in stretches:
        chosen.extend(sorted(_outstanding(band, start, stop)))
        ends.append(len(chosen))
    return chosen, ends


def _outstanding(band: Band, start: int, stop: int) -> set[int]:
    """Return the indexes of a bucket's points worth keeping."""
    chosen = {start, stop - 1}
    known = _with_at_least(1, band.n, range(start, stop))
    if known:
        chosen |= {_place(line, known, most) for line, most in _edges(band)}
    several = _with_at_least(2, band.n, known)
    if several:
        mean, std = _picked(band.mean, several), _picked(band.std, several)
        lower, upper = list(map(sub, mean, std)), list(map(add, mean, std))
        chosen |= {several[lower.index(min(lower))], several[upper.index(max(upper))]}
    if len(known) < stop - start:
        chosen.add(next(at for at in range(start, stop) if not band.n[at]))
    return chosen


def _edges(band: Band) -> tuple[tuple[Line, Most], ...]:
    return (band.mean, min), (band.mean, max), (band.low, min), (band.high, max)


def _with_at_least(runs: int, n: array[int], at: Sequence[int]) -> Sequence[int]:
    """Return those of some places at which so many runs have a number; the same if all do."""
    counts = _picked(n, at)
    if not counts or min(counts) >= runs:
        return at
    return [place for place, count in zip(at, counts, strict=True) if count >= runs]


def _place(line: Line, at: Sequence[int], most: Most) -> int:
    values = _picked(line, at)
    return at[values.index(most(values))]


def _picked(line: Line, at: Sequence[int]) -> Sequence[Any]:
    if isinstance(at, range):
        return line[at.start : at.stop]
    return [line[place] for place in at]
