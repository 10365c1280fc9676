"""All curves of one run: loss.log and metric.log, read once and then only what is new."""

from __future__ import annotations

import threading
from pathlib import Path

from fitlog_core import log_format
from fitlog_core.reading import records
from fitlog_core.reading.collector import Collector, Stamps
from fitlog_core.reading.cursor import Change, Tail
from fitlog_core.reading.series import Extent, Part, Series, part_of

EXTENT = 8192  # points of a stretch; they are kept in one piece, so that is for those who ask


class Curves:
    """The series of a run, loaded when first asked for; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._files = [_CurveFile(kind, folder / f"{kind}.log") for kind in log_format.STEP_FILES]
        self._lock = threading.Lock()

    def refresh(self) -> None:
        """Take in what was appended since, or everything anew where a file was replaced."""
        with self._lock:
            for file in self._files:
                file.refresh()

    def series(self) -> dict[str, Series]:
        """Return every curve by its column key, up to date."""
        with self._lock:
            found: dict[str, Series] = {}
            for file in self._files:
                file.refresh()
                found.update(file.series())
            return found

    def names(self) -> list[str]:
        """Return the column keys of the curves, up to date."""
        return list(self.series())

    def part(
        self, key: str, points: int | None = None, first: int | None = None, last: int | None = None
    ) -> Part | None:
        """Return a stretch of one curve, None if there is no such curve.

        :param points: As for :func:`fitlog_core.reading.series.part_of`, which says what the
            others are, too.
        """
        series = self.series().get(key)
        return None if series is None else part_of(series, points, first, last)

    def extents(self, key: str) -> list[Extent]:
        """Return the stretches that one curve is kept in, up to date; none if it is not there."""
        steps = self.series().get(key, Series()).steps
        seal = tuple(file.state for file in self._files)
        return [
            Extent(part[0], part[-1], len(part), seal)
            for part in (steps[start : start + EXTENT] for start in range(0, len(steps), EXTENT))
        ]

    @property
    def skipped(self) -> int:
        """Return how many lines were passed over because they are not valid."""
        return sum(file.skipped + file.tail.dropped for file in self._files)


class _CurveFile:
    def __init__(self, kind: str, path: Path) -> None:
        self._kind = kind
        self.tail = Tail(path)
        self._replaced = 0
        self._forget()

    def _forget(self) -> None:
        self._collectors: dict[str, Collector] = {}
        self._stamps = Stamps()
        self._records = 0
        self.skipped = 0

    def refresh(self) -> None:
        if self.tail.check() is Change.REPLACED:
            self._replaced += 1
            self._forget()
        for text in self.tail.blocks():
            block = records.parse(text, self._kind, self._records)
            self._records += block.records
            self.skipped += block.skipped
            self._stamps.add(block.stamps)
            for key, points in block.curves.items():
                if key not in self._collectors:
                    self._collectors[key] = Collector()
                self._collectors[key].add(points)

    @property
    def state(self) -> tuple[int, int]:
        """What changes whenever a curve does."""
        return self._replaced, self._records

    def series(self) -> dict[str, Series]:
        return {key: points.series(self._stamps) for key, points in self._collectors.items()}
