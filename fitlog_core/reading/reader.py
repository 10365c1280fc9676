"""One run, read from its folder: the table row, the curves, the console and the files.

Nothing is ever written. What is torn, invalid or missing is passed over and counted.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

from fitlog_core import log_format
from fitlog_core.reading.cursor import Change, Tail, last_written
from fitlog_core.reading.curves import Curves
from fitlog_core.reading.file_events import FileEvents
from fitlog_core.reading.files import RunFile, contained_file, list_files
from fitlog_core.reading.line_files import GROUPS, LineFile, ObjectFile, OldBestFile, ProgressFile
from fitlog_core.reading.numbers import as_float
from fitlog_core.reading.recent import Recent, usual_gap
from fitlog_core.reading.row import Row, Shape, Shapes, are_plain
from fitlog_core.reading.segments import segments_in
from fitlog_core.reading.series import Extent, Part, Series
from fitlog_core.reading.state import JUDGED_BY, QUIET_AT_LEAST, Signs, State, read_state

__all__ = ["RunFile", "RunReader", "State"]

# A generator costs more than what it asks, for each live run at each look.
_is_quiet = attrgetter("is_quiet")
_is_in_doubt = attrgetter("is_in_doubt")
_diverged = attrgetter("diverged")

Columns = tuple[Shape, tuple[Any, ...], bool]  # with the cells, and whether JSON can say them


class RunCurves(Protocol):
    """The curves of one run, wherever they are kept."""

    @property
    def skipped(self) -> int:
        """How many lines were passed over because they are not valid."""

    def names(self) -> list[str]:
        """Return the column keys of the curves, up to date."""

    def series(self) -> dict[str, Series]:
        """Return every curve by its column key, up to date."""

    def part(
        self, key: str, points: int | None = None, first: int | None = None, last: int | None = None
    ) -> Part | None:
        """Return a stretch of one curve; see :func:`fitlog_core.reading.series.part_of`."""

    def extents(self, key: str) -> list[Extent]:
        """Return the stretches that one curve is kept in, up to date; none if it is not there."""


class RunReader:
    """A run's folder, read incrementally: each :meth:`refresh` takes only what is new.

    :param folder: The run's folder.
    :param curves: Where its curves come from; they are read into memory unless it says otherwise.
    :param shapes: The columns that its row may share with others.
    """

    def __init__(
        self, folder: Path, curves: RunCurves | None = None, shapes: Shapes | None = None
    ) -> None:
        self.folder = folder
        self.id = folder.name
        self.curves: RunCurves = Curves(folder) if curves is None else curves
        self._shapes = Shapes() if shapes is None else shapes
        self._lock = threading.RLock()
        self._objects = {
            name: ObjectFile(folder / f"{name}.log", key) for name, key in GROUPS.items()
        }
        self._old_best = OldBestFile(folder / "metric.log", "metric")
        self._progress = ProgressFile(folder / "progress.log")
        self._recent = [Recent(folder / f"{kind}.log", kind) for kind in log_format.STEP_FILES]
        self._console = Tail(folder / "file.log")
        self._line_files: list[LineFile] = [*self._objects.values(), self._progress]
        tails = [file.tail for file in self._line_files]
        self._tails = [*tails, *(file.tail for file in self._recent), self._console]
        self._doubtful: list[Tail | Recent] = [*tails, *self._recent]
        self._besides = [*tails, self._console]  # the steps
        self._columns: Columns | None = None
        self._last_record: float | None = None
        self._is_in_doubt = False
        self._skipped = 0

    def listen(self, events: FileEvents | None) -> None:
        """Look from now on only at files that something is told of; at all of them next time."""
        for tail in self._tails:
            tail.listen(events)

    def look(self) -> None:
        """Ask the system for what the next :meth:`refresh` needs of the step files.

        To be called for many runs first, see :meth:`Recent.look`.
        """
        with self._lock:
            for recent in self._recent:
                recent.look()

    def refresh(self) -> bool:
        """Take in what was written since; return whether anything changed."""
        with self._lock:
            awake = [recent for recent in self._recent if not recent.is_quiet]
            if all(map(_is_quiet, self._besides)):
                if not awake:
                    return False
                if not self._best_is_old:  # most records of a run are steps and nothing else
                    return self._take_steps(awake)
            has_changed = self._take_lines() | self._take_steps(awake)
            if not self._console.is_quiet:
                has_changed |= self._console.check() is not Change.SAME
            self._last_record = last_written(self._tails)
            self._is_in_doubt = any(map(_is_in_doubt, self._doubtful))
            return has_changed

    def _take_steps(self, awake: list[Recent]) -> bool:
        """Take in what is new in step files; return whether anything is."""
        has_changed = False
        for recent in awake:
            has_changed |= recent.refresh()
            written, last = recent.tail.modified, self._last_record
            is_latest = written is not None and last is not None and written >= last
            self._last_record = written if is_latest else last_written(self._tails)
        self._is_in_doubt = any(map(_is_in_doubt, self._doubtful))
        return has_changed

    def _take_lines(self) -> bool:
        """Take in what is new in the files of key-value lines; return whether anything is."""
        woken = [file for file in self._line_files if not file.tail.is_quiet]
        changed = [file.refresh() for file in woken]
        if woken:
            self._skipped = sum([one.skipped + one.tail.dropped for one in self._line_files])
        if self._best_is_old:
            changed.append(self._old_best.refresh())
        if any(changed):
            self._columns = None
        return any(changed)

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether the last look failed at what may pass, so that something may be missing."""
        return self._is_in_doubt

    @property
    def is_there(self) -> bool:
        """Tell whether the run had its ``meta.log`` at the last look."""
        return self._objects["meta"].tail.modified is not None

    @property
    def _best_is_old(self) -> bool:
        """Return whether best metrics stand in metric.log, as very old runs keep them."""
        return self._objects["best_metric"].tail.modified is None

    @property
    def meta(self) -> dict[str, Any]:
        """Return the run's meta values, nested and merged; not to be changed."""
        return self._objects["meta"].merged

    @property
    def hyper(self) -> dict[str, Any]:
        """Return the hyperparameters, nested and merged; not to be changed."""
        return self._objects["hyper"].merged

    @property
    def best_metric(self) -> dict[str, Any]:
        """Return the best metrics, nested and merged, as written; not to be changed."""
        return (self._old_best if self._best_is_old else self._objects["best_metric"]).merged

    @property
    def other(self) -> dict[str, Any]:
        """Return the other values, nested and merged; not to be changed."""
        return self._objects["other"].merged

    @property
    def total_steps(self) -> int | None:
        """Return how many steps the run will have, None if it did not say."""
        return self._progress.total_steps

    @property
    def last_step(self) -> int | None:
        """Return the step of the latest record, None before the first."""
        with self._lock:
            return max(
                [one.last_step for one in self._recent if one.last_step is not None], default=None
            )

    @property
    def skipped(self) -> int:
        """Return how many invalid lines were passed over.

        Of the step files those are known that stand at their ends, or came while the run was
        looked at; the others once the curves were read.
        """
        return self._skipped + max(self.curves.skipped, sum([one.torn for one in self._recent]))

    @property
    def last_record(self) -> float | None:
        """Return when the run was written last (epoch seconds), None if it had no file.

        As of the last :meth:`refresh`.
        """
        return self._last_record

    def state(self, now: float | None = None, *, was_written: bool = False) -> State:
        """Return what became of the run.

        :param now: The time to judge by (epoch seconds), the present one unless given.
        :param was_written: As for :func:`fitlog_core.reading.state.read_state`.
        """
        now = time.time() if now is None else now
        with self._lock:
            last = self.last_record
            if last is not None and now - last <= QUIET_AT_LEAST:  # whatever its usual gap is
                return read_state(self.meta, last, None, now, was_written=was_written)
            return read_state(*self.signs(), now, was_written=was_written)

    def signs(self) -> Signs:
        """Return what its state is judged by."""
        with self._lock:
            last = self.last_record
            meta = {name: self.meta[name] for name in JUDGED_BY if name in self.meta}
            return Signs(meta, last, usual_gap(self._recent, self._start(), last))

    def _start(self) -> float | None:
        start = as_float(self.meta.get("start"))
        if start is not None:
            return start
        with suppress(ValueError, OverflowError, OSError):
            return datetime.strptime(self.id, "log_%Y%m%d_%H%M%S").astimezone().timestamp()
        return None

    def row(self, state: State | None = None) -> Row:
        """Return the run as one flat row: ``id``, ``state`` and every value by its column key.

        :param state: What became of it, if that is known; else it is judged now.
        """
        with self._lock:
            if self._columns is None:
                self._columns = self._flat()
            shape, cells, is_plain = self._columns
            said = (self.state() if state is None else state).value
            progress = (self.last_step, self.total_steps, self.skipped)
            row = Row(self.id, said, shape, cells, *progress, is_plain, self.last_record)
            row.diverged = self._diverged()
            return row

    def go_on(self, row: Row) -> bool:
        """Bring the row of a run that lives up to date where only its latest record is another.

        :return: False, and the row as it was, where more may be.
        """
        with self._lock:
            if self._columns is None or row.cells is not self._columns[1]:
                return False
            if self._is_in_doubt or row.is_in_doubt:
                return False
            last = self._last_record
            if last is None or time.time() - last > QUIET_AT_LEAST:
                return False  # it may be stale all the same
            row.last_step, row.written = self.last_step, last
            row.skipped, row.diverged = self.skipped, self._diverged()
            return True

    def _diverged(self) -> dict[str, str] | None:
        if not any(map(_diverged, self._recent)):
            return None
        return {key: word for file in self._recent for key, word in file.diverged.items()}

    def _flat(self) -> Columns:
        groups = {
            "meta": self.meta,
            "hyper": self.hyper,
            "metric": self.best_metric,
            "other": self.other,
        }
        shape, cells = self._shapes.columns_of(groups)
        return shape, cells, are_plain(cells)

    def segments(self) -> list[float]:
        """Return when the run went on after it had stopped (epoch seconds), in order."""
        if "segment_start" not in self.meta:
            return []
        return segments_in(self.folder / "meta.log")

    def series(self) -> dict[str, Series]:
        """Return every curve by its column key, read up to now; not to be changed."""
        return self.curves.series()

    def console(self, limit: int | None = None) -> str:
        """Return the text of ``file.log``.

        :param limit: Return no more than about the last ``limit`` bytes.
        """
        try:
            with contained_file(self.folder, "file.log").open("rb") as file:
                if limit is not None:
                    size = file.seek(0, 2)
                    file.seek(max(0, size - limit))
                return file.read().decode("utf-8", "replace")
        except (OSError, LookupError):
            return ""

    def files(self) -> list[RunFile]:
        """Return the files of the folder and of the folders in it; links are left out."""
        return list_files(self.folder)

    def open_file(self, path: str) -> Path:
        """Return a file of the run.

        :param path: Its path inside the folder, with ``/``.
        :raises RunNotFoundError: if there is no such file, or it lies outside.
        """
        return contained_file(self.folder, path)
