"""How results go with the ranks of a hyperparameter, in plain Python.

Spearman's correlation for numbers, with the interval of Bonett and Wright (Psychometrika 65, 2000)
and p by Fisher's transformation; for categories the Kruskal-Wallis test on ranks, with the share
of the ranks' variance that they explain (epsilon squared). Ties share the mean of their ranks.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from statistics import NormalDist
from typing import NamedTuple

LEAST = 5  # pairs below which nothing is computed: of four any order is likely by chance
CONFIDENCE = 0.95
_NORMAL = NormalDist()


class Correlation(NamedTuple):
    """Spearman's rank correlation, its interval of 95 % and the two-sided p; both approximate."""

    rho: float
    low: float
    high: float
    p: float


class Association(NamedTuple):
    """How far categories part the ranks of results: 0 not at all, 1 entirely.

    :ivar strength: The root of epsilon squared, 0 where chance alone would give more; no sign.
    """

    strength: float
    p: float


def ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value from 1 on; equal ones share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found = [0.0] * len(values)
    first = 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and values[order[last + 1]] == values[order[first]]:
            last += 1
        for place in order[first : last + 1]:
            found[place] = (first + last) / 2 + 1
        first = last + 1
    return found


def spearman(first: Sequence[float], second: Sequence[float]) -> Correlation | None:
    """Return the rank correlation of pairs, None where they are too few or one side never differs.

    :param first: Finite numbers; ``second`` those beside them.
    """
    if len(first) < LEAST:
        return None
    rho = _pearson(ranks(first), ranks(second))
    if rho is None:
        return None
    z = math.atanh(max(-1 + 1e-12, min(1 - 1e-12, rho)))
    error = math.sqrt((1 + rho * rho / 2) / (len(first) - 3))
    width = _NORMAL.inv_cdf(0.5 + CONFIDENCE / 2) * error
    # Without a correlation the error of z is that of rho = 0.
    p = math.erfc(abs(z) * math.sqrt(len(first) - 3) / math.sqrt(2))
    return Correlation(rho, math.tanh(z - width), math.tanh(z + width), p)


def kruskal(groups: Sequence[Hashable], values: Sequence[float]) -> Association | None:
    """Return how far groups part values.

    :param groups: The category beside each value.
    :return: None where there are too few values, one group only, or groups of hardly two each.
    """
    n, kinds = len(values), len(set(groups))
    if n < LEAST or kinds < 2 or kinds > n / 2:
        return None
    placed = ranks(values)
    sums: dict[Hashable, list[float]] = {}
    for group, rank in zip(groups, placed, strict=True):
        sums.setdefault(group, []).append(rank)
    middle = (n + 1) / 2
    within = sum((rank - middle) ** 2 for rank in placed)
    if not within:
        return None
    between = sum(len(each) * (sum(each) / len(each) - middle) ** 2 for each in sums.values())
    h = (n - 1) * between / within  # ties are corrected for by dividing by what there is
    explained = max(0.0, (h - kinds + 1) / (n - kinds))
    return Association(math.sqrt(min(1.0, explained)), chi_square_above(h, kinds - 1))


def holm(chances: Sequence[float]) -> list[float]:
    """Return p values corrected for their number (Holm's step-down), in the order given."""
    order = sorted(range(len(chances)), key=chances.__getitem__)
    found = [1.0] * len(chances)
    largest = 0.0
    for turn, place in enumerate(order):
        largest = max(largest, min(1.0, (len(chances) - turn) * chances[place]))
        found[place] = largest
    return found


def chi_square_above(value: float, freedom: int) -> float:
    """Return the chance that a chi-square variable lies above a value.

    By the finite sums that there are for whole degrees of freedom.
    """
    half = value / 2
    if half <= 0:
        return 1.0
    first = 0.5 if freedom % 2 else 0.0
    powers = [first + turn for turn in range(freedom // 2)]
    terms = (math.exp(power * math.log(half) - half - math.lgamma(power + 1)) for power in powers)
    return min(1.0, (math.erfc(math.sqrt(half)) if freedom % 2 else 0.0) + math.fsum(terms))


def _pearson(first: Sequence[float], second: Sequence[float]) -> float | None:
    mean = (len(first) + 1) / 2  # of ranks
    across = math.fsum((a - mean) * (b - mean) for a, b in zip(first, second, strict=True))
    parts = [math.fsum((rank - mean) ** 2 for rank in each) for each in (first, second)]
    if not parts[0] or not parts[1]:
        return None
    return max(-1.0, min(1.0, across / math.sqrt(parts[0] * parts[1])))
