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
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from fitlog_core.recording import adapter, attached
from fitlog_core.recording import autolog as attaching
from fitlog_core.recording.frameworks import needed
from fitlog_core.recording.run import Run
from fitlog_core.recording.sweep import Sweep
from fitlog_core.recording.tracebacks import own_frame
from fitlog_core.recording.training import harmless
from fitlog_core.secrets import mask_values

with needed("optuna"):
    import optuna
    from optuna.trial import FrozenTrial, Trial, TrialState

_ID = "fitlog_id"  # among the trial's user attributes
_TRACKS = "_fitlog_tracks"  # on an objective that records its trials itself


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
        self._followed: dict[tuple[str, int], Run | None] = {}  # trials at work, by the study

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
                with attached.trial(run):
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

        setattr(tracked, _TRACKS, True)
        return tracked

    def follow(self, objective: Callable[[Trial], Any]) -> Callable[[Trial], Any]:
        """Return an objective whose trials have a run, into which adapters record meanwhile.

        Nothing of the study is changed. Where the script opens a run of its own for the trial,
        that is the only one. This instance has to be among the callbacks: it ends the runs.

        :param objective: Takes the trial.
        """

        def followed(trial: Trial) -> Any:
            run, before = self._begin(trial), adapter.current_run()
            if run is None:
                return objective(trial)
            error: BaseException | None = None
            try:
                with attached.trial(run):
                    return objective(trial)
            except optuna.TrialPruned:
                raise
            except BaseException as raised:
                error = raised
                raise
            finally:
                self._leave(trial, run, before, error)
                error = None  # else it would keep this frame, and all that the objective holds

        return own_frame(followed)  # type: ignore[no-any-return]  # the same function

    @attaching.harmless
    def _begin(self, trial: Trial) -> Run | None:
        name, number = trial.study.study_name, trial.number
        run = self._sweep.run(name, number, {}, at_once=False)
        self._followed[name, number] = run
        return run

    @harmless
    def _leave(
        self, trial: Trial, run: Run, before: Run | None, error: BaseException | None
    ) -> None:
        """Note that an objective is left; by an exception, Optuna may call no callback."""
        if adapter.current_run() is not before and run.get_log_id() is None:
            self._followed[trial.study.study_name, trial.number] = None  # it is the script's
        elif error is not None:
            self._followed[trial.study.study_name, trial.number] = None
            self._describe(trial, run, "FAIL", None)
            run.create_log_folder()
            run.conclude(1, error)
            run.finish(1)

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
        run = self._run_over(study, trial)
        if run is None:
            return
        _add_attributes(run, trial.state.name, trial.user_attrs)
        if trial.duration is not None:
            run.add_other({"trial": {"seconds": trial.duration.total_seconds()}})
        _add_reported(run, trial.intermediate_values)
        _add_values(run, study, trial.values or ())
        run.create_log_folder()
        run.finish(int(trial.state == TrialState.FAIL))

    def _run_over(self, study: optuna.Study, trial: FrozenTrial) -> Run | None:
        """Return the run of a trial that is over; None if it is recorded already."""
        if _ID in trial.user_attrs:
            return None
        key = study.study_name, trial.number
        if key not in self._followed:
            return self._sweep.run(study.study_name, trial.number, trial.params)
        run = self._followed.pop(key)
        if run is not None:
            run.add_hyper(mask_values(trial.params))
        return run


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


def autolog(optuna: ModuleType) -> None:
    """Have each trial of ``study.optimize`` recorded, with what is trained in it.

    :param optuna: ``optuna``.
    """
    attached.attach((optuna.Study,), "optimize", _add, is_search=True)


def _add(call: attached.Call) -> None:
    given = list(call.get("callbacks") or ())
    callback = next((each for each in given if isinstance(each, FitlogCallback)), None)
    if callback is None:
        callback = FitlogCallback()
        given.insert(0, callback)  # before one that raises
    call.put("callbacks", given)
    objective = call.get("func")
    is_given = objective is not inspect.Parameter.empty and callable(objective)
    if is_given and not hasattr(objective, _TRACKS):
        call.put("func", callback.follow(objective))
