"""The conformance suite's program for Keras, on torch."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy
from conformance import Told, Training
from program_tools import conduct

from fitlog_plugins.keras import FitlogCallback


class Failing(keras.callbacks.Callback):
    def __init__(self, fail_at: int | None) -> None:
        super().__init__()
        self.left = fail_at

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        if self.left == 0:
            raise RuntimeError("planned failure")
        if self.left is not None:
            self.left -= 1


def make(training: Training) -> FitlogCallback:
    return FitlogCallback(training.log_dir, hyper={"batch_size": 2}, commit=False)


def learn(training: Training, callback: FitlogCallback, told: Told) -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1, name="layer")])
    model.compile(keras.optimizers.SGD(0.125), loss="mse", metrics=["mae"])
    table = numpy.random.default_rng(0).random((training.steps, 3)).astype("float32")
    labels = table[:, :1]
    kept, settings = table.copy(), model.optimizer.get_config()
    options = {"batch_size": 2, "verbose": 0, "callbacks": [Failing(training.fail_at), callback]}
    model.fit(table, labels, epochs=2, **options)
    if training.ends_twice:
        model.evaluate(table, labels, verbose=0, callbacks=[callback])
        callback.on_train_end()
    told.unchanged = bool((table == kept).all()) and model.optimizer.get_config() == settings


if __name__ == "__main__":
    conduct(make, learn)
