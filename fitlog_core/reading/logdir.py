"""A directory of runs: what is in it, and what changed since somebody looked."""

from __future__ import annotations

import os
import secrets
import threading
import time
from bisect import bisect_right
from collections import OrderedDict
from heapq import heappop, heappush
from itertools import islice
from math import inf
from pathlib import Path
from typing import NamedTuple

from fitlog_core import machine
from fitlog_core.errors import LogDirectoryError, RunNotFoundError
from fitlog_core.reading import once
from fitlog_core.reading.cycles import no_search_for_cycles
from fitlog_core.reading.index.row_store import StoredRow
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.row import Row, Shape, Shapes
from fitlog_core.reading.scan import Scan, stays_inside
from fitlog_core.reading.seen import (
    IN_DOUBT,
    MARK,
    NO_MARKS,
    Entrance,
    Marks,
    look,
    mark_of,
    revalidate,
)
from fitlog_core.reading.state import Signs, State, read_state

TURN = 100  # runs that are over at which one look glances
ROUNDS = 30  # every so many glances all files of a run that is over are compared
SETTLED_AFTER = 60.0  # seconds after its end in which fitlog 0.9 may write to a run, unmarked
TOLD = 10_000  # changes that are remembered; who asks for older ones is told of every run
READERS = 32  # how many readers of runs that are over are kept at hand


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


class Changes(NamedTuple):
    """What happened after a cursor: ids of runs, newest first, and the cursor to ask with next."""

    cursor: str
    changed: list[str]
    removed: list[str]


class LogDirectory:
    """The runs of one log directory, kept up to date by :meth:`refresh`; safe to share by threads.

    Runs that live are looked at each time; of the others some in turn, by their ``meta.log``,
    which is written last whenever a run that is over gets a further record. fitlog 0.9 writes late
    records without that mark, and copied folders arrive file by file: all files are compared a
    while after the end, when the run is asked for, and now and then.

    :param path: The directory. While it is missing it counts as empty.
    :param index: Where to keep what was read; in memory unless it is given.
    """

    def __init__(self, path: Path, index: Index | None = None) -> None:
        self.path = Path(path)
        self.index = Index() if index is None else index
        self._root = os.fspath(self.path)
        self._is_remote = machine.is_on_network(self.path)
        self._lock = threading.RLock()
        self._runs: dict[str, StoredRow] = {}
        self._live: dict[str, RunReader] = {}
        self._over: dict[str, None] = {}  # in the order of their turns
        self._glances: dict[str, int] = {}
        self._settling: dict[str, float] = {}
        self._settling_first: list[tuple[float, str]] = []  # a heap
        self._ids: list[str] | None = None
        self._scan = Scan(self.path, self._is_remote)
        self._shapes = Shapes()
        self._stored: dict[str, StoredRow] | None = None
        self._unsaved: dict[str, StoredRow] = {}
        # Cursors of an earlier process must not be taken for ours.
        self._token = secrets.token_hex(4)
        self._version = 0
        self._told: list[tuple[int, str]] = []  # who changed, by version
        self._removed: dict[str, int] = {}
        self._readers: OrderedDict[str, RunReader] = OrderedDict()

    # ---------------------------------------------------------------- asked for

    @property
    def cursor(self) -> str:
        """Return a token of the present moment, to hand to :meth:`changes` later."""
        with self._lock:
            return f"{self._token}.{self._version}"

    def refresh(self) -> None:
        """Look at the directory and at every run that may have changed."""
        with self._lock, no_search_for_cycles():
            try:
                self._take_scan()
            except MemoryError:
                self._scan.again()
                raise
            for run_id in list(self._live):
                self._look_at(run_id)
            for run_id in self._turn():
                self._glance_at(run_id)
            self.index.keep_rows(self._unsaved.values())
            self._unsaved.clear()

    def changes(self, cursor: str) -> Changes:
        """Return which runs changed or went since ``cursor``; all of them for an unknown one."""
        with self._lock:
            since = self._since(cursor)
            if since == self._version:
                return Changes(self.cursor, [], [])
            changed = [run_id for run_id in self._told_since(since) if run_id in self._runs]
            removed = [
                run_id
                for run_id, version in self._removed.items()
                if version > since and run_id not in self._runs
            ]
            return Changes(self.cursor, changed, sorted(removed, reverse=True))

    def _told_since(self, version: int) -> list[str]:
        """Return the runs that changed after a version, newest first; also some that went."""
        if not self._told or version < self._told[0][0] - 1:
            return self.ids()
        first = bisect_right(self._told, version, key=_version)
        return sorted({run_id for _, run_id in self._told[first:]}, reverse=True)

    def ids(self) -> list[str]:
        """Return the ids of all runs, newest first; not to be changed."""
        with self._lock:
            if self._ids is None:
                self._ids = sorted(self._runs, reverse=True)
            return self._ids

    def run(self, run_id: str) -> RunReader:
        """Return the reader of one run, which is looked at closely.

        :raises RunNotFoundError: if the directory has no such run, as of the last refresh.
        """
        with self._lock:
            known = self._known(run_id)
            # It may have become a link since the directory was looked at.
            if os.path.islink(self._folder(run_id)) and not stays_inside(self.path, run_id):
                raise RunNotFoundError(f"the run {run_id!r} leads out of {self.path}")
            reader = self._live.get(run_id)
            if reader is None:
                self._ask_server(run_id)
                marks = look(self._folder(run_id))
                reader = self._reader_at_hand(run_id)
                if marks.seen != known.seen:
                    self._take(run_id, reader, marks)
            return reader

    def row(self, run_id: str) -> Row:
        """Return one run as a flat row.

        :raises RunNotFoundError: if the directory has no such run.
        """
        with self._lock:
            return self._known(run_id).row

    def rows(self) -> list[Row]:
        """Return all runs as flat rows, newest first."""
        with self._lock:
            return [self._runs[run_id].row for run_id in self.ids()]

    def reread(self, run_id: str) -> Row:
        """Return a run's row as it is after its curves were read, which tells of faulty lines.

        :raises RunNotFoundError: if the directory has no such run.
        """
        with self._lock:
            reader, known = self.run(run_id), self._known(run_id)
            if known.row.is_in_doubt:
                return known.row
            # What became of it is judged by refresh, which takes it up as a change.
            row = self._shapes.share(reader.row(State(known.row.state)))
            if row.skipped != known.row.skipped:
                self._changed(run_id)
            known.row = row
            return row

    def _known(self, run_id: str) -> StoredRow:
        known = self._runs.get(run_id)
        if known is None:
            raise RunNotFoundError(f"no run {run_id!r} in {self.path}")
        return known

    def _since(self, cursor: str) -> int:
        token, _, version = cursor.partition(".")
        if token != self._token or not version.isascii() or not version.isdigit():
            return -1
        return int(version[:18])

    def _folder(self, run_id: str) -> str:
        return f"{self._root}/{run_id}"

    def _reader_at_hand(self, run_id: str) -> RunReader:
        """Return an up-to-date reader of a run that is over; the latest used are kept."""
        reader = self._readers.pop(run_id, None)
        if reader is None:
            folder = self.path / run_id
            reader = RunReader(folder, self.index.curves(folder), self._shapes)
        self._readers[run_id] = reader
        if len(self._readers) > READERS:
            self._readers.popitem(last=False)
        reader.refresh()
        return reader

    # ------------------------------------------------------------ what is there

    def _take_scan(self) -> None:
        present = self._scan.look(self._runs or self._rows_of_before())
        if present is None:
            return
        gone = [run_id for run_id in self._runs if run_id not in present]
        for run_id in gone:
            self._forget(run_id)
        if present:  # a directory that cannot be read is no reason to lose what was read
            self.index.forget_runs(gone)
        new = {run_id: None for run_id in present if run_id not in self._runs}
        if new:
            with Entrance(self._root) as entrance:
                self._take_new(new, entrance)
            self._ids = None
        if present and self._stored:  # what is left of it is of runs that went, or changed
            self.index.forget_runs(run_id for run_id in self._stored if run_id not in present)
            self._stored.clear()

    def _rows_of_before(self) -> dict[str, StoredRow]:
        """Return the rows that earlier processes read, which are given up as they are taken."""
        if self._stored is None:
            self._stored = self.index.rows(self._shapes)
        return self._stored

    def _take_new(self, new: dict[str, None], entrance: Entrance) -> None:
        """Take in runs that are new here: what is known of them if it is still so, else anew."""
        stored = self._rows_of_before()
        known = {run_id: stored.pop(run_id) for run_id in list(stored) if run_id in new}
        same = entrance.still_marked((run_id, before.seen) for run_id, before in known.items())
        taken = {
            run_id: before
            for run_id, before in zip(same, map(known.__getitem__, same), strict=True)
            if before.signs is None or self._is_still_judged_so(run_id, before)
        }
        self._take_stored(taken)
        for run_id in (run_id for run_id in new if run_id not in taken):
            self._add(run_id, once.read(entrance.to(run_id), entrance.descriptor))

    def _is_still_judged_so(self, run_id: str, stored: StoredRow) -> bool:
        """Tell whether a run that never said that it is over is as it was, and still not alive."""
        assert stored.signs is not None  # noqa: S101 - the caller looked
        state = read_state(*stored.signs, time.time())
        stored.row.state = state.value
        return state is not State.RUNNING and look(self._folder(run_id)).seen == stored.seen

    def _take_stored(self, taken: dict[str, StoredRow]) -> None:
        """Take in runs as an earlier process knew them."""
        self._runs.update(taken)
        self._over.update(dict.fromkeys(taken))
        for run_id, before in taken.items():
            if before.settles_at is not None:
                self._settle(run_id, before.settles_at)
        self._changed(*taken)

    def _add(self, run_id: str, files: once.Files) -> None:
        """Take in a run that is new here, as it was read."""
        if "meta" not in files.marks.sizes:
            self._scan.put_off(run_id)
            return
        self._runs[run_id] = StoredRow(_NOT_READ)
        try:
            self._read(run_id, files)
        except MemoryError:  # looked at again when there is some
            self._forget(run_id)
            raise

    def _forget(self, run_id: str) -> None:
        del self._runs[run_id]
        self._live.pop(run_id, None)
        self._over.pop(run_id, None)
        self._glances.pop(run_id, None)
        self._settling.pop(run_id, None)
        self._unsaved.pop(run_id, None)
        self._readers.pop(run_id, None)
        self._ids = None
        self._version += 1
        self._removed[run_id] = self._version

    # ------------------------------------------------------------- what changed

    def _look_at(self, run_id: str) -> None:
        """Look at a run that lives."""
        reader, marks = self._live[run_id], NO_MARKS
        self._ask_server(run_id)
        changed = reader.refresh()
        if not reader.is_there:
            self._forget(run_id)
            return
        state = reader.state(was_written=changed)
        if state is not State.RUNNING:
            self._ask_server(run_id)  # its end was shown after its records: they are there by now
            marks = look(self._folder(run_id))
            changed = reader.refresh() or changed
            state = reader.state()
        row = self._runs[run_id].row
        if changed or (state.value, reader.is_in_doubt) != (row.state, row.is_in_doubt):
            self._take(run_id, reader, marks, state)

    def _ask_server(self, run_id: str, count: int | None = None) -> None:
        if self._is_remote:
            revalidate(self._folder(run_id), count)

    def _turn(self) -> list[str]:
        """Return the runs that are over and are to be glanced at now."""
        turn = list(islice(self._over, TURN))
        for run_id in turn:
            del self._over[run_id]
            self._over[run_id] = None
        now = time.time()
        due: list[str] = []
        while self._settling_first and self._settling_first[0][0] <= now and len(due) < TURN:
            run_id = heappop(self._settling_first)[1]
            if run_id in self._settling:
                due.append(run_id)
        return list(dict.fromkeys(turn + due))

    def _glance_at(self, run_id: str) -> None:
        """Look whether a run that is over changed, at all its files only where it is time."""
        known, folder = self._runs[run_id], self._folder(run_id)
        glances = self._glances[run_id] = self._glances.get(run_id, 0) + 1
        self._ask_server(run_id, 1)
        mark = mark_of(folder)
        if not mark:
            self._forget(run_id)
            return
        is_due = self._settling.get(run_id, inf) <= time.time()
        closely = is_due or known.signs is not None or glances % ROUNDS == 0
        if not closely and known.seen[:MARK] == mark:
            return
        self._ask_server(run_id)
        if is_due:
            del self._settling[run_id]
        if look(folder).seen != known.seen or _is_otherwise(known):
            self._read(run_id, once.read(folder))
        elif is_due:
            self._save(run_id, known)

    def _read(self, run_id: str, files: once.Files) -> None:
        """Take in a run, in one go where that is possible."""
        if files.marks.is_in_doubt and self._runs[run_id].row is not _NOT_READ:
            self._doubt(run_id)
            return
        if run_id not in self._readers:
            try:
                row = once.row_of(run_id, files, self._shapes)
            except once.UnusualError:
                pass
            else:
                self._note(run_id, row, files.marks)
                return
        self._take(run_id, self._reader_at_hand(run_id), files.marks)

    def _take(
        self, run_id: str, reader: RunReader, marks: Marks, state: State | None = None
    ) -> None:
        """Note what a reader says; it is kept while the run lives."""
        known = self._runs[run_id]
        if reader.is_in_doubt and run_id not in self._live and known.row is not _NOT_READ:
            self._doubt(run_id)  # this reader may not know yet what is shown
            return
        row = self._shapes.share(reader.row(state))
        if reader.is_in_doubt:
            marks = marks.in_doubt()
        if row.state == State.RUNNING.value:
            self._live[run_id] = reader
            self._readers.pop(run_id, None)
        is_judged = row.state in (State.STALE.value, State.STOPPED.value)
        self._note(run_id, row, marks, reader.signs() if is_judged else None)

    def _note(self, run_id: str, row: Row, marks: Marks, signs: Signs | None = None) -> None:
        """Note what a run is now.

        :param marks: Those from before it was read, so that what came meanwhile is seen.
        """
        known = self._runs[run_id]
        known.row, known.seen, known.signs = row, marks.seen, signs
        row.is_in_doubt = marks.is_in_doubt
        self._changed(run_id)
        if row.state == State.RUNNING.value:
            self._over.pop(run_id, None)
            self._unsaved.pop(run_id, None)
            return
        self._live.pop(run_id, None)
        self._over.setdefault(run_id, None)
        if marks.is_in_doubt:
            self._look_again(run_id)
            return
        if signs is None:
            settles_at = marks.arrived + SETTLED_AFTER
            if time.time() < settles_at:  # else it was read after that
                self._settle(run_id, settles_at)
        self._save(run_id, known)

    def _doubt(self, run_id: str) -> None:
        """Mark a run that cannot be read just now; it stays as it was read before."""
        known = self._runs[run_id]
        known.seen = IN_DOUBT
        if not known.row.is_in_doubt:
            known.row.is_in_doubt = True
            self._changed(run_id)
        self._look_again(run_id)

    def _look_again(self, run_id: str) -> None:
        """Have a run looked at whenever somebody looks, until it can be read."""
        self._unsaved.pop(run_id, None)
        self._settle(run_id, time.time())

    def _settle(self, run_id: str, settles_at: float) -> None:
        """Have all files of a run compared once more then."""
        self._settling[run_id] = settles_at
        heappush(self._settling_first, (settles_at, run_id))

    def _save(self, run_id: str, known: StoredRow) -> None:
        """Keep a row for the next process; that of a run that lives would be old at once."""
        known.settles_at = self._settling.get(run_id)
        self._unsaved[run_id] = known

    def _changed(self, *ids: str) -> None:
        for run_id in ids if self._removed else ():
            self._removed.pop(run_id, None)  # it may have come back
        before, self._version = self._version, self._version + len(ids)
        self._told.extend(zip(range(before + 1, self._version + 1), ids, strict=True))
        if len(self._told) > 2 * TOLD:
            del self._told[:-TOLD]


def _version(told: tuple[int, str]) -> int:
    return told[0]


_NOT_READ = Row("", "", Shape(()), ())


def _is_otherwise(known: StoredRow) -> bool:
    """Tell whether another state is to be read from the same files by now."""
    if known.signs is None:
        return False
    return read_state(*known.signs, time.time()).value != known.row.state
