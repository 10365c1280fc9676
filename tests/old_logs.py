"""Copies of the log directory that the real fitlog 0.9.15 wrote, as old as those runs are.

A checkout makes files new, and how long a run has been silent is part of its state.
"""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache
from pathlib import Path

OLD_LOGS = Path(__file__).parent / "fixtures" / "fitlog-0.9-logs"
WRITTEN = datetime(2026, 11, 22, 9, 30).timestamp()  # after the last of its runs


def copy_old_logs(to: Path) -> Path:
    """Write the log directory anew to ``to`` and return that."""
    os.makedirs(to)
    start = f"{to}{os.sep}"  # a Path for each file would take as long as the file itself
    for name, content in _found():
        if content is None:
            os.mkdir(start + name)
        else:
            with open(start + name, "wb", buffering=0) as file:
                file.write(content)
    # Folders last: what is made in them makes them young.
    for name, _ in reversed(_found()):
        os.utime(start + name, (WRITTEN, WRITTEN))
    return to


@cache
def _found() -> list[tuple[str, bytes | None]]:
    """What is in the directory, read once: hundreds of tests want a copy.

    :return: Names and contents, None for a folder, which comes before what is in it.
    """
    paths = sorted(OLD_LOGS.rglob("*"))
    return [
        (str(path.relative_to(OLD_LOGS)), None if path.is_dir() else path.read_bytes())
        for path in paths
    ]
