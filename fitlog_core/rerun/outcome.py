"""The one number that a run is judged by, and which numbers are good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from fitlog_core.errors import QueryError, RerunError
from fitlog_core.log_format import flatten, number
from fitlog_core.reading import columns
from fitlog_core.reading.reader import RunReader

HIGHER, LOWER = "higher", "lower"
_SHOWN = 8  # names in an error


@dataclass(frozen=True)
class Metric:
    """What a run is judged by.

    :param key: Its column, such as ``metric-dev-acc``.
    :param is_best: It is a best metric; else the last value of a curve.
    """

    key: str
    is_best: bool

    @property
    def name(self) -> str:
        """What people call it."""
        return self.key.removeprefix("metric-")

    def value_of(self, folder: Path) -> float | None:
        """Return its value in a run, None where that has none or it is no number.

        :param folder: The run's folder.
        """
        reader = RunReader(folder)
        if self.is_best:
            reader.refresh()
            return _as_number(_best(reader).get(self.key))
        series = reader.series().get(self.key)
        return series.values[-1] if series is not None and len(series) else None


@dataclass(frozen=True)
class Verdict:
    """Which values are good.

    :param threshold: The least good value, or the largest; None where every number is good, and
        only NaN and the infinities are bad.
    :param is_higher: Larger values are better.
    """

    threshold: float | None
    is_higher: bool = True

    def is_good(self, value: float) -> bool:
        """Tell whether a value is a good one."""
        if not isfinite(value) or self.threshold is None:
            return isfinite(value)
        return value >= self.threshold if self.is_higher else value <= self.threshold

    def words(self) -> str:
        """Return which values are good, as a sentence goes on."""
        if self.threshold is None:
            return "every number is good, NaN and the infinities are bad"
        return f"{self.threshold:.6g} or {'more' if self.is_higher else 'less'} is good"


def metric_named(name: str, good: Path, bad: Path) -> Metric:
    """Return the metric that a text names, in two runs.

    Best metrics come first; where none is called so, the last value of a curve counts.

    :param name: Its column or an ending of it; ``-``, ``_`` and blanks are alike.
    :param good: The folder of the good run.
    :param bad: That of the bad one.
    :raises RerunError: if there is none, several, or one of the runs lacks it.
    """
    readers = [RunReader(folder) for folder in (good, bad)]
    for reader in readers:
        reader.refresh()
    for is_best, said in (
        (True, [_best(reader) for reader in readers]),
        (False, [reader.series() for reader in readers]),
    ):
        known = list(dict.fromkeys(key for one in said for key in one))
        found = columns.candidates(name, known)
        if found:
            key = _only(name, known)
            _check_both(key, said, (good, bad))
            return Metric(key, is_best)
    raise RerunError(_unknown(name, readers))


def verdict(good: float, bad: float, threshold: float | None, better: str | None) -> Verdict:
    """Return which values are good.

    :param good: The value of the good run.
    :param bad: That of the bad one, which tells whether higher or lower is better.
    :param threshold: The least good value; half-way between the two unless it is given.
    :param better: :data:`HIGHER` or :data:`LOWER`, where that is known beforehand.
    :raises RerunError: if the two do not differ so.
    """
    if not isfinite(good):
        raise RerunError(f"the good value is {good}, which no other can be measured by")
    if good == bad:
        raise RerunError(f"both runs have {good:.6g}: there is no change to look for")
    is_higher = good > bad if better is None else better == HIGHER
    if not isfinite(bad):
        if threshold is not None and better is None:
            raise RerunError(
                f"the bad value is {bad}, which does not tell whether higher or lower is better; "
                "say so by --better"
            )
        return Verdict(threshold, is_higher)
    if (good > bad) is not is_higher:
        raise RerunError(
            f"the good run has {good:.6g} and the bad one {bad:.6g}, so the good one is not better "
            f"where {better} is; give them the other way round"
        )
    chosen = Verdict(good + (bad - good) / 2 if threshold is None else threshold, is_higher)
    if not chosen.is_good(good) or chosen.is_good(bad):
        raise RerunError(
            f"the threshold {threshold:.6g} does not lie between the good value {good:.6g} and the "
            f"bad one {bad:.6g}"
        )
    return chosen


def _best(reader: RunReader) -> dict[str, Any]:
    return flatten(reader.best_metric, "metric")


def _as_number(value: Any) -> float | None:
    value = number(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else None


def _only(name: str, known: Sequence[str]) -> str:
    try:
        return columns.resolve(name, known)
    except QueryError as error:
        raise RerunError(error.message) from None


def _check_both(key: str, said: Sequence[Mapping[str, Any]], folders: Sequence[Path]) -> None:
    name = key.removeprefix("metric-")
    for values, folder in zip(said, folders, strict=True):
        if key not in values:
            raise RerunError(f"{folder.name} has no {name}")
        value = values[key]
        if isinstance(value, (str, bool, type(None))) and _as_number(value) is None:
            raise RerunError(f"{name} of {folder.name} is no number: {value!r}")


def _unknown(name: str, readers: Sequence[RunReader]) -> str:
    known = dict.fromkeys(key for reader in readers for key in (*_best(reader), *reader.series()))
    if not known:
        return f"neither run has a metric or a loss, so none is called {name!r}"
    shown = ", ".join(key.removeprefix("metric-") for key in list(known)[:_SHOWN])
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"no metric is called {name!r}; there are {shown}{more}"
