#!/usr/bin/env python3
"""What FitlogCallback costs a training with the Trainer of Hugging Face, beside other callbacks and none.

    python benchmarks/trainer_overhead.py [--steps 2000] [--repeats 11]

All trainings of a comparison are the same but for the callback, and run at once, in turns of a
few steps (``baton.py``). Needs torch, transformers and accelerate; tensorboard for its callback,
which is left out and named where it is missing. What TensorBoard's own thread takes of the
processor is not in its figures.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import tempfile
import warnings
from collections.abc import Callable
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")

import torch
import transformers
from baton import Turn
from ratios import measured, report, verdict_on_cost, verdict_on_race
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

Maker = Callable[[str], TrainerCallback | None]


class Nothing(TrainerCallback):
    """A callback whose methods do nothing."""


class Turns(TrainerCallback):
    """Tells a training's turn of each step."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        self._turn.step_is_done()


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


def off(folder: str) -> None:
    return None


def nothing(folder: str) -> Nothing:
    return Nothing()


def recording(folder: str) -> FitlogCallback:
    """Return our callback with a run of its own; the code's snapshot is no part of the steps."""
    return FitlogCallback(run=fitlog.Run(folder), commit=False)


def tensorboard(folder: str) -> TensorBoardCallback:
    return TensorBoardCallback()  # into the Trainer's own folder


def prepared(
    maker: Maker, folder: str, interval: int, steps: int, turn: Turn
) -> Callable[[], object]:
    """Return a training that is ready to start."""
    torch.manual_seed(0)
    words = torch.randint(0, 64, (256, 16))
    args = TrainingArguments(
        f"{folder}/out",
        max_steps=steps,
        per_device_train_batch_size=4,
        logging_steps=interval,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
    )
    chosen = maker(folder)
    callbacks = [Turns(turn), *([] if chosen is None else [chosen])]
    rows = [{"input_ids": row, "labels": row} for row in words]
    trainer = Trainer(tiny_model(), args, train_dataset=rows, callbacks=callbacks)
    trainer.remove_callback(transformers.PrinterCallback)
    return trainer.train


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=11)
    options = parser.parse_args()
    torch.set_num_threads(1)
    steps, repeats = options.steps, options.repeats
    with tempfile.TemporaryDirectory() as folder:
        default = int(TrainingArguments(folder).logging_steps)
    print(
        f"transformers {transformers.__version__}, torch {torch.__version__}, {steps} steps, "
        f"{repeats} repeats; median (quartiles) [least, most]"
    )
    off_or_on = {"off": off, "off again": off, "fitlog": recording}
    taken = measured(prepared, off_or_on, default, steps, repeats)
    report(f"logging every {default} steps, the default", taken, "off", steps)
    verdict_on_cost(taken, "fitlog", "off", again="off again")
    kinds = {"nothing": nothing, "nothing again": nothing, "fitlog": recording}
    taken = measured(prepared, kinds, 1, steps, repeats)
    report("logging at every step, beside a callback that does nothing", taken, "nothing", steps)
    verdict_on_cost(taken, "fitlog", "nothing")
    if importlib.util.find_spec("tensorboard") is None:
        print("\nTensorBoardCallback: left out, tensorboard is not installed")
        return
    theirs = {"fitlog": recording, "TensorBoardCallback": tensorboard}
    taken = measured(prepared, theirs, 1, steps, repeats)
    report("logging at every step, beside transformers' callback", taken, "fitlog", steps)
    verdict_on_race(taken, "fitlog", ["TensorBoardCallback"])


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
