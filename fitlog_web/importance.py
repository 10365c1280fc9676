"""Which hyperparameters matter for a result: rank correlation, and what a forest relies on."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from fitlog_web import forest
from fitlog_web.answers import plain
from fitlog_web.rank_correlation import LEAST, holm, kruskal, spearman
from fitlog_web.spelling import spelled
from fitlog_web.statistics import finite_numbers

Rows = Sequence[Mapping[str, Any]]
MOST_RUNS = 2_000  # that are correlated; of more some are drawn, always the same
ENOUGH = 10  # runs for each hyperparameter, below which a warning is due


class Influence(TypedDict):
    """What one hyperparameter has to do with the result.

    :ivar kind: ``number``, ``two`` for a column of two values, ``category`` for one of more.
    :ivar n: How many runs have both; the correlation is of them.
    :ivar values: How many different values they have; ``high`` is of two the one that counts more.
    :ivar rho: Spearman's correlation, None of categories; ``interval`` is its 95 %.
    :ivar strength: Its size without a sign, of categories what parts their ranks; sorts the list.
    :ivar p: Two-sided, corrected by Holm for the number of hyperparameters.
    :ivar importance: By how much the forest's R squared falls without it, ``spread`` over folds.
    """

    key: str
    kind: str
    n: int
    values: int
    high: str | None
    rho: float | None
    interval: list[float] | None
    strength: float | None
    p: float | None
    importance: float | None
    spread: float | None


class Influences(TypedDict):
    """What all of them have to do with it.

    :ivar runs: How many runs were meant; ``n`` of them have a finite result, ``used`` counted.
    :ivar least: Below so many nothing is computed; ``enough`` would be needed for calm reading.
    :ivar same: Hyperparameters that never differ among these runs.
    :ivar score: R squared of the forest on runs that it did not see; None where there is none.
    :ivar forest_runs: How many runs it was grown on, with ``forest_columns`` hyperparameters.
    :ivar install: What brings the forest, None where it is there.
    """

    result: str
    runs: int
    n: int
    used: int
    least: int
    enough: int
    same: list[str]
    columns: list[Influence]
    score: float | None
    forest_least: int
    forest_runs: int
    forest_columns: int
    install: str | None


def influences(
    rows: Rows, result: str, keys: Sequence[str], with_forest: bool = True
) -> Influences:
    """Return what hyperparameters have to do with a result.

    :param rows: Cells of runs by column.
    :param result: The column whose finite numbers count.
    :param keys: The hyperparameters.
    :param with_forest: Whether to grow the forest, which takes seconds where the rest takes none.
    """
    known = [(row, number[0]) for row in rows if (number := finite_numbers([row.get(result)]))]
    used = _drawn(known, MOST_RUNS)
    every = {key: _column([row.get(key) for row, _ in used]) for key in keys if key != result}
    columns = {key: column for key, column in every.items() if len(set(column) - {None}) > 1}
    values = [value for _, value in used]
    found = _by_strength(columns, values) if len(used) >= LEAST else []
    said: Influences = {
        "result": result,
        "runs": len(rows),
        "n": len(known),
        "used": len(used),
        "least": LEAST,
        "enough": ENOUGH * len(columns),
        "same": [key for key in every if key not in columns],
        "columns": found,
        "score": None,
        "forest_least": forest.LEAST,
        "forest_runs": 0,
        "forest_columns": 0,
        "install": None,
    }
    if not with_forest:
        return said
    if not forest.can_grow():
        said["install"] = forest.INSTALL
    elif found:
        _ask_forest(said, columns, values)
    return said


def _by_strength(columns: Mapping[str, list[Any]], result: list[float]) -> list[Influence]:
    found = [_influence(key, column, result) for key, column in columns.items()]
    _correct(found)
    return sorted(found, key=lambda each: -(each["strength"] or 0.0))


def _ask_forest(said: Influences, columns: Mapping[str, list[Any]], result: list[float]) -> None:
    """Put the forest's figures to those that are there already."""
    chosen = said["columns"][: forest.MOST_COLUMNS]
    places = _drawn(range(len(result)), forest.MOST_RUNS)
    parts = {each["key"]: [columns[each["key"]][at] for at in places] for each in chosen}
    grown = forest.grow(parts, [result[at] for at in places])
    if grown is None:
        return
    said["score"] = grown.score
    said["forest_runs"], said["forest_columns"] = len(places), len(parts)
    for each in chosen:
        each["importance"], each["spread"] = grown.shares[each["key"]]


def _influence(key: str, column: list[Any], result: list[float]) -> Influence:
    pairs = [(cell, value) for cell, value in zip(column, result, strict=True) if cell is not None]
    cells, values = [cell for cell, _ in pairs], [value for _, value in pairs]
    kinds = sorted(set(cells))
    said: Influence = {
        "key": key,
        "kind": "category" if isinstance(kinds[0], str) else "number",
        "n": len(pairs),
        "values": len(kinds),
        "high": None,
        "rho": None,
        "interval": None,
        "strength": None,
        "p": None,
        "importance": None,
        "spread": None,
    }
    if said["kind"] == "category" and len(kinds) > 2:
        parted = kruskal(cells, values)
        if parted is not None:
            said["strength"], said["p"] = parted
        return said
    if said["kind"] == "category":  # of two an order is as good as the other one, if it is told
        said["kind"], said["high"] = "two", kinds[1]
        cells = [float(cell == kinds[1]) for cell in cells]
    found = spearman(cells, values)
    if found is not None:
        said["rho"], said["strength"], said["p"] = found.rho, abs(found.rho), found.p
        said["interval"] = [found.low, found.high]
    return said


def _correct(found: list[Influence]) -> None:
    tested = [each for each in found if each["p"] is not None]
    for each, p in zip(tested, holm([each["p"] or 0.0 for each in tested]), strict=True):
        each["p"] = p


def _column(cells: list[Any]) -> list[Any]:
    """Return cells as numbers, or all as texts where one of them is none; None where one is empty.

    NaN and infinities count as missing among numbers.
    """
    numbers: list[float | None] = []
    for cell in cells:
        known = None if isinstance(cell, bool) else finite_numbers([cell])
        if not known and spelled(plain(cell)) not in ("", "NaN", "Infinity", "-Infinity"):
            return [spelled(plain(each)) or None for each in cells]
        numbers.append(known[0] if known else None)
    return numbers


def _drawn(items: Sequence[Any], most: int) -> list[Any]:
    """Return the items, or so many of them, drawn the same at each look."""
    if len(items) <= most:
        return list(items)
    places = random.Random(0).sample(range(len(items)), most)  # noqa: S311 - no secret
    return [items[at] for at in sorted(places)]
