"""Runs that belong together: alike in everything but the seed, or in one hyperparameter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fitlog_web.answers import encode, plain

BY_SEED = "seed"  # everything but the seed
_HYPER = "hyper-"

Row = Mapping[str, Any]


class Group(NamedTuple):
    """Runs that belong together.

    :param runs: Their ids.
    :param shared: The hyperparameters that tell the group from the others.
    """

    runs: list[str]
    shared: dict[str, Any]


def is_seed(key: str) -> bool:
    """Tell whether a column holds a seed, as ``hyper-seed`` and ``hyper-np_seed`` do."""
    name = key.lower().replace("-", "_")
    return name.endswith("_seed")


def groups_of(rows: Mapping[str, Row], by: str) -> list[Group]:
    """Return the groups, in the order of their first runs.

    :param rows: The cells of each run, by its id.
    :param by: A column, or :data:`BY_SEED`.
    """
    keys = [by] if by != BY_SEED else _all_but_seeds(rows.values())
    found: dict[tuple[bytes, ...], list[str]] = {}
    for run_id, row in rows.items():
        found.setdefault(tuple(_spelled(row.get(key)) for key in keys), []).append(run_id)
    telling = [
        at for at in range(len(keys)) if by != BY_SEED or len({each[at] for each in found}) > 1
    ]
    return [
        Group(runs, {keys[at]: rows[runs[0]].get(keys[at]) for at in telling})
        for runs in found.values()
    ]


def _all_but_seeds(rows: Iterable[Row]) -> list[str]:
    keys = dict.fromkeys(key for row in rows for key in row if key.startswith(_HYPER))
    return [key for key in keys if not is_seed(key)]


def _spelled(value: Any) -> bytes:
    """Return a cell so that equal ones are the same: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return encode(plain(value))
