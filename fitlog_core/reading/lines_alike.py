"""Lines of one number each that differ in step, value and time alone: most of a long curve.

What stands around the numbers is taken from the first line, and made to commas and marks:
``Step:1<tab>{"loss": {"dev": 0.5}, "step": 1, "time": 7.0}`` becomes ``1,true,0.5,false,1``, so
that a thousand lines are one JSON array of numbers. Each mark stands for what was replaced, and
there are as many numbers as the replaced parts leave between them: so where all marks are at their
places, nothing else stood in the text. The times are cut out before that.
"""

from __future__ import annotations

import re
from array import array
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

import orjson

from fitlog_core import log_format

_LARGEST_EXACT = 2.0**53  # as floats; what is larger is looked at line by line
_EACH = 5  # items of a line: its step, a mark, its value, another mark, its step again
_BLANKS = (b" ", b"\t", b"\n", b"\r")


class Alike(NamedTuple):
    """What such lines say.

    :param key: Column key of the curve.
    :param steps: One a line.
    :param values: One a line.
    :param times: Lines that tell the time: their places, from 0, and epoch seconds.
    """

    key: str
    steps: array[int]
    values: array[float]
    times: list[tuple[int, float]]


def take(text: bytes, kind: str) -> Alike | None:
    """Take lines apart, None where they are not all alike.

    :param text: Lines, each with its end.
    :param kind: ``loss`` or ``metric``, the file they stand in.
    """
    first = _line().match(text)
    key = _key_in(text[: text.find(b"\n")], kind)
    if first is None or key is None or not text.endswith(b"}\n"):
        return None
    timed = _without_times(text[len(b"Step:") :])
    if timed is None:
        return None
    marked = _marked(timed.text, first["before"], first["between"])
    if marked is None:
        return None
    try:
        items = orjson.loads(b"[%b]" % marked.items)
    except orjson.JSONDecodeError:
        return None
    return _checked(key, items, marked, timed.times)


class _Timed(NamedTuple):
    """Lines without their times, and those."""

    text: bytes
    times: list[tuple[int, float]]


def _without_times(text: bytes) -> _Timed | None:
    """Cut the times out, None where one does not end its line."""
    first, *parts = text.split(b', "time": ')
    if not parts:
        return _Timed(text, [])
    ends = [part.find(b"}\n") for part in parts]
    told = b",".join([part[:end] for part, end in zip(parts, ends, strict=True)])
    if -1 in ends or any(blank in told for blank in _BLANKS):
        return None
    try:
        times = orjson.loads(b"[%b]" % told)
    except orjson.JSONDecodeError:
        return None
    if len(times) != len(parts) or any(not _is_time(time) for time in times):
        return None
    kept = [first, *(part[end:] for part, end in zip(parts, ends, strict=True))]
    lines_before = accumulate(part.count(b"\n") for part in kept)
    return _Timed(b"".join(kept), list(zip(lines_before, times, strict=False)))


def _is_time(found: Any) -> bool:
    return type(found) is float and 0 <= found < _LARGEST_EXACT


class _Marked(NamedTuple):
    """Lines as the items of a JSON array, and how many there are."""

    items: bytes
    lines: int


def _marked(text: bytes, before: bytes, between: bytes) -> _Marked | None:
    """Put marks where each line has what the first one has, None where one does not.

    :param text: Lines from the first one's step on.
    :param before: What stands between a line's first step and its value.
    :param between: What stands between the value and the second step.
    """
    items, ends = _counted(text[: -len(b"}\n")], b"}\nStep:", b",")
    items, befores = _counted(items, before, b",true,")
    items, betweens = _counted(items, between, b",false,")
    if {befores, betweens} != {ends + 1} or any(blank in items for blank in _BLANKS):
        return None
    return _Marked(items, ends + 1)


def _counted(text: bytes, old: bytes, new: bytes) -> tuple[bytes, int]:
    """Replace, and tell by the length how many there were: counting takes a look of its own."""
    replaced = text.replace(old, new)
    return replaced, (len(text) - len(replaced)) // (len(old) - len(new))


def _key_in(line: bytes, kind: str) -> str | None:
    """Return the key of the one value in a line without its end, None where it is no such line."""
    record = log_format.parse_step_line(line)
    if record is None or record.kind != kind:
        return None
    keys = list(log_format.flatten(record.values, kind))
    return keys[0] if len(keys) == 1 else None


def _checked(
    key: str, items: list[Any], marked: _Marked, times: list[tuple[int, float]]
) -> Alike | None:
    """Return what was found, if each line has its step twice, and one float between."""
    if len(items) != _EACH * marked.lines:
        return None
    steps, values, again = items[::_EACH], items[2::_EACH], items[4::_EACH]
    if not _are_marks(items[1::_EACH]) or steps != again:
        return None
    if set(map(type, steps)) != {int} or set(map(type, again)) != {int}:
        return None
    if set(map(type, values)) != {float}:
        return None
    if max(values) >= _LARGEST_EXACT or min(values) <= -_LARGEST_EXACT:
        return None
    if min(steps) <= 0 and b"-" in marked.items:  # perhaps -0, which JSON takes for 0
        return None
    try:
        return Alike(key, array("q", steps), array("d", values), times)
    except OverflowError:
        return None


def _are_marks(found: list[Any]) -> bool:
    """Tell whether the first marks of all lines are at their places.

    There are as many marks as places for them. So if none stands where a number must, each place
    has one, and those of the first kind tell where the others are.
    """
    return set(map(type, found)) == {bool} and all(found)


@cache
def _line() -> re.Pattern[bytes]:
    """Return what such a line looks like; a script that only writes compiles it never."""
    return re.compile(
        rb"Step:[0-9]+(?P<before>\t\{\"(?:loss|metric)\": \{(?:\"[^\"\\]+\": \{)*"
        rb"\"[^\"\\]+\": )[^ ,{}\"\[\]]+(?P<between>\}+, \"step\": )[0-9]+[,}]"
    )
