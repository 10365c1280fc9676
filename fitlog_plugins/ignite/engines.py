"""Records the trainings of PyTorch Ignite's engines without a line of the script.

No engine says whether it trains. One does in whose run an optimizer makes a step; what is run by
its handlers evaluates, and so does what is run after it and steps no optimizer.
"""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ignite.engine import Events
from torch.optim import optimizer as optimizers

from fitlog_core.recording.attached import Call, End, attach
from fitlog_core.recording.autolog import harmless, is_owner
from fitlog_core.recording.tracebacks import own_frame
from fitlog_core.recording.values import is_number
from fitlog_plugins.ignite import FitlogLogger, is_recorded

_MOST_WAITING = 1000  # outputs kept until an optimizer's first step, as where gradients add up


class _Here(threading.local):
    """The engine that was run by itself in this thread, now or last; None before."""

    engine: _Engine | None = None


_here = _Here()


class _Engine:
    """An engine at work, which trains or not.

    :param engine: Ignite's.
    :ivar logger: What records it, None while nothing says that it trains.
    :ivar is_at_work: Its run goes on.
    """

    def __init__(self, engine: Any) -> None:
        self.of = weakref.ref(engine)
        self.logger: FitlogLogger | None = None
        self.is_at_work = True
        self._thread = threading.get_ident()
        self._waiting: list[tuple[int, Mapping[str, Any]]] = []
        self._names: dict[tuple[int, int], tuple[str, Any]] = {}
        self._handles = [
            engine.add_event_handler(Events.ITERATION_COMPLETED, self._record_step),
            engine.add_event_handler(Events.EPOCH_COMPLETED, self._record_metrics),
            optimizers.register_optimizer_step_post_hook(self._note_step),
        ]

    def leave(self, error: BaseException | None) -> None:
        """Take our handlers off the engine, and end its run if it has one."""
        for handle in self._handles:
            handle.remove()
        self.is_at_work = False
        self._names.clear()
        if self.logger is not None:
            self.logger.end(error)

    def evaluate(self, engine: Any, is_over: bool) -> None:
        """Record what another engine measured.

        :param is_over: The training is.
        """
        trainer = self.of()
        if self.logger is None or trainer is None or engine is trainer or is_recorded(engine):
            return
        self.logger.record_metrics(engine, trainer, self._name_of(engine, trainer, is_over))

    def _name_of(self, engine: Any, trainer: Any, is_over: bool) -> str:
        """Return what the data of an evaluation is called: train_eval, val, val_2 or test."""
        data = engine.state.dataloader
        if is_over:
            return "test"
        known = self._names.get((id(engine), id(data)))
        if known is not None:
            return known[0]
        name = "train_eval"
        if data is not trainer.state.dataloader:
            count = 1 + sum(name.startswith("val") for name, _ in self._names.values())
            name = "val" if count == 1 else f"val_{count}"
        self._names[id(engine), id(data)] = name, data  # kept, so that the id stays its own
        return name

    def _note_step(self, optimizer: Any, *_: Any) -> None:
        if self.logger is None and threading.get_ident() == self._thread and not _evaluating.now:
            self._begin(optimizer)

    @harmless
    def _begin(self, optimizer: Any) -> None:
        self.logger = FitlogLogger()
        self.logger.begin(self.of(), optimizer)
        waiting, self._waiting = self._waiting, []
        for step, values in waiting:
            self.logger.record({"train": values}, step)

    @harmless
    def _record_step(self, engine: Any) -> None:
        if self.logger is not None:
            self.logger.record_step(engine)
            return
        output = engine.state.output
        values = output if isinstance(output, Mapping) else {"loss": output}
        numbers = {name: float(value) for name, value in values.items() if is_number(value)}
        if numbers and len(self._waiting) < _MOST_WAITING:
            self._waiting.append((engine.state.iteration, numbers))

    @harmless
    def _record_metrics(self, engine: Any) -> None:
        if self.logger is not None:
            self.logger.record_metrics(engine, engine, "train")


class _Evaluating(threading.local):
    """Whether an engine is run by the handlers of another in this thread."""

    now = False


_evaluating = _Evaluating()


def autolog(engine: ModuleType) -> None:
    """Have each training record, and what is evaluated in it and after it.

    :param engine: ``ignite.engine``.
    """
    attach((engine.Engine,), "run", _add)
    run = engine.Engine.run

    @functools.wraps(run)
    def evaluated(self: Any, *arguments: Any, **named: Any) -> Any:
        outer = _here.engine
        if outer is None or not outer.is_at_work or not is_owner():
            return run(self, *arguments, **named)
        before, _evaluating.now = _evaluating.now, True
        try:
            answer = run(self, *arguments, **named)
        finally:
            _evaluating.now = before
        _note_evaluation(outer, self)
        return answer

    engine.Engine.run = own_frame(evaluated)


@harmless
def _note_evaluation(outer: _Engine, engine: Any) -> None:
    outer.evaluate(engine, is_over=False)


def _add(call: Call) -> End | None:
    engine, before = call.get("self"), _here.engine
    if is_recorded(engine):
        return None
    watched = _here.engine = _Engine(engine)
    return functools.partial(_end, watched, before)


def _end(watched: _Engine, before: _Engine | None, _: Any, error: BaseException | None) -> None:
    watched.leave(error)
    if watched.logger is None:  # it has trained nothing
        _here.engine = before
        engine = watched.of()
        if before is not None and error is None and engine is not None:
            before.evaluate(engine, is_over=True)
