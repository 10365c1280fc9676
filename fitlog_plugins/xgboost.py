"""XGBoost: a callback that records each boosting round.

::

    from fitlog_plugins.xgboost import FitlogCallback

    xgboost.train(params, data, 200, evals=[(data, "train")], callbacks=[FitlogCallback("logs")])
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from fitlog_core.recording.attached import Call, End, attach
from fitlog_core.recording.frameworks import needed
from fitlog_core.recording.run import Run
from fitlog_core.recording.training import Training, harmless

with needed("xgboost"):
    from xgboost import collective
    from xgboost.callback import TrainingCallback


class FitlogCallback(TrainingCallback):
    """Records a training of XGBoost, of its scikit-learn classes or of ``cv``; one run each.

    A round is a step. The evaluation of each data set has the name that ``evals`` gives it. With
    early stopping the best round's values are the run's best metrics.

    :param log_dir: Log directory, or folder of a run to go on with. Without it the current run
        is used, or a new one in ``logs``.
    :param run: A run that is open already, instead.
    :param hyper: Hyperparameters, such as the ``params`` that ``train`` is given: XGBoost does
        not hand those to a callback. Those of the model are recorded below ``xgboost``.
    :param rounds: How many rounds there will be, for the progress bar.
    :param commit: Record the code too, where this callback opens the run.
    :raises UsageError: if the log directory cannot be used.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        run: Run | None = None,
        hyper: Mapping[str, Any] | None = None,
        rounds: int | None = None,
        commit: bool = True,
    ) -> None:
        super().__init__()
        self._training = Training(log_dir, run, commit)
        self._hyper = dict(hyper or {})
        self._rounds = rounds
        self._first = 0
        self._history: Mapping[str, Any] = {}
        self._is_recording = True

    @property
    def run(self) -> Run:
        """The run that is recorded into."""
        return self._training.run

    def before_training(self, model: Any) -> Any:
        """Choose the run and describe it.

        :param model: The booster, or what ``cv`` has instead of one.
        :return: The same.
        """
        self._begin(model)
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
        """Record one round.

        :param model: The booster.
        :param epoch: The round, from 0.
        :param evals_log: Values of all rounds so far, by data set and metric.
        :return: False: the training is not to stop.
        """
        if self._is_recording:
            self._record(epoch, evals_log)
        return False

    def after_training(self, model: Any) -> Any:
        """Record the best round where early stopping knows one, and that the training ended well.

        :param model: The booster.
        :return: The same.
        """
        if self._is_recording:
            self._conclude(model)
        return model

    @harmless
    def _begin(self, model: Any) -> None:
        # Workers that share one training speak through the first of them.
        self._is_recording = not collective.is_distributed() or collective.get_rank() == 0
        if not self._is_recording:
            return
        self._first, self._history = _rounds_of(model), {}
        of_model = _parameters_of(model)
        hyper = {**self._hyper, **({"xgboost": of_model} if of_model else {})}
        self._training.begin(hyper, self._rounds)

    @harmless
    def _record(self, epoch: int, evals_log: Mapping[str, Any]) -> None:
        values = {
            data: {metric: _mean(history[-1]) for metric, history in metrics.items()}
            for data, metrics in evals_log.items()
        }
        self._history = evals_log
        self._training.record(values, self._first + epoch)

    @harmless
    def _conclude(self, model: Any) -> None:
        best = _best_round(model)
        if best is not None and best >= self._first:  # else of a training before this one
            self.run.add_best_metric(_values_at(self._history, best, best - self._first))
        self._training.end()


def _values_at(history: Mapping[str, Any], step: int, place: int) -> dict[str, Any]:
    """Return the values of one round by data set, and its step beside them."""
    return {
        data: {"step": step, **{name: _mean(values[place]) for name, values in metrics.items()}}
        for data, metrics in history.items()
    }


def _mean(value: Any) -> Any:
    """Return a value; of the mean and deviation that ``cv`` tells, the mean."""
    return value[0] if isinstance(value, tuple) else value


def _rounds_of(model: Any) -> int:
    """Return how many rounds a model has behind it that is trained on."""
    count = getattr(model, "num_boosted_rounds", None)
    return int(count()) if callable(count) else 0


def _best_round(model: Any) -> int | None:
    attribute = getattr(model, "attr", None)  # what cv has is no booster
    best = attribute("best_iteration") if callable(attribute) else None
    return None if best is None else int(best)


def _parameters_of(model: Any) -> dict[str, Any]:
    """Return the parameters that a booster works with, flat: its own file nests them deeply."""
    save = getattr(model, "save_config", None)
    if not callable(save):
        return {}
    learner = json.loads(save())["learner"]
    found: dict[str, Any] = {"booster": learner["gradient_booster"]["name"]}
    found["objective"] = learner["objective"]["name"]
    of_trees = learner["gradient_booster"].get("tree_train_param") or {}
    found.update({name: _number(text) for name, text in of_trees.items()})
    return found


def _number(text: str) -> Any:
    """Return what a parameter's text says; XGBoost keeps numbers in 32 bits: 0.300000012 is 0.3."""
    try:
        number = float(f"{float(text):.7g}")
    except ValueError:
        return text
    return int(number) if number.is_integer() and "." not in text else number


def autolog(xgboost: ModuleType) -> None:
    """Have each training record, of ``train`` and of the scikit-learn classes; no fold of ``cv``.

    :param xgboost: ``xgboost``.
    """
    named_in = (getattr(xgboost, name, None) for name in ("training", "sklearn"))
    attach((xgboost, *named_in), "train", _add)


def _add(call: Call) -> End | None:
    def make() -> FitlogCallback:
        params = call.get("params")
        hyper = {name: value for name, value in dict(params).items() if value is not None}
        return FitlogCallback(hyper=hyper, rounds=call.get("num_boost_round"))

    # First, for XGBoost asks the callbacks one by one until one stops.
    callback = call.add_first("callbacks", FitlogCallback, make)
    return None if callback is None else lambda _, error: callback._training.end(error)
