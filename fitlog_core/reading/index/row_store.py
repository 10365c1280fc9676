"""Rows in the cache, put in and taken out: every function is a part of one transaction."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from fitlog_core.reading.index.database import DamagedError
from fitlog_core.reading.row import Row, Shape
from fitlog_core.reading.state import Signs

_EXACT, _QUICK = b"e", b"q"


class StoredRow(NamedTuple):
    """A run as it was when its files were read.

    :param seen: What tells whether its files are still the same.
    :param read_at: When they were read (epoch seconds).
    :param signs: What its state is to be judged by; None where the run itself said it is over.
    """

    row: Row
    seen: str
    read_at: float
    signs: Signs | None


def rows(connection: sqlite3.Connection) -> dict[str, StoredRow]:
    """Return all rows by id."""
    shapes = {
        number: Shape({key: tuple(path) for key, path in orjson.loads(columns)})
        for number, columns in connection.execute("SELECT id, columns FROM shape")
    }
    found = connection.execute("SELECT name, seen, shape, cells, facts, checksum FROM run")
    return {
        name: _row(name, seen, shapes[shape], cells, facts, checksum)
        for name, seen, shape, cells, facts, checksum in found
    }


def _row(name: str, seen: str, shape: Shape, cells: bytes, facts: str, checksum: int) -> StoredRow:
    if _checksum(seen, cells, facts) != checksum:
        raise DamagedError(f"the row of {name} is not as it was written")
    state, last_step, total_steps, skipped, read_at, signs = orjson.loads(facts)
    is_plain = cells[:1] == _QUICK
    row = Row(name, state, shape, _unpacked(cells), last_step, total_steps, skipped, is_plain)
    return StoredRow(row, seen, read_at, None if signs is None else Signs(*signs))


def keep(connection: sqlite3.Connection, stored: Iterable[StoredRow]) -> None:
    """Put rows in, or in the place of earlier ones."""
    shapes: dict[int, int] = {}
    for row, seen, read_at, signs in stored:
        number = shapes.get(id(row.shape))
        if number is None:
            number = shapes[id(row.shape)] = _number_of(connection, row.shape)
        facts = json.dumps([row.state, row.last_step, row.total_steps, row.skipped, read_at, signs])
        cells = _packed(row.cells)
        connection.execute(
            "INSERT OR REPLACE INTO run VALUES(?, ?, ?, ?, ?, ?)",
            (row.id, seen, number, cells, facts, _checksum(seen, cells, facts)),
        )


def _number_of(connection: sqlite3.Connection, shape: Shape) -> int:
    columns = json.dumps(list(zip(shape.keys, shape.paths, strict=True))).encode("ascii")
    connection.execute("INSERT OR IGNORE INTO shape(columns) VALUES(?)", (columns,))
    found = connection.execute("SELECT id FROM shape WHERE columns=?", (columns,)).fetchone()
    return int(found[0])


def forget(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Take the rows of runs that are gone out."""
    connection.executemany("DELETE FROM run WHERE name=?", [(run_id,) for run_id in ids])


def _checksum(seen: str, cells: bytes, facts: str) -> int:
    return zlib.crc32(cells, zlib.crc32(f"{seen} {facts}".encode()))


def _packed(cells: tuple[Any, ...]) -> bytes:
    """Return cells as JSON, quick to read where orjson can say them.

    It writes NaN as null and refuses integers over 64 bits and halves of surrogate pairs.
    """
    try:
        quick = orjson.dumps(cells)
    except TypeError:
        quick = b"null"
    return _EXACT + json.dumps(cells).encode("ascii") if b"null" in quick else _QUICK + quick


def _unpacked(cells: bytes) -> tuple[Any, ...]:
    body = memoryview(cells)[1:]
    return tuple(orjson.loads(body) if cells[:1] == _QUICK else json.loads(bytes(body)))
