"""What programs and tests of Hugging Face's libraries share: a tiny model, built and not loaded."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

from fitlog_core import plugins
from fitlog_core.hookspecs import hookimpl

LENGTH = 4
WORDS = 8


class Model(GPT2LMHeadModel):
    """A language model of a few hundred weights, which may fail in a step."""

    fail_at: int | None = None

    def forward(self, input_ids: Any = None, labels: Any = None, **kwargs: Any) -> Any:
        if self.training and self.fail_at is not None:
            if self.fail_at == 0:
                raise RuntimeError("planned failure")
            self.fail_at -= 1
        return super().forward(input_ids=input_ids, labels=labels, **kwargs)


def tiny_model() -> Model:
    torch.manual_seed(0)
    return Model(
        GPT2Config(
            n_layer=1, n_embd=8, n_head=1, n_positions=LENGTH, vocab_size=WORDS,
            bos_token_id=0, eos_token_id=0,
        )
    )  # fmt: skip


def rows(count: int) -> list[dict[str, torch.Tensor]]:
    """Sentences of words that follow one another."""
    words = torch.arange(LENGTH)
    return [{"input_ids": (words + n) % WORDS, "labels": (words + n) % WORDS} for n in range(count)]


def accuracy(prediction: Any) -> dict[str, float]:
    found = prediction.predictions[:, :-1].argmax(-1) == prediction.label_ids[:, 1:]
    return {"accuracy": float(found.mean())}


def tiny_trainer(
    callbacks: list[Any],
    steps: int = 20,
    train_rows: int = 40,
    trainer: Any = Trainer,
    **options: Any,
) -> Trainer:
    """Return a Trainer of the tiny model, silent and on the CPU."""
    chosen = {
        "output_dir": "out",
        "max_steps": steps,
        "per_device_train_batch_size": 1,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "disable_tqdm": True,
    }
    return trainer(
        model=options.pop("model", None) or tiny_model(),
        args=TrainingArguments(**(chosen | options)),
        train_dataset=rows(train_rows),
        eval_dataset=rows(8),
        compute_metrics=accuracy,
        callbacks=callbacks,
    )


def let_gloo_rest() -> None:
    """Give torch's own thread the time to drop its last work before the process ends.

    Otherwise both may wait for one another for ever: the interpreter, which takes the model
    apart, for the thread's end, and the thread for the interpreter's lock.
    """
    time.sleep(0.5)


class _Counter:
    def __init__(self) -> None:
        self.endings: list[Any] = []

    @hookimpl
    def fitlog_run_finished(self, ending: Any) -> None:
        self.endings.append(ending)
        print(f"a plugin was told of the end: {ending.state}", file=sys.stderr, flush=True)


def count_notices() -> list[Any]:
    """Return a list that grows with every end that plugins are told of; each is printed too."""
    counter = _Counter()
    plugins.host().register(counter, "counter")
    return counter.endings
