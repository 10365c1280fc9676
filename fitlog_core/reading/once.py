"""A run that is over, read in one go: its row, and nothing that following it would need."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from fitlog_core.reading import records
from fitlog_core.reading.reader import GROUPS, merge_lines, total_in
from fitlog_core.reading.recent import PARSED, TAKEN
from fitlog_core.reading.row import Row, Shapes
from fitlog_core.reading.seen import Marks
from fitlog_core.reading.state import final_state

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0)
LARGEST = 1 << 18  # bytes of a file that is read at once


class UnusualError(Exception):
    """A run that needs a reader of its own: it is not over, very old, or very long."""


class Facts(NamedTuple):
    """What the files without steps say.

    :param skipped: How many of their lines are not valid.
    """

    groups: dict[str, dict[str, Any]]
    total_steps: int | None
    skipped: int


def row_of(folder: str, marks: Marks, shapes: Shapes) -> Row:
    """Return the row of a run that said that it is over.

    :param folder: The run's folder.
    :param marks: Its files as they are.
    :param shapes: What the row is to share its columns with.
    :raises UnusualError: if the run must be read another way.
    """
    if "best_metric" not in marks.sizes:
        raise UnusualError
    facts = _facts(folder, marks)
    state = final_state(facts.groups["meta"])
    if state is None:
        raise UnusualError
    shape, cells = shapes.columns_of(facts.groups)
    steps = (_last_step(folder, marks, kind) for kind in ("loss", "metric"))
    last_step = max((step for step in steps if step is not None), default=None)
    return Row(
        os.path.basename(folder),
        state.value,
        shape,
        cells,
        last_step,
        facts.total_steps,
        facts.skipped,
    )


def _facts(folder: str, marks: Marks) -> Facts:
    groups: dict[str, dict[str, Any]] = {}
    skipped = 0
    for name, key in GROUPS.items():
        values = groups[key] = {}
        skipped += merge_lines(values, _lines(folder, marks, name), key)
    total, faulty = total_in(_lines(folder, marks, "progress"))
    return Facts(groups, total, skipped + faulty)


def _lines(folder: str, marks: Marks, name: str) -> list[bytes]:
    """Return the whole lines of a file that say something."""
    size = marks.sizes.get(name, 0)
    if not size:
        return []
    if size > LARGEST:
        raise UnusualError
    lines = _end_of(f"{folder}/{name}.log", size, size).split(b"\n")
    return [line for line in lines[:-1] if line.strip()]


def _last_step(folder: str, marks: Marks, kind: str) -> int | None:
    size = marks.sizes.get(kind, 0)
    if not size:
        return None
    lines = _end_of(f"{folder}/{kind}.log", size, TAKEN).split(b"\n")[:-1]
    if size > TAKEN:
        del lines[:1]
    found = records.largest_step(lines[-PARSED:]) if lines else None
    if found is None and size > TAKEN:
        raise UnusualError
    return found


def _end_of(path: str, size: int, taken: int) -> bytes:
    """Return the last bytes of a file, as of when it had that size."""
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError:
        raise UnusualError from None
    try:
        if size > taken:
            os.lseek(descriptor, size - taken, os.SEEK_SET)
        return os.read(descriptor, min(size, taken))
    finally:
        os.close(descriptor)
