"""A stretch of a curve as the cache holds it: columns of bytes, and extremes to zoom with."""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import nan
from typing import NamedTuple, TypeAlias

from fitlog_core.reading.index import extremes
from fitlog_core.reading.index.database import DamagedError

CHUNK = 8192  # points at most
NARROW = range(1 << 31)  # steps that are kept in four bytes each
_PLACE = struct.Struct("<6q")
_LOW_HALF = 0 if sys.byteorder == "little" else 1  # which half of eight bytes


Records: TypeAlias = "array[int] | range"


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


class Place(NamedTuple):
    """Which points a chunk holds, and the numbers of their records.

    :param stride: Distance between the records of neighbours, 0 where it is not the same.
    :param has_epochs: Whether the epoch of any of its points is known.
    """

    first: int
    last: int
    length: int
    record: int
    stride: int
    has_epochs: int

    @property
    def sealed_with(self) -> bytes:
        """What shares a checksum with the extremes, so that neither is taken for another's."""
        return _PLACE.pack(*self)


class Row(NamedTuple):
    """One line of the table ``chunk``, without the series it belongs to.

    The long columns come last: SQLite reads a line from its beginning on.

    :param whole: Extremes of all its points; ``groups`` and ``blocks`` are those of its parts.
    :param checksum: Of the steps and numbers; the other columns carry theirs.
    :param steps: In four bytes each where all of them are in :data:`NARROW`, else in eight.
    """

    first: int
    last: int
    length: int
    record: int
    stride: int
    has_epochs: int
    whole: bytes
    checksum: int
    groups: bytes
    blocks: bytes
    records: bytes | None
    epochs: bytes | None
    steps: bytes
    numbers: bytes

    @property
    def place(self) -> Place:
        """Which points it holds."""
        return Place(*self[:6])


def rows_of(stretch: Stretch) -> Iterator[Row]:
    """Return the chunks that a stretch is kept in."""
    for start in range(0, len(stretch), CHUNK):
        yield _row(stretch[start : start + CHUNK])


def _row(part: Stretch) -> Row:
    steps, numbers, epochs = _packed_steps(part.steps), part.values.tobytes(), part.epochs
    stride, ends = _stride(part.records), (part.steps[0], part.steps[-1])
    place = Place(*ends, len(part), part.records[0], stride, int(epochs is not None))
    blocks = _blocks_of(part)
    groups = [
        extremes.together(blocks[at : at + extremes.GROUP])
        for at in range(0, len(blocks), extremes.GROUP)
    ]
    return Row(
        *place,
        extremes.packed([extremes.together(groups)], place.sealed_with),
        checksum(steps, numbers),
        extremes.packed(groups, place.sealed_with),
        extremes.packed(blocks, place.sealed_with),
        None if stride else extremes.sealed(array("q", part.records).tobytes()),
        None if epochs is None else extremes.sealed(zlib.compress(epochs.tobytes(), 1)),
        steps,
        numbers,
    )


def are_narrow(first: int, last: int) -> bool:
    """Tell whether four bytes are enough for each of some steps, of the first and last of them."""
    return first in NARROW and last in NARROW


def _low_halves(steps: array[int]) -> memoryview:
    return memoryview(steps).cast("B").cast("i")[_LOW_HALF::2]


def _packed_steps(steps: array[int]) -> bytes:
    return (_low_halves(steps) if are_narrow(steps[0], steps[-1]) else steps).tobytes()


def _blocks_of(part: Stretch) -> list[extremes.Extremes]:
    return [
        extremes.of(part.steps, part.values, start, min(start + extremes.BLOCK, len(part)))
        for start in range(0, len(part), extremes.BLOCK)
    ]


def checksum(*parts: bytes) -> int:
    """Return a number that changes with any byte of the columns."""
    total = 1
    for part in parts:
        total = zlib.adler32(part, total)
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
    steps, values = points_of(following, sum(row.length for row in following))
    is_known = any(row.epochs is not None for row in following)
    epochs = all_epochs(following) if is_known else None
    return Stretch(steps, values, all_records(following), epochs)


def check(row: Row) -> None:
    """Make sure that the points of a chunk are as they were written.

    :raises DamagedError: if they are not.
    """
    size = (4 if are_narrow(row.first, row.last) else 8) * row.length
    is_whole = len(row.steps) == size and len(row.numbers) == 8 * row.length
    if not is_whole or checksum(row.steps, row.numbers) != row.checksum:
        raise DamagedError("a chunk of a curve is not as it was written")
    extremes.unsealed(row.whole, row.place.sealed_with)
    for column in (row.records, row.epochs):
        if column is not None:
            extremes.unsealed(column)


def records_in(place: Place, records: bytes | None) -> Records:
    """Return the numbers of the records of a chunk's points.

    :param records: Its column of that name.
    """
    if records is None:
        return range(place.record, place.record + place.stride * place.length, place.stride)
    return array("q", extremes.unsealed(records))


def epochs_in(epochs: bytes | None) -> array[float] | None:
    """Return the epochs of a chunk's points, None where none is known.

    :param epochs: Its column of that name.
    """
    return None if epochs is None else array("d", zlib.decompress(extremes.unsealed(epochs)))


def joined(earlier: Stretch, later: Stretch) -> Stretch:
    """Return two stretches as one, sorted; of a step the later one's point counts."""
    both = earlier + later
    steps = both.steps
    order = sorted(range(len(steps)), key=steps.__getitem__)  # stable: the later one comes last
    kept = [at for at, after in pairwise(order) if steps[at] != steps[after]]
    return both.picked(kept + order[-1:])


def points_of(rows: Iterable[Row], total: int) -> tuple[array[int], array[float]]:
    """Return the steps, in eight bytes each, and the values of chunks that follow each other.

    :param rows: They may come one by one, so that not all of them are in memory twice.
    :param total: How many points they have.
    :raises DamagedError: if they are not what was written.
    """
    steps = array("q", (0,)) * total
    wide, narrow = memoryview(steps), _low_halves(steps)

    def put(row: Row, start: int, end: int) -> None:
        if are_narrow(row.first, row.last):
            narrow[start:end] = memoryview(row.steps).cast("i")
        else:
            wide[start:end] = memoryview(row.steps).cast("q")

    return steps, _values_of(rows, total, put)


def narrow_points_of(rows: Iterable[Row], total: int) -> tuple[array[int], array[float]]:
    """Return what :func:`points_of` does, with the steps in four bytes each.

    :raises DamagedError: if they are not what was written, or do not fit.
    """
    steps = array("i", (0,)) * total
    into = memoryview(steps)

    def put(row: Row, start: int, end: int) -> None:
        into[start:end] = memoryview(row.steps).cast("i")

    return steps, _values_of(rows, total, put)


def _values_of(
    rows: Iterable[Row], total: int, put_steps: Callable[[Row, int, int], None]
) -> array[float]:
    values = array("d", (0.0,)) * total
    into = memoryview(values)
    end = 0
    for row in rows:
        check(row)
        start, end = end, end + row.length
        put_steps(row, start, end)
        into[start:end] = memoryview(row.numbers).cast("d")
    if end != total:
        raise DamagedError("a curve has not as many points as were written")
    return values


def all_records(rows: list[Row]) -> Records:
    """Return the numbers of the records of chunks that follow each other."""
    records: Records = range(0)
    for row in rows:
        records = followed(records, records_in(row.place, row.records))
    return records


def all_epochs(rows: Iterable[Row]) -> array[float]:
    """Return the epochs of chunks that follow each other, NaN where unknown."""
    epochs: array[float] = array("d")
    for row in rows:
        epochs.extend(epochs_in(row.epochs) or array("d", (nan,)) * row.length)
    return epochs
