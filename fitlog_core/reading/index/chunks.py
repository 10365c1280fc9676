"""A stretch of a curve as the cache holds it: columns of bytes, and a summary to zoom with."""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, isnan, nan
from typing import NamedTuple, TypeAlias

from fitlog_core.reading.index.database import DamagedError

CHUNK = 8192  # points at most
BLOCK = 256  # points that share one entry of a chunk's summary
NOWHERE = 0xFFFF
_ENTRY = struct.Struct("<dd6H")
_PLACE = struct.Struct("<5q")


Records: TypeAlias = "array[int] | range"


class Extremes(NamedTuple):
    """What stands out in a stretch of a chunk; places are counted from the chunk's first point.

    :param low: Smallest finite value, infinite if there is none.
    :param low_at: Where it is, :data:`NOWHERE` if there is none.
    :param bad_at: Where the first value is that is not finite, :data:`NOWHERE` if there is none.
    :param nans: How many values are NaN; ``infs`` and ``negatives`` count the infinities.
    """

    low: float
    high: float
    low_at: int
    high_at: int
    bad_at: int
    nans: int
    infs: int
    negatives: int

    @property
    def bad(self) -> int:
        """Return how many values are not finite."""
        return self.nans + self.infs + self.negatives


@dataclass
class Stretch:
    """Points sorted by step, one a step, with the number of each one's record in its file.

    ``epochs`` is None where none is known; ``records`` are a range where they have no gaps.
    """

    steps: array[int]
    values: array[float]
    records: Records
    epochs: array[float] | None = None

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, part: slice) -> Stretch:
        epochs = None if self.epochs is None else self.epochs[part]
        return Stretch(self.steps[part], self.values[part], self.records[part], epochs)

    def picked(self, kept: list[int]) -> Stretch:
        """Return the points at these places, in this order."""
        return Stretch(
            array("q", map(self.steps.__getitem__, kept)),
            array("d", map(self.values.__getitem__, kept)),
            array("q", map(self.records.__getitem__, kept)),
            None if self.epochs is None else array("d", map(self.epochs.__getitem__, kept)),
        )

    def __add__(self, later: Stretch) -> Stretch:
        """Return both, where every step of the other is larger than these."""
        epochs = None
        if self.epochs is not None or later.epochs is not None:
            epochs = known_epochs(self) + known_epochs(later)
        return Stretch(
            self.steps + later.steps,
            self.values + later.values,
            followed(self.records, later.records),
            epochs,
        )


def followed(earlier: Records, later: Sequence[int]) -> Records:
    """Return the numbers of records, and those of others after them."""
    if not earlier:
        return later if isinstance(later, range) else array("q", later)
    if (
        isinstance(earlier, range)
        and isinstance(later, range)
        and (earlier.stop, earlier.step) == (later.start, later.step)
    ):
        return range(earlier.start, later.stop, later.step)
    return array("q", earlier) + array("q", later)


def known_epochs(stretch: Stretch) -> array[float]:
    """Return the epochs of all points, NaN where unknown."""
    return array("d", (nan,)) * len(stretch) if stretch.epochs is None else stretch.epochs


class Row(NamedTuple):
    """One line of the table ``chunk``, without the series it belongs to."""

    first: int
    last: int
    length: int
    checksum: int
    record: int
    stride: int
    summary: bytes
    steps: bytes
    numbers: bytes
    records: bytes | None
    epochs: bytes | None


def rows_of(stretch: Stretch) -> Iterator[Row]:
    """Return the chunks that a stretch is kept in."""
    for start in range(0, len(stretch), CHUNK):
        yield _row(stretch[start : start + CHUNK])


def _row(part: Stretch) -> Row:
    summary = b"".join(_ENTRY.pack(*entry) for entry in summarise(part.values))
    steps, numbers = part.steps.tobytes(), part.values.tobytes()
    stride = _stride(part.records)
    place = (part.steps[0], part.steps[-1], len(part), part.records[0], stride)
    records = None if stride else array("q", part.records).tobytes()
    epochs = None if part.epochs is None else zlib.compress(part.epochs.tobytes(), 1)
    return Row(
        *place[:3],
        checksum(_PLACE.pack(*place), summary, steps, numbers, records, epochs),
        *place[3:],
        summary,
        steps,
        numbers,
        records,
        epochs,
    )


def checksum(*parts: bytes | None) -> int:
    """Return a number that changes with any byte of the columns."""
    total = 1
    for part in parts:
        total = zlib.adler32(part or b"", total)
    return total


def _stride(records: Records) -> int:
    """Return the distance between neighbours, 0 where it is not the same everywhere."""
    if isinstance(records, range):
        return records.step
    if len(records) < 2:
        return 1
    stride = records[1] - records[0]
    regular = range(records[0], records[0] + stride * len(records), stride) if stride > 0 else ()
    return stride if len(regular) == len(records) and records == array("q", regular) else 0


def stretch_of(rows: Iterable[Row]) -> Stretch:
    """Return the points of chunks that follow each other.

    :raises DamagedError: if they are not what was written.
    """
    following = list(rows)
    steps, values = points_of(following)
    is_known = any(row.epochs is not None for row in following)
    epochs = all_epochs(following) if is_known else None
    return Stretch(steps, values, all_records(following), epochs)


def check(row: Row) -> None:
    """Make sure that a chunk is as it was written.

    :raises DamagedError: if it is not.
    """
    place = _PLACE.pack(row.first, row.last, row.length, row.record, row.stride)
    parts = (place, row.summary, row.steps, row.numbers, row.records, row.epochs)
    sizes = {len(row.steps), len(row.numbers), 8 * row.length}
    if len(sizes) != 1 or checksum(*parts) != row.checksum:
        raise DamagedError("a chunk of a curve is not as it was written")


def records_of(row: Row) -> Records:
    """Return the numbers of the points' records."""
    if row.records is None:
        return range(row.record, row.record + row.stride * row.length, row.stride)
    return array("q", row.records)


def epochs_of(row: Row) -> array[float] | None:
    """Return the points' epochs, None where none is known."""
    return None if row.epochs is None else array("d", zlib.decompress(row.epochs))


def joined(earlier: Stretch, later: Stretch) -> Stretch:
    """Return two stretches as one, sorted; of a step the later one's point counts."""
    both = earlier + later
    steps = both.steps
    order = sorted(range(len(steps)), key=steps.__getitem__)  # stable: the later one comes last
    kept = [at for at, after in pairwise(order) if steps[at] != steps[after]]
    return both.picked(kept + order[-1:])


def summarise(values: array[float]) -> Iterator[Extremes]:
    """Yield the extremes of every block of a chunk, and last those of the whole chunk."""
    blocks = [
        extremes(values, start, min(start + BLOCK, len(values)))
        for start in range(0, len(values), BLOCK)
    ]
    yield from blocks
    yield together(blocks)


def entries(summary: bytes) -> list[Extremes]:
    """Return a summary's entries: one a block, and last the whole chunk's."""
    return [Extremes._make(entry) for entry in _ENTRY.iter_unpack(summary)]


def whole_entry(summary: bytes) -> Extremes:
    """Return the entry of the whole chunk alone."""
    return Extremes._make(_ENTRY.unpack_from(summary, len(summary) - _ENTRY.size))


def extremes(values: array[float], start: int, stop: int) -> Extremes:
    """Return what stands out among the values of ``[start, stop)``."""
    part = values[start:stop].tolist()  # an array makes its numbers anew each time
    if isfinite(sum(part)):
        low, high = min(part), max(part)
        return Extremes(
            low, high, start + part.index(low), start + part.index(high), NOWHERE, 0, 0, 0
        )
    finite = [value for value in part if isfinite(value)]
    nans, infs = sum(map(isnan, part)), part.count(inf)
    bad_at = next((at for at, value in enumerate(part, start) if not isfinite(value)), NOWHERE)
    counts = (bad_at, nans, infs, part.count(-inf))
    if not finite:
        return Extremes(inf, -inf, NOWHERE, NOWHERE, *counts)
    low, high = min(finite), max(finite)
    return Extremes(low, high, start + part.index(low), start + part.index(high), *counts)


def together(parts: list[Extremes]) -> Extremes:
    """Return the extremes of stretches that follow each other in one chunk."""
    lowest, highest = min(parts, key=_low), max(parts, key=_high)
    return Extremes(
        lowest.low,
        highest.high,
        lowest.low_at,
        highest.high_at,
        min(part.bad_at for part in parts),
        sum(part.nans for part in parts),
        sum(part.infs for part in parts),
        sum(part.negatives for part in parts),
    )


def _low(entry: Extremes) -> float:
    return entry.low


def _high(entry: Extremes) -> float:
    return entry.high


def points_of(rows: list[Row]) -> tuple[array[int], array[float]]:
    """Return the steps and the values of chunks that follow each other.

    :raises DamagedError: if they are not what was written.
    """
    for row in rows:
        check(row)
    # Joined first: an array that grows piece by piece is copied each time.
    steps = array("q", b"".join([row.steps for row in rows]))
    return steps, array("d", b"".join([row.numbers for row in rows]))


def all_records(rows: list[Row]) -> Records:
    """Return the numbers of the records of chunks that follow each other."""
    records: Records = range(0)
    for row in rows:
        records = followed(records, records_of(row))
    return records


def all_epochs(rows: Iterable[Row]) -> array[float]:
    """Return the epochs of chunks that follow each other, NaN where unknown."""
    epochs: array[float] = array("d")
    for row in rows:
        epochs.extend(epochs_of(row) or array("d", (nan,)) * row.length)
    return epochs
