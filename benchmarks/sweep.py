"""The 30 runs that stand on every tracker's board in ``beside.py``; made of arithmetic alone.

    python sweep.py PEER FOLDER

writes them through the API of one tracker, in that tracker's own interpreter, and prints how the
tracker names the run that has the long curve. One run diverges (its loss is NaN from a step on),
one ends in an error, and one has a curve of 200,000 points, a single one of which is far out.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

STEPS = 200
EVERY = 10  # steps between two evaluations
NAN_RUN, FAILED_RUN = 17, 23
LONG_RUN = 29  # the last one: a writer returns it at its end
DIVERGES_AT, FAILS_AT = 120, 90
LONG = "train/grad_norm"
LONG_POINTS = 200_000
SPIKE_AT, SPIKE = 123_457, 98.765  # one point among values near 1
BATCH = 1_000  # what MLflow takes in one call


@dataclass(frozen=True)
class Training:
    """One run of the sweep."""

    number: int
    lr: float
    encoder: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.encoder}-lr{self.lr}-seed{self.seed}"

    @property
    def is_failed(self) -> bool:
        return self.number == FAILED_RUN

    @property
    def is_long(self) -> bool:
        return self.number == LONG_RUN

    @property
    def hyper(self) -> dict[str, Any]:
        """Return the hyperparameters, nested as scripts have them."""
        optim = {"name": "adamw", "lr": self.lr, "warmup": 100}
        return {"encoder": self.encoder, "optim": optim, "batch_size": 32, "seed": self.seed}

    def points(self) -> Iterator[tuple[int, dict[str, float]]]:
        """Give (step, values): a loss at every step, two metrics at every tenth."""
        noise = random.Random(self.number)
        pace = self.lr * (3000 if self.encoder == "lstm" else 4000)
        for step in range(FAILS_AT if self.is_failed else STEPS):
            done = 1 - math.exp(-pace * (step + 1) / STEPS)
            loss = 2.3 - 2.1 * done + noise.gauss(0, 0.04)
            if self.number == NAN_RUN and step >= DIVERGES_AT:
                loss = math.nan
            values = {"train/loss": loss}
            if step % EVERY == EVERY - 1:
                acc = 0.5 + 0.42 * done + noise.gauss(0, 0.008)
                values |= {"dev/acc": acc, "dev/f1": acc - 0.03 + noise.gauss(0, 0.004)}
            yield step, values

    def long_points(self) -> Iterator[tuple[int, float]]:
        """Give the (step, value) of the long curve; nothing for the runs that have none."""
        noise = random.Random(-self.number)
        for step in range(LONG_POINTS if self.is_long else 0):
            value = 1 + 0.2 * math.sin(step / 9_000) + noise.gauss(0, 0.02)
            yield step, SPIKE if step == SPIKE_AT else value

    def all_points(self) -> Iterator[tuple[int, str, float]]:
        """Give the (step, name, value) of every point."""
        for step, values in self.points():
            for name, value in values.items():
                yield step, name, value
        for step, value in self.long_points():
            yield step, LONG, value


def trainings() -> list[Training]:
    """Return the sweep: five learning rates, two encoders, three seeds."""
    grid = product((0.0001, 0.0003, 0.001, 0.003, 0.01), ("lstm", "transformer"), (1, 2, 3))
    return [Training(number, *choice) for number, choice in enumerate(grid)]


def flat(values: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Return nested hyperparameters as one level, for trackers that have no more."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        inner = isinstance(value, dict)
        found |= flat(value, f"{before}{key}.") if inner else {before + key: value}
    return found


def write_fitlog(folder: Path, *, long: bool = True) -> str:
    import fitlog

    for training in trainings():
        try:
            with fitlog.Run(folder) as run:
                run.add_hyper(training.hyper)
                for step, values in training.points():
                    run.add_loss(values.pop("train/loss"), step, "train")
                    for name, value in values.items():
                        run.add_metric({"dev": {name.removeprefix("dev/"): value}}, step)
                        run.add_best_metric({"dev": {name.removeprefix("dev/"): value}})
                for step, value in training.long_points() if long else ():
                    run.add_metric({"train": {"grad_norm": value}}, step)
                _fail_if(training)
        except MemoryError:
            continue
    return str(run.get_log_id())


def _fail_if(training: Training) -> None:
    if training.is_failed:
        raise MemoryError("out of memory")


def write_tensorboard(folder: Path) -> str:
    from tensorboardX import SummaryWriter
    from tensorboardX.summary import hparams

    for training in trainings():
        writer = SummaryWriter(logdir=str(folder / training.name))
        metrics = {"dev/acc": 0, "dev/f1": 0, "train/loss": 0}
        for summary in hparams(flat(training.hyper), metrics):
            writer.file_writer.add_summary(summary)
        for step, name, value in training.all_points():
            writer.add_scalar(name, value, step)
        writer.close()
    return training.name


def write_mlflow(folder: Path) -> str:
    import mlflow
    from mlflow.entities import Metric

    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    mlflow.create_experiment("sweep", artifact_location=(folder / "artifacts").as_uri())
    mlflow.set_experiment("sweep")
    for training in trainings():
        try:
            with mlflow.start_run(run_name=training.name) as run:
                mlflow.log_params(flat(training.hyper))
                metrics = [
                    Metric(name, value, 1_700_000_000_000 + step, step)
                    for step, name, value in training.all_points()
                ]
                for first in range(0, len(metrics), BATCH):
                    batch = metrics[first : first + BATCH]
                    mlflow.MlflowClient().log_batch(run.info.run_id, metrics=batch)
                _fail_if(training)
        except MemoryError:
            continue
    return run.info.run_id


def write_trackio(folder: Path) -> str:
    import os

    os.environ["TRACKIO_DIR"] = str(folder)  # read while it is imported
    import trackio

    for training in trainings():
        quiet = {"embed": False, "auto_log_gpu": False, "auto_log_cpu": False}
        trackio.init(project="sweep", name=training.name, config=training.hyper, **quiet)
        for step, values in training.points():
            trackio.log(values, step=step)
        for step, value in training.long_points():
            trackio.log({LONG: value}, step=step)
        trackio.finish()
    return training.name


def write_swanlab(folder: Path) -> str:
    import swanlab

    for training in trainings():
        swanlab.init(
            project="sweep",
            experiment_name=training.name,
            config=training.hyper,
            mode="local",
            logdir=str(folder),
        )
        for step, values in training.points():
            swanlab.log(values, step=step)
        for step, value in training.long_points():
            swanlab.log({LONG: value}, step=step)
        swanlab.finish(
            state="crashed" if training.is_failed else "success",
            error="out of memory" if training.is_failed else None,
        )
    return training.name


def write_aim(folder: Path) -> str:
    from aim import Run

    for training in trainings():
        run = Run(repo=str(folder), experiment="sweep", system_tracking_interval=None)
        run.name = training.name
        run["hparams"] = training.hyper
        for step, name, value in training.all_points():
            run.track(value, name=name, step=step)
        run.close()
    return run.hash


WRITERS: dict[str, Callable[[Path], str]] = {
    "fitlog": write_fitlog,
    "tensorboard": write_tensorboard,
    "mlflow": write_mlflow,
    "trackio": write_trackio,
    "swanlab": write_swanlab,
    "aim": write_aim,
}

if __name__ == "__main__":
    print(WRITERS[sys.argv[1]](Path(sys.argv[2])))
