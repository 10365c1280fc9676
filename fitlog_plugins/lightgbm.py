"""LightGBM: a callback that records each boosting round.

::

    from fitlog_plugins.lightgbm import FitlogCallback

    lightgbm.train(params, data, 200, valid_sets=[valid], callbacks=[FitlogCallback("logs")])
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from fitlog_core.recording.attached import Call, End, attach
from fitlog_core.recording.frameworks import needed
from fitlog_core.recording.run import Run
from fitlog_core.recording.training import Training, harmless

with needed("lightgbm"):
    import lightgbm
    from lightgbm.callback import EarlyStopException

_Stopping = Callable[[Any], None]


class FitlogCallback:
    """Records a training of LightGBM, of its scikit-learn classes or of ``cv``; one run each.

    A round is a step. The evaluation of each data set has the name that ``valid_names`` gives it.
    With early stopping the best round's values are the run's best metrics.

    LightGBM tells no callback that training stops early. That is known here where the parameter
    ``early_stopping_round`` asks for it, or where the callback that stops is given as
    ``early_stopping`` instead of to LightGBM; else such a run is left without an end until the
    script's.

    :param log_dir: Log directory, or folder of a run to go on with. Without it the current run
        is used, or a new one in ``logs``.
    :param run: A run that is open already, instead.
    :param early_stopping: What ``lightgbm.early_stopping`` returns.
    :param commit: Record the code too, where this callback opens the run.
    :raises UsageError: if the log directory cannot be used.
    """

    order = 25  # before LightGBM's own early stopping, so that the last round is recorded
    before_iteration = False

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        run: Run | None = None,
        early_stopping: _Stopping | None = None,
        commit: bool = True,
    ) -> None:
        self._training = Training(log_dir, run, commit)
        self._early_stopping = early_stopping
        self._shadow: _Stopping | None = None
        self._model: Any = None
        self._is_told_the_end = False

    @property
    def run(self) -> Run:
        """The run that is recorded into."""
        return self._training.run

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_model": None}  # a copy is for another training

    def __call__(self, env: Any) -> None:
        """Record one round.

        :param env: LightGBM's ``CallbackEnv``.
        :raises EarlyStopException: where the ``early_stopping`` that was given says so.
        """
        if env.iteration == env.begin_iteration:
            self._begin(env)
        self._record(env)
        if self._early_stopping is not None:
            try:
                self._early_stopping(env)
            except EarlyStopException as stop:
                self._conclude(stop.best_iteration, stop.best_score)
                raise
        elif self._shadow is not None:
            self._ask_shadow(env)
        if env.iteration + 1 == env.end_iteration and not self._is_told_the_end:
            self._conclude()

    @harmless
    def _begin(self, env: Any) -> None:
        if getattr(self._model, "best_iteration", 0) > 0:
            self._training.end()  # the one before was stopped early by another callback
        self._model = env.model
        self._shadow = None if self._is_told_the_end else _early_stopping_of(env.params)
        self._training.begin(env.params, env.end_iteration)

    @harmless
    def _record(self, env: Any) -> None:
        self._training.record(_by_data_set(env.evaluation_result_list), env.iteration)

    @harmless
    def _ask_shadow(self, env: Any) -> None:
        """Ask a twin of LightGBM's own early stopping, which is called after this."""
        try:
            if self._shadow is not None:
                self._shadow(env)
        except EarlyStopException as stop:
            self._conclude(stop.best_iteration, stop.best_score)

    @harmless
    def _conclude(self, best: int | None = None, values: Iterable[Any] = ()) -> None:
        if best is not None:
            found = _by_data_set(values)
            self.run.add_best_metric({data: {"step": best, **of} for data, of in found.items()})
        self._training.end()

    @harmless
    def _end_with(self, booster: Any, error: BaseException | None) -> None:
        """End with what ``train`` returned or raised, which tells an early stop too."""
        best = 0 if error is not None else booster.best_iteration  # counted from 1
        if best > 0 and self._training.is_at_work:
            found = {data: {"step": best - 1, **of} for data, of in booster.best_score.items()}
            self.run.add_best_metric(found)
        self._training.end(error)


def _by_data_set(results: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """Return results by data set and metric; ``cv`` adds deviations, which are left out."""
    values: dict[str, dict[str, Any]] = {}
    for data, metric, value, *_ in results or ():
        values.setdefault(data, {})[metric] = value
    return values


def _early_stopping_of(params: dict[str, Any]) -> _Stopping | None:
    """Return what stops early as the parameters ask for it, silently; None if they do not."""
    rounds = params.get("early_stopping_round")
    if not rounds or int(rounds) <= 0:
        return None
    stopping: _Stopping = lightgbm.early_stopping(
        int(rounds),
        first_metric_only=bool(params.get("first_metric_only", False)),
        verbose=False,
        min_delta=params.get("early_stopping_min_delta", 0.0),
    )
    return stopping


def autolog(lightgbm: ModuleType) -> None:
    """Have each training record, of ``train`` and of the scikit-learn classes; no fold of ``cv``.

    :param lightgbm: ``lightgbm``.
    """
    named_in = (getattr(lightgbm, name, None) for name in ("engine", "sklearn"))
    attach((lightgbm, *named_in), "train", _add)


def _add(call: Call) -> End | None:
    # First: LightGBM orders callbacks by their distance from the list's end.
    callback = call.add_first("callbacks", FitlogCallback, FitlogCallback)
    if callback is None:
        return None
    callback._is_told_the_end = True
    end: End = callback._end_with
    return end
