"""Readers of runs that are over, the latest used: opening one anew costs more than its memory."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from fitlog_core.reading.index.store import Index
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.row import Shapes

READERS = 32  # how many are kept


class ReadersAtHand:
    """Keeps the readers used last.

    :param path: The log directory.
    :param index: Where what was read of curves is kept.
    :param shapes: What the rows of runs share.
    """

    def __init__(self, path: Path, index: Index, shapes: Shapes) -> None:
        self._path = path
        self._index = index
        self._shapes = shapes
        self._readers: OrderedDict[str, RunReader] = OrderedDict()

    def of(self, run_id: str) -> RunReader:
        """Return an up-to-date reader of a run."""
        reader = self._readers.pop(run_id, None)
        if reader is None:
            folder = self._path / run_id
            reader = RunReader(folder, self._index.curves(folder), self._shapes)
        self._readers[run_id] = reader
        if len(self._readers) > READERS:
            self._readers.popitem(last=False)
        reader.refresh()
        return reader

    def has(self, run_id: str) -> bool:
        """Tell whether there is a reader of a run."""
        return run_id in self._readers

    def forget(self, run_id: str) -> None:
        """Give up the reader of a run that went, or that is kept elsewhere."""
        self._readers.pop(run_id, None)
