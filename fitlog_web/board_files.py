"""The files of a log directory that the board shows and changes: its views, its edited cells.

Each is read anew only where it changed. Some earlier states are remembered, so that what changed
since one of them can be told.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any, TypeVar

from fitlog_core.errors import ViewError
from fitlog_core.reading.extra_data import FILE_NAME, ExtraData
from fitlog_core.reading.views import View
from fitlog_core.sentences import told

REMEMBERED = 16  # states of views and cells whose changes can still be told

Key = TypeVar("Key", str, tuple[Any, ...])
_UNREAD = (-1,)  # the stamp of a file that the disk did not give: it is tried again at each look


class ViewFiles:
    """The views of a log directory; not safe to share by threads.

    :param log_dir: The log directory.
    :param kept: The view that is remembered though it has no file.
    """

    def __init__(self, log_dir: Path, kept: str) -> None:
        self._log_dir = log_dir
        self._kept = kept
        self._views: dict[str, tuple[tuple[int, ...], View]] = {}
        self._then: OrderedDict[str, tuple[frozenset[str], frozenset[str]]] = OrderedDict()

    def view(self, name: str) -> View:
        """Return a view as its file has it; one that cannot be read has the defaults."""
        stamp = _stamp(self._log_dir / name)
        known = self._views.get(name)
        if known is None or known[0] != stamp:
            view, is_read = _open_view(self._log_dir, name)
            known = (stamp if is_read else _UNREAD, view)
            if stamp or name == self._kept:  # names without a file are endless
                self._views[name] = known
            marks = (frozenset(view.hidden), frozenset(view.deleted))
            remember(self._then, f"{name} {view.fingerprint}", marks)
        return known[1]

    def moved_since(self, name: str, fingerprint: str) -> set[str] | None:
        """Return the rows that a view hides or shows otherwise than it did then, if known."""
        view, then = self.view(name), self._then.get(f"{name} {fingerprint}")
        if then is None:
            return None
        return set((then[0] ^ set(view.hidden)) | (then[1] ^ set(view.deleted)))


class CellsFile:
    """The edited cells and added rows of a log directory; not safe to share by threads.

    :param log_dir: The log directory.
    """

    def __init__(self, log_dir: Path) -> None:
        self._log_dir = log_dir
        self._extra: tuple[tuple[int, ...], ExtraData] | None = None
        self._then: OrderedDict[str, dict[str, dict[str, Any]]] = OrderedDict()

    def look(self) -> tuple[ExtraData | None, ExtraData]:
        """Return what was known of the file before, and what it says now; the same if unchanged."""
        stamp = _stamp(self._log_dir / FILE_NAME)
        before = None if self._extra is None else self._extra[1]
        if self._extra is None or self._extra[0] != stamp:
            extra, is_read = _open_extra(self._log_dir)
            self._extra = (stamp if is_read else _UNREAD, extra)
            remember(self._then, extra.fingerprint, _cells(extra))
        return before, self._extra[1]

    def edited_since(self, fingerprint: str, now: ExtraData) -> set[str] | None:
        """Return the rows whose cells changed since the file had that fingerprint, if known.

        :param now: What the file says now.
        """
        then = self._then.get(fingerprint)
        if then is None:
            return None
        if fingerprint == now.fingerprint:
            return set()
        cells = _cells(now)
        return {key for key in {*then, *cells} if then.get(key) != cells.get(key)}


def _open_view(log_dir: Path, name: str) -> tuple[View, bool]:
    """Return a view, and whether another look would say the same."""
    try:
        return View.open(log_dir, name), True
    except ViewError as error:
        view = View(log_dir, name, None)
        view.problems = (told(error),)
        return view, not isinstance(error.__cause__, OSError)


def _open_extra(log_dir: Path) -> tuple[ExtraData, bool]:
    """Return the edited cells, and whether another look would say the same."""
    try:
        return ExtraData.open(log_dir), True
    except ViewError as error:
        extra = ExtraData(log_dir, None)
        extra.problems = (told(error),)
        return extra, not isinstance(error.__cause__, OSError)


def _cells(extra: ExtraData) -> dict[str, dict[str, Any]]:
    return {row_id: extra.cells(row_id) for row_id in extra.ids()}


def remember(memory: OrderedDict[Key, Any], key: Key, value: Any) -> None:
    """Keep a value among the latest."""
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what changes with every change of a file; nothing where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
