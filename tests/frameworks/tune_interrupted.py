"""An experiment of Ray Tune that waits to be interrupted, and goes on once it is restored."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import ray
from ray import tune

from fitlog_plugins.ray_tune import FitlogCallback

HERE = os.getcwd()


def train(config: dict[str, Any]) -> None:
    """Report results, each with a checkpoint, until there is a file ``go``."""
    kept = tune.get_checkpoint()
    done = 0
    if kept is not None:
        with kept.as_directory() as folder:
            done = int(Path(folder, "done").read_text("utf-8"))
    is_over = False
    while not is_over:
        is_over = os.path.exists(os.path.join(HERE, "go"))
        done += 1
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "done").write_text(str(done), "utf-8")
            kept = tune.Checkpoint.from_directory(folder)
            tune.report({"acc": config["x"] + done}, checkpoint=kept)
        time.sleep(0.1)


def tuner() -> tune.Tuner:
    """Return the experiment: a new one, or the one that was interrupted."""
    storage = os.path.join(HERE, "results")
    if sys.argv[1:] == ["restore"]:
        return tune.Tuner.restore(os.path.join(storage, "tuning"), trainable=train)
    config = tune.RunConfig(
        name="tuning",
        storage_path=storage,
        verbose=0,
        callbacks=[FitlogCallback("logs", commit=False)],
    )
    return tune.Tuner(train, param_space={"x": tune.grid_search([1, 2])}, run_config=config)


if __name__ == "__main__":
    ray.init(address=os.environ["RAY_ADDRESS"], log_to_driver=False)
    tuner().fit()
