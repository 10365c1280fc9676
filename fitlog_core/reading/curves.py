"""All curves of one run: loss.log and metric.log, read once and then only what is new."""

from __future__ import annotations

import threading
from pathlib import Path

from fitlog_core import log_format
from fitlog_core.reading.collector import Collector, Stamps, as_float
from fitlog_core.reading.cursor import Change, Tail
from fitlog_core.reading.series import Series


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

    @property
    def skipped(self) -> int:
        """Return how many lines were passed over because they are not valid."""
        return sum(file.skipped + file.tail.dropped for file in self._files)


class _CurveFile:
    def __init__(self, kind: str, path: Path) -> None:
        self._kind = kind
        self.tail = Tail(path)
        self._forget()

    def _forget(self) -> None:
        self._collectors: dict[str, Collector] = {}
        self._stamps = Stamps()
        self._records = 0
        self.skipped = 0

    def refresh(self) -> None:
        if self.tail.check() is Change.REPLACED:
            self._forget()
        for lines in self.tail.batches():
            for line in lines:
                self._take(line)

    def series(self) -> dict[str, Series]:
        return {key: points.series(self._stamps) for key, points in self._collectors.items()}

    def _take(self, line: bytes) -> None:
        record = log_format.parse_step_line(line)
        if record is None or record.kind != self._kind:
            self.skipped += not _is_expected(line)
            return
        try:
            self._add(record)
        except RecursionError:  # a list nested without end as a value
            self.skipped += 1

    def _add(self, record: log_format.StepRecord) -> None:
        self._records += 1
        if record.time is not None:
            self._stamps.add(self._records, record.time)
        epoch = None if record.epoch is None else as_float(record.epoch)
        for key, value in log_format.flatten(record.values, self._kind).items():
            points = self._collectors.get(key)
            if points is None:
                points = self._collectors[key] = Collector()
            number = value if type(value) is float else log_format.number(value)
            points.add(record.step, number, epoch, self._records)


def _is_expected(line: bytes) -> bool:
    """Return whether a line that is no step record is in order all the same.

    An empty line says nothing; very old runs keep their best metrics among the steps.
    """
    line = line.strip()
    if not line:
        return True
    found = None if line.startswith(b"S") else log_format.parse_object_line(line)
    return found is not None and "metric" in found
