"""A stretch of a long curve in few points, from the extremes of its parts: no whole reading.

The stretch is divided into pieces whose extremes are kept: whole chunks, groups of blocks, or
blocks, whichever are few and still more than the points asked for. The extremes hold steps and
values themselves; of the points no more is read than the chunks at the two ends.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from math import nan
from typing import NamedTuple

from fitlog_core.reading.index import chunks, curve_store, extremes
from fitlog_core.reading.index.chunks import Place, Records
from fitlog_core.reading.index.extremes import Extremes, Point
from fitlog_core.reading.series import (
    STRETCHES,
    Mark,
    Part,
    Series,
    buckets,
    kept,
    kind_of,
    marks,
    points_a_bucket,
    texts_between,
)
from fitlog_core.reading.times import Times, times_of

FAR_APART = 8 * chunks.CHUNK  # records whose stamps are read together
READ_WHOLE = 2 * chunks.CHUNK  # points up to which a stretch is read as it is
ENOUGH = 2  # pieces for each bucket of points


class Head(NamedTuple):
    """A chunk without its points."""

    place: Place
    whole: bytes

    @property
    def extremes(self) -> Extremes:
        """What stands out among all its points."""
        length = self.place.length
        return extremes.unpacked(self.whole, length, length, self.place.sealed_with)[0]


class Piece(NamedTuple):
    """A part of a chunk, or all of it, and what stands out there."""

    place: Place
    extremes: Extremes


class StoredCurve(NamedTuple):
    """One curve in the cache, within a transaction."""

    connection: sqlite3.Connection
    run: str
    kind: str
    number: int

    def heads(self, first: int | None, last: int | None) -> list[Head]:
        """Return the chunks that touch a range of steps, from the index of their table alone."""
        low = 0 if first is None else curve_store.chunk_before(self.connection, self.number, first)
        found = self.connection.execute(
            "SELECT first, last, length, record, stride, has_epochs, whole FROM chunk"
            " WHERE series=? AND first BETWEEN ? AND ? ORDER BY first",
            (self.number, low, 2**63 - 1 if last is None else last),
        )
        heads = [Head(Place(*place), whole) for *place, whole in found]
        return [head for head in heads if first is None or head.place.last >= first]

    def column(self, name: str, place: Place) -> bytes | None:
        """Return one column of a chunk."""
        found = self.connection.execute(
            f"SELECT {name} FROM chunk WHERE series=? AND first=?",  # noqa: S608 - our own words
            (self.number, place.first),
        ).fetchone()
        column: bytes | None = found[0]
        return column

    def points(self, heads: list[Head]) -> chunks.Stretch:
        """Return all points of chunks that follow each other."""
        if not heads:
            return chunks.stretch_of([])
        ends = heads[0].place.first, heads[-1].place.first
        return chunks.stretch_of(curve_store.rows(self.connection, self.number, *ends))

    def times(self, records: Records) -> array[float]:
        """Return when records were written (epoch seconds), NaN where unknown."""
        found: array[float] = array("d")
        for start, stop in _runs_within(records, FAR_APART):
            part = records[start:stop]
            low, high = min(part), max(part)
            stamps = curve_store.stamps(self.connection, self.run, self.kind, low, high)
            found.extend(times_of(part, *stamps))
        return found

    def times_later(self, records: Records) -> Times:
        """Return what tells when records that lie near each other were written."""
        if not records:
            return Times(records, array("q"), array("d"))
        ends = min(records), max(records)
        stamps = curve_store.stamps(self.connection, self.run, self.kind, *ends)
        return Times(records, *stamps)

    def texts(self, first: int | None, last: int | None) -> dict[int, str]:
        """Return by step what is no number."""
        return texts_between(curve_store.texts(self.connection, self.number), first, last)


def _runs_within(numbers: Records, distance: int) -> Iterator[tuple[int, int]]:
    """Divide numbers into parts ``[start, stop)`` that lie within a distance of each first one."""
    start = 0
    for at, number in enumerate(numbers):
        if abs(number - numbers[start]) > distance:
            yield start, at
            start = at
    if numbers:
        yield start, len(numbers)


def part(
    curve: StoredCurve, points: int | None, first: int | None = None, last: int | None = None
) -> Part:
    """Return a stretch of a curve; see :func:`fitlog_core.reading.series.part_of`."""
    heads = curve.heads(first, last)
    if points is None or sum(head.place.length for head in heads) <= max(points, READ_WHOLE):
        return _read(curve, heads, points, first, last)
    wanted = max(points // points_a_bucket(_has_gaps(heads)), 1)
    pieces = list(_pieces(curve, heads, first, last, ENOUGH * wanted))
    thinned = _series_at(curve, _kept(pieces, wanted), curve.texts(first, last))
    return Part(thinned, sum(piece.extremes.points for piece in pieces), _marks(curve, pieces))


def _read(
    curve: StoredCurve, heads: list[Head], points: int | None, first: int | None, last: int | None
) -> Part:
    """Return a stretch by way of all its points; times are told for those alone that are kept."""
    stretch = curve.points(heads)
    series = Series(stretch.steps, stretch.values)
    low, high = series.span(first, last)
    chosen = range(low, high) if points is None else kept(series, points, first, last)
    shown = stretch[low:high] if isinstance(chosen, range) else stretch.picked(list(chosen))
    epochs = chunks.known_epochs(shown)
    # Who wants all points seldom wants the time of each; and it takes longer than all the rest.
    times = curve.times_later(shown.records) if points is None else curve.times(shown.records)
    found = Series(shown.steps, shown.values, epochs, times, curve.texts(first, last))
    return Part(found, high - low, marks(series, first=first, last=last))


def _has_gaps(heads: list[Head]) -> bool:
    return not all(head.extremes.is_finite for head in heads)


def _pieces(
    curve: StoredCurve, heads: list[Head], first: int | None, last: int | None, enough: int
) -> Iterator[Piece]:
    """Yield the pieces of a stretch: as large as leaves enough of them, cut at the two ends."""
    groups = chunks.CHUNK // (extremes.BLOCK * extremes.GROUP)
    for head in heads:
        place = head.place
        if (first is not None and place.first < first) or (last is not None and place.last > last):
            yield from _cut(curve, place, first, last)
        elif len(heads) >= enough:
            yield Piece(place, head.extremes)
        elif groups * len(heads) >= enough:
            yield from _parts(curve, place, "groups", extremes.BLOCK * extremes.GROUP)
        else:
            yield from _parts(curve, place, "blocks", extremes.BLOCK)


def _parts(curve: StoredCurve, place: Place, column: str, size: int) -> Iterator[Piece]:
    text = curve.column(column, place) or b""
    for entry in extremes.unpacked(text, size, place.length, place.sealed_with):
        yield Piece(place, entry)


def _cut(curve: StoredCurve, place: Place, first: int | None, last: int | None) -> Iterator[Piece]:
    """Yield the pieces of a chunk that lies in the stretch with a part of its points only."""
    rows = curve_store.rows(curve.connection, curve.number, place.first, place.first)
    steps, values = chunks.points_of(rows, place.length)
    start = 0 if first is None else bisect_left(steps, first)
    stop = len(steps) if last is None else bisect_right(steps, last)
    for low in range(start, stop, extremes.BLOCK):
        cut = extremes.of(steps, values, low, min(low + extremes.BLOCK, stop))
        yield Piece(place, cut)


# ------------------------------------------------------------------ the points


def _kept(pieces: list[Piece], wanted: int) -> dict[Place, list[Point]]:
    """Return the points that stand out in each bucket of pieces, by chunk and in order."""
    found: dict[Place, set[Point]] = {}

    def keep(piece: Piece, point: Point) -> None:
        if point.at != extremes.NOWHERE:
            found.setdefault(piece.place, set()).add(point)

    for start, stop in buckets(0, len(pieces), wanted):
        bucket = pieces[start:stop]
        keep(bucket[0], bucket[0].extremes.first)
        keep(bucket[-1], bucket[-1].extremes.last)
        lowest = min(bucket, key=lambda piece: piece.extremes.low.value)
        highest = max(bucket, key=lambda piece: piece.extremes.high.value)
        keep(lowest, lowest.extremes.low)
        keep(highest, highest.extremes.high)
        bad = next((piece for piece in bucket if not piece.extremes.is_finite), None)
        if bad is not None:
            keep(bad, bad.extremes.bad)
    return {place: _in_order(found[place]) for place in sorted(found)}


def _in_order(points: set[Point]) -> list[Point]:
    """Return points by place; NaN is unequal to itself, so that one may be there twice."""
    return [point for _, point in sorted({point.at: point for point in points}.items())]


def _series_at(
    curve: StoredCurve, points: dict[Place, list[Point]], texts: dict[int, str]
) -> Series:
    records: array[int] = array("q")
    epochs: array[float] = array("d")
    for place, of_chunk in points.items():
        places = [point.at for point in of_chunk]
        numbers = None if place.stride else curve.column("records", place)
        records.extend(map(chunks.records_in(place, numbers).__getitem__, places))
        known = chunks.epochs_in(curve.column("epochs", place) if place.has_epochs else None)
        epochs.extend((nan,) * len(places) if known is None else map(known.__getitem__, places))
    everything = [point for of_chunk in points.values() for point in of_chunk]
    return Series(
        array("q", [point.step for point in everything]),
        array("d", [point.value for point in everything]),
        epochs,
        curve.times(records),
        texts,
    )


# ------------------------------------------------------------------- the gaps

_KINDS: dict[str, Callable[[Extremes], int]] = {
    "nan": lambda entry: entry.nans,
    "inf": lambda entry: entry.infs,
    "-inf": lambda entry: entry.negatives,
}


def _marks(curve: StoredCurve, pieces: list[Piece]) -> list[Mark]:
    """Return where the stretch is not finite, with counts; see ``series.marks``."""
    found: list[Mark] = []
    for start, stop in buckets(0, len(pieces), min(STRETCHES, len(pieces))):
        with_gaps = [piece for piece in pieces[start:stop] if not piece.extremes.is_finite]
        found.extend(sorted(_marks_of(curve, with_gaps)))
    return found


def _marks_of(curve: StoredCurve, pieces: list[Piece]) -> Iterator[Mark]:
    for kind, count in _KINDS.items():
        with_it = [piece for piece in pieces if count(piece.extremes)]
        if with_it:
            total = sum(count(piece.extremes) for piece in with_it)
            yield Mark(_first_step(curve, with_it[0], kind), kind, total)


def _first_step(curve: StoredCurve, piece: Piece, kind: str) -> int:
    """Return the step of a piece's first value of a kind."""
    bad = piece.extremes.bad
    if kind_of(bad.value) == kind:
        return bad.step
    rows = curve_store.rows(curve.connection, curve.number, piece.place.first, piece.place.first)
    steps, values = chunks.points_of(rows, piece.place.length)
    places = range(bad.at + 1, piece.extremes.last.at + 1)
    return steps[next(at for at in places if kind_of(values[at]) == kind)]
