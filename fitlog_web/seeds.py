"""Runs that belong together: alike in all settings but the seed, or in one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fitlog_web.groups import grouped

BUT_SEED = "but-seed"  # in place of a column: all settings but the seed
_SETTING = "hyper-"

Cells = Mapping[str, Any]


class Alike(NamedTuple):
    """Runs that belong together.

    :param runs: Their ids.
    :param shared: The hyperparameters that tell them from the others.
    """

    runs: list[str]
    shared: dict[str, Any]


def is_seed(key: str) -> bool:
    """Tell whether a column holds a seed, as ``hyper-seed`` and ``hyper-data-np_seed`` do."""
    return "seed" in key.rpartition("-")[2].lower()


def alike(rows: Mapping[str, Cells], by: str) -> list[Alike]:
    """Return the runs that belong together, in the order of the first of them.

    :param rows: The cells of each run, by its id.
    :param by: A column, or :data:`BUT_SEED`.
    """
    keys = _all_but_seeds(rows.values()) if by == BUT_SEED else [by]
    groups = grouped([{**row, "id": run_id} for run_id, row in rows.items()], keys, ())
    telling = [
        key for key in keys if by != BUT_SEED or len(grouped(_values(groups), [key], ())) > 1
    ]
    return [Alike(group["ids"], {key: group["values"][key] for key in telling}) for group in groups]


def _all_but_seeds(rows: Iterable[Cells]) -> list[str]:
    keys = dict.fromkeys(key for row in rows for key in row if key.startswith(_SETTING))
    return [key for key in keys if not is_seed(key)]


def _values(groups: Iterable[Mapping[str, Any]]) -> list[Cells]:
    return [{**group["values"], "id": ""} for group in groups]
