"""Curves in the cache, put in and taken out: every function is a part of one transaction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple, cast

from fitlog_core.reading.cursor import Place
from fitlog_core.reading.index import chunks
from fitlog_core.reading.index.chunks import Row, Stretch
from fitlog_core.reading.index.database import DamagedError
from fitlog_core.reading.index.taken import Taken
from fitlog_core.reading.series import Extent

_COLUMNS = ", ".join(Row._fields)
_MARKS = ", ".join("?" * (1 + len(Row._fields)))


class StoredFile(NamedTuple):
    """How far a step file is in the cache."""

    place: Place = Place()
    records: int = 0
    skipped: int = 0


# --------------------------------------------------------------------- files


def stored_file(connection: sqlite3.Connection, run: str, kind: str) -> StoredFile:
    """Return how far a step file is in the cache; nothing of it where it is not."""
    found = connection.execute(
        "SELECT place, records, skipped FROM file WHERE run=? AND kind=?", (run, kind)
    ).fetchone()
    return StoredFile() if found is None else StoredFile(_place_of(found[0]), *found[1:])


def keep_file(connection: sqlite3.Connection, run: str, kind: str, file: StoredFile) -> None:
    """Note how far a step file is in the cache, and that its run is in use."""
    connection.execute(
        "INSERT OR REPLACE INTO file VALUES(?, ?, ?, ?, ?)",
        (run, kind, _as_text(file.place), file.records, file.skipped),
    )
    touch(connection, run)


def touch(connection: sqlite3.Connection, run: str) -> None:
    """Note that a run's curves are in use, so that others are given up before them."""
    connection.execute("INSERT OR REPLACE INTO used VALUES(?, ?)", (run, time.time()))


def _as_text(place: Place) -> str:
    identity, offset, head, end, *others = place
    return json.dumps([identity, offset, head.decode("latin-1"), end.decode("latin-1"), *others])


def _place_of(text: str) -> Place:
    identity, offset, head, end, *rest = json.loads(text)
    seen = None if identity is None else tuple(identity)
    return Place(seen, offset, head.encode("latin-1"), end.encode("latin-1"), *rest)


def forget_file(connection: sqlite3.Connection, run: str, kind: str) -> None:
    """Take everything that came from a step file out of the cache."""
    of_file = "series IN (SELECT id FROM series WHERE run=? AND kind=?)"
    for table in ("chunk", "text"):
        connection.execute(f"DELETE FROM {table} WHERE {of_file}", (run, kind))  # noqa: S608 - our own words
    for table in ("series", "stamp", "file"):
        connection.execute(f"DELETE FROM {table} WHERE run=? AND kind=?", (run, kind))  # noqa: S608 - our own words


# -------------------------------------------------------------------- in


def put(connection: sqlite3.Connection, run: str, kind: str, taken: Taken) -> None:
    """Add what was read from a step file."""
    for key, curve in taken.curves.items():
        series = _series_for(connection, run, kind, key)
        stretch, texts = curve.settled()
        if len(stretch):
            _put_points(connection, series, stretch)
            _drop_texts(connection, series, stretch.steps)
        for step, (text, record) in texts.items():
            _drop_point(connection, series, step)
            said = text.encode("utf-8", "surrogatepass")
            connection.execute(
                "INSERT OR REPLACE INTO text VALUES(?, ?, ?, ?, ?)",
                (series, step, said, record, _text_checksum(step, said, record)),
            )
    if taken.stamps.records:
        _put_stamps(connection, run, kind, taken.stamps.records, taken.stamps.times)


def _series_for(connection: sqlite3.Connection, run: str, kind: str, key: str) -> int:
    found = series_id(connection, run, key)
    if found is None:
        row = (run, kind, key.encode("utf-8", "surrogatepass"))
        cursor = connection.execute("INSERT INTO series(run, kind, key) VALUES(?, ?, ?)", row)
        found = cursor.lastrowid
    assert found is not None  # noqa: S101 - SQLite has just given it
    return found


def _put_points(connection: sqlite3.Connection, series: int, new: Stretch) -> None:
    """Add points, later than all that are there; those of the same steps are replaced."""
    near = list(_around(connection, series, new.steps[0], new.steps[-1]))
    if near and near[0].last < new.steps[0] and near[0].length >= chunks.CHUNK:
        del near[0]
    if near:
        stored = chunks.stretch_of(near)
        connection.execute(
            "DELETE FROM chunk WHERE series=? AND first BETWEEN ? AND ?",
            (series, near[0].first, near[-1].first),
        )
        follows = near[-1].last < new.steps[0]
        new = stored + new if follows else chunks.joined(stored, new)
    _insert(connection, series, new)


def _insert(connection: sqlite3.Connection, series: int, stretch: Stretch) -> None:
    connection.executemany(
        f"INSERT INTO chunk(series, {_COLUMNS}) VALUES({_MARKS})",
        ((series, *row) for row in chunks.rows_of(stretch)),
    )


def _around(connection: sqlite3.Connection, series: int, first: int, last: int) -> Iterator[Row]:
    """Return the chunks that may hold steps of a range: also the one that begins before it."""
    return rows(connection, series, chunk_before(connection, series, first), last)


def chunk_before(connection: sqlite3.Connection, series: int, step: int) -> int:
    """Return the first step of the chunk that begins at or before a step; else the step itself."""
    found = connection.execute(
        "SELECT max(first) FROM chunk WHERE series=? AND first<=?", (series, step)
    ).fetchone()[0]
    return step if found is None else int(found)


def _drop_texts(connection: sqlite3.Connection, series: int, steps: array[int]) -> None:
    stored = connection.execute(
        "SELECT step FROM text WHERE series=? AND step BETWEEN ? AND ?",
        (series, steps[0], steps[-1]),
    ).fetchall()
    gone = [(series, step) for (step,) in stored if _has(steps, step)]
    connection.executemany("DELETE FROM text WHERE series=? AND step=?", gone)


def _drop_point(connection: sqlite3.Connection, series: int, step: int) -> None:
    row = next(iter(list(_around(connection, series, step, step))), None)
    stretch = chunks.stretch_of([] if row is None else [row])
    if row is None or not _has(stretch.steps, step):
        return
    at = bisect_left(stretch.steps, step)
    connection.execute("DELETE FROM chunk WHERE series=? AND first=?", (series, row.first))
    for part in (stretch[:at], stretch[at + 1 :]):
        _insert(connection, series, part)


def _has(steps: array[int], step: int) -> bool:
    at = bisect_left(steps, step)
    return at < len(steps) and steps[at] == step


def _put_stamps(
    connection: sqlite3.Connection, run: str, kind: str, records: array[int], times: array[float]
) -> None:
    last = connection.execute(
        "SELECT first, records, times FROM stamp WHERE run=? AND kind=?"
        " ORDER BY first DESC LIMIT 1",
        (run, kind),
    ).fetchone()
    if last is not None and len(last[1]) < 8 * chunks.CHUNK:
        connection.execute(
            "DELETE FROM stamp WHERE run=? AND kind=? AND first=?", (run, kind, last[0])
        )
        records, times = array("q", last[1]) + records, array("d", last[2]) + times
    for start in range(0, len(records), chunks.CHUNK):
        part, of_part = records[start : start + chunks.CHUNK], times[start : start + chunks.CHUNK]
        connection.execute(
            "INSERT INTO stamp VALUES(?, ?, ?, ?, ?, ?, ?)",
            (run, kind, part[0], part[-1], *_stamp_columns(part, of_part)),
        )


def _stamp_columns(records: array[int], times: array[float]) -> tuple[bytes, bytes, int]:
    columns = records.tobytes(), times.tobytes()
    return *columns, chunks.checksum(*columns)


def _text_checksum(step: int, text: bytes, record: int) -> int:
    return chunks.checksum(b"%d %d " % (step, record), text)


# ------------------------------------------------------------------------ out


def keys(connection: sqlite3.Connection, run: str) -> dict[str, tuple[int, str]]:
    """Return the run's curves: number in the cache and file by column key, losses first."""
    found = connection.execute(
        "SELECT key, id, kind FROM series WHERE run=? ORDER BY kind, id", (run,)
    )
    return {key.decode("utf-8", "surrogatepass"): (number, kind) for key, number, kind in found}


def series_id(connection: sqlite3.Connection, run: str, key: str) -> int | None:
    """Return a curve's number in the cache, None where it is not there."""
    found = connection.execute(
        "SELECT id FROM series WHERE run=? AND kind=? AND key=?",
        (run, kind_of(key), key.encode("utf-8", "surrogatepass")),
    ).fetchone()
    return None if found is None else int(found[0])


def kind_of(key: str) -> str:
    """Return which step file a curve comes from: its column key begins with it."""
    return key.partition("-")[0]


def rows(
    connection: sqlite3.Connection, series: int, first: int = 0, last: int = 2**63 - 1
) -> Iterator[Row]:
    """Yield the chunks that begin in a range of steps, in their order."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM chunk WHERE series=? AND first BETWEEN ? AND ? ORDER BY first",  # noqa: S608 - our own words
        (series, first, last),
    )
    return map(Row._make, found)


def ends(connection: sqlite3.Connection, series: int) -> tuple[int, int, int]:
    """Return the first and the last step of a curve, and how many points it has."""
    return cast(
        "tuple[int, int, int]",
        connection.execute(
            "SELECT coalesce(min(first), 0), coalesce(max(last), 0), coalesce(sum(length), 0)"
            " FROM chunk WHERE series=?",
            (series,),
        ).fetchone(),
    )


def extents(connection: sqlite3.Connection, run: str, key: str) -> list[Extent]:
    """Return the chunks of a curve without their points; none if it is not there."""
    series, kind = series_id(connection, run, key), kind_of(key)
    stamped = connection.execute(
        "SELECT max(last) FROM stamp WHERE run=? AND kind=?", (run, kind)
    ).fetchone()[0]
    open_end = stored_file(connection, run, kind).records
    found = connection.execute(
        "SELECT first, last, length, checksum, record, stride, has_epochs,"
        " CASE stride WHEN 0 THEN records END FROM chunk WHERE series=? ORDER BY first",
        (series,),
    )
    told = []
    for first, last, length, checksum, *place, records in found:
        numbers = chunks.records_in(chunks.Place(first, last, length, *place), records)
        latest = numbers[-1] if isinstance(numbers, range) else max(numbers)
        # After the last record that tells the time, times change with the next one that does;
        # before the first one they are unknown for good.
        is_timed = stamped is None or latest <= stamped
        # A point that is logged again has another record: that, not the checksum alone, tells.
        digest = hashlib.blake2b(records or b"", digest_size=16).digest()
        seal = (series, *place, checksum, digest, None if is_timed else open_end)
        told.append(Extent(first, last, length, seal))
    return told


def texts(connection: sqlite3.Connection, series: int) -> dict[int, str]:
    """Return by step what is no number.

    :raises DamagedError: if it is not what was written.
    """
    found = connection.execute(
        "SELECT step, text, record, checksum FROM text WHERE series=? ORDER BY record", (series,)
    )
    told: dict[int, str] = {}
    for step, text, record, checksum in found:
        if _text_checksum(step, text, record) != checksum:
            raise DamagedError("a text of a curve is not as it was written")
        told[step] = text.decode("utf-8", "surrogatepass")
    return told


def stamps(
    connection: sqlite3.Connection, run: str, kind: str, first: int = 0, last: int = 2**63 - 1
) -> tuple[array[int], array[float]]:
    """Return the stamps that tell when the records of a range were written.

    :return: Numbers of records and times (epoch seconds), with one more on each side of the range
        where there is one.
    :raises DamagedError: if they are not what was written.
    """
    low = connection.execute(
        "SELECT max(first) FROM stamp WHERE run=? AND kind=? AND first<?", (run, kind, first)
    ).fetchone()[0]
    high = connection.execute(
        "SELECT min(last) FROM stamp WHERE run=? AND kind=? AND last>=?", (run, kind, last)
    ).fetchone()[0]
    numbers, times = array("q"), array("d")
    for part in connection.execute(
        "SELECT records, times, checksum FROM stamp"
        " WHERE run=? AND kind=? AND first>=? AND last<=?"
        " ORDER BY first",
        (run, kind, 0 if low is None else low, 2**63 - 1 if high is None else high),
    ):
        if chunks.checksum(*part[:2]) != part[2]:
            raise DamagedError("the times of a curve are not as they were written")
        numbers.frombytes(part[0])
        times.frombytes(part[1])
    return numbers, times
