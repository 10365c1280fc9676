"""What adapters with ``every``, ``monitor`` and ``mode`` are given, checked, and judged by."""

from __future__ import annotations

from fitlog_core.errors import ArgumentError


def batches(every: int) -> int:
    """Return after how many batches values are recorded, 0 for the ends of epochs only.

    :raises ArgumentError: if it is no such number.
    """
    if type(every) is not int or every < 0:
        raise ArgumentError(f"every must be a number of batches, 0 or more, got {every!r}")
    return every


def is_less_better(mode: str | None, is_cost: bool) -> bool:
    """Tell whether less of what is monitored is better.

    :param mode: ``min`` or ``max``, as the user says; None for what is usual.
    :param is_cost: What is usual: whether its name speaks of a loss or an error.
    :raises ArgumentError: if the mode is neither.
    """
    if mode not in (None, "min", "max"):
        raise ArgumentError(f"mode must be 'min' or 'max', got {mode!r}")
    return is_cost if mode is None else mode == "min"


def is_better(value: float, best: float | None, less: bool) -> bool:
    """Tell whether a value is better than the best so far; anything is better than NaN.

    :param best: None before there is one.
    :param less: Less of it is better.
    """
    if best is None or best != best:
        return True
    return value < best if less else value > best
