"""Which runs changed or went, for whoever asks with a cursor of an earlier moment."""

from __future__ import annotations

import secrets
from bisect import bisect_right
from collections.abc import Callable, Collection, Container, Set
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple, TypeAlias

TOLD = 10_000  # changes that are remembered; who asks for older ones is told of every run


class Changes(NamedTuple):
    """What happened after a cursor: ids of runs, newest first, and the cursor to ask with next.

    :param gone_on: Those among the changed of which only the latest record is another.
    """

    cursor: str
    changed: list[str]
    removed: list[str]
    gone_on: Set[str] = frozenset()


# A version, the run that changed, and whether only its latest record was another.
_Told: TypeAlias = "tuple[int, str, bool]"


class ChangeLog:
    """The latest changes of a directory's runs, in their order."""

    def __init__(self) -> None:
        # Cursors of an earlier process must not be taken for ours.
        self._token = secrets.token_hex(4)
        self._version = 0
        self._told: list[_Told] = []  # by version
        self._removed: dict[str, int] = {}

    @property
    def cursor(self) -> str:
        """Return a token of the present moment, to hand to :meth:`since` later."""
        return f"{self._token}.{self._version}"

    def came(self, ids: Collection[str]) -> None:
        """Note that runs are there."""
        before, self._version = self._version, self._version + len(ids)
        if not before:  # whoever asks from before the first of all is told of every run anyway
            return
        for run_id in ids if self._removed else ():
            self._removed.pop(run_id, None)  # it may have come back
        self._told.extend(zip(range(before + 1, self._version + 1), ids, repeat(False)))
        self._forget_the_oldest()

    def changed(self, run_id: str) -> None:
        """Note that a run came or changed."""
        self._removed.pop(run_id, None)
        self._version += 1
        self._told.append((self._version, run_id, False))
        self._forget_the_oldest()

    def went_on(self, run_id: str) -> None:
        """Note that a run had a further record, and is as it was otherwise."""
        self._version += 1
        self._told.append((self._version, run_id, True))
        self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        if len(self._told) > 2 * TOLD:
            del self._told[:-TOLD]

    def removed(self, run_id: str) -> None:
        """Note that a run went."""
        self._version += 1
        self._removed[run_id] = self._version

    def since(
        self, cursor: str, known: Container[str], all_ids: Callable[[], list[str]]
    ) -> Changes:
        """Return which runs changed or went since ``cursor``; all of them for an unknown one.

        :param known: The ids of the runs that there are.
        :param all_ids: Returns them, newest first.
        """
        version = self._version_of(cursor)
        if version == self._version:
            return Changes(self.cursor, [], [])
        told = self._told_since(version)
        ids = all_ids() if told is None else sorted({one for _, one, _ in told}, reverse=True)
        changed = [run_id for run_id in ids if run_id in known]
        removed = [
            run_id for run_id, at in self._removed.items() if at > version and run_id not in known
        ]
        otherwise = {one for _, one, is_record in told or () if not is_record}
        gone_on = set() if told is None else {*changed} - otherwise
        return Changes(self.cursor, changed, sorted(removed, reverse=True), gone_on)

    def _told_since(self, version: int) -> list[_Told] | None:
        """Return what changed after a version, also of runs that went; None where unknown."""
        if not self._told or version < self._told[0][0] - 1:
            return None
        first = bisect_right(self._told, version, key=itemgetter(0))
        return self._told[first:]

    def _version_of(self, cursor: str) -> int:
        token, _, version = cursor.partition(".")
        if token != self._token or not version.isascii() or not version.isdigit():
            return -1
        return int(version[:18])
