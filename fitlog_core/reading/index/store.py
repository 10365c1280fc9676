"""What the rest of the reading side knows of the cache."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from fitlog_core.reading.index import location, row_store, upkeep
from fitlog_core.reading.index.curves import IndexedCurves
from fitlog_core.reading.index.database import Database
from fitlog_core.reading.known_rows import KnownRows
from fitlog_core.reading.row import Shapes


class Index:
    """The cache of one log directory; it may be deleted at any time, by anyone.

    :param path: Its file; None to keep it in memory.
    :param passed_over: Folders that it could not lie in, each with what is wrong with it.
    :param log_dir: The log directory, for who looks at the cache without one.
    """

    def __init__(
        self,
        path: Path | None = None,
        passed_over: tuple[str, ...] = (),
        log_dir: Path | None = None,
    ) -> None:
        self._database = Database(path)
        self._passed_over = passed_over
        self._log_dir = log_dir

    @classmethod
    def of(cls, log_dir: Path) -> Index:
        """Open the cache of a log directory where caches lie on this machine."""
        folder, passed_over = location.find(log_dir)
        if folder is None:
            return cls(None, passed_over)
        path = location.file_for(log_dir, folder)
        with suppress(OSError):  # not there yet
            os.utime(path)
        upkeep.bound(folder, besides=path)
        return cls(path, passed_over, log_dir)

    @property
    def path(self) -> Path | None:
        """The file, None where the cache is in memory."""
        return self._database.path

    def where(self) -> str:
        """Say in one line where the cache is, and why not elsewhere."""
        trouble = "; ".join([*self._passed_over, *filter(None, [self._database.trouble])])
        said = "in memory" if self.path is None else str(self.path)
        return f"{said} ({trouble})" if trouble else said

    def rows(self, shapes: Shapes | None = None) -> KnownRows:
        """Return what is known of runs.

        :param shapes: What their rows are to share their columns with.
        """
        return self._database.read(lambda connection: row_store.rows(connection, shapes))

    def keep_rows(self, known: KnownRows, ids: Collection[str]) -> None:
        """Keep what is known of some runs for the next process."""
        if ids:
            self._database.write(lambda connection: self._keep(connection, known, ids))

    def _keep(self, connection: sqlite3.Connection, known: KnownRows, ids: Collection[str]) -> None:
        row_store.keep(connection, known, ids)
        if self._log_dir is not None:
            upkeep.keep_origin(connection, self._log_dir)

    def forget_runs(self, ids: Iterable[str]) -> None:
        """Give up what is kept of runs that are gone."""
        gone = list(ids)
        if gone:
            self._database.write(lambda connection: upkeep.forget_runs(connection, gone))

    def curves(self, folder: Path) -> IndexedCurves:
        """Return the curves of a run, kept here."""
        return IndexedCurves(folder, self._database)

    def close(self) -> None:
        """Give the file back."""
        self._database.close()
