"""What a search asks that no cell tells: ``nan(loss)`` of the curves, ``stalled 10m`` of time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from fitlog_core import log_format
from fitlog_core.errors import QueryError, RunNotFoundError
from fitlog_core.reading import calls
from fitlog_core.reading.diverged import WORDS, may_hold
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.query_nodes import Call
from fitlog_core.reading.row import Row

PART = 1 << 20  # bytes of a file looked through at once
_LONGEST = max(map(len, WORDS))


class _Looked(NamedTuple):
    """How far a step file was looked through: which file, to where, and whether words were met."""

    inode: int
    to: int
    holds: bool


class Judge:
    """Answers what a search asks besides the cells of a row; safe to share by threads.

    For ``nan(loss)`` step files are looked through for the words alone, each byte once, and only
    the curves of a run that has such a word are read; a later question looks at what came since.

    :param logs: The log directory.
    """

    def __init__(self, logs: LogDirectory) -> None:
        self._logs = logs
        self._looked: dict[str, _Looked] = {}
        self._series: dict[str, tuple[tuple[int, ...], frozenset[str]]] = {}
        self._lock = threading.Lock()

    def __call__(self, call: Call, row: Mapping[str, Any]) -> bool:
        """Answer for a row; one that was added by hand is not found.

        :raises QueryError: if nobody can answer this.
        """
        fault = calls.fault_of(call)
        if fault:
            raise QueryError(fault, position=call.position)
        run_id = str(row.get("id"))
        try:
            return self._answer(call, self._logs.row(run_id))
        except RunNotFoundError:
            return False

    def _answer(self, call: Call, row: Row) -> bool:
        if call.name == "nan":
            with self._lock:
                return bool(calls.curves_meant(call.column or "", self._of(row.id)))
        quiet = None if row.written is None else time.time() - row.written
        series = {} if call.name == "stalled" else self._logs.run(row.id).series()
        return calls.holds(call, series, row.state, quiet)

    def _of(self, run_id: str) -> frozenset[str]:
        """Return the series of a run that hold such a value."""
        paths = [f"{self._logs.path}/{run_id}/{kind}.log" for kind in log_format.STEP_FILES]
        looked = [self._look(path) for path in paths]
        if not any(each.holds for each in looked):
            return frozenset()
        seen = tuple(each.to for each in looked)
        known = self._series.get(run_id)
        if known is None or known[0] != seen:
            known = self._series[run_id] = (seen, self._read(run_id))
        return known[1]

    def _read(self, run_id: str) -> frozenset[str]:
        series = self._logs.run(run_id).series()
        return frozenset(key for key, of in series.items() if calls.has_odd(of.values))

    def _look(self, path: str) -> _Looked:
        before = self._looked.get(path, _Looked(0, 0, False))
        try:
            file = os.lstat(path)
            if before.inode == file.st_ino and before.to == file.st_size:
                return before
            if before.inode != file.st_ino or before.to > file.st_size:
                before = _Looked(file.st_ino, 0, False)
            holds = before.holds or _holds_words(path, before.to)
            after = _Looked(file.st_ino, file.st_size, holds)
        except OSError:
            return _Looked(0, 0, False)
        self._looked[path] = after
        return after


def _holds_words(path: str, start: int) -> bool:
    """Tell whether a file holds such a word behind a place."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    try:
        os.lseek(descriptor, max(0, start - _LONGEST), os.SEEK_SET)
        tail = b""
        while part := os.read(descriptor, PART):
            if may_hold(tail + part if tail else part):
                return True
            tail = part[-_LONGEST:]
        return False
    finally:
        os.close(descriptor)
