"""The search language: one grammar for the board's box, saved views, commands and Python.

``docs/search.md`` describes it for people. Nothing of a search is ever evaluated as code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fitlog_core.errors import QueryError
from fitlog_core.reading.columns import ambiguity, candidates
from fitlog_core.reading.query_nodes import (
    Call,
    Compare,
    Everything,
    Node,
    Scope,
    Text,
    texts_in,
    walk,
)
from fitlog_core.reading.query_object import ObjectParser, Placed, node_of
from fitlog_core.reading.query_short import ShortParser, is_plain
from fitlog_core.reading.row import Row as RunRow
from fitlog_core.reading.row import Shape

__all__ = ["Call", "Clause", "Query", "from_conditions", "parse"]

LONGEST = 10_000  # characters
MOST_PARTS = 1000  # conditions, each of which looks at every row
FEW_TEXTS = 8  # that are looked for cell by cell

Row = Mapping[str, Any]
Judge = Callable[[Call, Row], bool]


@dataclass(frozen=True)
class Clause:
    """One of the conditions that all have to hold.

    :param text: The condition as it was written.
    :param rest: The search without it.
    """

    text: str
    rest: str


@dataclass(frozen=True)
class Query:
    """A parsed search.

    :param text: The search as it was written.
    :param node: What it means.
    """

    text: str
    node: Node

    @property
    def names(self) -> list[str]:
        """Return the columns named, as written."""
        found = [node.name for node in walk(self.node) if isinstance(node, Compare)]
        return list(dict.fromkeys(found + [call.column for call in self.calls if call.column]))

    @property
    def calls(self) -> list[Call]:
        """Return the calls, which only a judge can answer."""
        return [node for node in walk(self.node) if isinstance(node, Call)]

    @property
    def texts(self) -> list[str]:
        """Return the texts that are looked for in any cell, not those that must not be there."""
        return list(dict.fromkeys(texts_in(self.node)))

    @property
    def clauses(self) -> list[Clause]:
        """Return the conditions that all have to hold; none where there is one, or alternatives.

        The form of fitlog 0.9 has none either: its object is taken as a whole.
        """
        bare = self.text.strip()
        if not bare or bare.startswith(("${", "{")) or is_plain(bare):
            return []
        spans = ShortParser(self.text).spans()
        if len(spans) < 2:
            return []
        return [Clause(self.text[at:end], _without(self.text, at, end)) for at, end in spans]

    def unknown(self, rows: Iterable[Row]) -> list[str]:
        """Return the names of columns, as written, that none of the rows has."""
        compared = [node.name for node in walk(self.node) if isinstance(node, Compare)]
        columns = _columns_of(list(rows)) if compared else {}
        return [name for name in dict.fromkeys(compared) if not candidates(name, columns)]

    def matches(self, row: Row, *, keep_missing: bool = False, call: Judge | None = None) -> bool:
        """Tell whether a row is found.

        :param row: Cells by column key; None is a missing cell.
        :param keep_missing: Whether a condition holds for rows that lack its column.
        :param call: Judges calls such as ``plateau(dev-acc, 5)``.
        :raises QueryError: if a name may mean several of the row's columns, or if there is a
            call and nobody to judge it.
        """
        return bool(self.select([row], keep_missing=keep_missing, call=call))

    def select(
        self, rows: Iterable[Row], *, keep_missing: bool = False, call: Judge | None = None
    ) -> list[Row]:
        """Return the rows that are found, in their order.

        Names are looked up among the columns of all the rows; the rest as in :meth:`matches`.
        """
        everything = list(rows)
        if call is None and self.calls:
            first = self.calls[0]
            message = f"{first.name} looks at the curves, which cannot be done here"
            raise QueryError(message, self.text, first.position)
        names = self._resolved(everything)
        many = sum(1 for node in walk(self.node) if isinstance(node, Text)) > FEW_TEXTS
        try:
            return [
                row
                for row in everything
                if self.node.matches(Scope(row, names, keep_missing, call, many))
            ]
        except QueryError as error:  # of a judge, who does not know the whole search
            raise QueryError(error.message, self.text, error.position) from error

    def _resolved(self, rows: list[Row]) -> dict[str, str | None]:
        compared = [node for node in walk(self.node) if isinstance(node, Compare)]
        if not compared:
            return {}
        columns = _columns_of(rows)
        names: dict[str, str | None] = {}
        for node in compared:
            if node.name in names:
                continue
            found = candidates(node.name, columns)
            if len(found) > 1:
                raise QueryError(ambiguity(node.name, found), self.text, node.position)
            names[node.name] = found[0] if found else None
        return names


def _columns_of(rows: list[Row]) -> dict[str, None]:
    """Return the columns of rows, as they come; runs of one shape are asked once."""
    columns: dict[str, None] = {}
    seen: set[Shape] = set()
    for row in rows:
        if isinstance(row, RunRow):
            if row.shape in seen:
                continue
            seen.add(row.shape)
        columns |= dict.fromkeys(row)
    return columns


def _without(text: str, at: int, end: int) -> str:
    return f"{text[:at].rstrip()} {text[end:].lstrip()}".strip()


def parse(text: str) -> Query:
    """Parse a search: ``${...}$`` as in fitlog 0.9, the short form, or plain text.

    :raises QueryError: with message, text and the position of the fault.
    """
    if len(text) > LONGEST:
        raise QueryError(f"the search is longer than {LONGEST} characters", text, LONGEST)
    return _bounded(Query(text, _parse(text)))


def _parse(text: str) -> Node:
    bare = text.strip()
    if not bare:
        return Everything()
    start = text.index(bare[0])
    if bare.startswith("${") or (bare.startswith("{") and bare.endswith("}")):
        return _parse_object(text, start, start + len(bare))
    if bare.startswith(("{'", '{"')):
        raise QueryError("a search that begins with { ends with }", text, start + len(bare))
    if is_plain(bare):
        return Text(bare)
    return ShortParser(text).parse()


def _bounded(query: Query) -> Query:
    """Return a search that can be answered in time.

    :raises QueryError: if it has too many conditions.
    """
    if sum(1 for node in walk(query.node) if isinstance(node, (Compare, Text))) > MOST_PARTS:
        raise QueryError(f"the search has more than {MOST_PARTS} conditions", query.text, 0)
    return query


def from_conditions(conditions: Mapping[str, Any]) -> Query:
    """Return the search for conditions by column, as a saved view holds them.

    :param conditions: As inside ``${...}$``: texts, numbers, lists of them, ``and_filters``.
    :raises QueryError: if a condition cannot be understood.
    """
    text = str(dict(conditions))
    placed = {
        str(name): Placed(
            [Placed(item, 0) for item in value] if isinstance(value, list) else value, 0
        )
        for name, value in conditions.items()
    }
    return _bounded(Query(text, node_of(placed, text)))


def _parse_object(text: str, start: int, end: int) -> Node:
    if text[start] == "$":
        start += 1
        if text[end - 1] != "$":
            raise QueryError("a search that begins with ${ ends with }$", text, end)
        end -= 1
    return node_of(ObjectParser(text, start, end).parse(), text)
