"""Whether two runs have the same curves, and else how far and from which step on they differ."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isnan
from typing import NamedTuple

from fitlog_core.reading.series import Series


class Agreement(NamedTuple):
    """How one curve of two runs agrees.

    :param key: Column key of the curve, such as ``metric-dev-acc``.
    :param points: How many steps both have.
    :param missing: How many steps only one of them has.
    :param largest: Largest difference at a step of both; infinite where only one is NaN or text.
    :param at: The step of that difference, None without one.
    :param parts_at: The first step at which they differ or only one has a point; None if they are
        identical.
    """

    key: str
    points: int
    missing: int
    largest: float
    at: int | None
    parts_at: int | None

    @property
    def is_identical(self) -> bool:
        """Whether every point is the same, bit by bit."""
        return self.parts_at is None

    def is_within(self, tolerance: float) -> bool:
        """Tell whether no point is missing and no difference is larger.

        :param tolerance: At most this, in the units of the curve.
        """
        return not self.missing and self.largest <= tolerance


def agreements(first: Mapping[str, Series], second: Mapping[str, Series]) -> list[Agreement]:
    """Compare the curves of two runs, those that only one has too.

    :param first: Curves by column key.
    :param second: The same, of the other run.
    :return: One for each curve, the one that parts first in front, identical ones last.
    """
    empty = Series()
    found = [
        agreement(key, first.get(key, empty), second.get(key, empty))
        for key in sorted(first.keys() | second.keys())
    ]
    return sorted(found, key=lambda one: (one.is_identical, one.parts_at or 0))


def agreement(key: str, first: Series, second: Series) -> Agreement:
    """Compare one curve of two runs.

    :param key: Its column key.
    """
    ours, theirs = _points(first), _points(second)
    both = sorted(ours.keys() & theirs.keys())
    lone = ours.keys() ^ theirs.keys()
    largest, at = 0.0, None
    apart = []
    for step in both:
        difference = _difference(ours[step], theirs[step])
        if difference:
            apart.append(step)
        if difference > largest:
            largest, at = difference, step
    return Agreement(key, len(both), len(lone), largest, at, min([*apart, *lone], default=None))


def _points(series: Series) -> dict[int, float | str]:
    numbers: dict[int, float | str] = dict(zip(series.steps, series.values, strict=True))
    return {**numbers, **series.texts}


def _difference(first: float | str, second: float | str) -> float:
    if first == second:
        return 0.0
    if isinstance(first, str) or isinstance(second, str):
        return inf
    if isnan(first) and isnan(second):
        return 0.0
    difference = abs(first - second)
    return inf if isnan(difference) else difference
