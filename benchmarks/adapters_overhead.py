#!/usr/bin/env python3
"""What the callbacks for XGBoost, LightGBM and Keras cost a training, beside ones that do nothing.

    python benchmarks/adapters_overhead.py [--only NAME] [--rounds 200] [--steps 2000] [--repeats 11]

All trainings of a comparison are the same but for the callback, and run at once, in turns of a
few steps (``baton.py``). Every round and every batch is recorded, with one loss and one metric. A
framework that is not installed is left out and named. Keras works on torch here.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
from collections.abc import Callable
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import numpy
from baton import Turn
from ratios import measured, report, verdict_on_cost

import fitlog

Maker = Callable[[str], Any]
ROWS, COLUMNS = 100_000, 20
BATCH, WIDTH = 32, 64
TABLE = numpy.random.default_rng(0).random((ROWS, COLUMNS)).astype("float32")
LABELS = (TABLE[:, 0] + TABLE[:, 1] > 1).astype("float32")


def xgboost_makers() -> dict[str, Maker]:
    import xgboost

    from fitlog_plugins.xgboost import FitlogCallback

    class Nothing(xgboost.callback.TrainingCallback):
        pass

    return _makers(lambda folder: Nothing(), FitlogCallback)


def xgboost_prepared(
    maker: Maker, folder: str, interval: int, rounds: int, turn: Turn
) -> Callable[[], object]:
    """Return a training that is ready to start."""
    import xgboost

    class Turns(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            turn.step_is_done()
            return False

    params = {
        "objective": "binary:logistic",
        "eval_metric": ["logloss", "error"],
        "nthread": 1,
        "max_depth": 6,
    }
    data = xgboost.DMatrix(TABLE, LABELS, nthread=1)
    callbacks = [maker(folder), Turns()]
    return lambda: xgboost.train(
        params, data, rounds, evals=[(data, "train")], callbacks=callbacks, verbose_eval=False
    )


def lightgbm_makers() -> dict[str, Maker]:
    from fitlog_plugins.lightgbm import FitlogCallback

    return _makers(lambda folder: lambda env: None, FitlogCallback)


def lightgbm_prepared(
    maker: Maker, folder: str, interval: int, rounds: int, turn: Turn
) -> Callable[[], object]:
    """Return a training that is ready to start."""
    import lightgbm

    params = {
        "objective": "binary",
        "metric": ["binary_logloss", "binary_error"],
        "num_threads": 1,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(TABLE, LABELS)
    callbacks = [maker(folder), lambda env: turn.step_is_done()]
    return lambda: lightgbm.train(
        params, data, rounds, valid_sets=[data], valid_names=["train"], callbacks=callbacks
    )


def keras_makers() -> dict[str, Maker]:
    import keras

    from fitlog_plugins.keras import FitlogCallback

    return _makers(lambda folder: keras.callbacks.Callback(), FitlogCallback)


def keras_prepared(
    maker: Maker, folder: str, interval: int, steps: int, turn: Turn
) -> Callable[[], object]:
    """Return a training that is ready to start."""
    import keras

    class Turns(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            turn.step_is_done()

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Input((COLUMNS,)), keras.layers.Dense(WIDTH, activation="relu")]
    model = keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.1), loss="binary_crossentropy", metrics=["accuracy"])
    an_epoch = min(steps, 200)
    rows = numpy.arange(an_epoch * BATCH) % ROWS
    options = {"batch_size": BATCH, "verbose": 0, "callbacks": [maker(folder), Turns()]}
    table, labels = TABLE[rows], LABELS[rows]
    return lambda: model.fit(table, labels, epochs=steps // an_epoch, **options)


def _makers(nothing: Maker, ours: Any) -> dict[str, Maker]:
    """Return what is compared: nothing, the same again, and ours with a run of its own."""

    def recording(folder: str) -> Any:
        return ours(run=fitlog.Run(folder), commit=False)

    return {"nothing": nothing, "nothing again": nothing, "fitlog": recording}


FRAMEWORKS = {
    "xgboost": (xgboost_makers, xgboost_prepared),
    "lightgbm": (lightgbm_makers, lightgbm_prepared),
    "keras": (keras_makers, keras_prepared),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=FRAMEWORKS)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=11)
    options = parser.parse_args()
    for name in [options.only] if options.only else FRAMEWORKS:
        if importlib.util.find_spec(name) is None:
            print(f"\n{name}: left out, it is not installed")
            continue
        make, prepared = FRAMEWORKS[name]
        steps = options.steps if name == "keras" else options.rounds
        taken = measured(prepared, make(), 1, steps, options.repeats)
        version = __import__(name).__version__
        title = f"{name} {version}, {steps} steps, {options.repeats} repeats, each step recorded"
        report(f"{title}; median (quartiles) [least, most]", taken, "nothing", steps)
        verdict_on_cost(taken, "fitlog", "nothing", again="nothing again")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
