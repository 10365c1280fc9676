"""What came of the long curve of `sweep.py` in a board's answers, whatever their form."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

from sweep import SPIKE

EVENT = b"data:"


def points_in(body: bytes) -> int:
    """Return the length of the longest list in an answer, if it is JSON or a stream of events."""
    return max(map(_longest, _values(body)), default=0)


def has_spike(body: bytes) -> bool:
    """Return whether the far point is in an answer, as text or as eight or four bytes."""
    packed = (struct.pack(form, SPIKE) for form in ("<d", ">d", "<f", ">f"))
    return str(SPIKE).encode() in body or any(one in body for one in packed)


def _values(body: bytes) -> Iterator[Any]:
    lines = [line.removeprefix(EVENT) for line in body.splitlines() if line.startswith(EVENT)]
    for text in (body, *lines):
        try:
            yield json.loads(text)
        except ValueError:  # a page, or bytes of another kind
            continue


def _longest(value: Any) -> int:
    if isinstance(value, dict):
        return max(map(_longest, value.values()), default=0)
    if not isinstance(value, list):
        return 0
    return max([len(value), *map(_longest, value)])
