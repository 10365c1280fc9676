"""The conformance suite's program for PyTorch Ignite."""

from __future__ import annotations

from typing import Any

import torch
from conformance import Told, Training
from ignite.engine import Engine
from program_tools import conduct

from fitlog_plugins.ignite import FitlogLogger


def make(training: Training) -> FitlogLogger:
    return FitlogLogger(training.log_dir, hyper={"width": 1}, commit=False)


def learn(training: Training, logger: FitlogLogger, told: Told) -> None:
    layer = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.125)
    outputs: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def step(engine: Engine, batch: torch.Tensor) -> dict[str, Any]:
        if engine.state.iteration - 1 == training.fail_at:
            raise RuntimeError("planned failure")
        loss = layer(batch).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        output = {"loss": loss.detach(), "acc": 0.5}
        outputs.append((output, dict(output)))
        return output

    trainer = Engine(step)
    logger.attach(trainer, optimizer=optimizer)
    trainer.run([torch.ones(1, 2)] * (training.steps // 2), max_epochs=2)
    if training.ends_twice:
        logger.run.conclude()
    told.unchanged = all(output == kept for output, kept in outputs)


if __name__ == "__main__":
    conduct(make, learn)
