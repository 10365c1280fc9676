"""The curves of one run, by way of the cache: only what is new is read from its files."""

from __future__ import annotations

import sqlite3
import threading
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from fitlog_core import log_format
from fitlog_core.reading import records
from fitlog_core.reading.cursor import Change, Place, Tail
from fitlog_core.reading.index import chunks, curve_store, upkeep, zoom
from fitlog_core.reading.index.curve_store import StoredFile
from fitlog_core.reading.index.database import Database
from fitlog_core.reading.index.taken import Taken
from fitlog_core.reading.series import Extent, Part, Series
from fitlog_core.reading.times import times_of

_T = TypeVar("_T")

FLUSH = 1 << 24  # bytes of text whose points go into the cache together
TRIES = 100  # times another process may come in between


class IndexedCurves:
    """The series of a run, kept in the cache; safe to use from several threads and processes."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._run = folder.name
        self._database = database
        self._lock = threading.Lock()
        self._is_in_use = False
        self._files = [
            _CurveFile(folder / f"{kind}.log", self._run, kind, database)
            for kind in log_format.STEP_FILES
        ]

    def refresh(self) -> None:
        """Take in what was appended since, or everything anew where a file was replaced."""
        with self._lock:
            for file in self._files:
                file.refresh()

    @property
    def skipped(self) -> int:
        """Return how many lines were passed over because they are not valid."""
        return sum([file.skipped for file in self._files])

    def names(self) -> list[str]:
        """Return the column keys of the curves, up to date, losses first."""
        return list(self._up_to_date(lambda connection: curve_store.keys(connection, self._run)))

    def series(self) -> dict[str, Series]:
        """Return every curve by its column key, up to date."""
        return self._up_to_date(self._all)

    def part(
        self, key: str, points: int | None = None, first: int | None = None, last: int | None = None
    ) -> Part | None:
        """Return a stretch of one curve, thinned, up to date.

        :param points: As for :func:`fitlog_core.reading.series.part_of`, which says what the
            others are, too.
        :return: None if there is no such curve.
        """

        def work(connection: sqlite3.Connection) -> Part | None:
            number = curve_store.series_id(connection, self._run, key)
            if number is None:
                return None
            kind = curve_store.kind_of(key)
            stored = zoom.StoredCurve(connection, self._run, kind, number)
            return zoom.part(stored, points, first, last)

        return self._up_to_date(work)

    def extents(self, key: str) -> list[Extent]:
        """Return the stretches that one curve is kept in, up to date; none if it is not there."""
        return self._up_to_date(lambda connection: curve_store.extents(connection, self._run, key))

    def _up_to_date(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Read what is new, then what is asked for; again where another took it away meanwhile."""

        def if_unchanged(connection: sqlite3.Connection) -> tuple[_T] | None:
            unchanged = all(file.is_as_left(connection) for file in self._files)
            return (work(connection),) if unchanged else None

        self._note_use()
        for _ in range(TRIES):
            self.refresh()
            found = self._database.read(if_unchanged)
            if found is not None:
                return found[0]
        return self._database.read(work)

    def _note_use(self) -> None:
        """Note once that the curves are looked at, so that others are given up before them."""
        if not self._is_in_use:
            self._is_in_use = True
            self._database.write(lambda connection: curve_store.touch(connection, self._run))

    def _all(self, connection: sqlite3.Connection) -> dict[str, Series]:
        found = curve_store.keys(connection, self._run)
        stamps = {
            kind: curve_store.stamps(connection, self._run, kind) for kind in log_format.STEP_FILES
        }
        return {
            key: _series(connection, number, *stamps[kind]) for key, (number, kind) in found.items()
        }


def _series(
    connection: sqlite3.Connection, number: int, numbers: array[int], times: array[float]
) -> Series:
    light: list[chunks.Row] = []

    def rows() -> Iterator[chunks.Row]:
        for row in curve_store.rows(connection, number):
            light.append(row._replace(steps=b"", numbers=b""))
            yield row

    first, last, total = curve_store.ends(connection, number)
    is_narrow = chunks.are_narrow(first, last)
    steps, values = (chunks.narrow_points_of if is_narrow else chunks.points_of)(rows(), total)
    return Series(
        steps,
        values,
        epochs=lambda: chunks.all_epochs(light),
        times=lambda: times_of(chunks.all_records(light), numbers, times),
        texts=curve_store.texts(connection, number),
    )


class _CurveFile:
    """One step file on its way into the cache."""

    def __init__(self, path: Path, run: str, kind: str, database: Database) -> None:
        self._path = path
        self._run = run
        self._kind = kind
        self._database = database
        self._left = StoredFile()
        self.skipped = 0

    def is_as_left(self, connection: sqlite3.Connection) -> bool:
        """Tell whether the cache holds of the file what the last refresh saw to."""
        return curve_store.stored_file(connection, self._run, self._kind) == self._left

    def refresh(self) -> None:
        for _ in range(TRIES):
            stored = self._database.read(
                lambda connection: curve_store.stored_file(connection, self._run, self._kind)
            )
            if self._take_up(stored):
                return

    def _take_up(self, stored: StoredFile) -> bool:
        """Bring the cache up to date; False if another process came in between."""
        tail = Tail(self._path)
        tail.place = stored.place
        change = tail.check()
        self.skipped = stored.skipped + stored.place.dropped
        if change is Change.SAME:
            self._left = stored
            return True
        if change is Change.REPLACED:
            after = StoredFile(tail.place_on_the_way)
            if not self._write(stored, after, None):
                return False
            stored = after
        return self._append(stored, tail)

    def _append(self, stored: StoredFile, tail: Tail) -> bool:
        taken = Taken(stored.records)
        begun = tail.offset
        for text in tail.blocks():
            taken.add(records.parse(text, self._kind, taken.records))
            if tail.offset - begun >= FLUSH:
                after = self._after(stored, taken, tail.place_on_the_way)
                if not self._write(stored, after, taken):
                    return False
                stored, taken, begun = after, Taken(after.records), tail.offset
        return self._write(stored, self._after(stored, taken, tail.place), taken)

    def _after(self, stored: StoredFile, taken: Taken, place: Place) -> StoredFile:
        self.skipped = stored.skipped + taken.skipped + place.dropped
        return StoredFile(place, taken.records, stored.skipped + taken.skipped)

    def _write(self, before: StoredFile, after: StoredFile, taken: Taken | None) -> bool:
        """Put in what was read, if the cache still is where the reading began.

        :param taken: None where the file was replaced, and all that came from it goes.
        """

        def work(connection: sqlite3.Connection) -> bool:
            if curve_store.stored_file(connection, self._run, self._kind) != before:
                return False
            if taken is None:
                curve_store.forget_file(connection, self._run, self._kind)
            else:
                curve_store.put(connection, self._run, self._kind, taken)
            curve_store.keep_file(connection, self._run, self._kind, after)
            upkeep.trim(connection, self._run)
            return True

        is_written = self._database.write(work)
        if is_written:
            self._left = after
        return is_written
