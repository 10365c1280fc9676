"""Runs whose losses or metrics are no finite numbers any more, told by their last records."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from fitlog_core import log_format
from fitlog_core.reading.row import Row

WORDS = _NAN, _INFINITY = b"NaN", b"Infinity"  # as every writer spells them


def may_hold(text: bytes) -> bool:
    """Tell whether step lines may hold a value that is not finite, in quotes or without."""
    # A letter is looked for far quicker than a word.
    return (b"N" in text and _NAN in text) or (b"I" in text and _INFINITY in text)


def take(found: dict[str, str], lines: Sequence[bytes], kind: str) -> None:
    """Bring up to date which series are at a value that is not finite.

    :param found: Such values, by the column key of their series.
    :param lines: Further lines of a step file, without their ends.
    :param kind: ``loss`` or ``metric``, the file they stand in.
    """
    for line in lines:
        if not found and not may_hold(line):
            continue
        record = log_format.parse_step_line(line)
        if record is None:
            continue
        for key, value in log_format.flatten(record.values, kind).items():
            word = word_of(value)
            if word is None:
                found.pop(key, None)
            else:
                found[key] = word


def word_of(value: Any) -> str | None:
    """Return the word for NaN or an infinity, None for all other values."""
    number = log_format.number(value)
    if not isinstance(number, float) or isfinite(number):
        return None
    return str(log_format.json_value(number))


def in_cells(row: Row) -> dict[str, str]:
    """Return the best metrics of a row that are not finite, by their column key."""
    if row.is_plain:
        return {}
    words = ((key, word_of(row.get(key))) for key in row.shape.keys if key.startswith("metric-"))
    return {key: word for key, word in words if word is not None}
