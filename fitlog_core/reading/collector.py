"""The points of one curve as they come from a file, until they are sorted into a Series."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from math import nan

from fitlog_core.reading.block import Points
from fitlog_core.reading.numbers import is_rising
from fitlog_core.reading.series import Series
from fitlog_core.reading.times import between


class Stamps:
    """The records of one file that tell the time: their number in the file, and the time."""

    __slots__ = ("records", "times")

    def __init__(self) -> None:
        self.records: array[int] = array("q")
        self.times: array[float] = array("d")

    def add(self, stamps: Iterable[tuple[int, float]]) -> None:
        """Take further records that tell the time: number, epoch seconds."""
        for record, time in stamps:
            self.records.append(record)
            self.times.append(time)


class Collector:
    """One curve's points in file order until :meth:`series` sorts them; of a step the last wins."""

    __slots__ = (
        "_built", "_latest", "_ordered", "_stamp", "_timed", "_timed_stamps",
        "epochs", "records", "steps", "texts", "times", "values",
    )  # fmt: skip

    def __init__(self) -> None:
        self.steps: array[int] = array("q")
        self.values: array[float] = array("d")
        self.epochs: array[float] = array("d")
        self.records: array[int] = array("q")
        self.times: array[float] = array("d")
        self.texts: dict[int, tuple[str, int]] = {}
        self._ordered = True
        self._latest = -1
        self._built: Series | None = None
        self._timed = 0  # points whose time is final: a later stamp cannot change it
        self._stamp = 0
        self._timed_stamps = -1

    def add(self, points: Points) -> None:
        """Take further points of the curve."""
        for step, text, record in points.texts:
            self.texts[step] = (text, record)
        steps = points.steps
        if steps:
            rising = steps[0] > self._latest and is_rising(steps)
            self._ordered = self._ordered and rising
            self._latest = steps[-1]
            self.steps.extend(steps)
            self.values.extend(points.values)
            self.epochs.extend(points.epochs or array("d", (nan,)) * len(steps))
            self.records.extend(points.records)
        self._built = None

    def series(self, stamps: Stamps) -> Series:
        """Return the curve so far: its own copy, which later points leave alone."""
        stale = self._timed < len(self.steps) and self._timed_stamps != len(stamps.records)
        if self._built is None or stale:
            self._tell_times(stamps)
            self._built = self._build()
        return self._built

    def _build(self) -> Series:
        texts = {step: text for step, (text, _) in self.texts.items()}
        if self._ordered and not texts:
            return Series(self.steps[:], self.values[:], self.epochs[:], self.times[:])
        kept = self._last_of_each_step()
        if texts:
            kept = self._settle_texts(kept, texts)
        everything = Series(self.steps, self.values, self.epochs, self.times)
        return everything.pick(kept, texts)

    def _last_of_each_step(self) -> list[int]:
        steps = self.steps
        order = sorted(range(len(steps)), key=steps.__getitem__)  # stable: file order within a step
        following = order[1:]
        kept = [i for i, j in zip(order, following, strict=False) if steps[i] != steps[j]]
        return kept + order[-1:]

    def _settle_texts(self, kept: list[int], texts: dict[int, str]) -> list[int]:
        """Let the later of a number and a text at one step win."""
        remaining = []
        for index in kept:
            step = self.steps[index]
            if step in texts and self.texts[step][1] > self.records[index]:
                continue
            texts.pop(step, None)
            remaining.append(index)
        return remaining

    def _tell_times(self, stamps: Stamps) -> None:
        """Bring ``times`` up to date: as written, else between the neighbours in the file.

        Before the first stamp the time is unknown; after the last one it is that one's, for a
        writer stamps at least one record a second.
        """
        known = len(stamps.records)
        self._timed_stamps = known
        del self.times[self._timed :]
        if not known:
            self.times.extend(array("d", (nan,)) * (len(self.steps) - self._timed))
            return
        at, numbers, times = self._stamp, stamps.records, stamps.times
        for record in self.records[self._timed :]:
            while at < known and numbers[at] < record:
                at += 1
            if at == known:
                break
            self.times.append(between(numbers, times, at, record))
        self._timed, self._stamp = len(self.times), at
        self.times.extend(array("d", (times[-1],)) * (len(self.steps) - self._timed))
