"""Optuna: one run a trial, also with several trials at once.

::

    from fitlog_plugins.optuna import FitlogCallback

    fitlog_callback = FitlogCallback("logs")

    @fitlog_callback.track
    def objective(trial, run):                  # the run of this trial
        lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
        run.add_loss(0.3, step=1)
        return 0.9

    study.optimize(objective, n_trials=20, n_jobs=2)
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fitlog_core.errors import MissingExtraError
from fitlog_core.recording.run import Run
from fitlog_core.recording.sweep import Sweep
from fitlog_core.recording.training import harmless

try:
    import optuna
    from optuna.trial import FrozenTrial, Trial, TrialState
except ModuleNotFoundError as error:
    if error.name != "optuna":
        raise
    raise MissingExtraError(
        "fitlog_plugins.optuna needs optuna, which is not installed; install it with "
        "'pip install optuna' (it is what the extra fitlog[optuna] brings)"
    ) from error

_ID = "fitlog_id"  # among the trial's user attributes


class FitlogCallback:
    """Records each trial of a study as a run, all of one ``other-sweep-name``: the study's.

    Given to ``study.optimize(callbacks=[...])`` it records a trial once that is over: parameters,
    reported values as the curve ``metric-intermediate``, the value as best metric. With
    :meth:`track` the objective has the run to record into meanwhile. Trials may run at once, in
    threads or processes. The study's trials name their runs in the attribute ``fitlog_id``.

    :param log_dir: Log directory. Without it that of the current run, else ``logs``.
    :param commit: Record the code of the script, too.
    :raises UsageError: if the log directory cannot be used.
    """

    def __init__(
        self, log_dir: str | os.PathLike[str] | None = None, *, commit: bool = True
    ) -> None:
        self._sweep = Sweep(log_dir, commit)

    def __call__(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Record a trial that is over; one that was tracked is recorded already.

        :param study: The study.
        :param trial: The trial.
        """
        self._record_over(study, trial)

    def track(self, objective: Callable[[Trial, Run], Any]) -> Callable[[Trial], Any]:
        """Return an objective for ``study.optimize``, of one that is given its trial's run, too.

        The run ends as the trial does: pruned ones are finished, with ``other-trial-state``; an
        exception makes it an error, and goes on to Optuna.

        :param objective: Takes the trial and the run.
        """

        @functools.wraps(objective)
        def tracked(trial: Trial) -> Any:
            run = self._sweep.run(trial.study.study_name, trial.number, {})
            self._name_run(trial, run)
            values = None
            state = "FAIL"
            try:
                values = objective(trial, run)
                state = "COMPLETE"
            except optuna.TrialPruned:
                state = "PRUNED"
                raise
            except BaseException as error:
                self._describe(trial, run, state, values)
                run.conclude(1, error)
                run.finish(1)
                raise
            finally:
                if state != "FAIL":
                    self._describe(trial, run, state, values)
                    run.finish()
            return values

        return tracked

    @harmless
    def _name_run(self, trial: Trial, run: Run) -> None:
        trial.set_user_attr(_ID, run.get_log_id())

    @harmless
    def _describe(self, trial: Trial, run: Run, state: str, values: Any) -> None:
        run.add_hyper(trial.params)
        _add_attributes(run, state, trial.user_attrs)
        frozen = trial.study.get_trials(deepcopy=False)[trial.number]
        _add_reported(run, frozen.intermediate_values)
        if values is not None:
            of = values if isinstance(values, Sequence) else [values]
            _add_values(run, trial.study, of)

    @harmless
    def _record_over(self, study: optuna.Study, trial: FrozenTrial) -> None:
        if _ID in trial.user_attrs:
            return
        run = self._sweep.run(study.study_name, trial.number, trial.params)
        _add_attributes(run, trial.state.name, trial.user_attrs)
        if trial.duration is not None:
            run.add_other({"trial": {"seconds": trial.duration.total_seconds()}})
        _add_reported(run, trial.intermediate_values)
        _add_values(run, study, trial.values or ())
        run.finish(int(trial.state == TrialState.FAIL))


def _add_attributes(run: Run, state: str, attributes: Mapping[str, Any]) -> None:
    own = {name: value for name, value in attributes.items() if name != _ID}
    run.add_other({"trial": {**own, "state": state}})


def _add_reported(run: Run, values: Mapping[int, float]) -> None:
    for step, value in values.items():
        run.add_metric(value, step, "intermediate")


def _add_values(run: Run, study: optuna.Study, values: Sequence[float]) -> None:
    """Record what the study optimizes, by its metrics' names if it has some."""
    if not values:
        return
    plain = ["value"] if len(values) == 1 else [f"value_{n}" for n in range(len(values))]
    names = getattr(study, "metric_names", None) or plain
    run.add_best_metric(dict(zip(names, values, strict=False)))
