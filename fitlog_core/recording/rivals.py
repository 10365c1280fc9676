"""Whether another machine records into a run at this moment.

On a network file system each of two machines that append to one file writes where it thinks that
the file ends, over what the other wrote a moment ago.
"""

from __future__ import annotations

import os
import time
from typing import Any

from fitlog_core import machine
from fitlog_core.log_format import FILES

RECENT = 60.0  # seconds; a run not written for longer is taken for one whose process is gone
WATCHED_FOR = 5.0  # seconds; a run at work is synced every two
_EVERY = 0.25  # seconds between two looks


def is_recorded_elsewhere(folder: str, said: dict[str, Any]) -> bool:
    """Tell whether another machine records into a run that this one is to go on with.

    Watches the run for some seconds where that may be so: its writer never said that it ended, is
    of another machine, and wrote within the last minute.

    :param folder: The run's folder.
    :param said: What its ``meta.log`` says.
    """
    is_open = said.get("state") == "running" and said.get("end") is None
    is_of_another = said.get("host") not in (None, "", machine.host())
    if not is_open or not is_of_another or not machine.is_on_network(folder):
        return False
    files = _files(folder)
    written = max((time_written for _, time_written in files), default=0.0)
    return time.time() - written < RECENT and _changes(folder, files)


def _changes(folder: str, files: list[tuple[int, float]]) -> bool:
    until = time.monotonic() + WATCHED_FOR
    while time.monotonic() < until:
        time.sleep(_EVERY)
        if _files(folder) != files:
            return True
    return False


def _files(folder: str) -> list[tuple[int, float]]:
    """Return the sizes of a run's files and when they were written.

    Each is opened, which makes a network file system ask its server.
    """
    found = []
    for kind in FILES:
        try:
            descriptor = os.open(os.path.join(folder, f"{kind}.log"), os.O_RDONLY)
        except OSError:
            continue
        try:
            seen = os.fstat(descriptor)
            found.append((seen.st_size, seen.st_mtime))
        finally:
            os.close(descriptor)
    return found
