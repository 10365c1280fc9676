"""What a block of step lines says: the points of its curves, column by column."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fitlog_core import log_format
from fitlog_core.reading.numbers import as_float


@dataclass
class Points:
    """One curve's points in file order.

    ``epochs`` is None where no record tells one. ``texts`` are what was logged under the curve's
    name but is no number: step, text, number of the record.
    """

    steps: array[int]
    values: array[float]
    records: Sequence[int]
    epochs: array[float] | None = None
    texts: list[tuple[int, str, int]] = field(default_factory=list)


@dataclass
class Block:
    """What a block of lines says.

    :ivar records: How many records it holds; they are numbered through the file, from 1.
    :ivar skipped: How many lines are not valid.
    :ivar stamps: Records that tell the time: number, epoch seconds.
    :ivar curves: Points by column key, in the order in which the keys first come.
    """

    records: int = 0
    skipped: int = 0
    stamps: list[tuple[int, float]] = field(default_factory=list)
    curves: dict[str, Points] = field(default_factory=dict)


class Growing:
    """One curve, taken in value by value."""

    def __init__(self) -> None:
        self.steps: array[int] = array("q")
        self.values: array[float] = array("d")
        self.epochs: array[float] = array("d")
        self.records: array[int] = array("q")
        self.texts: list[tuple[int, str, int]] = []

    def add(self, value: Any, step: int, epoch: float, record: int) -> None:
        """Take a value in; what is no number is kept as text.

        :param epoch: NaN where the record tells none.
        :param record: The number of the record.
        """
        number = as_float(log_format.number(value))
        if number is None:
            self.texts.append((step, _as_text(value), record))
            return
        self.steps.append(step)
        self.values.append(number)
        self.epochs.append(epoch)
        self.records.append(record)

    def points(self) -> Points:
        """Return what was taken in."""
        known = any(epoch == epoch for epoch in self.epochs)
        epochs = self.epochs if known else None
        return Points(self.steps, self.values, self.records, epochs, self.texts)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
