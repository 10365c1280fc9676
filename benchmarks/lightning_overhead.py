#!/usr/bin/env python3
"""What FitlogLogger costs a Lightning training, beside other loggers and none.

    python benchmarks/lightning_overhead.py [--steps 2000] [--repeats 11]

All trainings of a comparison are the same but for the logger, and run at once, in turns of a few
steps (``baton.py``). Needs torch and pytorch-lightning; tensorboard for its logger, which is
left out and named where it is missing. What TensorBoard's own thread takes of the processor is
not in its figures.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import pytorch_lightning as lightning
import torch
from baton import Turn
from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger
from ratios import measured, report, verdict_on_cost, verdict_on_race

import fitlog
from fitlog_plugins.lightning import FitlogLogger

DEFAULT = 50  # Lightning's own logging interval
Maker = Callable[[str], Any]


class Nothing(Logger):
    """A logger whose methods do nothing."""

    name = version = ""

    def log_metrics(self, metrics: Any, step: int | None = None) -> None:
        pass

    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        pass


class Turns(lightning.Callback):
    """Tells a training's turn of each step."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def on_train_batch_end(self, *args: Any, **kwargs: Any) -> None:
        self._turn.step_is_done()


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


def off(folder: str) -> bool:
    return False


def nothing(folder: str) -> Nothing:
    return Nothing()


def recording(folder: str) -> FitlogLogger:
    """Return our logger with a run of its own; the code's snapshot is no part of the steps."""
    return FitlogLogger(run=fitlog.Run(folder), commit=False)


def prepared(
    maker: Maker, folder: str, interval: int, steps: int, turn: Turn
) -> Callable[[], object]:
    """Return a training that is ready to start."""
    torch.manual_seed(0)
    data = torch.utils.data.TensorDataset(torch.randn(32 * steps, 32))
    trainer = lightning.Trainer(
        max_steps=steps,
        logger=maker(folder),
        log_every_n_steps=interval,
        callbacks=[Turns(turn)],
        accelerator="cpu",
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    return partial(trainer.fit, Model(), torch.utils.data.DataLoader(data, batch_size=32))


def others() -> dict[str, Maker]:
    """Return Lightning's own loggers; say which cannot be made here."""
    found: dict[str, Maker] = {"CSVLogger": CSVLogger, "TensorBoardLogger": TensorBoardLogger}
    try:
        with tempfile.TemporaryDirectory() as folder:
            TensorBoardLogger(folder)
    except ModuleNotFoundError as error:
        print(f"TensorBoardLogger: left out, {error}")
        del found["TensorBoardLogger"]
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=11)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in ("pytorch_lightning", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    torch.set_num_threads(1)
    steps, repeats = options.steps, options.repeats
    print(
        f"pytorch-lightning {lightning.__version__}, torch {torch.__version__}, {steps} steps, "
        f"{repeats} repeats; median (quartiles) [least, most]"
    )
    off_or_on = {"off": off, "off again": off, "fitlog": recording}
    taken = measured(prepared, off_or_on, DEFAULT, steps, repeats)
    report(f"logging every {DEFAULT} steps, the default", taken, "off", steps)
    verdict_on_cost(taken, "fitlog", "off", again="off again")
    kinds = {"nothing": nothing, "nothing again": nothing, "fitlog": recording}
    taken = measured(prepared, kinds, 1, steps, repeats)
    report("logging at every step, beside a logger that does nothing", taken, "nothing", steps)
    verdict_on_cost(taken, "fitlog", "nothing")
    theirs = others()
    taken = measured(prepared, {"fitlog": recording, **theirs}, 1, steps, repeats)
    report("logging at every step, beside Lightning's loggers", taken, "fitlog", steps)
    verdict_on_race(taken, "fitlog", list(theirs))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
