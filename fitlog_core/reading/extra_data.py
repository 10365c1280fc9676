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
from fitlog_core.reading.cell_rules import RESERVED, check_cell, check_headings, check_id
from fitlog_core.sentences import sentence

FILE_NAME = "log_extra_data.txt"
PROMPT = "Click to edit"  # fitlog 0.9 stored the prompt of an empty cell as if it were data
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
            *(
                sentence(
                    "extra.entry",
                    "the entry of {key!r} in {file} is not an object",
                    key=key,
                    file=FILE_NAME,
                )
                for key in strange
            ),
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
            check_cell(key, value)

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
                check_cell(tags.COLUMN, text)
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
        check_id(row_id)
        cells = {key: value for key, value in values.items() if value not in _MISSING}
        for key, value in cells.items():
            check_cell(key, value)
        if not cells:
            raise ViewError(
                sentence("row.empty", "row {row!r} has no value: give it at least one", row=row_id)
            )
        check_headings(cells)

        def change(entries: Entries) -> None:
            if row_id in entries:
                raise ViewError(
                    sentence(
                        "row.taken", "there is a row {row!r} already: choose another id", row=row_id
                    )
                )
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
                raise ViewConflictError(
                    FILE_NAME, "", sentence("file.just_changed", "a file that just changed")
                )
            whole_file.replace(path, new)
        return ExtraData(self.log_dir, new)


def _decode(content: bytes | None) -> tuple[Entries, str]:
    """Return the entries and what is wrong with the file as a whole, if anything is."""
    if content is None or not content.strip():
        return {}, ""
    try:
        entries = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return {}, sentence("file.no_json", "it is not JSON: {problem}", problem=error)
    if not isinstance(entries, dict):
        return {}, sentence(
            "file.no_object",
            "it holds {type} where an object should be",
            type=type(entries).__name__,
        )
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
