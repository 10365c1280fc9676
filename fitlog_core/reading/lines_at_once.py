"""Step lines that a plain loop wrote, parsed many at a time.

They are turned into one JSON array, which is parsed in one go; a block with anything unusual in it
is left to whoever looks at it line by line.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from math import nan
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from fitlog_core import log_format
from fitlog_core.reading.block import Block, Growing, Points

_LARGEST_EXACT = 2.0**63  # orjson makes floats of longer integers
_DEEPEST_AT_ONCE = 8


class UnusualError(Exception):
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


def parse(text: bytes, kind: str, before: int) -> Block:
    """Take whole lines apart; see :func:`fitlog_core.reading.records.parse`.

    :raises UnusualError: if they must be looked at line by line.
    :raises orjson.JSONDecodeError: likewise.
    """
    steps, said = _parsed(text)
    has_more = set(map(len, said)) != {2}  # than the values and the step
    if has_more and kind != "loss" and any("loss" in line for line in said):
        raise UnusualError
    shares: dict[str, list[_Share]] = {}
    try:
        _split(list(map(itemgetter(kind), said)), range(len(said)), kind, (), shares)
    except KeyError:
        raise UnusualError from None
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
        raise UnusualError from None
    if again != steps or set(map(type, again + steps)) != {int} or min(again) < 0:
        raise UnusualError
    try:
        return array("q", again), said
    except OverflowError:
        raise UnusualError from None


def _as_items(text: bytes) -> bytes:
    lines = text.count(b"\n")
    if not text.startswith(b"Step:") or text.count(b"\t") != lines:
        raise UnusualError
    body = text[5:-1]
    # The end of a line and the tab stay: JSON allows neither in a string, so none spans two lines.
    items = body.replace(b"\nStep:", b",\n")
    if len(body) - len(items) != (len(b"\nStep:") - len(b",\n")) * (lines - 1):
        raise UnusualError
    whole = items.replace(b"\t{", b",\t{")
    if len(whole) - len(items) != lines:
        raise UnusualError
    if _has_a_step_of_its_own_spelling(text):
        raise UnusualError
    # With lists about, a line without its tab could be made up for by a tab in another.
    if b"[" in text and any(line.count(b"\t") != 1 for line in text.split(b"\n")[:-1]):
        raise UnusualError
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
        raise UnusualError
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
            raise UnusualError
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
        raise UnusualError from None


def _by_names(values: list[dict[str, Any]]) -> Iterable[list[int]]:
    """Return where the mappings of the same keys are, for each set of keys there is."""
    groups: dict[frozenset[str], list[int]] = {}
    if set(map(type, values)) != {dict}:
        raise UnusualError
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
        raise UnusualError
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
            raise UnusualError
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
    curve = Growing()
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
        raise UnusualError
    are_floats = all(share.are_floats for share in shares)
    return _Share(shares[0].place, [value for _, value in pairs], lines, are_floats)


def _epochs(said: list[dict[str, Any]]) -> array[float] | None:
    found = [line.get("epoch") for line in said]
    if not {int, type(None)} >= set(map(type, found)):
        raise UnusualError
    known = [epoch for epoch in found if epoch is not None]
    if not known:
        return None
    if min(known) < 0 or max(known) > log_format.LARGEST_STEP:
        raise UnusualError
    return array("d", [nan if epoch is None else epoch for epoch in found])


def _stamps(said: list[dict[str, Any]], before: int) -> list[tuple[int, float]]:
    found = [(at, line["time"]) for at, line in enumerate(said, before + 1) if "time" in line]
    if any(type(time) is not float or not 0 <= time < _LARGEST_EXACT for _, time in found):
        raise UnusualError
    return found
