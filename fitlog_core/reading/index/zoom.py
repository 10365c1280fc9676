"""A stretch of a long curve in few points, from the summaries of its chunks: no whole reading.

The stretch is divided into pieces, whole chunks or blocks of them, whose extremes are known. What
is read of the points themselves are the chunks at its two ends and those that the chosen points
lie in, hence no more than so many chunks, however long the curve is.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import nan
from typing import NamedTuple, TypeVar

from fitlog_core.reading.collector import times_of
from fitlog_core.reading.index import chunks, curve_store
from fitlog_core.reading.index.chunks import NOWHERE, Extremes, Records, Row
from fitlog_core.reading.series import (
    STRETCHES,
    Mark,
    Part,
    Series,
    buckets,
    kind_of,
    part_of,
    points_a_bucket,
    texts_between,
)

FAR_APART = 8 * chunks.CHUNK  # records whose stamps are read together
READ_WHOLE = 8 * chunks.CHUNK  # points up to which a stretch is read as it is

_T = TypeVar("_T", int, float)

# Of a whole chunk: its first step, how many points it has, its summary.
Head = tuple[int, int, int, bytes]


class StoredCurve(NamedTuple):
    """One curve in the cache, within a transaction."""

    connection: sqlite3.Connection
    run: str
    kind: str
    number: int

    def heads(self, first: int | None, last: int | None) -> list[Head]:
        """Return first step, last step, count and summary of the chunks that touch a range."""
        low = 0 if first is None else curve_store.chunk_before(self.connection, self.number, first)
        high = 2**63 - 1 if last is None else last
        found = self.connection.execute(
            "SELECT first, last, length, summary FROM chunk"
            " WHERE series=? AND first BETWEEN ? AND ? ORDER BY first",
            (self.number, low, high),
        )
        return [head for head in found if first is None or head[1] >= first]

    def row(self, first: int) -> Row:
        """Return the chunk that begins with a step."""
        row = next(iter(list(curve_store.rows(self.connection, self.number, first, first))))
        chunks.check(row)
        return row

    def series(self, heads: list[Head]) -> Series:
        """Return all points of chunks that follow each other."""
        if not heads:
            return Series()
        rows = curve_store.rows(self.connection, self.number, heads[0][0], heads[-1][0])
        stretch = chunks.stretch_of(rows)
        times = self.times(stretch.records)
        return Series(stretch.steps, stretch.values, chunks.known_epochs(stretch), times)

    def times(self, records: Records) -> array[float]:
        """Return when records were written (epoch seconds), NaN where unknown."""
        found: array[float] = array("d")
        for start, stop in _runs_within(records, FAR_APART):
            part = records[start:stop]
            low, high = min(part), max(part)
            stamps = curve_store.stamps(self.connection, self.run, self.kind, low, high)
            found.extend(times_of(part, *stamps))
        return found


def _runs_within(numbers: Records, distance: int) -> Iterator[tuple[int, int]]:
    """Divide numbers into parts ``[start, stop)`` that lie within a distance of each first one."""
    start = 0
    for at, number in enumerate(numbers):
        if abs(number - numbers[start]) > distance:
            yield start, at
            start = at
    if numbers:
        yield start, len(numbers)


class Piece(NamedTuple):
    """Points ``[start, stop)`` of the chunk that begins with the step ``chunk``."""

    chunk: int
    start: int
    stop: int
    extremes: Extremes


def part(
    curve: StoredCurve, points: int | None, first: int | None = None, last: int | None = None
) -> Part:
    """Return a stretch of a curve; see :func:`fitlog_core.reading.series.part_of`."""
    heads = curve.heads(first, last)
    if points is None or sum(head[2] for head in heads) <= max(points, READ_WHOLE):
        series = curve.series(heads)
        series.texts.update(curve_store.texts(curve.connection, curve.number))
        return part_of(series, points, first, last)
    per_bucket = points_a_bucket(any(chunks.whole_entry(head[3]).bad for head in heads))
    wanted = max(points // per_bucket, 1)
    pieces = list(_pieces(curve, heads, first, last, coarse=len(heads) >= 4 * wanted))
    kept = _kept(pieces, wanted)
    thinned = _series_at(curve, kept)
    texts = curve_store.texts(curve.connection, curve.number)
    thinned.texts.update(texts_between(texts, first, last))
    total = sum(piece.stop - piece.start for piece in pieces)
    return Part(thinned, total, _marks(curve, pieces))


def _pieces(
    curve: StoredCurve, heads: list[Head], first: int | None, last: int | None, coarse: bool
) -> Iterator[Piece]:
    """Yield the pieces of a stretch: whole chunks if ``coarse``, else blocks, cut at the ends."""
    for chunk, end, count, summary in heads:
        start, stop, values = 0, count, None
        if (first is not None and chunk < first) or (last is not None and end > last):
            row = curve.row(chunk)
            steps, values = array("q", row.steps), array("d", row.numbers)
            start = 0 if first is None else bisect_left(steps, first)
            stop = count if last is None else bisect_right(steps, last)
        if coarse and stop - start == count:
            yield Piece(chunk, 0, count, chunks.whole_entry(summary))
        else:
            yield from _blocks(chunk, count, summary, start, stop, values)


def _blocks(
    chunk: int, count: int, summary: bytes, start: int, stop: int, values: array[float] | None
) -> Iterator[Piece]:
    for at, entry in enumerate(chunks.entries(summary)[:-1]):
        low, high = max(at * chunks.BLOCK, start), min((at + 1) * chunks.BLOCK, stop)
        if low >= high:
            continue
        is_whole = high - low == min(chunks.BLOCK, count - at * chunks.BLOCK)
        cut = entry if is_whole or values is None else chunks.extremes(values, low, high)
        yield Piece(chunk, low, high, cut)


def _kept(pieces: list[Piece], wanted: int) -> dict[int, list[int]]:
    """Return which points stand out in each bucket of pieces: their places, by chunk."""
    kept: dict[int, set[int]] = {}

    def keep(piece: Piece, at: int) -> None:
        if at != NOWHERE:
            kept.setdefault(piece.chunk, set()).add(at)

    for start, stop in buckets(0, len(pieces), wanted):
        bucket = pieces[start:stop]
        keep(bucket[0], bucket[0].start)
        keep(bucket[-1], bucket[-1].stop - 1)
        lowest = min(bucket, key=lambda piece: piece.extremes.low)
        highest = max(bucket, key=lambda piece: piece.extremes.high)
        keep(lowest, lowest.extremes.low_at)
        keep(highest, highest.extremes.high_at)
        bad = next((piece for piece in bucket if piece.extremes.bad), None)
        if bad is not None:
            keep(bad, bad.extremes.bad_at)
    return {chunk: sorted(places) for chunk, places in sorted(kept.items())}


def _series_at(curve: StoredCurve, kept: dict[int, list[int]]) -> Series:
    steps, values, epochs = array("q"), array("d"), array("d")
    records: array[int] = array("q")
    for chunk, places in kept.items():
        row = curve.row(chunk)
        of_chunk = chunks.epochs_of(row)
        steps.extend(_at(memoryview(row.steps).cast("q"), places))
        values.extend(_at(memoryview(row.numbers).cast("d"), places))
        epochs.extend((nan,) * len(places) if of_chunk is None else _at(of_chunk, places))
        records.extend(_records_at(row, places))
    return Series(steps, values, epochs, curve.times(records))


def _at(column: Sequence[_T], places: list[int]) -> Iterator[_T]:
    return map(column.__getitem__, places)


def _records_at(row: Row, places: list[int]) -> Iterable[int]:
    if row.records is None:
        return (row.record + row.stride * at for at in places)
    return map(memoryview(row.records).cast("q").__getitem__, places)


_KINDS: dict[str, Callable[[Extremes], int]] = {
    "nan": lambda entry: entry.nans,
    "inf": lambda entry: entry.infs,
    "-inf": lambda entry: entry.negatives,
}


def _marks(curve: StoredCurve, pieces: list[Piece]) -> list[Mark]:
    """Return where the stretch is not finite, with counts; see ``series.marks``."""
    if not any(piece.extremes.bad for piece in pieces):
        return []
    found: list[Mark] = []
    for start, stop in buckets(0, len(pieces), min(STRETCHES, len(pieces))):
        marks = [
            mark
            for kind, count in _KINDS.items()
            if (mark := _mark(curve, pieces[start:stop], kind, count)) is not None
        ]
        found.extend(sorted(marks))
    return found


def _mark(
    curve: StoredCurve, pieces: list[Piece], kind: str, count: Callable[[Extremes], int]
) -> Mark | None:
    with_it = [piece for piece in pieces if count(piece.extremes)]
    if not with_it:
        return None
    piece = with_it[0]
    row = curve.row(piece.chunk)
    values = memoryview(row.numbers).cast("d")
    at = next(at for at in range(piece.start, piece.stop) if kind_of(values[at]) == kind)
    return Mark(
        memoryview(row.steps).cast("q")[at], kind, sum(count(each.extremes) for each in with_it)
    )
