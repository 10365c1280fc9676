"""Keras 3: a callback for ``fit``, whichever backend it works on.

::

    from fitlog_plugins.keras import FitlogCallback

    model.fit(table, labels, epochs=5, callbacks=[FitlogCallback("logs")])
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from fitlog_core.recording import monitored
from fitlog_core.recording.attached import Call, End, attach
from fitlog_core.recording.autolog import say_once
from fitlog_core.recording.frameworks import needed
from fitlog_core.recording.monitored import is_better
from fitlog_core.recording.run import Run
from fitlog_core.recording.training import Training, harmless, say_failure

with needed("keras"):  # a backend that is missing Keras names itself
    import keras


class FitlogCallback(keras.callbacks.Callback):
    """Records a training of ``fit``; one run each.

    A step is a batch that was trained on; the first is 1. Values of training are below
    ``train``, those of the validation at an epoch's end below ``val``, and what ``evaluate`` finds
    outside of ``fit`` is in the table below ``test``.

    :param log_dir: Log directory, or folder of a run to go on with. Without it the current run
        is used, or a new one in ``logs``.
    :param run: A run that is open already, instead.
    :param every: Record the training's values, which are means over the epoch so far, after so
        many batches; 0 records them at the ends of epochs only.
    :param monitor: What decides which epoch is best, by Keras's name, such as ``val_accuracy``;
        ``val_loss`` unless given.
    :param mode: ``min`` or ``max``; ``min`` for losses and errors, else ``max``, unless given.
    :param hyper: Further hyperparameters, such as the batch size, which Keras tells no callback.
    :param commit: Record the code too, where this callback opens the run.
    :raises ArgumentError: if ``every`` or ``mode`` is none of these.
    :raises UsageError: if the log directory cannot be used.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        run: Run | None = None,
        every: int = 1,
        monitor: str = "val_loss",
        mode: str | None = None,
        hyper: Mapping[str, Any] | None = None,
        commit: bool = True,
    ) -> None:
        super().__init__()
        self._is_less_better = monitored.is_less_better(mode, _is_cost(monitor))
        self._every = monitored.batches(every)
        self._training = Training(log_dir, run, commit)
        self._monitor = monitor
        self._hyper = dict(hyper or {})
        self._epoch = self._step = self._batches = self._recorded = 0
        self._best: float | None = None
        self._is_first_epoch = True

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_model": None}  # another process has a model of its own

    @property
    def run(self) -> Run:
        """The run that is recorded into."""
        return self._training.run

    @harmless
    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Choose the run and describe it."""
        optimizer = getattr(self.model, "optimizer", None)
        self._step = int(getattr(optimizer, "iterations", 0))
        self._best = None
        self._is_first_epoch = True
        self._training.begin({**_described(self.model), **self._hyper})

    @harmless
    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Note the epoch; the first one tells how many there will be.

        :param epoch: From 0.
        """
        self._epoch, self._batches = epoch, 0
        if self._is_first_epoch:
            self._is_first_epoch = False
            epochs, steps = self.params.get("epochs"), self.params.get("steps")
            if epochs and steps:
                self._training.expect(self._step + (epochs - epoch) * steps)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Record a batch.

        :param batch: Its number in the epoch, from 0; of several that are one call, the last.
        :param logs: Values by name.
        """
        try:
            self._step += batch + 1 - self._batches
            self._batches = batch + 1
            if logs and self._every and self._step % self._every == 0:
                self._training.record(logs, self._step, self._epoch, "train")
                self._recorded = self._step
        except Exception as error:  # noqa: BLE001 - as harmless does, at each batch
            say_failure(self, "on_train_batch_end", error)

    @harmless
    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Record an epoch: what it trained to, its validation, and whether it is the best.

        :param epoch: From 0.
        :param logs: Values by name; those of the validation begin with ``val_``.
        """
        values = _by_split(logs or {})
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        if rate is not None:
            values["train"].setdefault("learning_rate", float(rate))
        # Maybe with the last batch: then its values are the epoch's.
        known = self._training.names if self._recorded == self._step else ()
        new = {name: value for name, value in values["train"].items() if name not in known}
        self._training.record({**values, "train": new}, self._step, epoch)
        value = (logs or {}).get(self._monitor)
        if value is not None and is_better(float(value), self._best, self._is_less_better):
            self._best = float(value)
            found = {split: of for split, of in values.items() if of}
            where = {"step": self._step, "epoch": epoch}
            self.run.add_best_metric({split: {**of, **where} for split, of in found.items()})

    @harmless
    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Put what ``evaluate`` finds into the table; the validation inside ``fit`` is no test.

        :param logs: Values by name.
        """
        if logs and not self._training.is_at_work:
            self.run.add_best_metric({"test": dict(logs)})

    @harmless
    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Say that the training ended well."""
        self._training.end()


def _is_cost(name: str) -> bool:
    last = name.rsplit("_", 1)[-1]
    return last in ("loss", "error", "mse", "mae", "mape", "msle", "rmse", "divergence")


def _by_split(logs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    values: dict[str, dict[str, Any]] = {"train": {}, "val": {}}
    for name, value in logs.items():
        if name.startswith("val_"):
            values["val"][name.removeprefix("val_")] = value
        else:
            values["train"][name] = value
    return values


def _described(model: Any) -> dict[str, Any]:
    """Return a model's name, class and size, and its optimizer's settings."""
    described: dict[str, Any] = {"model": {"name": model.name, "class": type(model).__name__}}
    if getattr(model, "built", False):
        described["model"]["num_parameters"] = model.count_params()
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        settings = optimizer.get_config()
        described["optimizer"] = {
            name: value for name, value in settings.items() if value is not None
        }
    return described


def autolog(keras: ModuleType) -> None:
    """Have each ``fit`` record.

    :param keras: ``keras``.
    """
    attach([kind for kind in keras.Model.__mro__ if "fit" in vars(kind)][:1], "fit", _add)


def _add(call: Call) -> End | None:
    given = call.get("callbacks")
    is_ready = isinstance(given, keras.callbacks.CallbackList)
    each_given = given.callbacks if is_ready else keras.tree.flatten(given or [])
    if any(isinstance(each, FitlogCallback) for each in each_given):
        return None
    if is_ready:
        say_once("fit was given a CallbackList, which is left as it is: nothing is recorded")
        return None
    plain = {name: call.get(name) for name in ("batch_size", "epochs")}
    hyper = {name: value for name, value in plain.items() if value is not None}
    callback = FitlogCallback(hyper=hyper)
    own = given if isinstance(given, (list, tuple)) else each_given
    call.put("callbacks", [*own, callback])  # behind the script's, which may change the values
    return lambda _, error: callback._training.end(error)
