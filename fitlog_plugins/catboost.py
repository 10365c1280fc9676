"""CatBoost: a callback that records each iteration.

::

    from fitlog_plugins.catboost import FitlogCallback

    callback = FitlogCallback("logs", model=model)
    model.fit(train, eval_set=valid, callbacks=[callback])
    callback.finish()
"""

from __future__ import annotations

import bisect
import functools
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from fitlog_core.recording.attached import Call, End, attach
from fitlog_core.recording.autolog import say_once
from fitlog_core.recording.frameworks import missing
from fitlog_core.recording.run import Run
from fitlog_core.recording.training import Training, harmless

# CatBoost calls what has the method; it is not imported here, only looked for.
if sys.modules.get("catboost") is None and (
    "catboost" in sys.modules or importlib.util.find_spec("catboost") is None
):
    raise missing("catboost")


class FitlogCallback:
    """Records a training of CatBoost; one run each.

    A step is an iteration; the first is 1. CatBoost tells a callback neither of its parameters
    nor that training is over: the model says the first, :meth:`finish` the second. Without it
    the last iteration of those planned is the end, and one that stops early has none.

    :param log_dir: Log directory, or folder of a run to go on with. Without it the current run
        is used, or a new one in ``logs``.
    :param run: A run that is open already, instead.
    :param model: The model whose ``fit`` is given this callback: its parameters are
        hyperparameters, and its best iteration is known at the end.
    :param hyper: Further hyperparameters.
    :param commit: Record the code too, where this callback opens the run.
    :raises UsageError: if the log directory cannot be used.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        run: Run | None = None,
        model: Any = None,
        hyper: Mapping[str, Any] | None = None,
        commit: bool = True,
    ) -> None:
        self._training = Training(log_dir, run, commit)
        self._model = model
        self._hyper = dict(hyper or {})
        self._history: Mapping[str, Any] = {}
        # Iterations by data set and metric, for a metric_period leaves some out.
        self._measured: dict[tuple[str, str], list[int]] = {}

    def __getstate__(self) -> dict[str, Any]:
        # A copy is for another training.
        return {**self.__dict__, "_model": None, "_history": {}, "_measured": {}}

    @property
    def run(self) -> Run:
        """The run that is recorded into."""
        return self._training.run

    def after_iteration(self, info: Any) -> bool:
        """Record one iteration.

        :param info: CatBoost's account of it: ``iteration``, and all ``metrics`` so far.
        :return: True: the training is to go on.
        """
        self._record(info)
        return True

    @harmless
    def finish(self) -> None:
        """Say that the training is over; with the model, also which iteration was the best."""
        asked = getattr(self._model, "get_best_iteration", None)
        best = asked() if callable(asked) else None
        if best is not None:  # from 0, where the callback counts from 1
            found = self._values_at(best + 1)
            self.run.add_best_metric(
                {data: {"step": best + 1, **of} for data, of in found.items() if of}
            )
        self._training.end()

    @harmless
    def _record(self, info: Any) -> None:
        planned = _iterations_of(self._model)
        if info.iteration == 1:
            self._begin(planned)
        self._history = info.metrics
        for data, name, values in _curves(info.metrics):
            measured = self._measured.setdefault((data, name), [])
            if len(values) > len(measured):
                measured.append(info.iteration)
        self._training.record(self._values_at(info.iteration), info.iteration)
        if info.iteration == planned:
            self._training.end()

    def _begin(self, planned: int | None) -> None:
        self._measured = {}
        self._training.leave()  # one that stopped early, or was left by an exception
        params = {} if self._model is None else self._model.get_params()
        plain = {name: value for name, value in params.items() if name != "callbacks"}
        self._training.begin({**plain, **self._hyper}, planned)

    def _values_at(self, iteration: int) -> dict[str, dict[str, Any]]:
        """Return what was measured at one iteration, by data set."""
        found: dict[str, dict[str, Any]] = {data: {} for data in self._history}
        for data, name, values in _curves(self._history):
            place = _place(self._measured.get((data, name), []), iteration)
            if place is not None:
                found[data][name] = values[place]
        return found


def _curves(history: Mapping[str, Any]) -> Iterator[tuple[str, str, Sequence[float]]]:
    for data, metrics in history.items():
        for name, values in metrics.items():
            yield data, name, values


def _place(ascending: Sequence[int], sought: int) -> int | None:
    place = bisect.bisect_left(ascending, sought)
    return place if place < len(ascending) and ascending[place] == sought else None


def _iterations_of(model: Any) -> int | None:
    """Return how many iterations a model plans, under any of CatBoost's names for it."""
    params = {} if model is None else model.get_params()
    names = ("iterations", "n_estimators", "num_boost_round", "num_trees")
    found = next((params[name] for name in names if params.get(name)), None)
    return 1000 if found is None and model is not None else found  # CatBoost's default


def autolog(catboost: ModuleType) -> None:
    """Have each ``fit`` record.

    :param catboost: ``catboost``.
    """
    names = ("CatBoost", "CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker")
    attach((getattr(catboost, name, None) for name in names), "fit", _add)


def _add(call: Call) -> End | None:
    model = call.get("self")
    if str(model.get_params().get("task_type", "")).upper() == "GPU":
        say_once("CatBoost takes no callbacks on a GPU; this training is not recorded")
        return None
    # First, for CatBoost asks the callbacks one by one until one stops.
    callback = call.add_first("callbacks", FitlogCallback, lambda: FitlogCallback(model=model))
    return None if callback is None else functools.partial(_end, callback)


def _end(callback: FitlogCallback, _: Any, error: BaseException | None) -> None:
    if error is None:
        callback.finish()
    else:
        callback._training.end(error)
