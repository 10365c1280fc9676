"""What the calls of a search mean: ``nan(loss)``, ``plateau(dev-acc, 5)``, ``stalled 10m``."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Mapping

from fitlog_core.errors import QueryError
from fitlog_core.reading.columns import candidates
from fitlog_core.reading.query import Query
from fitlog_core.reading.query_nodes import Call
from fitlog_core.reading.series import Series
from fitlog_core.reading.state import State

GROUPS = frozenset({"loss", "metric"})  # as a name, every curve of the kind
FORMS = {"nan": "nan(loss)", "plateau": "plateau(dev-acc, 5)", "stalled": "stalled 10m"}
LIVING = frozenset({State.RUNNING.value, State.STALE.value})
_SMALLER = re.compile(r"(?i)loss|err|perplexity|ppl|[mw]ae\b|mse|wer\b|cer\b|\bnll|fid\b|bpc")


def check(query: Query) -> None:
    """Make sure that each call of a search is one that :func:`holds` can answer.

    :raises QueryError: with the place of the first that is not.
    """
    for call in query.calls:
        fault = fault_of(call)
        if fault:
            raise QueryError(fault, query.text, call.position)


def fault_of(call: Call) -> str | None:
    """Return what is wrong with a call, None where :func:`holds` can answer it."""
    form = FORMS.get(call.name)
    if form is None:
        return f"there is no call {call.name!r}; there are {', '.join(FORMS.values())}"
    wanted = 0 if call.name == "nan" else 1
    needs_column, has_column = call.name == "plateau", call.column is not None
    if len(call.numbers) != wanted or (needs_column and not has_column):
        return f"{call.name} is written {form}"
    if call.name == "plateau" and not (
        call.numbers[0] >= 1 and call.numbers[0] == int(call.numbers[0])
    ):
        return f"{form} takes a number of points, 1 or more, got {call.numbers[0]:g}"
    return None


def holds(call: Call, series: Mapping[str, Series], state: str, quiet: float | None) -> bool:
    """Tell what a call says of a run.

    ``nan``: any point of the curve is NaN or infinite. ``plateau``: none of the last so many
    points is better than the best before them; smaller is better for a loss and what is called an
    error. ``stalled``: the run is not over, and was not written for longer than that. A column
    that may mean several curves means any of them, and ``loss`` or ``metric`` every one of that
    kind.

    :param call: One that :func:`check` let pass.
    :param series: The run's curves by column key.
    :param state: The run's state, as a :class:`State`'s value.
    :param quiet: Seconds since it was written last, None if unknown.
    """
    if call.name == "stalled":
        return state in LIVING and quiet is not None and quiet >= call.numbers[0]
    meant = curves_meant(call.column or "", series)
    if call.name == "nan":
        return any(has_odd(series[key].values) for key in meant)
    return any(is_level(key, series[key].values, int(call.numbers[0])) for key in meant)


def curves_meant(name: str, keys: Iterable[str]) -> list[str]:
    """Return the curves that a call's column means; none if there is no such curve yet.

    :param name: As it was written; empty for every curve.
    :param keys: The curves there are.
    """
    known = list(keys)
    if not name:
        return known
    if name in GROUPS and name not in known:
        return [key for key in known if key.startswith(f"{name}-")]
    return candidates(name, known)


def has_odd(values: array[float]) -> bool:
    """Tell whether any value is NaN or infinite."""
    # A sum is not finite if any part is not, and quick; a sum may be too large, too.
    return not math.isfinite(sum(values)) and not all(map(math.isfinite, values))


def is_level(key: str, values: array[float], last: int) -> bool:
    """Tell whether none of the last values is better than the best before them.

    :param key: The curve's column key, which tells whether smaller is better.
    :param values: In the order of their steps; those that are not finite count as none.
    :param last: How many values have to be no better.
    """
    finite = [value for value in values if math.isfinite(value)]
    before, after = finite[:-last], finite[-last:]
    if not before:
        return False
    if is_smaller_better(key):
        return min(after) >= min(before)
    return max(after) <= max(before)


def is_smaller_better(key: str) -> bool:
    """Tell whether smaller values of a curve are better, by its name."""
    return key.startswith("loss-") or _SMALLER.search(key) is not None
