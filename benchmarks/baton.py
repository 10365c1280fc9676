"""Trainings that take turns of a few steps, so that a machine whose speed drifts treats all alike.

Each training runs in a thread of its own, and only the one that has the baton runs. After some
steps it passes the baton on; the order is drawn anew for each round, so that none always comes
after the same other. A training's time is what passes while it has the baton: that of its steps,
and of what its ``fit`` or ``train`` does before the first and after the last.
"""

from __future__ import annotations

import gc
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import NamedTuple

STEPS_A_TURN = 20


class Times(NamedTuple):
    """What a training took, in seconds.

    :param passed: By the clock.
    :param processor: Of the processor, by the training's own thread.
    """

    passed: float
    processor: float


class StoppedError(Exception):
    """The comparison was broken off."""


class Turn:
    """One training's part in the race.

    :param race: The race it takes part in.
    """

    def __init__(self, race: Race) -> None:
        self._race = race
        self._gate = threading.Semaphore(0)
        self._steps = 0
        self._passed = self._processor = 0.0
        self._since = (0.0, 0.0)

    def step_is_done(self) -> None:
        """Count a step; after enough of them, let the others go on and wait."""
        self._steps += 1
        if self._steps % STEPS_A_TURN == 0:
            self._stop_clock()
            self._race.pass_on()
            self._wait()

    def run(self, training: Callable[[], object]) -> Times:
        """Do a training; to be called in a thread of its own."""
        self._wait()
        try:
            training()
        finally:
            self._stop_clock()
            self._race.leave(self)
        return Times(self._passed, self._processor)

    def open(self) -> None:
        """Let the training go on."""
        self._gate.release()

    def _wait(self) -> None:
        self._gate.acquire()
        if self._race.is_stopped:
            raise StoppedError
        self._since = time.perf_counter(), time.thread_time()

    def _stop_clock(self) -> None:
        passed, processor = time.perf_counter(), time.thread_time()
        self._passed += passed - self._since[0]
        self._processor += processor - self._since[1]


class Race:
    """The trainings that are compared, and whose turn it is. Only who has the baton calls it."""

    def __init__(self, seed: int) -> None:
        self._order = random.Random(seed)
        self._running: list[Turn] = []
        self._to_come: list[Turn] = []
        self.is_stopped = False

    def run(
        self, prepare: Mapping[str, Callable[[Turn], Callable[[], object]]]
    ) -> dict[str, Times]:
        """Do all trainings; return the times of each.

        :param prepare: By name, what builds a training and returns it, ready to start. It is
            given the training's turn, to tell it of each step.
        """
        turns = {name: Turn(self) for name in prepare}
        trainings = {name: build(turns[name]) for name, build in prepare.items()}
        self._running = list(turns.values())
        gc.collect()
        with ThreadPoolExecutor(len(turns)) as threads:
            tasks = {name: threads.submit(turns[name].run, trainings[name]) for name in turns}
            try:
                self.pass_on()
                done, _ = wait(tasks.values(), return_when=FIRST_EXCEPTION)
                for task in done:
                    task.result()  # raises what ended it
                return {name: task.result() for name, task in tasks.items()}
            finally:  # where all is well, nobody is left
                self.is_stopped = True
                for turn in list(self._running):
                    turn.open()

    def pass_on(self) -> None:
        """Let the next one go on."""
        if not self._to_come:
            self._to_come = self._order.sample(self._running, len(self._running))
        if self._to_come:
            self._to_come.pop().open()

    def leave(self, turn: Turn) -> None:
        """Let the next one go on, for good."""
        self._running.remove(turn)
        self.pass_on()


def side_by_side(
    prepare: Mapping[str, Callable[[Turn], Callable[[], object]]], seed: int
) -> dict[str, Times]:
    """Do trainings in turns; return the times of each. See :meth:`Race.run`.

    :param seed: Of the order of turns.
    """
    return Race(seed).run(prepare)
