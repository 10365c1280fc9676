"""Lightning's names, ``val/acc`` and ``train_loss_epoch``, as a run holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fitlog_core.errors import ArgumentError
from fitlog_core.recording.alike import Tree

# The word anywhere in the last part of a name; of several dataloaders each adds a part.
LOSSES = r"loss[^/]*(/dataloader_idx_\d+)?$"
SEPARATOR = "/"


def loss_pattern(losses: str) -> re.Pattern[str]:
    """Return the pattern that tells losses from metrics.

    :param losses: A regular expression, searched in a name whatever its case.
    :raises ArgumentError: if it is none.
    """
    try:
        return re.compile(losses, re.IGNORECASE)
    except (re.error, TypeError) as error:
        raise ArgumentError(
            f"losses must be a regular expression for the names of losses, got {losses!r}: {error}"
        ) from None


class Layout:
    """What becomes of the values that come under one set of names, worked out once.

    :param names: The names, in the order in which they come.
    :param is_loss: Pattern of the names of losses.
    :ivar last: Step and epoch of the last values.
    :ivar trees: Where each value lies in ``loss.log`` and in ``metric.log``.
    """

    __slots__ = ("_losses", "_metrics", "last", "trees")

    def __init__(self, names: tuple[str, ...], is_loss: re.Pattern[str]) -> None:
        paths = {name: path_of(name) for name in names if name != "epoch"}
        losses = {name: path for name, path in paths.items() if is_loss.search(name)}
        metrics = {name: path for name, path in paths.items() if name not in losses}
        self._losses = _without_clashes(losses)
        self._metrics = _without_clashes(metrics)
        self.last: tuple[int, int | None] = (0, None)
        own_names = {name: name for name in names}
        self.trees: dict[str, Tree] = {
            "loss": self.losses(own_names),
            "metric": self.metrics(own_names),
        }

    def losses(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the losses among the values, nested."""
        return _nested(self._losses, values)

    def metrics(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the metrics among the values, nested."""
        return _nested(self._metrics, values)


def path_of(name: str) -> tuple[str, ...]:
    """Return the parts of a name, at least one."""
    parts = tuple(part for part in str(name).split(SEPARATOR) if part)
    return parts or (str(name),)


def nested_at(path: tuple[str, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values inside the groups that a path names."""
    nested = dict(values)
    for part in reversed(path):
        nested = {part: nested}
    return nested


def _without_clashes(paths: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Leave names whole that lie inside one another: ``val`` and ``val/acc``."""
    groups = {path[:length] for path in paths.values() for length in range(1, len(path))}
    taken = {path for path in paths.values() if path in groups}
    return {
        name: (name,) if any(path[:length] in taken for length in range(1, len(path))) else path
        for name, path in paths.items()
    }


def _nested(paths: Mapping[str, tuple[str, ...]], values: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, path in paths.items():
        group = nested
        for part in path[:-1]:
            group = group.setdefault(part, {})
        group[path[-1]] = values[name]
    return nested
