"""What a search is made of once it is parsed, and how a row is held against it."""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fitlog_core.errors import QueryError
from fitlog_core.reading import tags

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORDS_FOR_NUMBERS = {
    "nan": math.nan,
    "inf": math.inf,
    "infinity": math.inf,
    "-inf": -math.inf,
    "-infinity": -math.inf,
}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_BETWEEN = "\0"  # of cells, so that no text is found across two
_TEXT_COLUMNS = frozenset({"id"})  # an id is a text even where it could be read as a number


def as_number(text: str) -> float | None:
    """Return the number a text spells, ``nan`` and ``-inf`` included, None if it spells none."""
    word = text.strip()
    if _NUMBER.fullmatch(word):
        return float(word)
    return _WORDS_FOR_NUMBERS.get(word.lower())


def cell_text(value: Any) -> str:
    """Return a cell as the text a search looks through."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


@dataclass
class Scope:
    """A row and what is needed to judge it; not frozen, for one is made for each of all rows.

    :param row: Cells by column key; None is a missing cell.
    :param names: The column key for each name of the query, None where there is no such column.
    :param keep_missing: What a comparison says about a row that lacks the column.
    :param call: Judges calls, which may need more than the row.
    :param many_texts: Whether so many texts are looked for that joining the cells pays.
    """

    row: Mapping[str, Any]
    names: Mapping[str, str | None]
    keep_missing: bool = False
    call: Callable[[Call, Mapping[str, Any]], bool] | None = None
    many_texts: bool = False

    @cached_property
    def texts(self) -> str:
        """Return all cells as one text in lower case."""
        cells = (cell_text(value) for value in self.row.values() if value is not None)
        return _BETWEEN.join(cells).casefold()


@dataclass(frozen=True)
class Literal:
    """A value to compare with, as written, and the number it spells if it spells one."""

    text: str
    number: float | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", as_number(self.text))


@dataclass(frozen=True)
class Everything:
    """Matches every row: the empty search."""

    def matches(self, scope: Scope) -> bool:  # noqa: ARG002 - as all nodes
        """Return True."""
        return True


@dataclass(frozen=True)
class Text:
    """Matches rows with the text in any cell, upper and lower case alike."""

    text: str

    def matches(self, scope: Scope) -> bool:
        """Tell whether any cell of the row contains the text."""
        wanted = self.text.casefold()
        if scope.many_texts and _BETWEEN not in wanted:
            return wanted in scope.texts
        return any(
            wanted in cell_text(value).casefold()
            for value in scope.row.values()
            if value is not None
        )


@dataclass(frozen=True)
class Compare:
    """Matches rows whose cell stands in a relation to a value.

    :param name: Column as it was written.
    :param sign: ``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``, read from the cell to the value.
    :param position: Where the name stands in the search.
    """

    name: str
    sign: str
    value: Literal
    position: int = 0

    def matches(self, scope: Scope) -> bool:
        """Tell whether the row's cell stands in the relation."""
        column = scope.names.get(self.name)
        cell = None if column is None else scope.row.get(column)
        if cell is None:
            return scope.keep_missing
        if column == tags.COLUMN and self.sign in ("=", "!="):
            return (self.value.text in tags.tags_in(cell)) == (self.sign == "=")
        as_text = column in _TEXT_COLUMNS
        if self.sign in _ORDER:
            return _is_ordered(cell, self.value, _ORDER[self.sign], as_text)
        return _is_equal(cell, self.value, as_text) == (self.sign == "=")


@dataclass(frozen=True)
class Call:
    """A question that needs more than the row, such as ``plateau(dev-acc, 5)``.

    :param name: What is asked: ``nan``, ``plateau``, ``stalled``.
    :param column: Column as it was written, None where none is given.
    :param numbers: The numbers given; for ``stalled`` the seconds.
    :param position: Where it stands in the search.
    """

    name: str
    column: str | None
    numbers: tuple[float, ...]
    position: int = 0

    def matches(self, scope: Scope) -> bool:
        """Let the caller judge.

        :raises QueryError: if the caller cannot.
        """
        if scope.call is None:
            raise QueryError(f"{self.name} cannot be asked here", position=self.position)
        return scope.call(self, scope.row)


@dataclass(frozen=True)
class Not:
    """Matches rows that the inner node does not; a row that lacks the column is one of them."""

    inner: Node

    def matches(self, scope: Scope) -> bool:
        """Tell whether the inner node does not match."""
        if scope.keep_missing:
            scope = Scope(scope.row, scope.names, False, scope.call, scope.many_texts)
        return not self.inner.matches(scope)


@dataclass(frozen=True)
class All:
    """Matches rows that every part matches."""

    parts: tuple[Node, ...]

    def matches(self, scope: Scope) -> bool:
        """Tell whether all parts match."""
        return all(part.matches(scope) for part in self.parts)


@dataclass(frozen=True)
class AnyOf:
    """Matches rows that at least one part matches."""

    parts: tuple[Node, ...]

    def matches(self, scope: Scope) -> bool:
        """Tell whether one part matches."""
        return any(part.matches(scope) for part in self.parts)


Node = Everything | Text | Compare | Call | Not | All | AnyOf


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes in it."""
    yield node
    if isinstance(node, Not):
        yield from walk(node.inner)
    elif isinstance(node, (All, AnyOf)):
        for part in node.parts:
            yield from walk(part)


def texts_in(node: Node) -> Iterator[str]:
    """Yield the texts that a row is found by, not those that it must not have."""
    if isinstance(node, Text):
        yield node.text
    elif isinstance(node, (All, AnyOf)):
        for part in node.parts:
            yield from texts_in(part)


def joined(parts: list[Node], kind: type[All] | type[AnyOf]) -> Node:
    """Return one node for several, the part itself where there is only one."""
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _cell_number(cell: Any) -> float | None:
    if isinstance(cell, bool):
        return None
    if isinstance(cell, (int, float)):
        return cell
    return as_number(cell) if isinstance(cell, str) else None


def _is_equal(cell: Any, value: Literal, as_text: bool) -> bool:
    if isinstance(cell, bool):
        return value.text.strip().lower() == ("true" if cell else "false")
    number = None if as_text else _cell_number(cell)
    if number is not None and value.number is not None:
        both_nan = number != number and value.number != value.number
        if both_nan or number == value.number:
            return True
    return cell_text(cell) == value.text  # also integers too long for a float


def _is_ordered(
    cell: Any, value: Literal, compare: Callable[[Any, Any], bool], as_text: bool
) -> bool:
    if not as_text:
        number = _cell_number(cell)
        if number is not None and value.number is not None:
            return compare(number, value.number)  # never true of NaN
        if number is not None or value.number is not None:
            return False
    return isinstance(cell, str) and compare(cell, value.text)
