"""What was sampled beside a run, as a table on its page."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fitlog_plugins.system_metrics.sampler import MEGABYTE, NAME, Sample

if TYPE_CHECKING:
    from fitlog_core.reading.reader import RunReader

MOST_READ = MEGABYTE  # bytes of the newest samples that the page shows
UNITS = {
    "cpu": "%", "process_cpu": "%", "memory": "%", "process_memory": "MB", "disk": "%",
    "use": "%", "watts": "W", "celsius": "°C",
}  # fmt: skip


def panel(reader: RunReader) -> list[Mapping[str, object]] | None:
    """Return a row for each thing that was sampled: mean, largest and last; None without samples.

    :param reader: The run.
    """
    samples = samples_of(reader)
    names = dict.fromkeys(name for sample in samples for name in sample if name != "time")
    rows: list[Mapping[str, object]] = []
    for name in names:
        values = [sample[name] for sample in samples if name in sample]
        unit = UNITS.get(name) or UNITS.get(name.rpartition("_")[2], "%")
        rows.append(
            {
                "": f"{name.replace('_', ' ')} ({unit})",
                "mean": round(sum(values) / len(values), 1),
                "max": max(values),
                "last": values[-1],
            }
        )
    return rows or None


def samples_of(reader: RunReader) -> list[Sample]:
    """Return the newest samples of a run; lines that are none are passed over.

    :param reader: The run.
    """
    from fitlog_core.errors import RunNotFoundError

    try:
        with reader.open_file(NAME).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - MOST_READ))
            lines = file.read(MOST_READ).split(b"\n")[:-1]
    except (OSError, RunNotFoundError):
        return []
    return [sample for sample in map(_sample, lines) if sample]


def _sample(line: bytes) -> Sample:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    items = found.items() if isinstance(found, dict) else ()
    return {str(name): value for name, value in items if type(value) in (int, float)}
