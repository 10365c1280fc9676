"""Rows in the cache, put in and taken out: every function is a part of one transaction.

Some hundred rows, neighbours by id, lie in one pack: columns of them in one text, so that a
directory of ten thousand is taken out by a few calls. A pack is written anew when one of its rows
is another.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import orjson

from fitlog_core.reading.index.chunks import checksum
from fitlog_core.reading.index.database import DamagedError
from fitlog_core.reading.row import Row, Shape, Shapes
from fitlog_core.reading.seen import MARK, Seen
from fitlog_core.reading.state import Signs

PACK = 256  # rows that a pack begins with; it is parted where it has grown to twice as many
LONG_CELL = 100_000  # characters
_SAME = (str, int, bool, type(None))  # kinds whose equal values are the same
_NOTHING = b"[]"


class StoredRow:
    """A run as it was when its files were read.

    :param seen: What tells whether its files are still the same.
    :param settles_at: When all its files are to be compared once more (epoch seconds), if they are.
    :param signs: What its state is to be judged by; None where the run itself said it is over.
    """

    __slots__ = ("row", "seen", "settles_at", "signs")

    def __init__(
        self, row: Row, seen: Seen = (), settles_at: float | None = None, signs: Signs | None = None
    ) -> None:
        self.row = row
        self.seen = seen
        self.settles_at = settles_at
        self.signs = signs


class _Pack(NamedTuple):
    """One line of the table ``pack``.

    :param first: No run of it has a smaller id, and none of the packs before it a larger one.
    :param plain: Rows that orjson can read, as JSON.
    :param odd: The others: it writes NaN as null, refuses integers over 64 bits and halves of
        surrogate pairs, and fails for want of memory in a way that nobody can catch.
    """

    first: str
    plain: bytes
    odd: bytes
    checksum: int


def rows(connection: sqlite3.Connection, shapes: Shapes | None = None) -> dict[str, StoredRow]:
    """Return all rows by id, ascending.

    :param shapes: What they are to share their columns with.
    """
    numbered = _shapes(connection, Shapes() if shapes is None else shapes)
    found: dict[str, StoredRow] = {}
    for pack in connection.execute("SELECT first, plain, odd, checksum FROM pack ORDER BY first"):
        found.update(_unpacked(_Pack._make(pack), numbered))
    return found


def keep(connection: sqlite3.Connection, stored: Collection[StoredRow]) -> None:
    """Put rows in, or in the place of earlier ones."""
    _change(connection, {each.row.id: each for each in stored})


def forget(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Take the rows of runs that are gone out."""
    _change(connection, dict.fromkeys(ids))


# ----------------------------------------------------------------------- packs


def _change(connection: sqlite3.Connection, changed: dict[str, StoredRow | None]) -> None:
    """Write the packs of some rows anew.

    :param changed: Rows by id, None for those that are to go.
    """
    shapes = Shapes()
    numbered = _shapes(connection, shapes)
    numbers = {shape: number for number, shape in numbered.items()}
    for first, of_pack in _by_pack(connection, changed).items():
        before = _taken_out(connection, first, numbered)
        merged = {**before, **of_pack}
        left = [row for _, row in sorted(merged.items()) if row is not None]
        for row in left:
            if row.row.shape not in numbers:
                numbers[row.row.shape] = _number_of(connection, row.row.shape)
        packs = _packs(left, numbers)
        connection.executemany("INSERT INTO pack VALUES(?, ?, ?, ?)", packs)


def _by_pack(
    connection: sqlite3.Connection, changed: dict[str, StoredRow | None]
) -> dict[str, dict[str, StoredRow | None]]:
    """Share rows out to the packs that they belong to, by the first id of each."""
    firsts = [first for (first,) in connection.execute("SELECT first FROM pack ORDER BY first")]
    shared: dict[str, dict[str, StoredRow | None]] = {}
    for run_id, row in changed.items():
        first = firsts[max(bisect_right(firsts, run_id) - 1, 0)] if firsts else ""
        shared.setdefault(first, {})[run_id] = row
    return shared


def _taken_out(
    connection: sqlite3.Connection, first: str, numbered: dict[int, Shape]
) -> dict[str, StoredRow]:
    found = connection.execute(
        "SELECT first, plain, odd, checksum FROM pack WHERE first=?", (first,)
    ).fetchone()
    if found is None:
        return {}
    connection.execute("DELETE FROM pack WHERE first=?", (first,))
    return dict(_unpacked(_Pack._make(found), numbered))


def _packs(stored: list[StoredRow], numbers: dict[Shape, int]) -> Iterator[_Pack]:
    """Put rows into packs.

    :param stored: Ascending by id.
    """
    size = len(stored) if len(stored) <= 2 * PACK else PACK
    for start in range(0, len(stored), max(size, 1)):
        yield _pack(stored[start : start + size], numbers)


def _pack(stored: list[StoredRow], numbers: dict[Shape, int]) -> _Pack:
    by_shape: dict[int, list[StoredRow]] = {}
    odd: list[Any] = []
    for each in stored:
        if each.row.is_plain and not _is_long(each.row):
            by_shape.setdefault(numbers[each.row.shape], []).append(each)
        else:
            odd.append(_table([each], numbers))
    plain: list[bytes] = []
    for rows_alike in by_shape.values():
        try:
            plain.append(orjson.dumps(_table(rows_alike, numbers)))
        except TypeError:  # one of them is odd after all
            odd += [_table([each], numbers) for each in rows_alike]
    texts = b"[%b]" % b",".join(plain), json.dumps(odd).encode("ascii")
    return _Pack(stored[0].row.id, *texts, checksum(*texts))


def _is_long(row: Row) -> bool:
    """Tell whether a cell is so long that orjson, short of memory for it, would end the process."""
    return any(type(cell) is str and len(cell) > LONG_CELL for cell in row.cells)


def _table(stored: list[StoredRow], numbers: dict[Shape, int]) -> list[Any]:
    """Return rows of one shape as JSON says them: its number, how many they are, columns."""
    said = [each.row for each in stored]
    columns: list[Sequence[Any]] = [
        [row.id for row in said],
        [row.state for row in said],
        [row.last_step for row in said],
        [row.total_steps for row in said],
        [row.skipped for row in said],
        [row.diverged for row in said],
        [each.settles_at for each in stored],
        [each.signs and tuple(each.signs) for each in stored],
        *zip(*(each.seen for each in stored), strict=True),
        *zip(*(row.cells for row in said), strict=True),
    ]
    return [numbers[said[0].shape], len(stored), [_short(column) for column in columns]]


def _short(column: Sequence[Any]) -> Sequence[Any]:
    """Return one value alone for a column in which it stands everywhere."""
    first = column[0]
    is_same = first == column[-1] and type(first) in _SAME and column.count(first) == len(column)
    return column[:1] if is_same and len(set(map(type, column))) == 1 else column


def _unpacked(pack: _Pack, numbered: dict[int, Shape]) -> Iterator[tuple[str, StoredRow]]:
    """Return the rows of a pack with their ids.

    :raises DamagedError: if it is not as it was written.
    """
    texts = pack.plain, pack.odd
    if not all(isinstance(text, bytes) for text in texts) or checksum(*texts) != pack.checksum:
        raise DamagedError(f"the rows of {pack.first} and after it are not as they were written")
    yield from _rows(orjson.loads(pack.plain), numbered, is_plain=True)
    if pack.odd != _NOTHING:
        yield from _rows(json.loads(pack.odd), numbered, is_plain=False)


def _rows(
    tables: list[Any], numbered: dict[int, Shape], is_plain: bool
) -> Iterator[tuple[str, StoredRow]]:
    for number, count, columns in tables:
        shape = numbered[number]
        told = [repeat(column[0], count) if len(column) == 1 else column for column in columns]
        seen, cells = zip(*told[_FACTS:_SEEN], strict=True), told[_SEEN:]
        rows_of_cells = zip(*cells, strict=True) if cells else repeat((), count)
        for name, state, last, total, skipped, odd, settles_at, signs, seen_then, values in zip(
            *told[:_FACTS], seen, rows_of_cells, strict=True
        ):
            row = Row(name, state, shape, values, last, total, skipped, is_plain)
            row.diverged = odd
            judged = None if signs is None else Signs(*signs)
            if judged is not None:
                row.written = judged.last_record
            yield name, StoredRow(row, seen_then, settles_at, judged)


_FACTS = 8  # columns of what is in every row; behind them the marks of its files, then its cells
_SEEN = _FACTS + MARK + 1


# ---------------------------------------------------------------------- shapes


def _shapes(connection: sqlite3.Connection, shapes: Shapes) -> dict[int, Shape]:
    found = connection.execute("SELECT id, columns FROM shape")
    return {number: shapes.of(map(tuple, json.loads(columns))) for number, columns in found}


def _number_of(connection: sqlite3.Connection, shape: Shape) -> int:
    columns = json.dumps(shape.paths).encode("ascii")
    connection.execute("INSERT OR IGNORE INTO shape(columns) VALUES(?)", (columns,))
    found = connection.execute("SELECT id FROM shape WHERE columns=?", (columns,)).fetchone()
    return int(found[0])
