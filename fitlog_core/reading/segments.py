"""When a run went on after it had stopped."""

from __future__ import annotations

from pathlib import Path

from fitlog_core import log_format
from fitlog_core.reading.cursor import Tail
from fitlog_core.reading.numbers import as_float


def segments_in(path: Path) -> list[float]:
    """Return when each further segment of a run began (epoch seconds), in order.

    The last one alone is among the values of ``meta.log`` as they are merged; the others are
    found by reading its lines once more.

    :param path: The run's ``meta.log``.
    """
    tail = Tail(path)
    tail.check()
    found = {start for lines in tail.batches() for line in lines for start in _start_in(line)}
    return sorted(found)


def _start_in(line: bytes) -> list[float]:
    said = log_format.parse_object_line(line)
    values = said.get("meta") if said is not None else None
    start = as_float(values.get("segment_start")) if isinstance(values, dict) else None
    return [] if start is None else [start]
