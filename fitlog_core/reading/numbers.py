"""Numbers as they stand in logs: which are floats, and whether they rise."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from operator import lt
from typing import Any


def as_float(value: Any) -> float | None:
    """Return a number as a float; None for what is no number or too large for one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer beyond what a float can hold
        return None


def is_rising(numbers: Sequence[int]) -> bool:
    """Tell whether each number is larger than the one before it."""
    return all(map(lt, numbers, islice(numbers, 1, None)))
