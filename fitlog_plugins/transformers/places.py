"""Where the values of a log go: the Trainer's names as losses, metrics and splits of a run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fitlog_core.recording.alike import Tree
from fitlog_core.recording.values import is_number

_SPLITS = ("eval", "test", "train")
# What the Trainer adds to the metrics of an evaluation, for the table instead of a curve.
_COSTS = (
    "runtime",
    "samples_per_second",
    "steps_per_second",
    "tokens_per_second",
    "model_preparation_time",
    "jit_compilation_time",
)

_MOST_LAYOUTS = 1000


class Place(NamedTuple):
    """Where a value of a log goes.

    :param key: Its name in the log.
    :param kind: ``loss``, ``metric`` or ``other``.
    :param split: Which data it is of.
    :param name: What it is called there; of a loss, its whole name.
    """

    key: str
    kind: str
    split: str
    name: str


class Layout(NamedTuple):
    """What becomes of the values that come under one set of names, worked out once.

    :param prefix: Of the evaluation that was logged; None if it was none.
    :param is_summary: The training has ended, and these are its totals.
    :param places: Where each value goes.
    :param trees: How they lie in ``loss.log`` and ``metric.log``; None where one goes elsewhere.
    """

    prefix: str | None
    is_summary: bool
    places: tuple[Place, ...]
    trees: Mapping[str, Tree] | None


class Layouts:
    """The layouts of all logs so far, for the same names come again and again."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Layout] = {}

    def of(self, logs: Mapping[str, Any]) -> Layout:
        """Return the layout of a log."""
        names = tuple(logs)
        layout = self._known.get(names)
        if layout is None:
            if len(self._known) >= _MOST_LAYOUTS:
                self._known.clear()
            prefix = evaluated(names)
            is_summary = prefix is None and "train_runtime" in names
            places = places_of(names, prefix or "train")
            layout = Layout(prefix, is_summary, places, _trees(places))
            self._known[names] = layout
        return layout


def evaluated(logs: Iterable[str]) -> str | None:
    """Return the prefix of an evaluation's metrics, known by the time it took."""
    for key in logs:
        if key.endswith("_runtime") and key != "train_runtime":
            return key[: -len("_runtime")]
    return None


def places_of(names: Iterable[str], prefix: str) -> tuple[Place, ...]:
    """Return where the values of a log go, the epoch left out."""
    places = []
    for key in names:
        split, name = _split(key, prefix)
        if split != "train" and name in _COSTS:
            places.append(Place(key, "other", split, name))
        elif name == "loss":
            places.append(Place(key, "loss", split, split))
        elif name.endswith("_loss"):
            places.append(Place(key, "loss", split, f"{split}_{name[: -len('_loss')]}"))
        elif key != "epoch":
            places.append(Place(key, "metric", split, name))
    return tuple(places)


def _trees(places: Iterable[Place]) -> dict[str, Tree] | None:
    losses: dict[str, str] = {}
    metrics: dict[str, dict[str, str]] = {}
    for key, kind, split, name in places:
        if kind == "other":
            return None
        if kind == "loss":
            losses[name] = key
        else:
            metrics.setdefault(split, {})[name] = key
    return {"loss": losses, "metric": dict(metrics)}


def table_of(metrics: Mapping[str, Any], prefix: str, step: int | None = None) -> dict[str, Any]:
    """Return an evaluation as the table shows it: values by split, and their step.

    :param metrics: The evaluation's values by name.
    :param prefix: What their names begin with.
    :param step: Step of the evaluation, if it is to be shown.
    """
    table: dict[str, dict[str, Any]] = {}
    for key, value in metrics.items():
        split, name = _split(key, prefix)
        if split != "train" and name not in _COSTS and is_number(value):
            table.setdefault(split, {})[name] = value
    if step is not None:
        for values in table.values():
            values.setdefault("step", step)
    return table


def epoch_of(passes: float | None) -> int | None:
    """Return the epoch, from 0, in which the last step was: the second half of 0 ends at 1.0."""
    return None if passes is None else max(0, math.ceil(passes - 1e-6) - 1)


def _split(key: str, prefix: str) -> tuple[str, str]:
    """Return which data a value is of, and its name there; without a prefix, the training's."""
    for split in (prefix, *_SPLITS):
        if key.startswith(f"{split}_"):
            return split, key[len(split) + 1 :]
    return "train", key
