#!/usr/bin/env python3
"""What the adapters cost a training, each beside one that does nothing.

    python benchmarks/adapters_overhead.py [--only NAME] [--rounds 200] [--steps 2000] [--repeats 11]

All trainings of a comparison are the same but for the adapter, and run at once, in turns of a
few steps (``baton.py``), and each computes in one thread. Every round and every batch is recorded,
with one loss and one metric. A framework that is not installed is left out and named. Keras works
on torch here.

Those that open a run a trial or a candidate have five of them, of forty rounds each, a round of
some 20 ms: a trial of a second. Hydra's callback is not here, for it does nothing between a
job's beginning and its end.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import logging
import os
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

for library in ("OMP", "OPENBLAS", "MKL"):  # others' work on a second core is not the matter here
    os.environ[f"{library}_NUM_THREADS"] = "1"
os.environ["KERAS_BACKEND"] = "torch"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it asks no host
os.environ["RAY_AIR_NEW_OUTPUT"] = "0"  # and prints no tables
warnings.simplefilter("ignore")  # what frameworks say of torch is not the matter here

import numpy
from baton import Turn
from ratios import measured, report, verdict_on_cost

import fitlog

Maker = Callable[[str], Any]
Prepared = Callable[[Any, str, int, int, Turn], Callable[[], object]]
ROWS, COLUMNS = 100_000, 20
BATCH, WIDTH = 32, 64
TRIALS = 5  # of a search
SIDE, PRODUCTS = 512, 4  # of the matrices that a round of a search multiplies
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


def catboost_makers() -> dict[str, Maker]:
    from fitlog_plugins.catboost import FitlogCallback

    class Nothing:
        def after_iteration(self, info: Any) -> bool:
            return True

    return _makers(lambda folder: Nothing(), FitlogCallback)


def catboost_prepared(
    maker: Maker, folder: str, interval: int, rounds: int, turn: Turn
) -> Callable[[], object]:
    """Return a training that is ready to start."""
    import catboost

    class Turns:
        def after_iteration(self, info: Any) -> bool:
            turn.step_is_done()
            return True

    model = catboost.CatBoostClassifier(
        iterations=rounds,
        depth=6,
        custom_metric=["Accuracy"],
        thread_count=1,
        allow_writing_files=False,
        verbose=False,
    )
    data = catboost.Pool(TABLE, LABELS)
    callbacks = [maker(folder), Turns()]
    return lambda: model.fit(data, callbacks=callbacks)


def ignite_makers() -> dict[str, Maker]:
    from fitlog_plugins.ignite import FitlogLogger

    class Nothing:
        def attach(self, trainer: Any, **named: Any) -> None:
            from ignite.engine import Events

            trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda engine: None)

    return _makers(lambda folder: Nothing(), FitlogLogger)


def ignite_prepared(
    maker: Maker, folder: str, interval: int, steps: int, turn: Turn
) -> Callable[[], object]:
    """Return a training that is ready to start."""
    import torch
    from ignite.engine import Engine, Events

    model, batches = _network(), _batches(steps)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss_of = torch.nn.BCEWithLogitsLoss()

    def step(engine: Any, batch: Any) -> dict[str, float]:
        found = model(batch[0])
        loss = loss_of(found, batch[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return {"loss": loss.item(), "acc": _accuracy(found, batch[1]).item()}

    trainer = Engine(step)
    maker(folder).attach(trainer, optimizer=optimizer)
    trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda engine: turn.step_is_done())
    return lambda: trainer.run(batches, max_epochs=1)


def fastai_makers() -> dict[str, Maker]:
    from fastai.callback.core import Callback

    from fitlog_plugins.fastai import FitlogCallback

    class Nothing(Callback):
        order, run_valid = FitlogCallback.order, False

        def after_loss(self) -> None:
            pass

        def after_batch(self) -> None:
            pass

    return _makers(lambda folder: Nothing(), FitlogCallback)


def fastai_prepared(
    maker: Maker, folder: str, interval: int, steps: int, turn: Turn
) -> Callable[[], object]:
    """Return a training that is ready to start."""
    import torch
    from fastai.callback.core import Callback
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import SGD

    class Turns(Callback):
        order, run_valid = 90, False

        def after_batch(self) -> None:
            turn.step_is_done()

    learner = Learner(
        DataLoaders(_batches(steps), _batches(1), device=torch.device("cpu")),
        _network(),
        loss_func=torch.nn.BCEWithLogitsLoss(),
        opt_func=SGD,
        metrics=_accuracy,
        cbs=[maker(folder), Turns()],
    )
    learner.logger = lambda values: None
    return lambda: learner.fit(1, 0.1)


def accelerate_makers() -> dict[str, Maker]:
    from accelerate.tracking import GeneralTracker, on_main_process

    from fitlog_plugins.accelerate import FitlogTracker

    class Nothing(GeneralTracker):
        name, requires_logging_directory, tracker = "nothing", False, None

        @on_main_process
        def store_init_configuration(self, values: Mapping[str, Any]) -> None:
            pass

        @on_main_process
        def log(self, values: Mapping[str, Any], step: int | None = None, **named: Any) -> None:
            pass

    return _makers(lambda folder: Nothing(), FitlogTracker)


def accelerate_prepared(
    maker: Maker, folder: str, interval: int, steps: int, turn: Turn
) -> Callable[[], object]:
    """Return a training that is ready to start."""
    import torch
    from accelerate import Accelerator

    network, batches = _network(), _batches(steps)  # whose sampler prepare would not keep
    accelerator = Accelerator(cpu=True, log_with=maker(folder))
    model, optimizer = accelerator.prepare(network, torch.optim.SGD(network.parameters(), lr=0.1))
    loss_of = torch.nn.BCEWithLogitsLoss()

    def train() -> None:
        accelerator.init_trackers("race", config={"rate": 0.1})
        for step, (table, labels) in enumerate(batches):
            found = model(table)
            loss = loss_of(found, labels)
            optimizer.zero_grad()
            accelerator.backward(loss)
            optimizer.step()
            accuracy = _accuracy(found, labels).item()
            accelerator.log({"train/loss": loss.item(), "train/acc": accuracy}, step=step)
            turn.step_is_done()
        accelerator.end_training()

    return train


def optuna_makers() -> dict[str, Maker]:
    from fitlog_plugins.optuna import FitlogCallback

    class Nothing:
        def track(self, objective: Any) -> Any:
            return lambda trial: objective(trial, None)

    return _makers(lambda folder: Nothing(), FitlogCallback, gets_a_folder=True)


def optuna_prepared(
    maker: Maker, folder: str, interval: int, rounds: int, turn: Turn
) -> Callable[[], object]:
    """Return a search that is ready to start."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: Any, run: Any) -> float:
        rate = trial.suggest_float("rate", 0.01, 1.0)
        for step in range(rounds // TRIALS):
            loss = _round(rate)
            if run is not None:
                run.add_loss(loss, step)
                run.add_metric(1 - loss, step, "acc")
            turn.step_is_done()
        return loss

    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    tracked = maker(folder).track(objective)
    return lambda: study.optimize(tracked, n_trials=TRIALS)


def sklearn_makers() -> dict[str, Maker]:
    from fitlog_plugins.sklearn import record_search

    def recording(folder: str) -> Any:
        return lambda search: record_search(search, folder, commit=False)

    nothing = lambda folder: lambda search: None  # noqa: E731 - as the others' are
    return {"nothing": nothing, "nothing again": nothing, "fitlog": recording}


def sklearn_prepared(
    maker: Maker, folder: str, interval: int, rounds: int, turn: Turn
) -> Callable[[], object]:
    """Return a search that is ready to start; its rounds are its folds."""
    from sklearn.base import BaseEstimator
    from sklearn.model_selection import GridSearchCV

    class Model(BaseEstimator):
        def __init__(self, rate: float = 0.1) -> None:
            self.rate = rate

        def fit(self, table: Any, labels: Any) -> Any:
            self.found = _round(self.rate)
            return self

        def score(self, table: Any, labels: Any) -> float:
            turn.step_is_done()
            return 1 - self.found

    rates = [(number + 1) / TRIALS for number in range(TRIALS)]
    folds = rounds // TRIALS
    search = GridSearchCV(Model(), {"rate": rates}, cv=folds, refit=False)
    record, few = maker(folder), folds * 2
    return lambda: record(search.fit(TABLE[:few], numpy.arange(few) % 2))


def ray_makers() -> dict[str, Maker]:
    from ray.tune import Callback

    from fitlog_plugins.ray_tune import FitlogCallback

    class Nothing(Callback):
        def on_trial_result(self, **named: Any) -> None:
            pass

    return _makers(lambda folder: Nothing(), FitlogCallback, gets_a_folder=True)


def ray_prepared(
    maker: Maker, folder: str, interval: int, rounds: int, turn: Turn
) -> Callable[[], object]:
    """Return a search that is ready to start; a step is a result that comes from its worker."""
    import ray
    from ray import tune

    if not ray.is_initialized():
        silent = {"include_dashboard": False, "log_to_driver": False}
        ray.init(num_cpus=len(ray_makers()), logging_level=logging.ERROR, **silent)
        logging.getLogger("ray.tune").setLevel(logging.ERROR)  # it takes a turn's end for slow

    class Turns(tune.Callback):
        def on_trial_result(self, **named: Any) -> None:
            turn.step_is_done()

        def __reduce__(self) -> Any:  # Ray pickles it for a restoration that does not come
            return tune.Callback, ()

    def train(config: Mapping[str, Any]) -> None:
        side, results = config["side"], config["results"]
        table = numpy.random.default_rng(0).random((side, side)).astype("float32")
        for _ in range(results):
            for _ in range(PRODUCTS):
                table = table @ table / numpy.linalg.norm(table)
            tune.report({"loss": float(table[0, 0]), "acc": config["rate"]})

    run_config = tune.RunConfig(
        name=f"race-{os.path.basename(folder)}",
        storage_path=folder,
        verbose=0,
        callbacks=[maker(f"{folder}/logs"), Turns()],
    )
    space = {
        "rate": tune.grid_search([(number + 1) / TRIALS for number in range(TRIALS)]),
        "side": SIDE,
        "results": rounds // TRIALS,
    }
    config = tune.TuneConfig(max_concurrent_trials=1, reuse_actors=True)
    return tune.Tuner(train, param_space=space, tune_config=config, run_config=run_config).fit


def _network() -> Any:
    """Return a network whose step takes some milliseconds, the same each time."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    layers = [torch.nn.Linear(COLUMNS, 8 * WIDTH), torch.nn.ReLU()]
    layers += [torch.nn.Linear(8 * WIDTH, 8 * WIDTH), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(8 * WIDTH, 1))


def _batches(steps: int) -> Any:
    """Return a loader of so many batches of torch's tensors."""
    import torch

    rows = torch.arange(steps * 4 * BATCH) % ROWS
    data = torch.utils.data.TensorDataset(
        torch.from_numpy(TABLE), torch.from_numpy(LABELS)[:, None]
    )
    batches = rows.split(4 * BATCH)
    return torch.utils.data.DataLoader(data, sampler=batches, batch_size=None)


def _accuracy(found: Any, wanted: Any) -> Any:
    return ((found > 0) == (wanted > 0.5)).float().mean()


def _round(rate: float) -> float:
    """Do the work of a round of a search, some 20 ms."""
    table = TABLE[:SIDE] @ TABLE[:SIDE].T
    for _ in range(PRODUCTS):
        table = table @ table / numpy.linalg.norm(table)
    return float(abs(table[0, 0]) * rate)


def _makers(nothing: Maker, ours: Any, *, gets_a_folder: bool = False) -> dict[str, Maker]:
    """Return what is compared: nothing, the same again, and ours with a run of its own.

    :param gets_a_folder: Ours opens its runs itself, in a log directory.
    """

    def recording(folder: str) -> Any:
        if gets_a_folder:
            return ours(folder, commit=False)
        return ours(run=fitlog.Run(folder), commit=False)

    return {"nothing": nothing, "nothing again": nothing, "fitlog": recording}


class Framework(NamedTuple):
    """How a framework's adapter is measured.

    :param module: What must be there.
    :param makers: Returns what is compared.
    :param prepared: Builds a training.
    :param has_batches: A step is a batch, of which there are more than rounds of boosting.
    """

    module: str
    makers: Callable[[], Mapping[str, Maker]]
    prepared: Prepared
    has_batches: bool = False


FRAMEWORKS = {
    "xgboost": Framework("xgboost", xgboost_makers, xgboost_prepared),
    "lightgbm": Framework("lightgbm", lightgbm_makers, lightgbm_prepared),
    "catboost": Framework("catboost", catboost_makers, catboost_prepared),
    "keras": Framework("keras", keras_makers, keras_prepared, True),
    "ignite": Framework("ignite", ignite_makers, ignite_prepared, True),
    "fastai": Framework("fastai", fastai_makers, fastai_prepared, True),
    "accelerate": Framework("accelerate", accelerate_makers, accelerate_prepared, True),
    "optuna": Framework("optuna", optuna_makers, optuna_prepared),
    "sklearn": Framework("sklearn", sklearn_makers, sklearn_prepared),
    "ray": Framework("ray", ray_makers, ray_prepared),
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
        framework = FRAMEWORKS[name]
        if importlib.util.find_spec(framework.module) is None:
            print(f"\n{name}: left out, it is not installed")
            continue
        steps = options.steps if framework.has_batches else options.rounds
        taken = measured(framework.prepared, framework.makers(), 1, steps, options.repeats)
        version = __import__(framework.module).__version__
        title = f"{name} {version}, {steps} steps, {options.repeats} repeats, each step recorded"
        report(f"{title}; median (quartiles) [least, most]", taken, "nothing", steps)
        verdict_on_cost(taken, "fitlog", "nothing", again="nothing again")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
