"""PyTorch Ignite: a logger that is attached to a trainer and its evaluators.

::

    from fitlog_plugins.ignite import FitlogLogger

    FitlogLogger("logs").attach(trainer, evaluators={"val": evaluator}, optimizer=optimizer)
"""

from __future__ import annotations

import functools
import os
import weakref
from collections.abc import Mapping
from typing import Any

from fitlog_core.errors import ArgumentError
from fitlog_core.recording.frameworks import needed
from fitlog_core.recording.run import Run
from fitlog_core.recording.training import Training, harmless, say_failure

with needed("ignite", "PyTorch Ignite", package="pytorch-ignite"):
    from ignite.engine import Events

_recorded: weakref.WeakSet[Any] = weakref.WeakSet()


def is_recorded(engine: Any) -> bool:
    """Tell whether a logger of ours is attached to an engine."""
    return engine in _recorded


class FitlogLogger:
    """Records what a trainer's step returns and what evaluators measure; a run each training.

    A step is an iteration of the trainer; the first is 1.

    :param log_dir: Log directory, or folder of a run to go on with. Without it the current run
        is used, or a new one in ``logs``.
    :param run: A run that is open already, instead.
    :param every: Record the step's output after so many iterations.
    :param hyper: Hyperparameters: an engine knows none.
    :param commit: Record the code too, where this logger opens the run.
    :raises ArgumentError: if ``every`` is not 1 or more.
    :raises UsageError: if the log directory cannot be used.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        run: Run | None = None,
        every: int = 1,
        hyper: Mapping[str, Any] | None = None,
        commit: bool = True,
    ) -> None:
        if type(every) is not int or every < 1:
            raise ArgumentError(f"every must be a number of iterations, 1 or more, got {every!r}")
        self._training = Training(log_dir, run, commit)
        self._every = every
        self._hyper = dict(hyper or {})

    @property
    def run(self) -> Run:
        """The run that is recorded into."""
        return self._training.run

    def attach(
        self,
        trainer: Any,
        *,
        evaluators: Mapping[str, Any] | None = None,
        optimizer: Any = None,
    ) -> None:
        """Have an engine's trainings recorded.

        :param trainer: The engine that trains. Its step returns the loss, or values by name.
        :param evaluators: The engines that evaluate, by the name of their data; their metrics
            belong to the trainer's last step.
        :param optimizer: A torch optimizer, whose settings are hyperparameters.
        """
        _recorded.update([trainer, *(evaluators or {}).values()])
        begin = functools.partial(self.begin, optimizer=optimizer)
        trainer.add_event_handler(Events.STARTED, begin)
        trainer.add_event_handler(Events.ITERATION_COMPLETED(every=self._every), self.record_step)
        trainer.add_event_handler(Events.EPOCH_COMPLETED, self.record_metrics, trainer, "train")
        trainer.add_event_handler(Events.COMPLETED, self._completed)
        for name, evaluator in (evaluators or {}).items():
            evaluator.add_event_handler(Events.COMPLETED, self.record_metrics, trainer, name)

    @harmless
    def begin(self, engine: Any, optimizer: Any = None) -> None:
        """Choose the run of a training that begins, and describe it.

        :param engine: The trainer.
        :param optimizer: A torch optimizer, if its settings are to be recorded.
        """
        state = engine.state
        known = state.max_epochs and state.epoch_length
        total = state.max_epochs * state.epoch_length if known else None
        hyper = dict(self._hyper)
        if optimizer is not None:
            hyper.setdefault("optimizer", _settings_of(optimizer))
        self._training.begin(hyper, total)

    def record_step(self, engine: Any) -> None:
        """Record what the trainer's step returned.

        :param engine: The trainer.
        """
        try:
            state = engine.state
            output = state.output
            if output is None:
                return
            is_named = type(output) is dict or isinstance(output, Mapping)
            epoch = state.epoch  # counted from 1, as in _epoch_of
            self._training.record(
                output if is_named else {"loss": output},
                state.iteration,
                int(epoch) - 1 if epoch else None,
                "train",
            )
        except Exception as error:  # noqa: BLE001 - as harmless does, at each iteration
            say_failure(self, "record_step", error)

    @harmless
    def record_metrics(self, engine: Any, trainer: Any, name: str) -> None:
        """Record the metrics of an engine at the trainer's step, also after the training.

        :param engine: The engine that measured.
        :param trainer: The engine that trains.
        :param name: Of the data.
        """
        metrics = engine.state.metrics
        if not metrics:
            return
        had_ended = self.run.has_ended
        if had_ended:  # evaluated after the training
            self.run.reopen()
        self._training.record({name: metrics}, trainer.state.iteration, _epoch_of(trainer))
        if had_ended:
            self.run.conclude()

    def _completed(self, engine: Any) -> None:
        self.end()

    @harmless
    def record(self, values: Mapping[str, Any], step: int) -> None:
        """Record values of a step.

        :param values: Numbers by name, or groups of such.
        :param step: The trainer's iteration.
        """
        self._training.record(values, step)

    @harmless
    def end(self, error: BaseException | None = None) -> None:
        """Record how the training ended.

        :param error: What it was ended by, None if it ended well.
        """
        self._training.end(error)


def _epoch_of(trainer: Any) -> int | None:
    """Return the epoch from 0; Ignite counts from 1."""
    epoch = trainer.state.epoch
    return None if not epoch else int(epoch) - 1


def _settings_of(optimizer: Any) -> dict[str, Any]:
    """Return the class and the first group's settings of an optimizer."""
    first = optimizer.param_groups[0]
    settings = {name: value for name, value in first.items() if name != "params"}
    return {"class": type(optimizer).__name__, **settings}
