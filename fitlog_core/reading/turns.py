"""Which of the runs that are over are looked at, and when.

All of them at each look would cost more than it is worth: they come in turns, and once more a
while after their end.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import islice
from math import inf

TURN = 100  # runs that are over at which one look glances
ROUNDS = 30  # every so many glances all files of a run that is over are compared
SETTLED_AFTER = 60.0  # seconds after its end in which fitlog 0.9 may write to a run, unmarked


class Turns:
    """The runs of one log directory that are over, in the order of their turns."""

    def __init__(self) -> None:
        self._over: dict[str, None] = {}
        self._glances: dict[str, int] = {}
        self._settling: dict[str, float] = {}
        self._settling_first: list[tuple[float, str]] = []  # a heap

    def add(self, run_id: str) -> None:
        """Give a run a turn; one that has one keeps it."""
        self._over[run_id] = None

    def add_all(self, ids: Iterable[str]) -> None:
        """Give runs a turn; those that have one keep it."""
        self._over.update(dict.fromkeys(ids))

    def take_out(self, run_id: str) -> None:
        """Give a run that lives again no turn any more."""
        self._over.pop(run_id, None)

    def forget(self, run_id: str) -> None:
        """Leave out a run that went."""
        self._over.pop(run_id, None)
        self._glances.pop(run_id, None)
        self._settling.pop(run_id, None)

    def take(self) -> list[str]:
        """Return the runs that are to be glanced at now."""
        turn = list(islice(self._over, TURN))
        for run_id in turn:
            del self._over[run_id]
            self._over[run_id] = None
        now = time.time()
        due: list[str] = []
        while self._settling_first and self._settling_first[0][0] <= now and len(due) < TURN:
            run_id = heappop(self._settling_first)[1]
            if run_id in self._settling:
                due.append(run_id)
        return list(dict.fromkeys(turn + due))

    def is_close_glance(self, run_id: str) -> bool:
        """Count a glance at a run; tell whether it is one that compares all files."""
        glances = self._glances[run_id] = self._glances.get(run_id, 0) + 1
        return glances % ROUNDS == 0

    def settle(self, run_id: str, settles_at: float) -> None:
        """Have all files of a run compared once more then."""
        self._settling[run_id] = settles_at
        heappush(self._settling_first, (settles_at, run_id))

    def settle_after(self, run_id: str, written: float) -> None:
        """Have all files compared once more when nobody writes any longer, if that is to come.

        :param written: When the run was written last, in epoch seconds.
        """
        if time.time() < written + SETTLED_AFTER:
            self.settle(run_id, written + SETTLED_AFTER)

    def settles_at(self, run_id: str) -> float | None:
        """Return when all files of a run are to be compared once more; None for never."""
        return self._settling.get(run_id)

    def is_due(self, run_id: str) -> bool:
        """Tell whether all files of a run are to be compared by now."""
        return self._settling.get(run_id, inf) <= time.time()

    def settled(self, run_id: str) -> None:
        """Note that a run's files are compared now."""
        del self._settling[run_id]
