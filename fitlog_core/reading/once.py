"""A run that is over, read in one go: its row, and nothing that following it would need.

A log directory may hold ten thousand of them, so each file is opened once and asked what it is
through its descriptor, which costs less than a second way along its path.
"""

from __future__ import annotations

import os
import stat
from typing import Any, NamedTuple

from fitlog_core.reading import records
from fitlog_core.reading.reader import GROUPS, merge_lines, total_in
from fitlog_core.reading.recent import PARSED, TAKEN
from fitlog_core.reading.row import Row, Shapes
from fitlog_core.reading.seen import ENDINGS, Marks, marks_from
from fitlog_core.reading.state import final_state

# A link could lead out of the log directory, a pipe would block.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
LARGEST = 1 << 18  # bytes of a file that is read at once
_OF_STEPS = ("loss", "metric")


class UnusualError(Exception):
    """A run that needs a reader of its own: it is not over, very old, or very long."""


class Files(NamedTuple):
    """A run's files, as they are at one moment.

    :param texts: What they hold, by name; of the step files the end alone, of the console nothing.
    """

    marks: Marks
    texts: dict[str, bytes]


def read(folder: str) -> Files:
    """Read the files of a run."""
    found: dict[str, os.stat_result] = {}
    texts: dict[str, bytes] = {}
    for name, ending in ENDINGS:
        try:
            if name == "file":  # what the console showed is in no row
                seen = os.lstat(folder + ending)
                if stat.S_ISREG(seen.st_mode):
                    found[name] = seen
                continue
            descriptor = os.open(folder + ending, _FLAGS)
        except (OSError, ValueError):
            continue
        try:
            seen = os.fstat(descriptor)
            if stat.S_ISREG(seen.st_mode):
                found[name] = seen
                if seen.st_size:
                    texts[name] = _text(descriptor, name, seen.st_size)
        except OSError:
            continue
        finally:
            os.close(descriptor)
    return Files(marks_from(found), texts)


def _text(descriptor: int, name: str, size: int) -> bytes:
    taken = TAKEN if name in _OF_STEPS else LARGEST
    if size > taken:
        os.lseek(descriptor, size - taken, os.SEEK_SET)
    return os.read(descriptor, min(size, taken))


def row_of(run_id: str, files: Files, shapes: Shapes) -> Row:
    """Return the row of a run that said that it is over.

    :param files: Its files.
    :param shapes: What the row is to share its columns with.
    :raises UnusualError: if the run must be read another way.
    """
    sizes = files.marks.sizes
    if "best_metric" not in sizes:
        raise UnusualError
    groups: dict[str, dict[str, Any]] = {}
    skipped = 0
    for name, key in GROUPS.items():
        values = groups[key] = {}
        skipped += merge_lines(values, _lines(files, name), key)
    state = final_state(groups["meta"])
    if state is None:
        raise UnusualError
    total, faulty = total_in(_lines(files, "progress"))
    shape, cells = shapes.columns_of(groups)
    steps = [_last_step(files, kind) for kind in _OF_STEPS]
    last_step = max((step for step in steps if step is not None), default=None)
    return Row(run_id, state.value, shape, cells, last_step, total, skipped + faulty)


def _lines(files: Files, name: str) -> list[bytes]:
    """Return the whole lines of a file that say something."""
    text = files.texts.get(name)
    if text is None:
        return []
    if files.marks.sizes[name] > LARGEST:
        raise UnusualError
    return [line for line in text.split(b"\n")[:-1] if line.strip()]


def _last_step(files: Files, kind: str) -> int | None:
    text = files.texts.get(kind)
    if text is None:
        return None
    lines = text.split(b"\n")[:-1]
    is_cut = files.marks.sizes[kind] > TAKEN
    if is_cut:
        del lines[:1]
    found = records.largest_step(lines[-PARSED:]) if lines else None
    if found is None and is_cut:
        raise UnusualError
    return found
