"""A block of step lines taken apart into columns: many lines at once, or one by one.

Parsing a line costs more than reading it. Lines that a plain loop wrote are parsed in one go; a
block with anything unusual in it is parsed line by line, and that decides what the unusual means.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite, nan
from typing import NamedTuple

import orjson

from fitlog_core import log_format
from fitlog_core.reading import lines_alike, lines_at_once
from fitlog_core.reading.block import Block, Growing, Points
from fitlog_core.reading.cycles import no_search_for_cycles


def parse(text: bytes, kind: str, before: int) -> Block:
    """Take whole lines apart.

    :param text: Lines, each with its end.
    :param kind: ``loss`` or ``metric``, the file they stand in.
    :param before: Number of the records before them in the file.
    """
    try:
        with no_search_for_cycles():
            return _all_alike(text, kind, before) or lines_at_once.parse(text, kind, before)
    except (lines_at_once.UnusualError, orjson.JSONDecodeError):
        return by_lines(text, kind, before)


def _all_alike(text: bytes, kind: str, before: int) -> Block | None:
    alike = lines_alike.take(text, kind)
    if alike is None:
        return None
    count = len(alike.steps)
    points = Points(alike.steps, alike.values, range(before + 1, before + 1 + count), None)
    stamps = [(before + 1 + place, time) for place, time in alike.times]
    return Block(count, stamps=stamps, curves={alike.key: points})


def by_lines(text: bytes, kind: str, before: int) -> Block:
    """Take lines apart one by one; see :func:`parse`."""
    block = Block()
    curves: dict[str, Growing] = {}
    for line in text.split(b"\n")[:-1]:
        record = log_format.parse_step_line(line)
        if record is None or record.kind != kind:
            block.skipped += not _is_expected(line)
            continue
        block.records += 1
        number = before + block.records
        if record.time is not None and isfinite(record.time):
            block.stamps.append((number, record.time))
        for key, value in log_format.flatten(record.values, kind).items():
            curve = curves.get(key)
            if curve is None:
                curve = curves[key] = Growing()
            curve.add(value, record.step, nan if record.epoch is None else record.epoch, number)
    block.curves = {key: curve.points() for key, curve in curves.items()}
    return block


def torn_among(lines: Iterable[bytes]) -> int:
    """Return how many lines of a step file are none, where their ends already tell.

    Their values are not looked at: that takes reading the curves.
    """
    return sum(
        not (line[:5] == b"Step:" and line[-1:] == b"}") and _is_torn(line) for line in lines
    )


def _is_torn(line: bytes) -> bool:
    return log_format.parse_step_line(line) is None and not _is_expected(line)


def torn_in(text: bytes, is_cut: bool) -> int:
    """Return how many whole lines of a piece of a step file are none, where their ends tell.

    What is in order is known by a count of its joints, in a microsecond.

    :param is_cut: Whether the piece begins within a line, which is left out.
    """
    whole = text.count(b"\n")
    if (
        text.count(b"}\nStep:") == whole - 1
        and text.endswith(b"}\n")
        and (is_cut or text.startswith(b"Step:"))
    ):
        return 0
    return torn_among(text.split(b"\n")[is_cut:-1])


def largest_step(lines: list[bytes]) -> int | None:
    """Return the largest step among lines without their ends, None if none is a record."""
    marked = latest(lines)
    if marked is not None:
        record = log_format.parse_step_line(marked.line)
        if record is not None and record.step == marked.step:
            return marked.step
    records = map(log_format.parse_step_line, lines)
    return max((record.step for record in records if record is not None), default=None)


class Marked(NamedTuple):
    """A line of a step file, without its end, and the step that it tells before its tab."""

    step: int
    line: bytes


def latest(lines: list[bytes]) -> Marked | None:
    """Return the line of the largest step by what they tell before the tab, None if one does not.

    A line says its step twice, so that not all need to be looked into.
    """
    try:
        steps = [int(line[5 : line.index(b"\t")]) for line in lines]
    except ValueError:
        return None
    if not steps:
        return None
    largest = max(steps)
    return Marked(largest, lines[steps.index(largest)])


def _is_expected(line: bytes) -> bool:
    """Return whether a line that is no step record is in order all the same.

    An empty line says nothing; very old runs keep their best metrics among the steps.
    """
    line = line.strip()
    if not line:
        return True
    found = None if line.startswith(b"S") else log_format.parse_object_line(line)
    return found is not None and "metric" in found
