"""What stands out in a stretch of a curve, so that a zoom need not read the stretch itself."""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Sequence
from math import inf, isfinite, isnan, nan
from typing import Any, NamedTuple

from fitlog_core.reading.index.database import DamagedError

BLOCK = 256  # points of the smallest stretch whose extremes are kept
GROUP = 4  # blocks of the next larger one
NOWHERE = 0xFFFF
_ENTRY = struct.Struct("<5d5q6H")
_CHECKSUM = struct.Struct("<I")


class Point(NamedTuple):
    """One point: its place in its chunk (:data:`NOWHERE` if there is none), step and value."""

    at: int
    step: int
    value: float


class Extremes(NamedTuple):
    """What stands out in a stretch of a chunk.

    :param bad: Its first point that is not finite.
    :param nans: How many of its values are NaN; ``infs`` and ``negatives`` count the infinities.
    """

    first: Point
    last: Point
    low: Point
    high: Point
    bad: Point
    nans: int
    infs: int
    negatives: int

    @property
    def points(self) -> int:
        """How many points the stretch has."""
        return self.last.at - self.first.at + 1

    @property
    def is_finite(self) -> bool:
        """Whether all of its values are finite."""
        return self.bad.at == NOWHERE


def of(steps: Sequence[int], values: array[float], start: int, stop: int) -> Extremes:
    """Return what stands out among the points ``[start, stop)`` of a chunk."""

    def point(at: int) -> Point:
        return Point(at, steps[at], part[at - start])

    part = values[start:stop].tolist()  # an array makes its numbers anew each time
    ends = point(start), point(stop - 1)
    if isfinite(sum(part)):
        low, high = start + part.index(min(part)), start + part.index(max(part))
        return Extremes(*ends, point(low), point(high), _no_point(nan), 0, 0, 0)
    bad = next((at for at, value in enumerate(part, start) if not isfinite(value)), None)
    counts = sum(map(isnan, part)), part.count(inf), part.count(-inf)
    finite = [value for value in part if isfinite(value)]
    lowest = point(start + part.index(min(finite))) if finite else _no_point(inf)
    highest = point(start + part.index(max(finite))) if finite else _no_point(-inf)
    return Extremes(*ends, lowest, highest, _no_point(nan) if bad is None else point(bad), *counts)


def _no_point(value: float) -> Point:
    return Point(NOWHERE, 0, value)


def together(parts: Sequence[Extremes]) -> Extremes:
    """Return the extremes of stretches of one chunk that follow each other."""
    return Extremes(
        parts[0].first,
        parts[-1].last,
        min((part.low for part in parts), key=_value),
        max((part.high for part in parts), key=_value),
        min((part.bad for part in parts), key=_place),
        sum(part.nans for part in parts),
        sum(part.infs for part in parts),
        sum(part.negatives for part in parts),
    )


def _value(point: Point) -> float:
    return point.value


def _place(point: Point) -> int:
    return point.at


# ------------------------------------------------------------------- as bytes


def packed(parts: Sequence[Extremes], beside: bytes = b"") -> bytes:
    """Return extremes as bytes.

    :param beside: What is kept with them and shares their checksum.
    """
    return sealed(b"".join(map(_packed, parts)), beside)


def unpacked(text: bytes, size: int, length: int, beside: bytes = b"") -> list[Extremes]:
    """Return extremes as they were packed.

    :param size: How many points each of the stretches has, the last one apart.
    :param length: How many points the chunk has.
    :raises DamagedError: if they are not as they were.
    """
    entries = _ENTRY.iter_unpack(unsealed(text, beside))
    return [
        _unpacked(entry, at * size, min((at + 1) * size, length) - 1)
        for at, entry in enumerate(entries)
    ]


def _packed(part: Extremes) -> bytes:
    points = (part.low, part.high, part.first, part.last, part.bad)
    return _ENTRY.pack(
        *(point.value for point in points),
        *(point.step for point in points),
        *(part.low.at, part.high.at, part.bad.at),
        *(part.nans, part.infs, part.negatives),
    )


def _unpacked(entry: tuple[Any, ...], first: int, last: int) -> Extremes:
    low, high, begins, ends, bad, *others = entry
    low_step, high_step, first_step, last_step, bad_step, low_at, high_at, bad_at, *counts = others
    return Extremes(
        Point(first, first_step, begins),
        Point(last, last_step, ends),
        Point(low_at, low_step, low),
        Point(high_at, high_step, high),
        Point(bad_at, bad_step, bad),
        *counts,
    )


def sealed(text: bytes, beside: bytes = b"") -> bytes:
    """Return bytes with a checksum behind them."""
    return text + _CHECKSUM.pack(zlib.adler32(beside, zlib.adler32(text)))


def unsealed(text: bytes, beside: bytes = b"") -> bytes:
    """Return bytes without their checksum.

    :raises DamagedError: if they are not as they were.
    """
    body = text[: -_CHECKSUM.size]
    if sealed(body, beside) != text:
        raise DamagedError("a part of a curve is not as it was written")
    return body
