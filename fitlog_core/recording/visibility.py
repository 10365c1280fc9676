"""Lets other machines see a run's records, where it lies on a network file system.

What is written there may wait in this machine's memory for half a minute before a board elsewhere
can read it.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from fitlog_core.machine import is_on_network

EVERY = 2.0  # seconds between two syncs of one file

Sync = Callable[[str, int], None]

sync_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)


def sync_in(folder: str | os.PathLike[str], warn: Callable[[str, OSError], None]) -> Sync | None:
    """Return what lets other machines see a file's records; None where it lies on a local disk.

    :param folder: The run's folder.
    :param warn: Told of a failure, with the path and the error.
    :return: It takes the file's path and descriptor, and never raises.
    """
    if not is_on_network(folder):
        return None

    def sync(path: str, descriptor: int) -> None:
        try:
            sync_data(descriptor)
        except OSError as error:
            warn(path, error)

    return sync
