"""Which runs changed or went, for whoever asks with a cursor of an earlier moment."""

from __future__ import annotations

import secrets
from bisect import bisect_right
from collections.abc import Callable, Container
from typing import NamedTuple

TOLD = 10_000  # changes that are remembered; who asks for older ones is told of every run


class Changes(NamedTuple):
    """What happened after a cursor: ids of runs, newest first, and the cursor to ask with next."""

    cursor: str
    changed: list[str]
    removed: list[str]


class ChangeLog:
    """The latest changes of a directory's runs, in their order."""

    def __init__(self) -> None:
        # Cursors of an earlier process must not be taken for ours.
        self._token = secrets.token_hex(4)
        self._version = 0
        self._told: list[tuple[int, str]] = []  # who changed, by version
        self._removed: dict[str, int] = {}

    @property
    def cursor(self) -> str:
        """Return a token of the present moment, to hand to :meth:`since` later."""
        return f"{self._token}.{self._version}"

    def changed(self, *ids: str) -> None:
        """Note that runs came or changed."""
        for run_id in ids if self._removed else ():
            self._removed.pop(run_id, None)  # it may have come back
        before, self._version = self._version, self._version + len(ids)
        self._told.extend(zip(range(before + 1, self._version + 1), ids, strict=True))
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
        if told is None:
            told = all_ids()
        changed = [run_id for run_id in told if run_id in known]
        removed = [
            run_id for run_id, at in self._removed.items() if at > version and run_id not in known
        ]
        return Changes(self.cursor, changed, sorted(removed, reverse=True))

    def _told_since(self, version: int) -> list[str] | None:
        """Return the runs that changed after a version, newest first; also some that went.

        None where that is not remembered.
        """
        if not self._told or version < self._told[0][0] - 1:
            return None
        first = bisect_right(self._told, version, key=_version)
        return sorted({run_id for _, run_id in self._told[first:]}, reverse=True)

    def _version_of(self, cursor: str) -> int:
        token, _, version = cursor.partition(".")
        if token != self._token or not version.isascii() or not version.isdigit():
            return -1
        return int(version[:18])


def _version(told: tuple[int, str]) -> int:
    return told[0]
