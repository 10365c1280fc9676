"""The latest step of a run and its usual pace, from the ends of its step files alone."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

from fitlog_core import log_format
from fitlog_core.reading.cursor import Change, Tail
from fitlog_core.reading.records import as_float

TAKEN = 1 << 12  # bytes read from the end of a file: some tens of records
PARSED = 16  # and how many of them are looked into
MOST_TAKEN = 1 << 20  # where one record alone is longer than that


class Recent:
    """What the last records of one step file tell, read again only when the file changed.

    A table of a thousand runs needs the last step of each, and must not read their whole curves.
    """

    __slots__ = ("bytes_per_record", "last_step", "stamps", "tail")

    def __init__(self, path: Path) -> None:
        self.tail = Tail(path)
        self._forget()

    def _forget(self) -> None:
        self.last_step: int | None = None
        self.stamps: list[float] = []
        self.bytes_per_record = 0.0

    def refresh(self) -> bool:
        """Look at the file; return whether it changed."""
        change = self.tail.check()
        if change is Change.SAME:
            return False
        self._forget()
        taken = TAKEN
        self._read(self._last_lines(taken))
        while self.last_step is None and taken < min(self.tail.size, MOST_TAKEN):
            taken *= 16
            self._read(self._last_lines(taken))
        return True

    def _last_lines(self, taken: int) -> list[bytes]:
        start = max(0, self.tail.size - taken)
        try:
            with self.tail.path.open("rb", buffering=0) as file:
                file.seek(start)
                lines = (file.read(taken) or b"").split(b"\n")
        except OSError:
            return []
        lines.pop()  # the torn end, or the nothing after the last newline
        return lines[1:] if start else lines

    def _read(self, lines: list[bytes]) -> None:
        """Take in the last records; steps may come in any order, the largest is how far it is."""
        for line in lines[-PARSED:]:
            record = log_format.parse_step_line(line)
            if record is None:
                continue
            self.last_step = max(record.step, self.last_step or 0)
            time = as_float(record.time)
            if time is not None and isfinite(time):
                self.stamps.append(time)
        if lines:
            self.bytes_per_record = sum(map(len, lines)) / len(lines) + 1

    @property
    def records(self) -> float:
        """Return about how many records the file holds."""
        return self.tail.size / self.bytes_per_record if self.bytes_per_record else 0.0


def usual_gap(files: list[Recent], start: float | None, end: float | None) -> float | None:
    """Return the seconds that usually lie between records, None if nothing tells.

    :param start: When the run began, for logs whose records carry no time (fitlog 0.9).
    :param end: When it was written last.
    """
    gaps = [
        later - earlier
        for file in files
        for earlier, later in zip(file.stamps, file.stamps[1:], strict=False)
        if later >= earlier
    ]
    if gaps:
        return sorted(gaps)[len(gaps) // 2]
    records = max((file.records for file in files), default=0.0)
    if start is None or end is None or records < 2 or end <= start:
        return None
    return (end - start) / records
