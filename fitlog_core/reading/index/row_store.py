"""Rows in the cache, put in and taken out: every function is a part of one transaction."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Collection, Iterable
from typing import NamedTuple

import orjson

from fitlog_core.reading.index.database import DamagedError
from fitlog_core.reading.row import Row, Shape
from fitlog_core.reading.state import Signs


class StoredRow(NamedTuple):
    """A run as it was when its files were read.

    :param seen: What tells whether its files are still the same.
    :param settles_at: When all its files are to be compared once more (epoch seconds), if they are.
    :param signs: What its state is to be judged by; None where the run itself said it is over.
    """

    row: Row
    seen: str
    settles_at: float | None
    signs: Signs | None


def rows(connection: sqlite3.Connection) -> dict[str, StoredRow]:
    """Return all rows by id."""
    shapes = {
        number: Shape(map(tuple, json.loads(columns)))
        for number, columns in connection.execute("SELECT id, columns FROM shape")
    }
    found = connection.execute("SELECT name, shape, is_quick, facts, checksum FROM run")
    return {
        name: _row(name, shapes[shape], bool(is_quick), facts, checksum)
        for name, shape, is_quick, facts, checksum in found
    }


def _row(name: str, shape: Shape, is_plain: bool, facts: bytes, checksum: int) -> StoredRow:
    if not isinstance(facts, bytes) or zlib.crc32(facts) != checksum:
        raise DamagedError(f"the row of {name} is not as it was written")
    said = orjson.loads(facts) if is_plain else json.loads(facts)
    state, last_step, total_steps, skipped, seen, settles_at, signs, cells = said
    row = Row(name, state, shape, tuple(cells), last_step, total_steps, skipped, is_plain)
    if signs is None:
        return StoredRow(row, seen, settles_at, None)
    judged = Signs(*signs)
    row.written = judged.last_record
    return StoredRow(row, seen, settles_at, judged)


def keep(connection: sqlite3.Connection, stored: Collection[StoredRow]) -> None:
    """Put rows in, or in the place of earlier ones."""
    shapes: dict[Shape, int] = {}
    for row, *_ in stored:
        if row.shape not in shapes:
            shapes[row.shape] = _number_of(connection, row.shape)
    connection.executemany(
        "INSERT OR REPLACE INTO run VALUES(?, ?, ?, ?, ?)",
        ((each.row.id, shapes[each.row.shape], *_packed(each)) for each in stored),
    )


def _number_of(connection: sqlite3.Connection, shape: Shape) -> int:
    columns = json.dumps(shape.paths).encode("ascii")
    connection.execute("INSERT OR IGNORE INTO shape(columns) VALUES(?)", (columns,))
    found = connection.execute("SELECT id FROM shape WHERE columns=?", (columns,)).fetchone()
    return int(found[0])


def forget(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Take the rows of runs that are gone out."""
    connection.executemany("DELETE FROM run WHERE name=?", [(run_id,) for run_id in ids])


def _packed(stored: StoredRow) -> tuple[bool, bytes, int]:
    """Return a row as JSON: whether orjson can read it, the text, its checksum.

    orjson writes NaN as null and refuses integers over 64 bits and halves of surrogate pairs.
    """
    row, seen, settles_at, signs = stored
    progress = (row.last_step, row.total_steps, row.skipped)
    facts = [row.state, *progress, seen, settles_at, signs, row.cells]
    is_quick, text = row.is_plain, b""
    if is_quick:
        try:
            text = orjson.dumps(facts)
        except TypeError:
            is_quick = False
    if not is_quick:
        text = json.dumps(facts).encode("ascii")
    return is_quick, text, zlib.crc32(text)
