"""What was read from a step file and is not in the cache yet."""

from __future__ import annotations

from array import array
from math import nan

from fitlog_core.reading.block import Block, Points
from fitlog_core.reading.collector import Stamps
from fitlog_core.reading.index.chunks import Stretch, followed, joined
from fitlog_core.reading.numbers import is_rising


class Taken:
    """Blocks of one file, gathered by curve.

    :param before: Number of the records before them in the file.
    """

    def __init__(self, before: int) -> None:
        self.records = before
        self.skipped = 0
        self.stamps = Stamps()
        self.curves: dict[str, TakenCurve] = {}

    def add(self, block: Block) -> None:
        """Take a further block."""
        self.records += block.records
        self.skipped += block.skipped
        self.stamps.add(block.stamps)
        for key, points in block.curves.items():
            if key not in self.curves:
                self.curves[key] = TakenCurve()
            self.curves[key].add(points)


class TakenCurve:
    """One curve's new points, in file order."""

    def __init__(self) -> None:
        self._stretch = Stretch(array("q"), array("d"), array("q"))
        self._texts: dict[int, tuple[str, int]] = {}
        self._is_rising = True

    def add(self, points: Points) -> None:
        """Take further points."""
        for step, text, record in points.texts:
            self._texts[step] = (text, record)
        if not points.steps:
            return
        mine = self._stretch
        follows = not mine.steps or points.steps[0] > mine.steps[-1]
        self._is_rising = self._is_rising and follows and is_rising(points.steps)
        if points.epochs is not None and mine.epochs is None:
            mine.epochs = array("d", (nan,)) * len(mine)
        if mine.epochs is not None:
            mine.epochs.extend(points.epochs or array("d", (nan,)) * len(points.steps))
        mine.steps.extend(points.steps)
        mine.values.extend(points.values)
        mine.records = followed(mine.records, points.records)

    def settled(self) -> tuple[Stretch, dict[int, tuple[str, int]]]:
        """Return the points, sorted, and the texts by step; of a step what came last counts."""
        stretch = self._stretch
        if not self._is_rising:
            stretch = joined(stretch[:0], stretch)
        texts = dict(self._texts)
        if texts:
            stretch = _without(stretch, texts)
        return stretch, texts


def _without(stretch: Stretch, texts: dict[int, tuple[str, int]]) -> Stretch:
    """Take out the points that a later text replaces, and the texts that a later point does."""
    kept = []
    for at, (step, record) in enumerate(zip(stretch.steps, stretch.records, strict=True)):
        text = texts.get(step)
        if text is not None and text[1] > record:
            continue
        texts.pop(step, None)
        kept.append(at)
    return stretch.picked(kept)
