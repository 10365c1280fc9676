"""What recording costs a training with the Trainer of Hugging Face.

    python benchmarks/trainer_overhead.py [--steps 2000] [--repeats 11]

Each kind of recording trains the same tiny model for as many steps; the kinds take turns, so
that what else the machine does falls on all of them. Two comparisons:

- at the default logging interval: fitlog against no recording at all. The same training is
  done twice without recording, and the second against the first shows how much is noise.
- logging at every step: fitlog, and TensorBoard's callback where it is installed, against a
  callback whose methods do nothing.

Needs torch, transformers and accelerate; tensorboard for the last comparison.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")

import torch
import transformers
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.integrations import TensorBoardCallback

import fitlog
from fitlog_plugins.transformers import FitlogCallback

BOUND = 1.02


class Model(torch.nn.Module):
    """One layer: as little work as a step can have, so that recording weighs as much as it can."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(8, 1)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"loss": (self.layer(x) - labels).pow(2).mean()}


class Nothing(TrainerCallback):
    """A callback whose methods do nothing."""


def seconds(callback: Callable[[], TrainerCallback] | None, steps: int, every: int) -> float:
    """Return how long a training takes, from the call of ``train`` to its end."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    rows = [
        {"x": torch.randn(8, generator=generator), "labels": torch.zeros(1)} for _ in range(256)
    ]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        args = TrainingArguments(
            "out",
            max_steps=steps,
            per_device_train_batch_size=4,
            logging_steps=every,
            save_strategy="no",
            report_to="none",
            use_cpu=True,
            disable_tqdm=True,
        )
        chosen = [] if callback is None else [callback()]
        trainer = Trainer(Model(), args, train_dataset=rows, callbacks=chosen)
        trainer.remove_callback(transformers.PrinterCallback)
        began = time.perf_counter()
        trainer.train()
        took = time.perf_counter() - began
        os.chdir("/")
    return took


def recording() -> TrainerCallback:
    """Begin a run of its own; the code's snapshot is no part of the steps."""
    fitlog.set_log_dir("logs", new_log=True)
    return FitlogCallback(commit=False)


def measure(
    kinds: dict[str, Callable[[], TrainerCallback] | None], steps: int, repeats: int, every: int
) -> dict[str, list[float]]:
    """Return the seconds of each kind, round by round, after one round that is not counted."""
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    for callback in kinds.values():
        seconds(callback, min(steps, 200), every)
    for number in range(repeats):
        order = list(kinds) if number % 2 else list(kinds)[::-1]
        for kind in order:
            taken[kind].append(seconds(kinds[kind], steps, every))
    return taken


def report(title: str, taken: dict[str, list[float]], base: str) -> None:
    """Print each kind's median, spread, and the median of its ratios to the base, by round."""
    print(f"\n{title}\n{'':22}{'median s':>10}{'from':>8}{'to':>8}{'ratio':>9}{'from':>8}{'to':>8}")
    for kind, times in taken.items():
        ratios = sorted(mine / other for mine, other in zip(times, taken[base], strict=True))
        quarter = len(ratios) // 4
        print(
            f"{kind:22}{statistics.median(times):10.3f}{min(times):8.3f}{max(times):8.3f}"
            f"{statistics.median(ratios):9.3f}{ratios[quarter]:8.3f}{ratios[-1 - quarter]:8.3f}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=11)
    options = parser.parse_args()
    torch.set_num_threads(1)
    default = TrainingArguments("out").logging_steps
    print(
        f"transformers {transformers.__version__}, torch {torch.__version__}, {options.steps} "
        f"steps, {options.repeats} repeats; ratios round by round, middle half of them"
    )
    off: dict[str, Any] = {"off": None, "off again": None, "fitlog": recording}
    taken = measure(off, options.steps, options.repeats, int(default))
    report(f"logging every {int(default)} steps (the default); bound {BOUND}", taken, "off")
    every: dict[str, Any] = {"nothing": Nothing, "nothing again": Nothing, "fitlog": recording}
    if importlib.util.find_spec("tensorboard") is not None:
        every["TensorBoardCallback"] = TensorBoardCallback
    taken = measure(every, options.steps, options.repeats, 1)
    report(f"logging at every step; bound {BOUND}", taken, "nothing")


if __name__ == "__main__":
    main()
