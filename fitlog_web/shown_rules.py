"""Which runs the rules of ``fitlog watch`` find, for those who have the table open."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import NamedTuple

from fitlog_core.errors import QueryError
from fitlog_core.reading.calls import LIVING
from fitlog_core.reading.row import Row
from fitlog_core.watching.rules import Rule, further_rules, passed_over
from fitlog_web.board import Board

FRESH_FOR = 5.0  # seconds in which nobody looks again: a rule may ask for whole curves


class FoundRun(NamedTuple):
    """A run that a rule finds.

    :param id: The run's id.
    :param rule: The rule, as it was written.
    """

    id: str
    rule: str


class Look(NamedTuple):
    """What one look showed.

    :param rules: Those that hold beside what the page tells by itself.
    :param alerts: The runs they find.
    :param problems: What is wrong with a rule, each a sentence.
    """

    rules: list[str]
    alerts: list[FoundRun]
    problems: list[str]


class ShownRules:
    """Looks at the runs that go on, and at those that did since the board began.

    The rules are those of the command line and of the project's setting, which is read anew each
    time; of dead, stalled and diverged runs the page tells without one. Safe to share by threads.

    :param board: The board.
    :param given: Rules of the command line.
    """

    def __init__(self, board: Board, given: Iterable[str] = ()) -> None:
        self._board = board
        self._given = tuple(given)
        self._lock = threading.Lock()
        self._watched: set[str] = set()
        self._last: tuple[float, Look] | None = None

    def look(self) -> Look:
        """Return what the rules find now, or found a moment ago."""
        with self._lock:
            now = time.monotonic()
            if self._last is None or now - self._last[0] >= FRESH_FOR:
                self._last = now, self._look()
            return self._last[1]

    def _look(self) -> Look:
        rules, problems = further_rules(self._board.log_dir, self._given)
        self._board.refresh()
        rows = [row for row in self._board.runs.rows() if self._is_watched(row)]
        alerts: list[FoundRun] = []
        for rule in rules:
            try:
                alerts += self._found(rule, rows)
            except QueryError as error:
                problems.append(passed_over(rule, error))
        return Look([rule.text for rule in rules], alerts, problems)

    def _is_watched(self, row: Row) -> bool:
        if row.state in LIVING:
            self._watched.add(row.id)
        return row.id in self._watched

    def _found(self, rule: Rule, rows: list[Row]) -> list[FoundRun]:
        chosen = rule.query.select(rows, call=self._board.judge)
        return [FoundRun(row["id"], rule.text) for row in chosen]
