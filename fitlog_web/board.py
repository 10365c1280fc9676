"""What the board knows: the runs of one log directory, its views, its edited cells.

Everything is looked up on disk again when asked for, but at most once a second for the runs, and
only where a file changed; visitors share what was found.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core.errors import RunNotFoundError
from fitlog_core.reading.cycles import leave_out_of_searches
from fitlog_core.reading.extra_data import ExtraData
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.jobs import Job, jobs_of
from fitlog_core.reading.judge import Judge
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.row import Path as ColumnPath
from fitlog_core.reading.row import Row, Shape
from fitlog_core.reading.saved_filter import kept
from fitlog_core.reading.views import DEFAULT_NAME, View, check_name
from fitlog_core.sentences import sentence
from fitlog_web.answers import encode
from fitlog_web.band_windows import BandMemory
from fitlog_web.board_files import REMEMBERED, CellsFile, ViewFiles, remember
from fitlog_web.columns import Column, columns_of
from fitlog_web.rows import TableRow

FRESH_FOR = 1.0  # seconds in which the directory is not looked at again
LARGEST_SHARED = 1024 * 1024  # bytes of an answer that others are given, too
MANY = 1000  # runs that come at once


class Columns(NamedTuple):
    """The columns of the table as a view shows them; not to be changed.

    :param digest: What changes whenever they do.
    """

    columns: list[Column]
    digest: str


class Board:
    """One log directory as the board's routes see it; safe to share by threads.

    :ivar view_name: the view that counts where a request names none.
    :ivar only_shows: whether visitors may change nothing.
    :ivar judge: answers what searches ask besides the cells.
    :ivar bands: what is remembered of the means of several runs.
    """

    def __init__(
        self, log_dir: Path, view_name: str = DEFAULT_NAME, only_shows: bool = False
    ) -> None:
        """Take up a log directory; nothing is read yet."""
        self.log_dir = log_dir
        self.only_shows = only_shows
        self.view_name = check_name(view_name)
        self.runs = LogDirectory(log_dir, Index.of(log_dir))
        self.judge = Judge(self.runs)
        self.bands = BandMemory()
        self._lock = threading.RLock()
        self._looked = float("-inf")
        self._cursor = ""
        self._rows: dict[str, TableRow] = {}
        self._paths: dict[str, ColumnPath] | None = None
        self._shapes: set[Shape] = set()
        self._columns: dict[tuple[str, str], Columns] = {}
        self._ranks: dict[str, Row] = {}  # the rows of runs that belong to a group
        self._jobs: tuple[str, dict[str, Job]] | None = None
        self._cells = CellsFile(log_dir)
        self._views = ViewFiles(log_dir, self.view_name)
        self._told: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    @property
    def cursor(self) -> str:
        """The state of the runs that the rows are at least as new as.

        Who takes it before looking at rows misses nothing that comes meanwhile: at the worst it is
        told twice.
        """
        return self._cursor

    def told(self, question: tuple[Any, ...], answer: Callable[[], Any]) -> bytes:
        """Return an answer as JSON, made once for all who ask the same of the same state.

        :param question: What was asked, and whatever changes with the state that it is asked of.
        :param answer: Makes the answer.
        """
        with self._lock:
            said = self._told.get(question)
            if said is None:
                said = encode(answer())
                if len(said) <= LARGEST_SHARED:
                    remember(self._told, question, said)
            return said

    def close(self) -> None:
        """Give back what is kept of the logs, when the board ends."""
        self.runs.index.close()

    @property
    def read_only(self) -> bool:
        """Whether nothing may be changed: it is not wanted, or the directory does not allow it."""
        return self.only_shows or not os.access(self.log_dir, os.W_OK)

    def refresh(self, at_once: bool = False) -> None:
        """Look at the directory, unless somebody just did.

        :param at_once: Look in any case, as before a run is erased.
        """
        with self._lock:
            if at_once or time.monotonic() - self._looked >= FRESH_FOR:
                self.runs.refresh()
                self._looked = time.monotonic()
            changes = self.runs.changes(self._cursor)
            extra = self.extra()
            for row_id in changes.removed:
                self._drop(row_id)
            for row_id in changes.changed:
                if row_id in changes.gone_on:  # its row looks up the latest record
                    continue
                self._put(row_id, extra)
            self._cursor = changes.cursor  # last: where the memory runs out all come once more
            if len(changes.changed) >= MANY:
                leave_out_of_searches()

    def extra(self) -> ExtraData:
        """Return the edited cells and added rows; those that cannot be read count as none."""
        with self._lock:
            before, extra = self._cells.look()
            if extra is not before:
                self._take_cells(before, extra)
            return extra

    def view(self, name: str | None = None) -> View:
        """Return a view, the board's own unless another is named.

        :raises ViewError: if ``name`` can be none.
        """
        chosen = check_name(self.view_name if name is None else name)
        with self._lock:
            return self._views.view(chosen)

    def rows(self) -> list[TableRow]:
        """Return all rows: runs, newest first, and then those that were added by hand."""
        with self._lock:
            added = [row_id for row_id in self._rows if self._rows[row_id].added]
            return [self._rows[row_id] for row_id in [*self.runs.ids(), *added]]

    def row(self, row_id: str) -> TableRow:
        """Return one row.

        :raises RunNotFoundError: if there is none of that id.
        """
        with self._lock:
            found = self._rows.get(row_id)
        if found is None:
            raise RunNotFoundError(
                sentence("run.unknown", "there is no run {run!r} in this log directory", run=row_id)
            )
        return found

    def run(self, row_id: str) -> RunReader:
        """Return the reader of one run.

        :raises RunNotFoundError: if there is none of that id.
        """
        return self.runs.run(row_id)

    def update(self, row_id: str) -> TableRow:
        """Read a row anew from its run, as after its curves were read.

        :raises RunNotFoundError: if the run went meanwhile.
        """
        with self._lock:
            self.runs.reread(row_id)
            return self._put(row_id, self.extra())

    def in_view(self, view: View, deleted: bool = False, filtered: bool = False) -> list[TableRow]:
        """Return the rows that a view shows, hidden ones included.

        :param deleted: With those in its trash.
        :param filtered: Only those that its saved filter lets through.
        :raises QueryError: if that filter cannot be understood.
        """
        gone = set() if deleted else set(view.deleted)
        rows = [row for row in self.rows() if row.id not in gone]
        if not filtered or not view.filter_condition:
            return rows
        verdicts = kept(view, [row.values for row in rows])
        return [row for row, stays in zip(rows, verdicts, strict=True) if stays]

    def jobs(self) -> dict[str, Job]:
        """Return the job of every run that is a rank of one, by the run's id."""
        with self._lock:
            if self._jobs is None or self._jobs[0] != self._cursor:
                self._jobs = (self._cursor, jobs_of(self._ranks.values()))
            return self._jobs[1]

    def paths(self) -> dict[str, ColumnPath]:
        """Return the path of every column of every row, by its key."""
        with self._lock:
            if self._paths is None:
                self._paths = {}
                self._shapes.clear()
                for row in self.rows():
                    self._take_paths(row)
            return dict(self._paths)

    def columns(self, view: View) -> Columns:
        """Return the columns of the table as a view shows them."""
        with self._lock:
            wanted, paths = (view.name, view.fingerprint), self.paths()
            found = self._columns.get(wanted)
            if found is None:
                if len(self._columns) >= REMEMBERED:
                    self._columns.clear()
                columns = columns_of(paths, view)
                digest = hashlib.blake2b(encode(columns), digest_size=8).hexdigest()
                found = self._columns[wanted] = Columns(columns, digest)
            return found

    def has(self, row_id: str) -> bool:
        """Tell whether there is a row of that id."""
        return row_id in self._rows

    def rows_of(self, ids: Set[str]) -> list[TableRow]:
        """Return some rows, in the order of :meth:`rows`."""
        with self._lock:
            known = [self._rows[row_id] for row_id in ids if row_id in self._rows]
            runs = sorted((row for row in known if not row.added), key=_id, reverse=True)
            if len(runs) == len(known):
                return runs
            return runs + [row for row in self.rows() if row.added and row.id in ids]

    def is_visible(self, row_id: str, view: View, deleted: bool) -> bool:
        """Tell whether a view shows a row, hidden ones included.

        :param deleted: With those in its trash.
        """
        return row_id in self._rows and (deleted or row_id not in view.deleted)

    def edited_since(self, fingerprint: str) -> set[str] | None:
        """Return the rows whose cells changed since the file had that fingerprint, if known."""
        with self._lock:
            return self._cells.edited_since(fingerprint, self.extra())

    def moved_since(self, name: str, fingerprint: str) -> set[str] | None:
        """Return the rows that a view hides or shows otherwise than it did then, if known."""
        with self._lock:
            return self._views.moved_since(check_name(name), fingerprint)

    def _put(self, row_id: str, extra: ExtraData) -> TableRow:
        try:
            run: Row | None = self.runs.row(row_id)
        except RunNotFoundError:
            run = None
        before, edits = self._rows.get(row_id), extra.cells(row_id)
        is_same_run = before is not None and run is not None and before.run is run
        if before is not None and is_same_run and not (edits or before.edits):
            return before  # its latest record alone is another, which it looks up
        row = self._rows[row_id] = TableRow(row_id, run, edits)
        if before is not None and _lost_columns(before, row):
            self._paths = None  # another row may have them, or none
            self._columns.clear()
        if self._paths is not None:
            self._take_paths(row)
        if run is not None and "meta-group" in run.shape.places:
            self._ranks[row_id] = run
        else:
            self._ranks.pop(row_id, None)
        return row

    def _take_paths(self, row: TableRow) -> None:
        if self._paths is None:
            return
        before = len(self._paths)
        if row.run is not None and row.run.shape not in self._shapes:
            self._shapes.add(row.run.shape)
            for key, path in zip(row.run.shape.keys, row.run.shape.paths, strict=True):
                self._paths.setdefault(key, path)
        for key, path in row.edited_paths():
            self._paths.setdefault(key, path)
        if len(self._paths) != before:
            self._columns.clear()

    def _drop(self, row_id: str) -> None:
        self._rows.pop(row_id, None)
        self._ranks.pop(row_id, None)
        self._paths = None
        self._columns.clear()

    def _take_cells(self, before: ExtraData | None, extra: ExtraData) -> None:
        """Bring the rows up to date with the file of edited cells."""
        touched = set(extra.ids()) | set(before.ids() if before else ())
        runs, added = set(self.runs.ids()), set(extra.added())
        for row_id in touched - runs:
            self._drop(row_id)
        for row_id in (row_id for row_id in extra.ids() if row_id in runs | added):
            self._put(row_id, extra)
        for row_id in (touched & runs) - set(extra.ids()):
            self._put(row_id, extra)


def _lost_columns(before: TableRow, now: TableRow) -> bool:
    """Tell whether a row no longer has a column that it had."""
    if not before.edits.keys() <= now.edits.keys():
        return True
    if before.run is None or now.run is None or before.run.shape is now.run.shape:
        return False
    return not set(before.run.shape.keys) <= set(now.run.shape.keys)


def _id(row: TableRow) -> str:
    return row.id
