"""Rows in the cache, put in and taken out: every function is a part of one transaction.

Some hundred rows, neighbours by id, lie in one pack: columns of them in one text, so that a
directory of ten thousand is taken out by a few calls. A pack is written anew when one of its rows
is another.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import orjson

from fitlog_core.reading.index.chunks import checksum
from fitlog_core.reading.index.database import DamagedError
from fitlog_core.reading.known_rows import KnownRows
from fitlog_core.reading.row import Row, Shape, Shapes
from fitlog_core.reading.state import Signs

PACK = 256  # rows that a pack begins with; it is parted where it has grown to twice as many
LONG_CELL = 100_000  # characters
_SAME = (str, int, bool, type(None))  # kinds whose equal values are the same
_NOTHING = b"[]"


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


def rows(connection: sqlite3.Connection, shapes: Shapes | None = None) -> KnownRows:
    """Return what is kept of all runs.

    :param shapes: What their rows are to share their columns with.
    """
    numbered = _shapes(connection, Shapes() if shapes is None else shapes)
    found = KnownRows()
    for pack in connection.execute("SELECT first, plain, odd, checksum FROM pack ORDER BY first"):
        _unpack(_Pack._make(pack), numbered, found)
    return found


def keep(connection: sqlite3.Connection, known: KnownRows, ids: Iterable[str]) -> None:
    """Put rows in, or in the place of earlier ones.

    :param ids: Those of the runs to keep.
    """
    _change(connection, ids, known)


def forget(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Take the rows of runs that are gone out."""
    _change(connection, ids, KnownRows())


# ----------------------------------------------------------------------- packs


def _change(connection: sqlite3.Connection, ids: Iterable[str], known: KnownRows) -> None:
    """Write the packs of some rows anew.

    :param known: What is to stand there; of what it does not know there is to be nothing.
    """
    shapes = Shapes()
    numbered = _shapes(connection, shapes)
    numbers = {shape: number for number, shape in numbered.items()}
    for first, of_pack in _by_pack(connection, ids).items():
        merged = _taken_out(connection, first, numbered)
        merged.leave(of_pack)
        merged.take(known.of([run_id for run_id in of_pack if run_id in known.rows]))
        for row in merged.rows.values():
            if row.shape not in numbers:
                numbers[row.shape] = _number_of(connection, row.shape)
        packs = _packs(merged, numbers)
        connection.executemany("INSERT INTO pack VALUES(?, ?, ?, ?)", packs)


def _by_pack(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, list[str]]:
    """Share runs out to the packs that they belong to, by the first id of each."""
    firsts = [first for (first,) in connection.execute("SELECT first FROM pack ORDER BY first")]
    shared: dict[str, list[str]] = {}
    for run_id in ids:
        first = firsts[max(bisect_right(firsts, run_id) - 1, 0)] if firsts else ""
        shared.setdefault(first, []).append(run_id)
    return shared


def _taken_out(connection: sqlite3.Connection, first: str, numbered: dict[int, Shape]) -> KnownRows:
    taken = KnownRows()
    found = connection.execute(
        "SELECT first, plain, odd, checksum FROM pack WHERE first=?", (first,)
    ).fetchone()
    if found is not None:
        connection.execute("DELETE FROM pack WHERE first=?", (first,))
        _unpack(_Pack._make(found), numbered, taken)
    return taken


def _packs(known: KnownRows, numbers: dict[Shape, int]) -> Iterator[_Pack]:
    """Put rows into packs."""
    ids = sorted(known.rows)
    size = len(ids) if len(ids) <= 2 * PACK else PACK
    for start in range(0, len(ids), max(size, 1)):
        yield _pack(ids[start : start + size], known, numbers)


def _pack(ids: list[str], known: KnownRows, numbers: dict[Shape, int]) -> _Pack:
    by_shape: dict[int, list[str]] = {}
    odd = [run_id for run_id in ids if not known.rows[run_id].is_plain]
    for run_id in ids:
        row = known.rows[run_id]
        if row.is_plain:
            by_shape.setdefault(numbers[row.shape], []).append(run_id)
    plain: list[bytes] = []
    for alike in by_shape.values():
        text = _plain_text(_table(alike, known, numbers))
        if text is None:
            odd += alike
        else:
            plain.append(text)
    odd_text = json.dumps([_table([run_id], known, numbers) for run_id in odd])
    texts = b"[%b]" % b",".join(plain), odd_text.encode("ascii")
    return _Pack(ids[0], *texts, checksum(*texts))


def _plain_text(table: list[Any]) -> bytes | None:
    """Return rows as orjson says them, None where they are odd after all."""
    if any(map(_has_long_cell, table[-1])):
        return None
    try:
        return orjson.dumps(table)
    except TypeError:
        return None


def _has_long_cell(column: Sequence[Any]) -> bool:
    """Tell whether a cell is so long that orjson, short of memory for it, would end the process."""
    if str not in set(map(type, column)):
        return False
    return any(type(cell) is str and len(cell) > LONG_CELL for cell in column)


def _table(ids: list[str], known: KnownRows, numbers: dict[Shape, int]) -> list[Any]:
    """Return rows of one shape as JSON says them: its number, how many they are, columns."""
    said = [known.rows[run_id] for run_id in ids]
    signs = [known.signs.get(run_id) for run_id in ids]
    columns: list[Sequence[Any]] = [
        ids,
        [row.state for row in said],
        [row.last_step for row in said],
        [row.total_steps for row in said],
        [row.skipped for row in said],
        [known.meta_marks[run_id] for run_id in ids],
        [known.file_marks[run_id] for run_id in ids],
        [row.diverged for row in said],
        [known.settles_at.get(run_id) for run_id in ids],
        [each and tuple(each) for each in signs],
        *zip(*(row.cells for row in said), strict=True),
    ]
    return [numbers[said[0].shape], len(ids), [_short(column) for column in columns]]


def _short(column: Sequence[Any]) -> Sequence[Any]:
    """Return one value alone for a column in which it stands everywhere."""
    first = column[0]
    is_same = first == column[-1] and type(first) in _SAME and column.count(first) == len(column)
    return column[:1] if is_same and len(set(map(type, column))) == 1 else column


def _unpack(pack: _Pack, numbered: dict[int, Shape], known: KnownRows) -> None:
    """Take in the rows of a pack.

    :raises DamagedError: if it is not as it was written.
    """
    texts = pack.plain, pack.odd
    if not all(isinstance(text, bytes) for text in texts) or checksum(*texts) != pack.checksum:
        raise DamagedError(f"the rows of {pack.first} and after it are not as they were written")
    for table in orjson.loads(pack.plain):
        _take_table(table, numbered, True, known)
    for table in json.loads(pack.odd) if pack.odd != _NOTHING else ():
        _take_table(table, numbered, False, known)


def _take_table(
    table: list[Any], numbered: dict[int, Shape], is_plain: bool, known: KnownRows
) -> None:
    number, count, (ids, *columns) = table
    told = [repeat(column[0], count) if len(column) == 1 else column for column in columns]
    states, last_steps, totals, skipped, meta_marks, file_marks, *seldom = told[:_FACTS]
    cells = zip(*told[_FACTS:], strict=True) if told[_FACTS:] else repeat((), count)
    alike = repeat(numbered[number], count), repeat(is_plain, count)
    rows = map(Row, ids, states, alike[0], cells, last_steps, totals, skipped, alike[1])
    known.rows.update(zip(ids, rows, strict=True))
    known.meta_marks.update(zip(ids, meta_marks, strict=True))
    known.file_marks.update(zip(ids, file_marks, strict=True))
    _take_seldom(ids, seldom, known)


def _take_seldom(ids: list[str], columns: list[Iterable[Any]], known: KnownRows) -> None:
    """Take in what few runs have: series that diverged, a time to look again, signs."""
    diverged, settles_at, signs = (
        [(run_id, each) for run_id, each in zip(ids, column, strict=True) if each is not None]
        for column in columns
    )
    for run_id, series in diverged:
        known.rows[run_id].diverged = series
    known.settles_at.update(settles_at)
    for run_id, judged_by in signs:
        known.signs[run_id] = judged = Signs(*judged_by)
        known.rows[run_id].written = judged.last_record


_FACTS = 9  # columns of what is known of every run beside its id; behind them those of its cells


# ---------------------------------------------------------------------- shapes


def _shapes(connection: sqlite3.Connection, shapes: Shapes) -> dict[int, Shape]:
    found = connection.execute("SELECT id, columns FROM shape")
    return {number: shapes.of(map(tuple, json.loads(columns))) for number, columns in found}


def _number_of(connection: sqlite3.Connection, shape: Shape) -> int:
    columns = json.dumps(shape.paths).encode("ascii")
    connection.execute("INSERT OR IGNORE INTO shape(columns) VALUES(?)", (columns,))
    found = connection.execute("SELECT id FROM shape WHERE columns=?", (columns,)).fetchone()
    return int(found[0])
