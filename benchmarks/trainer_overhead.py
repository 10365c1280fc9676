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
import gc
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
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)
from transformers.integrations import TensorBoardCallback

import fitlog
from fitlog_plugins.transformers import FitlogCallback

BOUND = 1.02
Times = tuple[float, float]


def tiny_model() -> torch.nn.Module:
    """Return the smallest model of its kind that still is one: a step takes a few milliseconds."""
    return GPT2LMHeadModel(
        GPT2Config(
            n_layer=1,
            n_embd=32,
            n_head=2,
            n_positions=16,
            vocab_size=64,
            bos_token_id=0,
            eos_token_id=0,
        )
    )


class Nothing(TrainerCallback):
    """A callback whose methods do nothing."""


def seconds(callback: Callable[[], TrainerCallback] | None, steps: int, every: int) -> Times:
    """Return how long a training takes, from the call of ``train`` to its end: in all, and
    of the processor's time, which other programs on the machine disturb less."""
    torch.manual_seed(0)
    words = torch.randint(0, 64, (256, 16))
    rows = [{"input_ids": row, "labels": row} for row in words]
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
        trainer = Trainer(tiny_model(), args, train_dataset=rows, callbacks=chosen)
        trainer.remove_callback(transformers.PrinterCallback)
        gc.collect()
        began, processor = time.perf_counter(), time.process_time()
        trainer.train()
        took = time.perf_counter() - began, time.process_time() - processor
        os.chdir("/")
    return took


def recording() -> TrainerCallback:
    """Begin a run of its own; the code's snapshot is no part of the steps."""
    fitlog.set_log_dir("logs", new_log=True)
    return FitlogCallback(commit=False)


def measure(
    kinds: dict[str, Callable[[], TrainerCallback] | None], steps: int, repeats: int, every: int
) -> dict[str, list[Times]]:
    """Return the seconds of each kind, round by round, after one round that is not counted."""
    taken: dict[str, list[Times]] = {kind: [] for kind in kinds}
    for callback in kinds.values():
        seconds(callback, min(steps, 200), every)
    for number in range(repeats):
        order = list(kinds) if number % 2 else list(kinds)[::-1]
        for kind in order:
            taken[kind].append(seconds(kinds[kind], steps, every))
    return taken


def report(title: str, taken: dict[str, list[Times]], base: str) -> None:
    """Print each kind's time, and its ratio to the base of the same round."""
    print(f"\n{title}\n| recording | median s | x {base}, time | x {base}, processor |")
    print("|---|---|---|---|")
    for kind, times in taken.items():
        pairs = list(zip(times, taken[base], strict=True))
        ratios = [spread([mine[at] / other[at] for mine, other in pairs]) for at in (0, 1)]
        median = statistics.median(time for time, _ in times)
        print(f"| {kind} | {median:.3f} | {ratios[0]} | {ratios[1]} |", flush=True)


def spread(values: list[float]) -> str:
    """Return the median, the quartiles and the extremes."""
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    middle = statistics.median(values)
    return f"{middle:.3f} ({low:.3f}-{high:.3f}) [{min(values):.3f}, {max(values):.3f}]"


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
        f"steps, {options.repeats} repeats; median (quartiles) [least, most]"
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
