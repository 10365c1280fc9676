"""A directory of runs: what is in it, and what changed since somebody looked."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from fitlog_core.errors import LogDirectoryError
from fitlog_core.reading.changes import Changes
from fitlog_core.reading.cycles import no_search_for_cycles
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.known_runs import KnownRuns
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.row import Row


def check_readable(path: Path) -> None:
    """Make sure that a path somebody typed can be a log directory.

    :raises LogDirectoryError: if there is nothing, something else, or no way in.
    """
    if not path.exists():
        raise LogDirectoryError(f"there is no directory {path}: name the one your runs are in")
    if not path.is_dir():
        raise LogDirectoryError(f"{path} is a file: name the directory your runs are in")
    if not os.access(path, os.R_OK | os.X_OK):
        raise LogDirectoryError(f"{path} may not be read by this user")


class LogDirectory:
    """The runs of one log directory, kept up to date by :meth:`refresh`; safe to share by threads.

    :param path: The directory. While it is missing it counts as empty.
    :param index: Where to keep what was read; in memory unless it is given.
    """

    def __init__(self, path: Path, index: Index | None = None) -> None:
        self.path = Path(path)
        self.index = Index() if index is None else index
        self._lock = threading.RLock()
        self._runs = KnownRuns(self.path, self.index)

    @property
    def cursor(self) -> str:
        """Return a token of the present moment, to hand to :meth:`changes` later."""
        with self._lock:
            return self._runs.changes.cursor

    def refresh(self) -> None:
        """Look at the directory and at every run that may have changed."""
        with self._lock, no_search_for_cycles():
            self._runs.refresh()

    def changes(self, cursor: str) -> Changes:
        """Return which runs changed or went since ``cursor``; all of them for an unknown one."""
        with self._lock:
            return self._runs.changes.since(cursor, self._runs.rows, self._runs.ids)

    def ids(self) -> list[str]:
        """Return the ids of all runs, newest first; not to be changed."""
        with self._lock:
            return self._runs.ids()

    def run(self, run_id: str) -> RunReader:
        """Return the reader of one run, which is looked at closely.

        :raises RunNotFoundError: if the directory has no such run, as of the last refresh.
        """
        with self._lock:
            return self._runs.reader(run_id)

    def row(self, run_id: str) -> Row:
        """Return one run as a flat row.

        :raises RunNotFoundError: if the directory has no such run.
        """
        with self._lock:
            return self._runs.row(run_id)

    def rows(self) -> list[Row]:
        """Return all runs as flat rows, newest first."""
        with self._lock:
            return [self._runs.rows[run_id] for run_id in self._runs.ids()]

    def reread(self, run_id: str) -> Row:
        """Return a run's row as it is after its curves were read, which tells of faulty lines.

        :raises RunNotFoundError: if the directory has no such run.
        """
        with self._lock:
            return self._runs.reread(run_id)
