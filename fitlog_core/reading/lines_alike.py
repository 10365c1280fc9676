"""Lines of one number each that differ in step, value and time alone: most of a long curve.

What stands around the numbers is taken from the first line, and made to brackets and commas:
``Step:1<tab>{"loss": {"dev": 0.5}, "step": 1, "time": 7.0}`` becomes ``1,[0.5],[1,7.0]``, so that
a thousand lines are one JSON array without an object in it.
"""

from __future__ import annotations

import re
from array import array
from functools import cache
from typing import Any, NamedTuple

import orjson

from fitlog_core import log_format

_LARGEST_EXACT = 2.0**53  # as floats; what is larger is looked at line by line


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
    if first is None or key is None:
        return None
    before, between = first["before"], first["between"]
    lines = text.count(b"\n")
    if {lines} != {text.count(b"\t"), text.count(before), text.count(between)}:
        return None
    if not text.endswith(b"}\n") or has_a_step_of_its_own_spelling(text):
        return None
    body = text[len(b"Step:") : -len(b"}\n")]
    items = body.replace(before, b",[").replace(between, b"],[").replace(b"}\nStep:", b"],")
    try:
        found = orjson.loads(b"[%b]]" % items.replace(b', "time": ', b","))
    except orjson.JSONDecodeError:
        return None
    return _checked(key, found, lines)


def _key_in(line: bytes, kind: str) -> str | None:
    """Return the key of the one value in a line without its end, None where it is no such line."""
    record = log_format.parse_step_line(line)
    if record is None or record.kind != kind:
        return None
    keys = list(log_format.flatten(record.values, kind))
    return keys[0] if len(keys) == 1 else None


def has_a_step_of_its_own_spelling(text: bytes) -> bool:
    """Tell whether a step before its tab is -0 or has a blank beside it: to JSON it is the same.

    :param text: Lines of a step file.
    """
    return b"\r" in text or b" \t" in text or b"Step: " in text or b"Step:-" in text


def _checked(key: str, found: list[Any], lines: int) -> Alike | None:
    """Return what was found, if each line has its step twice, one float between, perhaps a time."""
    if len(found) != 3 * lines:
        return None
    steps, lists, ends = found[::3], found[1::3], found[2::3]
    if set(map(type, steps)) != {int} or {*map(type, lists), *map(type, ends)} != {list}:
        return None
    if set(map(len, lists)) != {1} or not set(map(len, ends)) <= {1, 2}:
        return None
    values = [value for (value,) in lists]
    if [end[0] for end in ends] != steps or set(map(type, values)) != {float}:
        return None
    if max(values) >= _LARGEST_EXACT or min(values) <= -_LARGEST_EXACT or min(steps) < 0:
        return None
    times = [(place, end[1]) for place, end in enumerate(ends) if len(end) == 2]
    if any(type(time) is not float or not 0 <= time < _LARGEST_EXACT for _, time in times):
        return None
    try:
        return Alike(key, array("q", steps), array("d", values), times)
    except OverflowError:
        return None


@cache
def _line() -> re.Pattern[bytes]:
    """Return what such a line looks like; a script that only writes compiles it never."""
    return re.compile(
        rb"Step:[0-9]+(?P<before>\t\{\"(?:loss|metric)\": \{(?:\"[^\"\\]+\": \{)*"
        rb"\"[^\"\\]+\": )[^ ,{}\"\[\]]+(?P<between>\}+, \"step\": )[0-9]+[,}]"
    )
