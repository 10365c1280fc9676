"""The conformance suite's program for fastai."""

from __future__ import annotations

import torch
from conformance import Told, Training
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.metrics import mae
from fastai.optimizer import SGD
from program_tools import conduct

from fitlog_plugins.fastai import FitlogCallback

BATCH = 2


def make(training: Training) -> FitlogCallback:
    return FitlogCallback(training.log_dir, hyper={"width": 1}, commit=False)


def learn(training: Training, callback: FitlogCallback, told: Told) -> None:
    table = torch.rand(training.steps // 2 * BATCH, 3, generator=torch.Generator().manual_seed(0))
    kept = table.clone()
    rows = [(row, row[:1]) for row in table]
    loaders = DataLoaders(DataLoader(rows, bs=BATCH), DataLoader(rows, bs=BATCH))

    def loss(found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        if learner.training and learner.train_iter == training.fail_at:
            raise RuntimeError("planned failure")
        return torch.nn.functional.mse_loss(found, wanted)

    learner = Learner(
        loaders,
        torch.nn.Linear(3, 1),
        loss_func=loss,
        opt_func=SGD,
        lr=0.125,
        metrics=mae,
        cbs=callback,
    )
    if training.processes > 1:
        torch.distributed.init_process_group("gloo")  # fastai gathers its values over it
    with learner.no_logging():
        learner.fit(2)
        if training.ends_twice:
            learner.validate()
            callback.fitlog_run.conclude()
    if training.processes > 1:
        torch.distributed.barrier()  # else the one that is left behind is aborted
        torch.distributed.destroy_process_group()
    told.unchanged = bool((table == kept).all())


if __name__ == "__main__":
    conduct(make, learn)
