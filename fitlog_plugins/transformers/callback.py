"""The callback that the Trainer is given: its events, as records of a run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from typing import Any

from fitlog_core.errors import SecondProgressError
from fitlog_core.notices import Once
from fitlog_core.recording import adapter
from fitlog_core.recording.alike import Alikes
from fitlog_core.recording.frameworks import needed
from fitlog_core.recording.run import Run
from fitlog_core.recording.training import harmless
from fitlog_core.recording.values import is_number
from fitlog_plugins.transformers import choice, hyperparameters
from fitlog_plugins.transformers.best import BestEvaluation
from fitlog_plugins.transformers.places import (
    Layouts,
    Place,
    epoch_of,
    evaluated,
    places_of,
    table_of,
)

with needed("transformers"):
    from transformers import TrainerCallback


class FitlogCallback(TrainerCallback):
    """Records a training of the Trainer; one run, written by the first process.

    ::

        Trainer(model, args, callbacks=[FitlogCallback("logs")], ...)

    :param log_dir: Log directory, or folder of a run to go on with. Without it the current run
        is used, or a new one in ``logs``.
    :param run: A run that is open already, instead.
    :param commit: Record the code too, where this callback opens the run.
    :raises UsageError: if the log directory cannot be used.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        run: Run | None = None,
        commit: bool = True,
    ) -> None:
        self._commit = commit
        self._run = adapter.run_given(log_dir, run)
        self._is_described = False
        self._is_training = False
        self._is_first_step = False
        self._best = BestEvaluation()
        self._evaluation: tuple[int, dict[str, Any]] = (-1, {})
        self._layouts = Layouts()
        self._alikes = Alikes()
        self._say_once = Once()

    @property
    def run(self) -> Run:
        """The run that is recorded into."""
        if self._run is None:
            self._run = adapter.run_for()
        return self._run

    # -------------------------------------------------------------- training

    @harmless
    def on_train_begin(
        self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any
    ) -> None:
        """Choose the run, describe it, and take up what was the best before a resume."""
        if not state.is_world_process_zero:
            return
        earlier = self._run
        # One that still trains was left by an exception.
        run = self._run = choice.run_of_training(state, self._run, was_left=self._is_training)
        if self._is_second(run, state):
            return
        choice.note_callback(state)
        run.reopen()
        if run is not earlier:
            self._is_described = False
            self._alikes = Alikes()  # they know the earlier run's files
        self._is_training = self._is_first_step = True
        self._describe(run, args, model)
        if state.is_hyper_param_search:
            hyperparameters.describe_trial(run, state)
        if state.max_steps > 0:
            with contextlib.suppress(SecondProgressError):  # a second callback, or the script
                run.add_progress(state.max_steps)
        before = self._best.remember(args, state)
        if before is not None:
            metrics = {name: value for name, value in before.items() if name != "step"}
            prefix = evaluated(metrics) or "eval"
            run.add_best_metric(table_of(metrics, prefix, before["step"]))

    @harmless
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Make the folder once a step has gone well, and note the run for the checkpoints."""
        if not self._is_first_step:
            return
        self._is_first_step = False
        run = self._run
        if run is None:
            return
        run.create_log_folder()
        choice.note_run(state, run)

    @harmless
    def on_log(
        self,
        args: Any,
        state: Any,
        control: Any,
        logs: Mapping[str, Any] | None = None,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        """Record what the Trainer logs: of a training step, of an evaluation, or at the end."""
        if not logs or not state.is_world_process_zero:
            return
        epoch = epoch_of(state.epoch)
        if self._is_described and self._alikes.write(logs, state.global_step, epoch):
            return
        run = self._run_at_hand(args, state, model)
        if run is None:
            return
        layout = self._layouts.of(logs)
        if layout.is_summary:
            run.add_other({"train": {key.removeprefix("train_"): logs[key] for key in logs}})
            return
        if layout.prefix is not None:
            self._evaluation = (state.global_step, dict(logs))
        self._record(run, state, logs, layout.places)
        if layout.trees is not None and layout.prefix is None:
            self._alikes.learn(run, logs, epoch, layout.trees)

    @harmless
    def on_evaluate(
        self,
        args: Any,
        state: Any,
        control: Any,
        metrics: Mapping[str, Any] | None = None,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        """Record what :meth:`on_log` has not, and what is best in the table."""
        if not metrics or not state.is_world_process_zero:
            return
        run = self._run_at_hand(args, state, model)
        if run is None:
            return
        self._reopen(run)
        prefix = evaluated(metrics) or "eval"
        step, logged = self._evaluation
        known = logged if step == state.global_step else {}
        new = [key for key in metrics if key not in known]
        self._record(run, state, metrics, places_of(new, prefix))
        if prefix.split("_", 1)[0] == "eval":
            values = {**known, **metrics}
            if self._best.takes(args, state.global_step, values, self._is_training):
                run.add_best_metric(table_of(values, prefix, state.global_step))
        else:
            run.add_best_metric(table_of(metrics, prefix))
        self._conclude_again(run)

    @harmless
    def on_predict(
        self,
        args: Any,
        state: Any,
        control: Any,
        metrics: Mapping[str, Any] | None = None,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        """Record the metrics of a test, usually after the training's end."""
        if not metrics or not state.is_world_process_zero:
            return
        run = self._run_at_hand(args, state, model)
        if run is None:
            return
        self._reopen(run)
        prefix = evaluated(metrics) or "test"
        self._record(run, state, metrics, places_of(metrics, prefix))
        run.add_best_metric(table_of(metrics, prefix))
        self._conclude_again(run)

    @harmless
    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Say that the training ended well; a test may follow."""
        if self._run is not None and state.is_world_process_zero:
            self._is_training = False
            self._run.conclude()

    # --------------------------------------------------------------- the run

    def _run_at_hand(self, args: Any, state: Any, model: Any) -> Run | None:
        """Return the run; opened here where an evaluation comes before or without a training.

        None if another callback of the Trainer records into it.
        """
        if not self._is_described:
            if self._is_second(self.run, state):
                return None
            self._describe(self.run, args, model)
        return self.run

    def _is_second(self, run: Run, state: Any) -> bool:
        """Tell whether another callback of the Trainer records into the run, and say so once."""
        is_second = choice.is_second(self, run, state)
        if is_second:
            self._is_described = self._is_training = False
            if not adapter.is_silent():
                self._say_once(
                    f"a second FitlogCallback at {run.get_log_dir(absolute=True)!r} records "
                    "nothing; one is enough"
                )
        return is_second

    def _reopen(self, run: Run) -> None:
        """Take the training's end back for what is evaluated after it."""
        if run.has_training and not self._is_training:
            run.reopen()

    def _conclude_again(self, run: Run) -> None:
        if run.has_training and not self._is_training:
            run.conclude()

    def _describe(self, run: Run, args: Any, model: Any) -> None:
        if self._is_described:
            return
        self._is_described = True
        if self._commit and run.is_of_adapter:
            adapter.record_script()
        hyperparameters.describe(run, args, model)

    # ------------------------------------------------------------ the values

    def _record(
        self, run: Run, state: Any, logs: Mapping[str, Any], places: Iterable[Place]
    ) -> None:
        """Record one log: losses, metrics and what is neither, each by its split."""
        losses: dict[str, Any] = {}
        metrics: dict[str, dict[str, Any]] = {}
        others: dict[str, dict[str, Any]] = {}
        for key, kind, split, name in places:
            value = logs[key]
            if type(value) is not float and not self._is_recordable(key, value):
                if value is not None:
                    others.setdefault(split, {})[name] = value
            elif kind == "loss":
                losses[name] = value
            else:
                of_kind = metrics if kind == "metric" else others
                of_kind.setdefault(split, {})[name] = value
        step, epoch = state.global_step, epoch_of(state.epoch)
        if losses:
            run.add_loss(losses, step, None, epoch)
        if metrics:
            run.add_metric(metrics, step, None, epoch)
        if others:
            run.add_other(others)

    def _is_recordable(self, key: str, value: Any) -> bool:
        """Tell whether a value makes a curve; say so of one that does not."""
        recordable = is_number(value)
        if not recordable and value is not None:
            self._say_once(
                f"the metric {key!r} is no number but {type(value).__name__}; it is kept among "
                "the run's other values"
            )
        return recordable
