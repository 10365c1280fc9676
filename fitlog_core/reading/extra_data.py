"""Cells edited and rows added in the board: ``log_extra_data.txt`` of fitlog 0.9.

The file is one JSON object. Under the id of a run stand the cells that were edited, by column;
an entry with an ``id`` of its own is a row that somebody added by hand.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from fitlog_core.errors import ViewConflictError, ViewError
from fitlog_core.log_format import json_value, number
from fitlog_core.notices import say
from fitlog_core.reading import tags, whole_file

FILE_NAME = "log_extra_data.txt"
PROMPT = "Click to edit"  # fitlog 0.9 stored the prompt of an empty cell as if it were data
# What a row says about itself is no cell of it.
RESERVED = frozenset({"id", "state", "hidden", "added", "deleted", "progress", "skipped"})
LONGEST_CELL = 100_000  # characters of a cell that is edited
LONGEST_KEY = 1000
_MISSING = (None, "", PROMPT)

Entries = dict[str, Any]


class ExtraData:
    """The edited cells and added rows of a log directory as they were when opened.

    :ivar problems: a sentence for each thing in the file that could not be read.
    :ivar fingerprint: changes with every change of the file; empty where there is no file yet.
    """

    def __init__(self, log_dir: Path, content: bytes | None) -> None:
        """Read the entries from the bytes of the file, or None where there is no file yet."""
        self.log_dir = log_dir
        self.fingerprint = "" if content is None else hashlib.sha256(content).hexdigest()
        self._entries, self._damage = _decode(content)
        strange = [key for key, entry in self._entries.items() if not isinstance(entry, dict)]
        self.problems: tuple[str, ...] = (
            *([self._damage] if self._damage else ()),
            *(f"the entry of {key!r} in {FILE_NAME} is not an object" for key in strange),
        )

    @classmethod
    def open(cls, log_dir: Path) -> ExtraData:
        """Open the file of a log directory; there need not be one.

        :raises ViewError: if it lies outside the log directory or cannot be read.
        """
        return cls(log_dir, whole_file.read(whole_file.place(log_dir, FILE_NAME)))

    def cells(self, row_id: str) -> dict[str, Any]:
        """Return the cells of one row that replace what its run recorded."""
        entry = self._entries.get(row_id)
        if not isinstance(entry, dict):
            return {}
        return {
            key: _typed(key, value)
            for key, value in entry.items()
            if key not in RESERVED and value != PROMPT and not isinstance(value, (dict, list))
        }

    def ids(self) -> list[str]:
        """Return the ids of all rows that have cells here."""
        return [key for key, entry in self._entries.items() if isinstance(entry, dict)]

    def added(self) -> list[str]:
        """Return the ids of the rows that were added by hand."""
        return [key for key in self.ids() if "id" in self._entries[key]]

    def set(
        self,
        row_id: str,
        changes: Mapping[str, Any],
        was: Mapping[str, Any] | None = None,
        shown: Mapping[str, Any] | None = None,
    ) -> ExtraData:
        """Change cells of one row and return what the file says then.

        An empty value takes the edit back: the cell shows what the run itself recorded.

        :param changes: text, numbers, booleans or None by column.
        :param was: what the cells showed when the edit began; a cell that shows something else
            by now is not overwritten. Cells that are not named are not compared.
        :param shown: what the run itself recorded, by column.
        :raises ViewConflictError: if somebody else edited such a cell meanwhile.
        :raises ViewError: for a column or a value that cannot be kept, or a file that cannot be
            written.
        """
        for key, value in changes.items():
            _check_cell(key, value)

        def change(entries: Entries) -> None:
            cells = entries.get(row_id)
            cells = cells if isinstance(cells, dict) else {}
            for key, expected in (was or {}).items():
                found = cells.get(key, (shown or {}).get(key))
                if key in changes and not _same(found, expected):
                    raise ViewConflictError(key, expected, json_value(found))
            _merge(entries, row_id, cells, changes)

        return self._rewrite(change)

    def tag(self, row_ids: Iterable[str], tag: str, on: bool) -> tuple[ExtraData, list[str]]:
        """Put a tag on rows, or take it off; their other tags stay, whoever changed them.

        :returns: what the file says then, and the rows that this changed.
        :raises ViewError: for what is no tag, or a file that cannot be written.
        """
        name = tags.checked(tag)
        touched: list[str] = []

        def change(entries: Entries) -> None:
            for row_id in row_ids:
                found = entries.get(row_id)
                cells: Entries = found if isinstance(found, dict) else {}
                before = cells.get(tags.COLUMN)
                if (name in tags.tags_in(before)) == on:
                    continue
                text = tags.changed(before, name, on)
                _check_cell(tags.COLUMN, text)
                _merge(entries, row_id, cells, {tags.COLUMN: text})
                touched.append(row_id)

        return self._rewrite(change), touched

    def add(self, row_id: str, values: Mapping[str, Any]) -> ExtraData:
        """Add a row by hand and return what the file says then.

        :param row_id: name of the row; no other row may have it.
        :param values: text, numbers or booleans by column.
        :raises ViewError: for a name that is taken or cannot be one, a column that is the heading
            of another, or as ``set``.
        """
        _check_id(row_id)
        cells = {key: value for key, value in values.items() if value not in _MISSING}
        for key, value in cells.items():
            _check_cell(key, value)
        if not cells:
            raise ViewError(f"row {row_id!r} has no value: give it at least one")
        _check_headings(cells)

        def change(entries: Entries) -> None:
            if row_id in entries:
                raise ViewError(f"there is a row {row_id!r} already: choose another id")
            entries[row_id] = {"id": row_id, **_spelled(cells)}

        return self._rewrite(change)

    def remove(self, row_ids: Iterable[str]) -> ExtraData:
        """Forget rows altogether, edited or added, and return what the file says then."""
        unwanted = set(row_ids)

        def change(entries: Entries) -> None:
            for row_id in unwanted & set(entries):
                del entries[row_id]

        return self._rewrite(change)

    def _rewrite(self, change: Callable[[Entries], None]) -> ExtraData:
        path = whole_file.place(self.log_dir, FILE_NAME)
        with whole_file.alone(self.log_dir):
            content = whole_file.read(path)
            now = ExtraData(self.log_dir, content)
            entries = copy.deepcopy(now._entries)
            change(entries)
            if entries == now._entries:
                return now
            if now._damage:
                say(f"{path} is damaged ({now._damage}): kept as {whole_file.keep_aside(path)}")
            new = _encode(entries)
            if whole_file.read(path) != content:
                raise ViewConflictError(FILE_NAME, "", "a file that just changed")
            whole_file.replace(path, new)
        return ExtraData(self.log_dir, new)


def _decode(content: bytes | None) -> tuple[Entries, str]:
    """Return the entries and what is wrong with the file as a whole, if anything is."""
    if content is None or not content.strip():
        return {}, ""
    try:
        entries = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return {}, f"it is not JSON: {error}"
    if not isinstance(entries, dict):
        return {}, f"it holds {type(entries).__name__} where an object should be"
    return entries, ""


def _encode(entries: Entries) -> bytes:
    """Spell the file as 0.9 does: ASCII, and without the prompts it took for data."""
    clean = {
        row_id: {key: value for key, value in entry.items() if value != PROMPT}
        if isinstance(entry, dict)
        else entry
        for row_id, entry in entries.items()
    }
    return json.dumps(_finite(clean)).encode("ascii")


def _finite(value: Any) -> Any:
    """Replace NaN and the infinities, which JSON cannot say, by their names."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return json_value(value)


def _typed(key: str, value: Any) -> Any:
    """Read a cell: a metric is a number even where 0.9 kept what was typed as text."""
    if not key.startswith("metric-") or not isinstance(value, str) or "_" in value[1:]:
        return value
    try:
        return float(value) if any(sign in value for sign in ".eE") else int(value)
    except ValueError:
        return number(value)


def _check_id(row_id: Any) -> None:
    if not isinstance(row_id, str) or not row_id.strip() or row_id != row_id.strip():
        raise ViewError(f"the id of a row is a name, not {row_id!r}")
    if "," in row_id or not row_id.isprintable() or len(row_id) > 200:
        raise ViewError(f"the id {row_id!r} holds a comma or a control character, or is too long")


def _check_cell(key: Any, value: Any) -> None:
    # id-x would be a part of the id for fitlog 0.9, which then shows no table at all.
    if not isinstance(key, str) or not key.strip() or key in RESERVED or key.startswith("id-"):
        raise ViewError(f"{key!r} is no column that can be edited")
    if value is not None and not isinstance(value, (str, int, float)):
        raise ViewError(f"a cell holds text, a number or a boolean; {key!r} got {value!r}")
    if len(key) > LONGEST_KEY or (isinstance(value, str) and len(value) > LONGEST_CELL):
        raise ViewError(
            f"a column's name is at most {LONGEST_KEY} characters long, a cell {LONGEST_CELL}"
        )


def _check_headings(cells: Entries) -> None:
    """Refuse a column that is the heading of another: fitlog 0.9 would show one of them only."""
    for key in cells:
        below = next((other for other in cells if other.startswith(f"{key}-")), None)
        if below is not None:
            raise ViewError(f"{key!r} is the heading of {below!r}: give a value to one of them")


def _merge(entries: Entries, row_id: str, cells: Entries, changes: Mapping[str, Any]) -> None:
    kept = {key: value for key, value in cells.items() if key not in changes}
    new = {key: value for key, value in changes.items() if value not in _MISSING}
    entries[row_id] = {**kept, **_spelled(new)}
    if not entries[row_id]:
        del entries[row_id]


def _spelled(cells: Mapping[str, Any]) -> Entries:
    return {key: json_value(value) for key, value in cells.items()}


def _same(found: Any, expected: Any) -> bool:
    """Tell whether a cell is what a page took it for; pages spell numbers their own way."""
    if found in _MISSING and expected in _MISSING:
        return True
    if isinstance(found, bool):
        return str(found).lower() == str(expected).lower()
    if isinstance(found, (int, float)) and isinstance(expected, str):
        try:
            return bool(json_value(float(expected)) == json_value(float(found)))
        except (ValueError, OverflowError):
            return False
    return bool(json_value(found) == json_value(expected))
