"""Records values whose groups stand in their names, as other loggers have it: ``val/acc``."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from fitlog_core.recording.run import Run
from fitlog_core.recording.values import is_number


def record(run: Run, values: Mapping[str, Any], step: int, epoch: int | None = None) -> None:
    """Record the numbers of one step: losses by their name, all else as metrics.

    :param run: Where to.
    :param values: Numbers by name, or mappings of them.
    :param step: Step, from 0.
    :param epoch: Epoch, from 0, or None.
    """
    losses = {name: value for name, value in values.items() if _speaks_of_loss(name)}
    metrics = {name: value for name, value in values.items() if name not in losses}
    if losses:
        run.add_loss(nested(losses), step, epoch=epoch)
    if metrics:
        run.add_metric(nested(metrics), step, epoch=epoch)


def _speaks_of_loss(name: str) -> bool:
    """Tell whether a name speaks of a loss, in any of its parts."""
    return "loss" in name.lower()


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{"val/acc": 0.9}`` as ``{"val": {"acc": 0.9}}``; a name in another's way stays."""
    tree: dict[str, Any] = {}
    for name, value in sorted(values.items(), key=lambda item: item[0].count("/")):
        *groups, last = [part for part in name.split("/") if part] or [name]
        place = tree
        for group in groups:
            place = place.setdefault(group, {})
            if not isinstance(place, dict):  # val beside val/acc
                place, last = tree, name
                break
        place[last] = value
    return tree


def whole_step(step: Any) -> int | None:
    """Return a step as other loggers take it, a float or a tensor too; None if it is none."""
    try:
        count = operator.index(step)
    except TypeError:
        if not is_number(step) or step != step or step in (float("inf"), float("-inf")):
            return None
        count = int(step)
    return count if count >= 0 else None
