"""Rows in the cache, put in and taken out: every function is a part of one transaction."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from fitlog_core.reading.index.database import DamagedError
from fitlog_core.reading.row import Row, Shape
from fitlog_core.reading.state import Signs

_EXACT, _QUICK = b"e", b"q"


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
    found = connection.execute("SELECT name, shape, facts, checksum FROM run")
    return {
        name: _row(name, shapes[shape], facts, checksum) for name, shape, facts, checksum in found
    }


def _row(name: str, shape: Shape, facts: bytes, checksum: int) -> StoredRow:
    if not isinstance(facts, bytes) or zlib.crc32(facts) != checksum:
        raise DamagedError(f"the row of {name} is not as it was written")
    is_plain = facts.startswith(_QUICK)
    said = orjson.loads(memoryview(facts)[1:]) if is_plain else json.loads(facts[1:])
    state, last_step, total_steps, skipped, seen, settles_at, signs, cells = said
    row = Row(name, state, shape, tuple(cells), last_step, total_steps, skipped, is_plain)
    if signs is None:
        return StoredRow(row, seen, settles_at, None)
    judged = Signs(*signs)
    row.written = judged.last_record
    return StoredRow(row, seen, settles_at, judged)


def keep(connection: sqlite3.Connection, stored: Iterable[StoredRow]) -> None:
    """Put rows in, or in the place of earlier ones."""
    shapes: dict[Shape, int] = {}
    for row, seen, settles_at, signs in stored:
        number = shapes.get(row.shape)
        if number is None:
            number = shapes[row.shape] = _number_of(connection, row.shape)
        facts = _packed(
            [
                row.state,
                row.last_step,
                row.total_steps,
                row.skipped,
                seen,
                settles_at,
                signs,
                row.cells,
            ],
            row.is_plain,
        )
        connection.execute(
            "INSERT OR REPLACE INTO run VALUES(?, ?, ?, ?)",
            (row.id, number, facts, zlib.crc32(facts)),
        )


def _number_of(connection: sqlite3.Connection, shape: Shape) -> int:
    columns = json.dumps(shape.paths).encode("ascii")
    connection.execute("INSERT OR IGNORE INTO shape(columns) VALUES(?)", (columns,))
    found = connection.execute("SELECT id FROM shape WHERE columns=?", (columns,)).fetchone()
    return int(found[0])


def forget(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Take the rows of runs that are gone out."""
    connection.executemany("DELETE FROM run WHERE name=?", [(run_id,) for run_id in ids])


def _packed(facts: list[Any], is_plain: bool) -> bytes:
    """Return a row as JSON, quick to read where orjson can say it.

    It writes NaN as null and refuses integers over 64 bits and halves of surrogate pairs.

    :param is_plain: Whether the cells are neither lists nor numbers that are not finite.
    """
    if is_plain:
        with suppress(TypeError):
            return _QUICK + orjson.dumps(facts)
    return _EXACT + json.dumps(facts).encode("ascii")
