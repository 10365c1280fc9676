"""Runs that follow each other within seconds share a look at their work tree.

A search begins a run a second, and to look at a large work tree may take as long: so the first run
is answered at once, and those that begin within :data:`PAUSE` of a look by the next one, all at a
time. None is ever told a look from before its beginning.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from time import monotonic
from typing import Any

from fitlog_core.snapshots.provenance.document import complete, nested
from fitlog_core.snapshots.user_git import position_of

PAUSE = 5.0  # seconds from one look at a work tree to the next, while the training goes on

Task = dict[str, Any]


class SharedLooks:
    """Answers tasks, those of one work tree together.

    :param look: Returns what is to be told of a work tree.
    :param gpus: Returns what is to be told of the graphics cards, which do not change.
    """

    def __init__(
        self, look: Callable[[str], dict[str, Any]], gpus: Callable[[], dict[str, Any]]
    ) -> None:
        self._look, self._gpus = look, gpus
        self._cards: dict[str, Any] | None = None
        self._waiting: dict[str, list[Task]] = {}
        self._next: dict[str, float] = {}

    def take(self, task: Task) -> None:
        """Answer a task, now what is known or soon what a look must tell."""
        if task.get("work_tree"):
            self._waiting.setdefault(task["work_tree"], []).append(task)
            self.answer()
        if task.get("gpu"):
            if self._cards is None:
                self._cards = self._gpus()
            tell(task, {"gpu": self._cards})

    def seconds_to_wait(self) -> float | None:
        """Return how long it is until somebody is to be answered, None if nobody waits."""
        due = [self._next.get(work_tree, 0.0) for work_tree in self._waiting]
        return max(0.0, min(due) - monotonic()) if due else None

    def answer(self, *, is_last: bool = False) -> None:
        """Answer those whose time has come.

        :param is_last: All of them.
        """
        for work_tree in list(self._waiting):
            if is_last or monotonic() >= self._next.get(work_tree, 0.0):
                tasks = self._waiting.pop(work_tree)
                self._answer(work_tree, tasks)
                self._next[work_tree] = monotonic() + PAUSE

    def _answer(self, work_tree: str, tasks: list[Task]) -> None:
        now = (position_of(work_tree) or {}).get("commit")
        said = self._look(work_tree)
        for task in tasks:
            if task.get("commit") in (None, now):  # of another nobody can tell what differed
                tell(task, {"git": said})


def tell(task: Task, answer: dict[str, Any]) -> None:
    """Write an answer into a run's provenance; one whose folder is gone gets none."""
    with contextlib.suppress(OSError):  # or the disk is full; nobody listens here
        complete(task["path"], nested(answer, task.get("under", ())))
