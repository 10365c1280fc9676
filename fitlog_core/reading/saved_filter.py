"""The filter that a view keeps, as the server of fitlog 0.9 understood it.

It is the search language with one difference: a bare text is looked for *in* a text cell, where a
search asks for the whole cell. What is saved from a search therefore says ``=`` before a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fitlog_core.errors import QueryError
from fitlog_core.reading.query import from_conditions
from fitlog_core.reading.views import View

COMBINE = "and_filters"
_SIGNS = ("<", ">", "=")

Row = Mapping[str, Any]


def kept(view: View, rows: Sequence[Row]) -> list[bool]:
    """Tell for each row whether the view's saved filter lets it through.

    :raises QueryError: if a condition cannot be understood.
    """
    conditions = dict(view.filter_condition)
    together = _together(conditions.pop(COMBINE, 1))
    if not conditions:
        return [True] * len(rows)
    keep_missing = not view.drops_rows_without_the_column
    verdicts = [
        _verdicts(column, condition, rows, keep_missing) for column, condition in conditions.items()
    ]
    combine = all if together else any
    return [combine(of_row) for of_row in zip(*verdicts, strict=True)]


def exactly(condition: Any) -> Any:
    """Return a condition of a search as a saved filter of fitlog 0.9 says it.

    A bare text gets a ``=`` before it. ``<=`` and ``>=``, at which 0.9 stops, become a list: the
    range without its ends, or one of the ends.
    """
    parts = [said for part in _parts(condition) for said in _spelled(part)]
    return parts if isinstance(condition, list) or len(parts) > 1 else parts[0]


def _spelled(condition: Any) -> list[Any]:
    if _is_bare(condition):
        return [f"={condition}"]
    if not isinstance(condition, str):
        return [condition]
    relations = [part.strip() for part in condition.split("&&")]
    ends = [part for part in relations if "<=" in part or ">=" in part]
    if not ends:
        return [condition]
    within = "&&".join(part.replace("<=", "<").replace(">=", ">") for part in relations)
    return [within, *("=" + part.replace("<=", "").replace(">=", "").strip() for part in ends)]


def _verdicts(column: str, condition: Any, rows: Sequence[Row], keep_missing: bool) -> list[bool]:
    query = from_conditions({column: condition})
    found = {id(row) for row in query.select(rows, keep_missing=keep_missing)}
    texts = [part for part in _parts(condition) if _is_bare(part)]
    return [
        id(row) in found or any(_contains(row.get(column), text) for text in texts) for row in rows
    ]


def _contains(cell: Any, text: str) -> bool:
    return isinstance(cell, str) and text.strip() in cell


def _is_bare(condition: Any) -> bool:
    """Tell whether a condition is a text without any sign."""
    return isinstance(condition, str) and not any(sign in condition for sign in _SIGNS)


def _parts(condition: Any) -> list[Any]:
    return condition if isinstance(condition, list) else [condition]


def _together(value: Any) -> bool:
    if str(value) in ("0", "1", "True", "False"):
        return str(value) in ("1", "True")
    raise QueryError(f"{COMBINE} is 1 (all conditions) or 0 (any of them), not {value!r}")
