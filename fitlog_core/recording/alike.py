"""The short way of records that are alike: each has the names of the one before.

Between two batches of a training none of this code is in the processor's caches: what a record
touches costs more than what it reckons. So what its lines are made of is worked out once, for as
long as the names stay, and then one function fills in the numbers and writes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from time import time as clock
from typing import Any, NamedTuple, Union

from orjson import dumps as json_of

from fitlog_core.log_format import LARGEST_STEP, step_key
from fitlog_core.recording.run import Run
from fitlog_core.recording.session import session
from fitlog_core.recording.writer import TIME_EVERY, StepFile, is_plain_name

# How values are nested in a file: groups by name, and at the place of each value its own name.
Tree = Mapping[str, Union[str, "Tree"]]
_MOST_KNOWN = 100


class _Line(NamedTuple):
    """What a record puts into one file, between and behind the step and the numbers.

    :param file: The file.
    :param values: Names of the numbers in it, each with what stands before it.
    :param between: What stands between the last number and the second step.
    :param end: What stands behind that.
    """

    file: StepFile
    values: tuple[tuple[bytes, str], ...]
    between: bytes
    end: bytes


class Alike:
    """Writes what the long way would of a record that is like one before, or nothing.

    :param names: Names of the values, in their order.
    :param group: Group of the values, None for none.
    :param epoch: Epoch of the record, None for none.
    :param lines: What it puts into each file.
    """

    __slots__ = ("_epoch", "_group", "_lines", "_names")

    def __init__(
        self, names: tuple[str, ...], group: str | None, epoch: int | None, lines: Sequence[_Line]
    ) -> None:
        self._names, self._group, self._epoch, self._lines = names, group, epoch, tuple(lines)

    def write(
        self, values: Mapping[str, Any], step: int, epoch: int | None, group: str | None
    ) -> bool:
        """Write a record where it is like the one before; else do nothing, and return False.

        All in one function: each further one would have to be fetched into the caches, too.

        :param values: Values by name.
        """
        if (
            type(values) is not dict
            or tuple(values) != self._names
            or group != self._group
            or (epoch is not self._epoch and (type(epoch) is not int or epoch != self._epoch))
            or type(step) is not int
            or not 0 <= step <= LARGEST_STEP
            or session.debug
        ):
            return False
        now, at, ready = clock(), json_of(step), []
        for file, parts, between, end in self._lines:
            if file.needs_care or file.is_left or not 0.0 <= now - file.timed < TIME_EVERY:
                return False
            line = [b"Step:", at]
            for before, name in parts:
                value = values[name]
                if type(value) is not float:  # numpy's, say, whose text is another
                    return isinstance(value, float) and self.write(
                        _plain(values), step, epoch, group
                    )
                if value - value != 0.0:  # NaN or infinite
                    return False
                line += before, json_of(value)
            line += between, at, end
            ready.append((file, b"".join(line)))
        for file, whole in ready:
            try:
                if (written := os.write(file.descriptor, whole)) < len(whole):
                    file.keep_torn(whole[:written])
            except OSError as error:
                file.try_again(whole, error)
        return True


class Alikes:
    """The short way of records of several kinds that come in turns, known by their names.

    A copy knows none, for another process has files of its own.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Alike] = {}

    def write(self, values: Mapping[str, Any], step: int, epoch: int | None) -> bool:
        """Write a record as :meth:`Alike.write` does where one like it was learned."""
        known = self._known.get(tuple(values))
        return known is not None and known.write(values, step, epoch, None)

    def learn(
        self, run: Run, values: Mapping[str, Any], epoch: int | None, trees: Mapping[str, Tree]
    ) -> None:
        """Take note of a record that the long way just took; the parameters of :func:`alike`."""
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        learned = alike(run, values, epoch, trees)
        if learned is not None:
            self._known[tuple(values)] = learned

    def __reduce__(self) -> tuple[type[Alikes], tuple[()]]:
        return Alikes, ()


def alike(
    run: Run,
    values: Mapping[str, Any],
    epoch: int | None,
    trees: Mapping[str, Tree],
    group: str | None = None,
) -> Alike | None:
    """Return what writes records like one that the long way just took, None where nothing may.

    :param run: Where the record went.
    :param values: Its values by name.
    :param epoch: Its epoch.
    :param trees: How all that was recorded of them lies in ``loss.log`` and ``metric.log``, by
        ``loss`` and ``metric``.
    :param group: Told apart by this as well as by their names.
    """
    if not (epoch is None or type(epoch) is int):
        return None
    lines = []
    for kind, tree in sorted(trees.items()):  # the loss first, as on the long way
        if not tree:
            continue
        file = run.step_file(kind)
        if file is None or not _is_plain(tree, values):
            return None
        lines.append(_line(file, tree, epoch))
    return Alike(tuple(values), group, epoch, lines)


def _is_plain(tree: Tree, values: Mapping[str, Any]) -> bool:
    """Tell whether all names are stored as they are, and all values are floats."""
    return all(
        is_plain_name(name)
        and (
            isinstance(values[member], float)
            if isinstance(member, str)
            else _is_plain(member, values)
        )
        for name, member in tree.items()
    )


def _line(file: StepFile, tree: Tree, epoch: int | None) -> _Line:
    """Return what stands in the line of a step as the long way writes it, but for its numbers."""
    parts: list[tuple[bytes, str]] = []
    closing = _take_apart(tree, b"\t{" + step_key(file.kind), parts)
    end = b"}\n" if epoch is None else b', "epoch": %d}\n' % epoch
    return _Line(file, tuple(parts), closing + b', "step": ', end)


def _take_apart(tree: Tree, before: bytes, parts: list[tuple[bytes, str]]) -> bytes:
    """Add each value's name with what stands before the value; return what is behind the last.

    :param before: What stands before the tree.
    """
    before += b"{"
    for at, (name, member) in enumerate(tree.items()):
        before += b'%b"%b":' % (b"," if at else b"", name.encode())
        if isinstance(member, str):
            parts.append((before, member))
            before = b""
        else:
            before = _take_apart(member, before, parts)
    return before + b"}"


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of which all kinds of floats are Python's own."""
    return {
        name: float(value) if isinstance(value, float) else value for name, value in values.items()
    }
