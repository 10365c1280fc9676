"""Ray Tune: one run a trial, recorded where ``Tuner.fit()`` is called.

::

    from fitlog_plugins.ray_tune import FitlogCallback

    tuner = tune.Tuner(
        train, param_space=space, run_config=tune.RunConfig(callbacks=[FitlogCallback("logs")])
    )
    tuner.fit()
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from fitlog_core.errors import ArgumentError
from fitlog_core.recording.attached import Call, attach
from fitlog_core.recording.autolog import covers, say_once
from fitlog_core.recording.frameworks import needed
from fitlog_core.recording.run import Run
from fitlog_core.recording.sweep import Sweep
from fitlog_core.recording.training import harmless
from fitlog_core.recording.values import is_number
from fitlog_core.secrets import mask_values

with needed("ray_tune", "Ray Tune", package='"ray[tune]"', extra="ray", modules=("ray",)):
    from ray.tune import Callback
    from ray.tune.result import AUTO_RESULT_KEYS, DEBUG_METRICS, TIME_TOTAL_S, TRAINING_ITERATION
    from ray.tune.trainable import FunctionTrainable

_NO_RESULTS = frozenset(
    (*AUTO_RESULT_KEYS, *DEBUG_METRICS, "done", "experiment_tag", "should_checkpoint")
)


class FitlogCallback(Callback):
    """Records each trial of an experiment as a run, all of one ``other-sweep-name``.

    The name is the experiment's. Parameters are hyperparameters, results are metrics by their
    ``training_iteration``. Everything is recorded in the process that calls ``Tuner.fit()``: the
    workers need no fitlog. Where an experiment is restored, its trials go on in their runs.

    :param log_dir: Log directory. Without it that of the current run, else ``logs``.
    :param metric: What decides which result of a trial is its best, such as ``accuracy``; the
        last one unless given. Ray tells no callback what its ``TuneConfig`` says.
    :param mode: ``min`` or ``max``, as for ``TuneConfig``.
    :param commit: Record the code of the script, too.
    :raises ArgumentError: if ``mode`` is neither, or one of ``metric`` and ``mode`` is missing.
    :raises UsageError: if the log directory cannot be used.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        metric: str | None = None,
        mode: str | None = None,
        commit: bool = True,
    ) -> None:
        if mode not in (None, "min", "max") or (metric is None) != (mode is None):
            raise ArgumentError(
                "metric is the name of a result and mode is 'min' or 'max', or neither is given; "
                f"got {metric!r} and {mode!r}"
            )
        self._sweep = Sweep(log_dir, commit)
        self._metric = metric
        self._is_less_better = mode == "min"
        self._folders: dict[str, str] = {}
        self._best: dict[str, dict[str, Any]] = {}
        self._open: dict[str, _Trial] = {}

    def __getstate__(self) -> dict[str, Any]:
        # Ray pickles it with the experiment, and hands the folders back by set_state().
        return {**self.__dict__, "_open": {}}

    def get_state(self) -> dict[str, Any]:
        """Return what the experiment's checkpoint keeps: each trial's folder and best result."""
        return {"folders": dict(self._folders), "best": dict(self._best)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take up what a checkpoint kept.

        :param state: What :meth:`get_state` returned.
        """
        self._folders, self._best = dict(state["folders"]), dict(state["best"])

    @harmless
    def setup(self, *arguments: Any, **info: Any) -> None:
        """Record the code of the script, where the experiment was restored by another one."""
        self._sweep.record_code()

    @harmless
    def on_trial_start(
        self, iteration: int, trials: Sequence[Any], trial: Any, **info: Any
    ) -> None:
        """Open the run of a trial; one that was paused or is tried again goes on.

        :param trials: All trials so far.
        :param trial: Ray's account of the one that started.
        """
        at_work = self._open.get(trial.trial_id)
        if at_work is None:
            self._open[trial.trial_id] = self._opened(trials, trial)
        else:
            at_work.describe(trial.config)

    @harmless
    def on_trial_result(
        self,
        iteration: int,
        trials: Sequence[Any],
        trial: Any,
        result: Mapping[str, Any],
        **info: Any,
    ) -> None:
        """Record a result.

        :param trial: Ray's account of the trial that sent it.
        :param result: Values by name, among them Ray's own.
        """
        at_work = self._open.get(trial.trial_id)
        if at_work is None:
            return
        values = {name: value for name, value in result.items() if name not in _NO_RESULTS}
        step = int(result[TRAINING_ITERATION])
        at_work.note(result)
        if self._is_best(trial.trial_id, values):
            self._best[trial.trial_id] = {**_numbers(values), "step": step}
        self._sweep.record(at_work.run, values, step)

    @harmless
    def on_trial_complete(
        self, iteration: int, trials: Sequence[Any], trial: Any, **info: Any
    ) -> None:
        """End the run of a trial that is over.

        :param trial: Ray's account of it.
        """
        self._end(trial, "TERMINATED")

    @harmless
    def on_trial_error(
        self, iteration: int, trials: Sequence[Any], trial: Any, **info: Any
    ) -> None:
        """End the run of a trial that failed, as an error.

        :param trial: Ray's account of it.
        """
        self._end(trial, "ERROR", _error_of(trial))

    @harmless
    def on_step_end(self, iteration: int, trials: Sequence[Any], **info: Any) -> None:
        """End the runs of trials that Ray stopped all at once, of which it tells nothing else."""
        if self._open:
            for trial in trials:
                if trial.trial_id in self._open and trial.is_finished():
                    self._open[trial.trial_id].was_stopped = True
                    self._end(trial, "TERMINATED")

    @harmless
    def on_experiment_end(self, trials: Sequence[Any], **info: Any) -> None:
        """End the runs of trials that were at work when the experiment was broken off.

        :param trials: All trials.
        """
        reason = sys.exc_info()[1] or KeyboardInterrupt()
        for trial in trials:
            self._end(trial, "INTERRUPTED", reason)

    def _opened(self, trials: Sequence[Any], trial: Any) -> _Trial:
        known = self._folders.get(trial.trial_id)
        if known is not None and os.path.isdir(known):
            run = Run(known)
            run.create_log_folder()
            opened = _Trial(run)
            opened.describe(trial.config)
            return opened
        name, number = trial.storage.experiment_dir_name, trials.index(trial)
        run = self._sweep.run(name, number, trial.config)
        run.add_other({"trial": {"id": trial.trial_id}})
        folder = run.get_log_folder(absolute=True)
        if folder is not None:
            self._folders[trial.trial_id] = folder
        return _Trial(run, trial.config)

    def _is_best(self, trial_id: str, values: Mapping[str, Any]) -> bool:
        """Tell whether a result is a trial's best so far."""
        if self._metric is None:
            return True
        value = values.get(self._metric)
        if value is None or value != value:
            return False
        best = self._best.get(trial_id, {}).get(self._metric)
        return best is None or (value < best if self._is_less_better else value > best)

    def _end(self, trial: Any, state: str, error: BaseException | None = None) -> None:
        at_work = self._open.pop(trial.trial_id, None)
        if at_work is not None:
            kind = trial.get_trainable_cls()
            is_function = isinstance(kind, type) and issubclass(kind, FunctionTrainable)
            best = self._best.get(trial.trial_id)
            if best:
                at_work.run.add_best_metric(best)
            at_work.end(state, is_function, error)


class _Trial:
    """A trial at work, and what its end will tell.

    :param run: Its run.
    :param config: Its parameters, as they were recorded.
    """

    def __init__(self, run: Run, config: Mapping[str, Any] | None = None) -> None:
        self.run = run
        self.was_stopped = False
        self._config = None if config is None else dict(config)
        self._seconds: float | None = None

    def describe(self, config: Mapping[str, Any]) -> None:
        """Record the parameters where they changed, as population based training does."""
        if self._config is None or dict(config) != self._config:
            self._config = dict(config)
            self.run.add_hyper(mask_values(config))

    def note(self, result: Mapping[str, Any]) -> None:
        """Keep what a result says for the end."""
        self._seconds = result.get(TIME_TOTAL_S)
        self.was_stopped = bool(result.get("done"))

    def end(self, state: str, is_function: bool, error: BaseException | None) -> None:
        """Record how the trial ended.

        :param is_function: It is a function, of which no result says that it is done unless
            something stops it; a class may say so itself.
        :param error: What it was ended by, None if it ended well.
        """
        about = {"state": state, "seconds": self._seconds}
        if is_function and error is None:
            about["stopped_early"] = self.was_stopped
        self.run.add_other({"trial": {name: of for name, of in about.items() if of is not None}})
        if error is not None:
            self.run.conclude(1, error)
        self.run.finish(0 if error is None else 1)


def _numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers of a result, and the groups of such."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found[name] = _numbers(value)
        elif is_number(value):
            found[name] = value
    return {name: value for name, value in found.items() if value != {}}


class TrialError(Exception):
    """What a trial failed by, in the words of Ray."""


def _error_of(trial: Any) -> TrialError:
    """Return what a trial raised: the last line of what Ray wrote down a moment ago."""
    try:
        with open(trial.error_file, encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in file if line.strip()]
    except (OSError, TypeError):  # TypeError: it has none
        lines = []
    return TrialError(lines[-1] if lines else "Ray says nothing more")


def autolog(tune: ModuleType) -> None:
    """Have each experiment recorded that this process conducts, of a ``Tuner`` or of ``tune.run``.

    :param tune: ``ray.tune``.
    """
    named_in = (sys.modules.get(f"ray.tune.{name}") for name in ("tune", "impl.tuner_internal"))
    attach((tune, *named_in), "run", _add, is_search=True)


def _add(call: Call) -> None:
    given = list(call.get("callbacks") or ())
    if any(isinstance(each, FitlogCallback) for each in given):
        return
    if _is_client():
        say_once("Ray conducts this experiment on its server, so nothing of it is recorded here")
        return
    covers("ray")  # which writes the same to TensorBoard
    metric, mode = call.get("metric"), call.get("mode")
    if metric is None or mode not in ("min", "max"):
        metric = mode = None
    # Not in the Tuner, which Ray pickles: only the process that conducts the experiment has it.
    call.put("callbacks", [*given, FitlogCallback(metric=metric, mode=mode)])


def _is_client() -> bool:
    client = sys.modules.get("ray.util.client")
    return client is not None and bool(client.ray.is_connected())
