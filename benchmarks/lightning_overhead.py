#!/usr/bin/env python3
"""What FitlogLogger costs a Lightning training, beside other loggers and none.

    python benchmarks/lightning_overhead.py [--steps 2000] [--repeats 11]

Every training is the same; they take turns in one process, and each is compared with its
baseline of the same turn. Loggers whose package is missing are left out and named.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytorch_lightning as lightning
import torch

from fitlog_plugins.lightning import FitlogLogger

# Name, baseline and logging interval of what is measured; None is Lightning's own, 50.
OFF, OFF_AGAIN, NOTHING = "logging off", "logging off, again", "a logger that does nothing"
VARIANTS = (
    (OFF, OFF, None),
    (OFF_AGAIN, OFF, None),
    ("fitlog, every 50 steps", OFF, None),
    (NOTHING, NOTHING, 1),
    ("fitlog, every step", NOTHING, 1),
    ("CSVLogger, every step", NOTHING, 1),
    ("TensorBoardLogger, every step", NOTHING, 1),
)


class Nothing(lightning.loggers.Logger):
    name = version = ""

    def log_metrics(self, metrics: Any, step: int | None = None) -> None:
        pass

    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        pass


class Model(lightning.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.save_hyperparameters({"lr": 0.01, "width": 64})
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(32, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1)
        )

    def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
        loss = self.layers(batch[0]).pow(2).mean()
        self.log("train_loss", loss)
        self.log("train_acc", 0.5)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.01)


def logger_for(name: str, folder: str) -> Any:
    """Return the logger that a variant's name begins with; False for none."""
    makers: dict[str, Callable[[], Any]] = {
        OFF: lambda: False,
        NOTHING: Nothing,
        "fitlog": lambda: FitlogLogger(folder, commit=False),
        "CSVLogger": lambda: lightning.loggers.CSVLogger(folder),
        "TensorBoardLogger": lambda: lightning.loggers.TensorBoardLogger(folder),
    }
    return next(make for start, make in makers.items() if name.startswith(start))()


def seconds_of(name: str, interval: int | None, steps: int) -> tuple[float, float]:
    """Train once; return the time that passed and the processor's time, in seconds."""
    torch.manual_seed(0)
    data = torch.utils.data.TensorDataset(torch.randn(32 * steps, 32))
    with tempfile.TemporaryDirectory() as folder:
        trainer = lightning.Trainer(
            max_steps=steps,
            logger=logger_for(name, folder),
            log_every_n_steps=interval,
            accelerator="cpu",
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        model, loader = Model(), torch.utils.data.DataLoader(data, batch_size=32)
        gc.collect()
        began, processor = time.perf_counter(), time.process_time()
        trainer.fit(model, loader)
        return time.perf_counter() - began, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=11)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in ("pytorch_lightning", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    torch.set_num_threads(1)
    variants = [variant for variant in VARIANTS if is_there(variant[0])]
    seconds_of(OFF, None, 200)  # what happens once a process
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name, _, _ in variants}
    for turn in range(arguments.repeats):
        order = variants[turn % len(variants) :] + variants[: turn % len(variants)]
        for name, _, interval in order:
            taken[name].append(seconds_of(name, interval, arguments.steps))
    report(variants, taken, arguments.steps)


def is_there(name: str) -> bool:
    """Tell whether a variant's logger can be made; say so where it cannot."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            logger_for(name, folder)
        except ModuleNotFoundError as error:
            print(f"{name}: left out, {error}")
            return False
    return True


def report(variants: Any, taken: dict[str, list[tuple[float, float]]], steps: int) -> None:
    """Print for each variant its times and its ratios to the baseline of the same turn."""
    print(f"{steps} steps, {len(taken[OFF])} repeats; median (quartiles) [least, most]")
    print("| training | µs a step | × baseline, time | × baseline, processor |")
    print("|---|---|---|---|")
    for name, baseline, _ in variants:
        pairs = list(zip(taken[name], taken[baseline], strict=True))
        micros = statistics.median(mine[0] for mine, _ in pairs) / steps * 1e6
        ratios = [spread([mine[kind] / base[kind] for mine, base in pairs]) for kind in (0, 1)]
        print(f"| {name} | {micros:.1f} | {ratios[0]} | {ratios[1]} |")


def spread(values: list[float]) -> str:
    """Return the median, the quartiles and the extremes."""
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return f"{middle:.3f} ({low:.3f}-{high:.3f}) [{min(values):.3f}, {max(values):.3f}]"


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
