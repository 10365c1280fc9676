"""A block of step lines taken apart into columns: many lines at once, or one by one.

Parsing a line costs more than reading it. Lines that a plain loop wrote are turned into one JSON
array, which is parsed in one go; a block with anything unusual in it is parsed line by line, and
that decides what the unusual means.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite, nan
from operator import itemgetter, lt
from typing import Any, NamedTuple

import orjson

from fitlog_core import log_format
from fitlog_core.reading import lines_alike
from fitlog_core.reading.cycles import no_search_for_cycles

_LARGEST_EXACT = 2.0**63  # orjson makes floats of longer integers
_DEEPEST_AT_ONCE = 8


@dataclass
class Points:
    """One curve's points in file order.

    ``epochs`` is None where no record tells one. ``texts`` are what was logged under the curve's
    name but is no number: step, text, number of the record.
    """

    steps: array[int]
    values: array[float]
    records: Sequence[int]
    epochs: array[float] | None = None
    texts: list[tuple[int, str, int]] = field(default_factory=list)


@dataclass
class Block:
    """What a block of lines says.

    :ivar records: How many records it holds; they are numbered through the file, from 1.
    :ivar skipped: How many lines are not valid.
    :ivar stamps: Records that tell the time: number, epoch seconds.
    :ivar curves: Points by column key, in the order in which the keys first come.
    """

    records: int = 0
    skipped: int = 0
    stamps: list[tuple[int, float]] = field(default_factory=list)
    curves: dict[str, Points] = field(default_factory=dict)


def parse(text: bytes, kind: str, before: int) -> Block:
    """Take whole lines apart.

    :param text: Lines, each with its end.
    :param kind: ``loss`` or ``metric``, the file they stand in.
    :param before: Number of the records before them in the file.
    """
    try:
        with no_search_for_cycles():
            return _all_alike(text, kind, before) or _at_once(text, kind, before)
    except (_UnusualError, orjson.JSONDecodeError):
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
    curves: dict[str, _Growing] = {}
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
                curve = curves[key] = _Growing()
            curve.add(value, record.step, nan if record.epoch is None else record.epoch, number)
    block.curves = {key: curve.points() for key, curve in curves.items()}
    return block


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


def as_float(value: Any) -> float | None:
    """Return a number as a float; None for what is no number or too large for one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer beyond what a float can hold
        return None


def is_rising(numbers: Sequence[int]) -> bool:
    """Tell whether each number is larger than the one before it."""
    return all(map(lt, numbers, islice(numbers, 1, None)))


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_expected(line: bytes) -> bool:
    """Return whether a line that is no step record is in order all the same.

    An empty line says nothing; very old runs keep their best metrics among the steps.
    """
    line = line.strip()
    if not line:
        return True
    found = None if line.startswith(b"S") else log_format.parse_object_line(line)
    return found is not None and "metric" in found


class _Growing:
    """One curve, value by value."""

    def __init__(self) -> None:
        self.steps: array[int] = array("q")
        self.values: array[float] = array("d")
        self.epochs: array[float] = array("d")
        self.records: array[int] = array("q")
        self.texts: list[tuple[int, str, int]] = []

    def add(self, value: Any, step: int, epoch: float, record: int) -> None:
        number = as_float(log_format.number(value))
        if number is None:
            self.texts.append((step, _as_text(value), record))
            return
        self.steps.append(step)
        self.values.append(number)
        self.epochs.append(epoch)
        self.records.append(record)

    def points(self) -> Points:
        known = any(epoch == epoch for epoch in self.epochs)
        epochs = self.epochs if known else None
        return Points(self.steps, self.values, self.records, epochs, self.texts)


# ------------------------------------------------------------------- at once


class _UnusualError(Exception):
    """A block that must be looked at line by line."""


class _Share(NamedTuple):
    """Values of one curve.

    :param place: Where its key came first: the line, and the positions in the mappings there.
    :param lines: The lines that the values stand in.
    """

    place: tuple[int, ...]
    values: list[Any]
    lines: Sequence[int]
    are_floats: bool


def _at_once(text: bytes, kind: str, before: int) -> Block:
    steps, said = _parsed(text)
    has_more = set(map(len, said)) != {2}  # than the values and the step
    if has_more and kind != "loss" and any("loss" in line for line in said):
        raise _UnusualError
    shares: dict[str, list[_Share]] = {}
    try:
        _split(list(map(itemgetter(kind), said)), range(len(said)), kind, (), shares)
    except KeyError:
        raise _UnusualError from None
    epochs = _epochs(said) if has_more else None
    block = Block(len(said), 0, _stamps(said, before) if has_more else [])
    for key, parts in sorted(shares.items(), key=lambda item: min(part.place for part in item[1])):
        block.curves[key] = _points(parts, steps, epochs, before)
    return block


def _parsed(text: bytes) -> tuple[array[int], list[dict[str, Any]]]:
    """Return the steps and the objects of lines that all have the usual form.

    ``Step:1<tab>{...}`` lines become ``[1,{...},2,{...}]``. That a line's step comes twice, before
    the tab and in the object, makes sure that no line ran into another.
    """
    found = orjson.loads(b"[" + _as_items(text) + b"]")
    steps, said = found[::2], found[1::2]
    try:
        again = list(map(itemgetter("step"), said))
    except (KeyError, TypeError):
        raise _UnusualError from None
    if again != steps or set(map(type, again + steps)) != {int} or min(again) < 0:
        raise _UnusualError
    try:
        return array("q", again), said
    except OverflowError:
        raise _UnusualError from None


def _as_items(text: bytes) -> bytes:
    lines = text.count(b"\n")
    if not text.startswith(b"Step:") or text.count(b"\t") != lines:
        raise _UnusualError
    body = text[5:-1]
    # The end of a line and the tab stay: JSON allows neither in a string, so none spans two lines.
    items = body.replace(b"\nStep:", b",\n")
    if len(body) - len(items) != (len(b"\nStep:") - len(b",\n")) * (lines - 1):
        raise _UnusualError
    whole = items.replace(b"\t{", b",\t{")
    if len(whole) - len(items) != lines:
        raise _UnusualError
    if _has_a_step_of_its_own_spelling(text):
        raise _UnusualError
    # With lists about, a line without its tab could be made up for by a tab in another.
    if b"[" in text and any(line.count(b"\t") != 1 for line in text.split(b"\n")[:-1]):
        raise _UnusualError
    return whole


def _has_a_step_of_its_own_spelling(text: bytes) -> bool:
    """Tell whether a step before its tab is -0 or has a blank beside it: to JSON it is the same."""
    return b"\r" in text or b" \t" in text or b"Step: " in text or b"Step:-" in text


def _split(
    values: list[Any],
    lines: Sequence[int],
    prefix: str,
    path: tuple[int, ...],
    shares: dict[str, list[_Share]],
) -> None:
    """Share out the values of mappings by key, those of the same keys together."""
    if type(values[0]) is not dict or len(path) > _DEEPEST_AT_ONCE:
        raise _UnusualError
    columns = _columns(values)
    if columns is None:
        for at in _by_names(values):
            where = [lines[i] for i in at]
            _split([values[i] for i in at], where, prefix, path, shares)
        return
    for position, (name, column) in enumerate(columns.items()):
        kinds = set(map(type, column))
        # The first mapping's order counts for all only where none of them has groups of its own.
        if dict in kinds and len(set(map(tuple, values))) > 1:
            raise _UnusualError
        _share(column, lines, kinds, f"{prefix}-{name}", (*path, position), shares)


def _columns(values: list[dict[str, Any]]) -> dict[str, list[Any]] | None:
    """Return the values of mappings by key; None where not all have the same keys."""
    names = list(values[0])
    try:
        if set(map(len, values)) != {len(names)}:
            return None
        return {name: list(map(itemgetter(name), values)) for name in names}
    except KeyError:
        return None
    except TypeError:  # one that is no mapping
        raise _UnusualError from None


def _by_names(values: list[dict[str, Any]]) -> Iterable[list[int]]:
    """Return where the mappings of the same keys are, for each set of keys there is."""
    groups: dict[frozenset[str], list[int]] = {}
    if set(map(type, values)) != {dict}:
        raise _UnusualError
    for at, names in enumerate(map(frozenset, values)):
        groups.setdefault(names, []).append(at)
    return groups.values()


def _share(
    column: list[Any],
    lines: Sequence[int],
    kinds: set[type],
    key: str,
    path: tuple[int, ...],
    shares: dict[str, list[_Share]],
) -> None:
    if list in kinds:
        raise _UnusualError
    if kinds == {dict}:
        _split(column, lines, key, path, shares)
    elif dict in kinds:
        nested = [at for at, value in enumerate(column) if type(value) is dict]
        others = [at for at, value in enumerate(column) if type(value) is not dict]
        for chosen in (nested, others):
            where = [lines[at] for at in chosen]
            values = [column[at] for at in chosen]
            _share(values, where, set(map(type, values)), key, path, shares)
    else:
        if float in kinds and not _is_exact(column, kinds):
            raise _UnusualError
        place = (lines[0], *path)
        shares.setdefault(key, []).append(_Share(place, column, lines, kinds == {float}))


def _is_exact(column: list[Any], kinds: set[type]) -> bool:
    floats = column if kinds == {float} else [value for value in column if type(value) is float]
    return max(floats) < _LARGEST_EXACT and min(floats) > -_LARGEST_EXACT


def _points(
    shares: list[_Share], steps: array[int], epochs: array[float] | None, before: int
) -> Points:
    share = shares[0] if len(shares) == 1 else _joined(shares)
    if share.are_floats:
        values = array("d", share.values)
        if len(share.lines) == len(steps):
            return Points(steps, values, range(before + 1, before + 1 + len(steps)), epochs)
        at = share.lines
        of_these = None if epochs is None else array("d", map(epochs.__getitem__, at))
        numbers = [before + 1 + line for line in at]
        return Points(array("q", map(steps.__getitem__, at)), values, numbers, of_these)
    curve = _Growing()
    for line, value in zip(share.lines, share.values, strict=True):
        epoch = nan if epochs is None else epochs[line]
        curve.add(value, steps[line], epoch, before + 1 + line)
    return curve.points()


def _joined(shares: list[_Share]) -> _Share:
    """Join what came under one key in mappings of different names, in file order."""
    pairs = sorted(
        (pair for share in shares for pair in zip(share.lines, share.values, strict=True)),
        key=lambda pair: pair[0],
    )
    lines = [line for line, _ in pairs]
    if len(set(lines)) != len(lines):  # a-b beside a nested in b: the line decides which counts
        raise _UnusualError
    are_floats = all(share.are_floats for share in shares)
    return _Share(shares[0].place, [value for _, value in pairs], lines, are_floats)


def _epochs(said: list[dict[str, Any]]) -> array[float] | None:
    found = [line.get("epoch") for line in said]
    if not {int, type(None)} >= set(map(type, found)):
        raise _UnusualError
    known = [epoch for epoch in found if epoch is not None]
    if not known:
        return None
    if min(known) < 0 or max(known) > log_format.LARGEST_STEP:
        raise _UnusualError
    return array("d", [nan if epoch is None else epoch for epoch in found])


def _stamps(said: list[dict[str, Any]], before: int) -> list[tuple[int, float]]:
    found = [(at, line["time"]) for at, line in enumerate(said, before + 1) if "time" in line]
    if any(type(time) is not float or not 0 <= time < _LARGEST_EXACT for _, time in found):
        raise _UnusualError
    return found
