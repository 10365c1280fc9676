"""The keys of a view: where each stands in its file, and how its value is read and spelled."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fitlog_core.errors import ViewError
from fitlog_core.reading import view_file
from fitlog_core.sentences import sentence, told

MOST_CONDITIONS = 1000  # of a filter, as of a search
MOST_MOVED = 50_000  # ids in an order of rows
LONGEST_ADDRESS = 8000
_ADDRESS = re.compile(r"[!$-;=?-Z_a-z~]*")  # what a browser leaves as it is

# Control characters end a line, and halves of surrogate pairs are not UTF-8.
_UNKEPT = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class _Key:
    """Where a key of a view stands in its file, and how it is read and spelled."""

    section: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]


def _write_names(values: Any) -> str:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ViewError(
            sentence("view.no_names", "a list of names is needed, not {given!r}", given=values)
        )
    chosen = list(dict.fromkeys(str(value).strip() for value in values))
    for value in chosen:
        if not value or "," in value or _UNKEPT.search(value):
            raise ViewError(
                sentence(
                    "view.odd_name",
                    "{name!r} cannot be kept in a view: its lists are split at commas",
                    name=value,
                )
            )
    return ",".join(chosen)


def _read_filter(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        condition = json.loads(text)
    except ValueError:
        condition = json.loads(text.replace("'", '"'))  # 0.9 reads single quotes, too
    if not isinstance(condition, dict):
        raise ValueError(
            sentence("view.no_filter_read", "a filter is an object of columns and conditions")
        )
    _write_filter(condition)  # what it says must be what a filter can say
    return condition


def _write_filter(value: Any) -> str:
    if value in (None, "", {}):
        return ""
    if not isinstance(value, Mapping):
        raise ViewError(
            sentence(
                "view.no_filter",
                "a saved filter is an object of columns and conditions, not {given!r}",
                given=value,
            )
        )
    count = sum(len(part) if isinstance(part, list) else 1 for part in value.values())
    if count > MOST_CONDITIONS:
        raise ViewError(
            sentence(
                "view.long_filter",
                "a saved filter has at most {most} conditions, not {n}",
                most=MOST_CONDITIONS,
                n=count,
            )
        )
    for column, condition in value.items():
        _check_condition(column, condition)
    return json.dumps(value)


def _check_condition(column: Any, condition: Any) -> None:
    parts = condition if isinstance(condition, list) else [condition]
    if not all(isinstance(part, (str, int, float)) for part in parts):
        raise ViewError(
            sentence(
                "view.no_condition",
                "condition {condition!r} of column {column!r} is neither text, number nor list",
                condition=condition,
                column=column,
            )
        )


def _write_order(value: Any) -> str:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ViewError(
            sentence(
                "view.no_order",
                "a column order is an object or a list of paths, not {given!r}",
                given=value,
            )
        )
    try:
        order = dict(value) if isinstance(value, Mapping) else _order_of_paths(value)
        return view_file.write_order(order)
    except ViewError:
        raise
    except ValueError as error:
        raise ViewError(told(error)) from error


def _read_rows(text: str) -> list[list[str | None]]:
    return _moves(json.loads(text)) if text else []


def _write_rows(value: Any) -> str:
    try:
        moves = _moves(value)
    except ValueError as error:
        raise ViewError(told(error)) from error
    return json.dumps(moves) if moves else ""


def _moves(value: Any) -> list[list[str | None]]:
    """Return moves of rows as they were given.

    :raises ValueError: if one is no list of ids that ends with the id they stand before, or None.
    """
    moves = list(value) if isinstance(value, (list, tuple)) else [value]
    for number, move in enumerate(moves, 1):
        if not _is_move(move):
            raise ValueError(
                sentence(
                    "view.no_move",
                    "move {number} of an order of rows is no list of ids that ends with the one "
                    "they stand before, or with null for the end",
                    number=number,
                )
            )
    named = sum(map(len, moves))
    if named > MOST_MOVED:
        raise ValueError(
            sentence(
                "view.many_moves",
                "an order of rows names at most {most} ids, not {n}",
                most=MOST_MOVED,
                n=named,
            )
        )
    return [list(move) for move in moves]


def _is_move(value: Any) -> bool:
    if not isinstance(value, (list, tuple)) or len(value) < 2:
        return False
    named = value[:-1] if value[-1] is None else value
    return all(isinstance(run_id, str) and run_id for run_id in named)


def _read_switch(text: str) -> bool:
    return text.strip().lower() in {"true", "yes", "on", "1"}


def _write_switch(value: Any) -> str:
    if not isinstance(value, bool):
        raise ViewError(
            sentence("asked.switch", "a switch is true or false, not {given!r}", given=value)
        )
    return str(value)


def _write_address(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(value):
        raise ViewError(
            sentence(
                "view.no_address",
                "an address is at most {most} letters that stand behind a question mark, not "
                "{given!r}",
                most=LONGEST_ADDRESS,
                given=str(value)[:80],
            )
        )
    return value


_SWITCH = "frontend_settings"

KEYS: dict[str, _Key] = {
    "hidden_logs": _Key("data_settings", view_file.names, _write_names),
    "deleted_logs": _Key("data_settings", view_file.names, _write_names),
    "filter_condition": _Key("data_settings", _read_filter, _write_filter),
    "address": _Key("data_settings", str, _write_address),
    "row_order": _Key("data_settings", _read_rows, _write_rows),
    "hidden_columns": _Key("column_settings", view_file.names, _write_names),
    "exclude_columns": _Key("column_settings", view_file.names, _write_names),
    "editable_columns": _Key("column_settings", view_file.names, _write_names),
    "column_order": _Key("column_settings", view_file.read_order, _write_order),
    **{
        name.lower(): _Key(_SWITCH, _read_switch, _write_switch)
        for name in view_file.DEFAULTS[_SWITCH]
    },
}


def spell(key: str, value: Any) -> str:
    """Return a value as a view's file has it.

    :raises ViewError: for an unknown key, or a value that a view cannot hold.
    """
    if key not in KEYS:
        raise ViewError(
            sentence(
                "view.no_key",
                "a view has no key {key!r}; it has {keys}",
                key=key,
                keys=", ".join(KEYS),
            )
        )
    return KEYS[key].write(value)


def _order_of_paths(paths: Iterable[Any]) -> dict[str, Any]:
    """Make a column order of column paths, as in ``[["hyper", "lr"], ["memo"]]``.

    :raises ViewError: if a path is not a list of names.
    """
    order: dict[str, Any] = {}
    for path in paths:
        if not isinstance(path, (list, tuple)) or not path:
            raise ViewError(
                sentence(
                    "view.no_path",
                    "the path of a column is a list of names, not {given!r}",
                    given=path,
                )
            )
        branch = order
        for name in path[:-1]:
            below = branch.get(str(name))
            if not isinstance(below, dict):
                below = branch[str(name)] = {}
            branch = below
        branch.setdefault(str(path[-1]), view_file.LEAF)
    return order
