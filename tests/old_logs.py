"""Copies of the log directory that the real fitlog 0.9.15 wrote, as old as those runs are.

A checkout makes files new, and how long a run has been silent is part of its state.
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

OLD_LOGS = Path(__file__).parent / "fixtures" / "fitlog-0.9-logs"
WRITTEN = datetime(2026, 11, 22, 9, 30).timestamp()  # after the last of its runs


def copy_old_logs(to: Path) -> Path:
    """Copy the log directory to ``to`` and return that."""
    shutil.copytree(OLD_LOGS, to)
    for path in to.rglob("*"):
        os.utime(path, (WRITTEN, WRITTEN))
    return to
