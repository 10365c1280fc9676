"""What is known of the runs of a log directory, brought up to date where something changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

from fitlog_core import machine
from fitlog_core.errors import RunNotFoundError
from fitlog_core.reading import once
from fitlog_core.reading.changes import ChangeLog
from fitlog_core.reading.file_events import FileEvents
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.known_rows import KnownRows
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.readers_at_hand import ReadersAtHand
from fitlog_core.reading.row import Row, Shapes
from fitlog_core.reading.scan import Scan, stays_inside
from fitlog_core.reading.seen import NO_MARKS, Entrance, Marks, look, mark_of, revalidate
from fitlog_core.reading.state import Signs, State, read_state
from fitlog_core.reading.turns import Turns
from fitlog_core.sentences import sentence

# New runs whose files are read before the first is parsed: Python's own work is far slower between
# two calls of the system than after many.
AT_ONCE = 16
UNTOLD_AFTER = 60.0  # seconds after which all files of runs that live are looked at anyway


class KnownRuns:
    """The runs of one log directory, as of the last :meth:`refresh`; for one thread at a time.

    Runs that live are looked at each time; of the others some in turn, by their ``meta.log``,
    which is written last whenever a run that is over gets a further record. fitlog 0.9 writes late
    records without that mark, and copied folders arrive file by file: all files are compared a
    while after the end, when the run is asked for, and now and then.

    :param path: The directory. While it is missing it counts as empty.
    :param index: Where to keep what was read.
    :ivar rows: What each run says, by its id; not to be changed.
    :ivar changes: Who changed when.
    """

    def __init__(self, path: Path, index: Index) -> None:
        self._known = KnownRows()
        self.rows = self._known.rows
        self.changes = ChangeLog()
        self._path = path
        self._index = index
        self._root = os.fspath(path)
        self._is_remote = machine.is_on_network(path)
        self._live: dict[str, RunReader] = {}
        self._is_told = machine.keeps_folder_times(path)
        self._events: FileEvents | None = None  # where the system tells which files change
        self._looks = 0
        self._heard_of_all = float("-inf")
        self._turns = Turns()
        self._ids: list[str] | None = None
        self._scan = Scan(path, self._is_remote)
        self._shapes = Shapes()
        self._stored: KnownRows | None = None
        self._unsaved: dict[str, None] = {}
        self._readers = ReadersAtHand(path, index, self._shapes)

    # ---------------------------------------------------------------- asked for

    def refresh(self) -> None:
        """Look at the directory and at every run that may have changed."""
        try:
            self._take_scan()
        except MemoryError:
            self._scan.again()
            raise
        self._hear()
        for run_id in self._live if self._is_remote else ():
            self._ask_server(run_id)
        for reader in self._live.values():
            reader.look()
        for run_id in list(self._live):
            self._look_at(run_id)
        for run_id in self._turns.take():
            self._glance_at(run_id)
        self._index.keep_rows(self._known, self._unsaved)
        self._unsaved.clear()

    def ids(self) -> list[str]:
        """Return the ids of all runs, newest first; not to be changed."""
        if self._ids is None:
            self._ids = sorted(self.rows, reverse=True)
        return self._ids

    def row(self, run_id: str) -> Row:
        """Return what one run says.

        :raises RunNotFoundError: if the directory has no such run.
        """
        row = self.rows.get(run_id)
        if row is None:
            raise RunNotFoundError(
                sentence(
                    "run.unknown_in",
                    "no run {run!r} in {directory}",
                    run=run_id,
                    directory=self._path,
                )
            )
        return row

    def reader(self, run_id: str) -> RunReader:
        """Return the reader of one run, which is looked at closely.

        :raises RunNotFoundError: if the directory has no such run.
        """
        self.row(run_id)
        # It may have become a link since the directory was looked at.
        if os.path.islink(self._folder(run_id)) and not stays_inside(self._path, run_id):
            raise RunNotFoundError(
                sentence(
                    "run.outside",
                    "the run {run!r} leads out of {directory}",
                    run=run_id,
                    directory=self._path,
                )
            )
        reader = self._live.get(run_id)
        if reader is None:
            self._ask_server(run_id)
            marks = look(self._folder(run_id))
            reader = self._readers.of(run_id)
            if marks.files != self._known.file_marks[run_id]:
                self._take(run_id, reader, marks)
        return reader

    def reread(self, run_id: str) -> Row:
        """Return a run's row as it is after its curves were read, which tells of faulty lines.

        :raises RunNotFoundError: if the directory has no such run.
        """
        reader, known = self.reader(run_id), self.row(run_id)
        if known.is_in_doubt:
            return known
        # What became of it is judged by refresh, which takes it up as a change.
        row = self._shapes.share(reader.row(State(known.state)))
        if row.skipped != known.skipped:
            self.changes.changed(run_id)
        self.rows[run_id] = row
        return row

    def _folder(self, run_id: str) -> str:
        return f"{self._root}/{run_id}"

    # ------------------------------------------------------------ what is there

    def _take_scan(self) -> None:
        stored = self._rows_of_before()
        present = self._scan.look(self.rows or stored.rows)
        if present is None:
            return
        gone = [run_id for run_id in self.rows if run_id not in present]
        for run_id in gone:
            self._forget(run_id)
        new = {run_id: None for run_id in present if run_id not in self.rows}
        if new:
            with Entrance(self._root) as entrance:
                self._take_new(new, stored, entrance)
            self._ids = None
        if present:  # a directory that cannot be read is no reason to lose what was read
            gone += (run_id for run_id in stored.rows if run_id not in present)
            self._index.forget_runs(gone)
            self._stored = KnownRows()

    def _rows_of_before(self) -> KnownRows:
        """Return what earlier processes read, until it was looked through."""
        if self._stored is None:
            self._stored = self._index.rows(self._shapes)
        return self._stored

    def _take_new(self, new: dict[str, None], stored: KnownRows, entrance: Entrance) -> None:
        """Take in runs that are new here: what is known of them if it is still so, else anew."""
        known = stored.of([run_id for run_id in stored.rows if run_id in new])
        same = entrance.still_marked(known.meta_marks)
        if known.signs:
            same = [run_id for run_id in same if self._is_still_judged_so(run_id, known)]
        self._take_stored(known.of(same))
        unread = [run_id for run_id in new if run_id not in self.rows]
        for first in range(0, len(unread), AT_ONCE):
            some = unread[first : first + AT_ONCE]
            files = [once.read(entrance.to(run_id), entrance.descriptor) for run_id in some]
            for run_id, read in zip(some, files, strict=True):
                self._add(run_id, read)

    def _is_still_judged_so(self, run_id: str, known: KnownRows) -> bool:
        """Tell whether a run that never said that it is over is as it was, and still not alive."""
        signs = known.signs.get(run_id)
        if signs is None:
            return True
        state = read_state(*signs, time.time())
        known.rows[run_id].state = state.value
        is_alive = state is State.RUNNING
        return not is_alive and look(self._folder(run_id)).files == known.file_marks[run_id]

    def _take_stored(self, taken: KnownRows) -> None:
        """Take in runs as an earlier process knew them."""
        self._known.take(taken)
        self._turns.add_all(taken.rows)
        for run_id, settles_at in taken.settles_at.items():
            self._turns.settle(run_id, settles_at)
        self.changes.came(taken.rows)

    def _add(self, run_id: str, files: once.Files) -> None:
        """Take in a run that is new here, as it was read."""
        if "meta" not in files.marks.sizes:
            self._scan.put_off(run_id)
            return
        try:
            self._read(run_id, files)
        except MemoryError:  # looked at again when there is some
            self._forget(run_id)
            raise

    def _forget(self, run_id: str) -> None:
        self._known.leave([run_id])
        self._live.pop(run_id, None)
        self._turns.forget(run_id)
        self._unsaved.pop(run_id, None)
        self._readers.forget(run_id)
        self._ids = None
        self.changes.removed(run_id)

    # ------------------------------------------------------------- what changed

    def _hear(self) -> None:
        """Learn which files of runs that live changed, so that only these are looked at."""
        self._looks += 1
        if self._looks == 1 or not self._is_told:  # looked at once, mostly
            return
        if self._events is None:
            self._events = FileEvents()
            for reader in self._live.values():
                reader.listen(self._events)
        self._events.take()
        now = time.monotonic()
        if self._scan.may_differ or now - self._heard_of_all >= UNTOLD_AFTER:
            self._events.renew()
            self._heard_of_all = now

    def _look_at(self, run_id: str) -> None:
        """Look at a run that lives."""
        reader, marks = self._live[run_id], NO_MARKS
        changed = reader.refresh()
        if not reader.is_there:
            self._forget(run_id)
            return
        known = self.rows[run_id]
        if changed and known.state == State.RUNNING and reader.go_on(known):
            self._known.note(run_id, known, NO_MARKS)
            self.changes.went_on(run_id)
            return
        state = reader.state(was_written=changed)
        if state is not State.RUNNING:
            self._ask_server(run_id)  # its end was shown after its records: they are there by now
            marks = look(self._folder(run_id))
            reader.listen(self._events)  # what came since is not told yet
            changed = reader.refresh() or changed
            state = reader.state()
        if changed or (state.value, reader.is_in_doubt) != (known.state, known.is_in_doubt):
            self._take(run_id, reader, marks, state)

    def _ask_server(self, run_id: str, count: int | None = None) -> None:
        if self._is_remote:
            revalidate(self._folder(run_id), count)

    def _glance_at(self, run_id: str) -> None:
        """Look whether a run that is over changed, at all its files only where it is time."""
        known, folder = self._known, self._folder(run_id)
        is_close = self._turns.is_close_glance(run_id)
        self._ask_server(run_id, 1)
        mark = mark_of(folder)
        if mark is None:
            self._forget(run_id)
            return
        is_due = self._turns.is_due(run_id)
        closely = is_due or run_id in known.signs or is_close
        if not closely and known.meta_marks[run_id] == mark:
            return
        self._ask_server(run_id)
        if is_due:
            self._turns.settled(run_id)
        if look(folder).files != known.file_marks[run_id] or self._is_otherwise(run_id):
            self._read(run_id, once.read(folder))
        elif is_due:
            self._save(run_id)

    def _is_otherwise(self, run_id: str) -> bool:
        """Tell whether another state is to be read from the same files by now."""
        signs = self._known.signs.get(run_id)
        if signs is None:
            return False
        return read_state(*signs, time.time()).value != self.rows[run_id].state

    def _read(self, run_id: str, files: once.Files) -> None:
        """Take in a run, in one go where that is possible."""
        if files.marks.is_in_doubt and run_id in self.rows:
            self._doubt(run_id)
            return
        if not self._readers.has(run_id):
            try:
                row = once.row_of(run_id, files, self._shapes)
            except once.UnusualError:
                pass
            else:
                self._note(run_id, row, files.marks)
                return
        self._take(run_id, self._readers.of(run_id), files.marks)

    def _take(
        self, run_id: str, reader: RunReader, marks: Marks, state: State | None = None
    ) -> None:
        """Note what a reader says; it is kept while the run lives."""
        if reader.is_in_doubt and run_id in self.rows and run_id not in self._live:
            self._doubt(run_id)  # this reader may not know yet what is shown
            return
        row = self._shapes.share(reader.row(state))
        if reader.is_in_doubt:
            marks = marks.in_doubt()
        if row.state == State.RUNNING:
            if run_id not in self._live:
                reader.listen(self._events)
            self._live[run_id] = reader
            self._readers.forget(run_id)
        is_judged = row.state in (State.STALE, State.STOPPED)
        self._note(run_id, row, marks, reader.signs() if is_judged else None)

    def _note(self, run_id: str, row: Row, marks: Marks, signs: Signs | None = None) -> None:
        """Note what a run is now.

        :param marks: Those from before it was read, so that what came meanwhile is seen.
        """
        self._known.note(run_id, row, marks, signs)
        row.is_in_doubt = marks.is_in_doubt
        self.changes.changed(run_id)
        if row.state == State.RUNNING:
            self._turns.take_out(run_id)
            self._unsaved.pop(run_id, None)
            return
        self._live.pop(run_id, None)
        self._turns.add(run_id)
        if marks.is_in_doubt:
            self._look_again(run_id)
            return
        if signs is None:
            self._turns.settle_after(run_id, marks.arrived)
        self._save(run_id)

    def _doubt(self, run_id: str) -> None:
        """Mark a run that cannot be read just now; it stays as it was read before."""
        known = self.rows[run_id]
        self._known.doubt(run_id)
        if not known.is_in_doubt:
            known.is_in_doubt = True
            self.changes.changed(run_id)
        self._look_again(run_id)

    def _look_again(self, run_id: str) -> None:
        """Have a run looked at whenever somebody looks, until it can be read."""
        self._unsaved.pop(run_id, None)
        self._turns.settle(run_id, time.time())

    def _save(self, run_id: str) -> None:
        """Keep a row for the next process; that of a run that lives would be old at once."""
        self._known.settle(run_id, self._turns.settles_at(run_id))
        self._unsaved[run_id] = None
