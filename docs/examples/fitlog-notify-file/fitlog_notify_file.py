"""Appends a line to the file that FITLOG_NOTIFY_FILE names, whenever a run ends."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from fitlog_core.hookspecs import hookimpl


@hookimpl
def fitlog_run_finished(run, ending):
    """Tell how the run ended; without the variable nobody is told."""
    path = os.environ.get("FITLOG_NOTIFY_FILE")
    if not path:
        return
    now = datetime.now().isoformat(sep=" ", timespec="seconds")
    line = f"{now} {run.get_log_id()} {ending.state} after {ending.seconds:.0f} s"
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{line}: {ending.error}\n" if ending.error else f"{line}\n")
