"""The newest values of a run, from the ends of its step files alone."""

from __future__ import annotations

import os
from pathlib import Path

from fitlog_core import log_format

TAKEN = 1 << 14  # bytes from the end of a file


def newest_values(folder: Path) -> dict[str, float]:
    """Return the last number of each curve by its column key, losses first.

    Of a run with many curves those that were written last are returned.

    :param folder: The run's folder.
    """
    found: dict[str, float] = {}
    for kind in log_format.STEP_FILES:
        for line in _last_lines(folder / f"{kind}.log"):
            record = log_format.parse_step_line(line)
            if record is None:
                continue
            for key, value in log_format.flatten(record.values, record.kind).items():
                number = log_format.number(value)
                if isinstance(number, (int, float)) and not isinstance(number, bool):
                    found[key] = number
    return found


def _last_lines(path: Path) -> list[bytes]:
    """Return whole lines; the first of what was read may be none."""
    try:
        with path.open("rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - TAKEN)
            file.seek(start)
            lines = file.read(TAKEN).split(b"\n")[:-1]
    except OSError:
        return []
    return lines[1:] if start else lines
