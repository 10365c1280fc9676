"""A run that is over, read in one go: its row, and nothing that following it would need.

A log directory may hold ten thousand of them, so each file is opened once and asked what it is
through its descriptor, which costs less than a second way along its path.
"""

from __future__ import annotations

import os
import secrets
from functools import cache
from stat import S_ISREG
from typing import Any, NamedTuple

import orjson

from fitlog_core import log_format
from fitlog_core.reading import diverged, records
from fitlog_core.reading.line_files import GROUPS, merge_lines, total_in
from fitlog_core.reading.recent import PARSED, TAKEN
from fitlog_core.reading.row import Row, Shapes, are_plain
from fitlog_core.reading.seen import ENDINGS, Marks, is_of_the_moment, marks_from
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
_OFTEN_EMPTY = ("progress", *_OF_STEPS, "file")
_MOST = {"file": 0} | dict.fromkeys(_OF_STEPS, TAKEN)  # bytes to read of a file, from its end
_TO_READ = [
    (name, ending, _MOST.get(name, LARGEST), name in _OFTEN_EMPTY) for name, ending in ENDINGS
]


class UnusualError(Exception):
    """A run that needs a reader of its own: it is not over, very old, or very long."""


class _NotAtOnceError(Exception):
    """A run whose lines must be looked at one by one."""


class Files(NamedTuple):
    """A run's files, as they are at one moment.

    :param texts: What they hold, by name; of the step files the end alone, of the console nothing.
    """

    marks: Marks
    texts: dict[str, bytes]


def read(folder: str, beside: int | None = None) -> Files:
    """Read the files of a run.

    :param folder: Its path.
    :param beside: As :attr:`fitlog_core.reading.seen.Entrance.descriptor`.
    """
    found: list[os.stat_result | None] = []
    texts: dict[str, bytes] = {}
    is_whole = True
    for name, ending, most, is_often_empty in _TO_READ:
        seen = None
        try:
            # To look first costs less than to open in vain, and more than to ask what was opened.
            if is_often_empty:
                seen = os.lstat(folder + ending, dir_fd=beside)
            if seen is None or (seen.st_size and most and S_ISREG(seen.st_mode)):
                seen, text = _opened(folder + ending, most, seen, beside)
                if text:
                    texts[name] = text
        except (OSError, ValueError) as error:
            is_whole = is_whole and not is_of_the_moment(error)
        found.append(seen)
    marks = marks_from(found)
    return Files(marks if is_whole else marks.in_doubt(), texts)


def _opened(
    path: str, most: int, seen: os.stat_result | None, beside: int | None
) -> tuple[os.stat_result, bytes]:
    """Return what is known of a file, looked up unless it was, and so many bytes of its end."""
    descriptor = os.open(path, _FLAGS, dir_fd=beside)
    try:
        if seen is None:
            seen = os.fstat(descriptor)
        size = seen.st_size
        if not size or not S_ISREG(seen.st_mode):
            return seen, b""
        if size > most:
            os.lseek(descriptor, size - most, os.SEEK_SET)
        return seen, os.read(descriptor, min(size, most))
    finally:
        os.close(descriptor)


def row_of(run_id: str, files: Files, shapes: Shapes) -> Row:
    """Return the row of a run that said that it is over.

    :param files: Its files.
    :param shapes: What the row is to share its columns with.
    :raises UnusualError: if the run must be read another way.
    """
    if "best_metric" not in files.marks.sizes:
        raise UnusualError
    try:
        said = _said_at_once(files)
    except (_NotAtOnceError, orjson.JSONDecodeError):
        said = _said_by_lines(files)
    state = final_state(said.groups["meta"])
    if state is None:
        raise UnusualError
    total, faulty = total_in(_lines(files, "progress"))
    shape, cells = shapes.columns_of(said.groups)
    facts = (said.last_step, total, said.skipped + faulty + _torn(files))
    row = Row(run_id, state.value, shape, cells, *facts, are_plain(cells))
    row.diverged = _diverged(files)
    return row


def _diverged(files: Files) -> dict[str, str] | None:
    """Return the series whose last value is not finite, None if there is none."""
    found: dict[str, str] = {}
    for kind in _OF_STEPS:
        text = files.texts.get(kind)
        if text is not None and diverged.may_hold(text):
            diverged.take(found, text.split(b"\n")[:-1], kind)
    return found or None


def _torn(files: Files) -> int:
    """Return how many of the last lines of the step files are torn; those before cost too much."""
    sizes = files.marks.sizes
    texts = ((sizes.get(kind, 0) > TAKEN, files.texts.get(kind)) for kind in _OF_STEPS)
    return sum(records.torn_in(text, is_cut) for is_cut, text in texts if text)


class _Said(NamedTuple):
    """What a run says but for its progress: nested values by group, the last step, faulty lines."""

    groups: dict[str, dict[str, Any]]
    last_step: int | None
    skipped: int


# ---------------------------------------------------------------- line by line


def _said_by_lines(files: Files) -> _Said:
    groups: dict[str, dict[str, Any]] = {}
    skipped = 0
    for name, key in GROUPS.items():
        values = groups[key] = {}
        skipped += merge_lines(values, _lines(files, name), key)
    steps = [_last_step(files, kind) for kind in _OF_STEPS]
    return _Said(groups, max((step for step in steps if step is not None), default=None), skipped)


def _lines(files: Files, name: str) -> list[bytes]:
    """Return the whole lines of a file that say something."""
    text = files.texts.get(name)
    if text is None:
        return []
    if files.marks.sizes[name] > LARGEST:
        raise UnusualError
    return [line for line in text.split(b"\n")[:-1] if line.strip()]


def _last_step(files: Files, kind: str) -> int | None:
    lines = _last_lines(files, kind)
    found = records.largest_step(lines) if lines else None
    if found is None and files.marks.sizes.get(kind, 0) > TAKEN:
        raise UnusualError
    return found


def _last_lines(files: Files, kind: str) -> list[bytes]:
    """Return the last whole lines of a step file."""
    lines = files.texts.get(kind, b"").split(b"\n")[:-1]
    if files.marks.sizes.get(kind, 0) > TAKEN:  # the first of them was cut
        del lines[:1]
    return lines[-PARSED:]


# ---------------------------------------------------------------- in one go


def _said_at_once(files: Files) -> _Said:
    """Return what a run says where all its lines have the usual form, parsed in one call."""
    texts = [files.texts.get(name, b"") for name in GROUPS]
    for text in texts:
        if len(text) >= LARGEST or (text and not text.endswith(b"\n")):
            raise _NotAtOnceError
    marked = _marked(files)
    bodies = [each.line.partition(b"\t")[2] for each in marked]
    counts = [text.count(b"\n") for text in texts]
    items = _items(b"".join(texts), bodies, sum(counts) + len(bodies))
    groups: dict[str, dict[str, Any]] = {}
    first = 0
    for key, count in zip(GROUPS.values(), counts, strict=True):
        groups[key] = _merged(items[first : first + count], key)
        first += count
    for each, body in zip(marked, items[first:], strict=True):
        if log_format.step_in(body) != each.step:
            raise _NotAtOnceError
    return _Said(groups, max((each.step for each in marked), default=None), 0)


def _marked(files: Files) -> list[records.Marked]:
    """Return the line of the largest step of each step file that has any."""
    found: list[records.Marked] = []
    for kind in _OF_STEPS:
        if kind in files.texts:
            marked = records.latest(_last_lines(files, kind))
            if marked is None or not marked.line.startswith(b"Step:"):
                raise _NotAtOnceError
            found.append(marked)
    return found


def _items(lines: bytes, bodies: list[bytes], count: int) -> list[Any]:
    """Return what so many lines say: lines with their ends, and the insides of others."""
    text, joint = _joint()
    parts = [lines[:-1].replace(b"\n", joint), *bodies] if lines else bodies
    whole = b"[%b]" % joint.join(parts)
    if log_format.may_be_deep(whole) or log_format.has_long_number(whole):
        raise _NotAtOnceError
    found: list[Any] = orjson.loads(whole)
    if len(found) != 2 * count - 1 or found[1::2] != [text] * (count - 1):
        raise _NotAtOnceError
    return found[::2]


@cache
def _joint() -> tuple[str, bytes]:
    """Return a text that no log holds, and what stands around it between two lines.

    Where it is found between all items of an array, each line was one JSON value, and none of them
    ran into the next.
    """
    text = secrets.token_hex(8)
    return text, f',"{text}",'.encode("ascii")


def _merged(items: list[Any], key: str) -> dict[str, Any]:
    """Lay what lines say over what earlier ones did; see :func:`merge_lines`."""
    merged: dict[str, Any] = {}
    for item in items:
        values = item.get(key) if type(item) is dict else None
        if type(values) is not dict:
            raise _NotAtOnceError
        if not merged:
            merged = values
        elif dict in map(type, values.values()):
            log_format.merge(merged, values)
        else:
            merged.update(values)
    return merged
