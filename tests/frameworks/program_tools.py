"""What the conformance suite's programs share whose adapter is a callback with a ``run``."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

from conformance import Told, Training

import fitlog
from fitlog_core import plugins
from fitlog_core.hookspecs import hookimpl


class Counter:
    """Counts the ends that plugins are told of, and prints each."""

    def __init__(self) -> None:
        self.endings: list[Any] = []

    @hookimpl
    def fitlog_run_finished(self, ending: Any) -> None:
        self.endings.append(ending)
        print(f"a plugin was told of the end: {ending.state}", file=sys.stderr, flush=True)


def conduct(make: Callable[[Training], Any], learn: Callable[[Training, Any, Told], None]) -> None:
    """Do what the suite asks of a program.

    :param make: Returns the adapter.
    :param learn: Trains with it, and ends it once more where that is asked.
    """
    training, told, counter = Training.asked(), Told(), Counter()
    plugins.host().register(counter, "counter")
    adapter = make(training)
    if training.beside:
        fitlog.add_other("beside", name="by_hand")
    if training.pickled:
        context = multiprocessing.get_context("spawn")
        child = context.Process(target=_in_child, args=(pickle.dumps(adapter),))
        child.start()
        child.join()
    learn(training, adapter, told)
    if training.beside:
        fitlog.add_metric(0.5, step=1, name="by_hand")
        fitlog.add_other("after", name="after")
    told.notices = len(counter.endings)
    if os.environ.get("RANK", "0") == "0":
        told.tell()


def _in_child(pickled: bytes) -> None:
    pickle.loads(pickled).run.add_metric(1.0, step=1, name="pickled")
