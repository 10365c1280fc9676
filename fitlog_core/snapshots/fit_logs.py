"""The file ``.fitlog/fit_logs``: which command line made or met which snapshot.

Written and read as fitlog 0.9 does: five lines a record, the id on the third::

    -------commit-------
    2026-11-22 10:39:07
    020d1210f26677414dd29282f6ac9d1e919d7850
    ------arguments-----
    Run train.py --lr 0.1
    -------system-------
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from fitlog_core.secrets import mask_arguments

FILE_NAME = "fit_logs"
COMMIT_FLAG = "-------commit-------"
ARGUMENTS_FLAG = "------arguments-----"
SYSTEM_FLAG = "-------system-------"


class Entry(NamedTuple):
    """One run of the user's code.

    :param date: ``YYYY-MM-DD HH:MM:SS``, local time.
    :param id: Commit id of its snapshot.
    :param arguments: ``Run``, and the command line.
    """

    date: str
    id: str
    arguments: str


def append_entry(git_dir: Path, commit_id: str, arguments: Sequence[str] | None = None) -> None:
    """Add a record of this run; secrets in its command line are masked.

    :param git_dir: The ``.fitlog`` directory.
    :param commit_id: Id of the snapshot.
    :param arguments: The command line; that of this process if left out.
    """
    words = mask_arguments(getattr(sys, "argv", []) if arguments is None else arguments)
    line = " ".join(" ".join(words).splitlines())  # a line break would end the record
    record = (
        f"{COMMIT_FLAG}\n{time.strftime('%Y-%m-%d %H:%M:%S')}\n{commit_id}\n"
        f"{ARGUMENTS_FLAG}\nRun {line}\n{SYSTEM_FLAG}\n\n\n"
    )
    data = record.encode("utf-8", errors="backslashreplace")
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    descriptor = os.open(git_dir / FILE_NAME, flags, 0o666)
    try:
        os.write(descriptor, data)  # one write, so that two runs at once do not mix their lines
    finally:
        os.close(descriptor)


def read_entries(git_dir: Path) -> list[Entry]:
    """Return all records, oldest first; a torn one is passed over."""
    try:
        text = (git_dir / FILE_NAME).read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    entries = []
    for block in text.split(f"{COMMIT_FLAG}\n")[1:]:
        lines = block.split("\n")
        if len(lines) > 4 and lines[2] == ARGUMENTS_FLAG:
            entries.append(Entry(lines[0], lines[1], lines[3]))
    return entries
