"""Scripts with wandb's own callbacks train as before, and what the framework tells is recorded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conformance import runs_in

DATA = """
import numpy
table = numpy.random.default_rng(0).random((80, 3)).astype("float32")
labels = (table[:, 0] > 0.5).astype("float32")
"""
XGBOOST = f"""
import wandb, xgboost
from wandb.integration.xgboost import WandbCallback
{DATA}
run = wandb.init(project="p", config={{"max_depth": 2}})
data = xgboost.DMatrix(table, labels)
model = xgboost.train(
    {{"max_depth": run.config.max_depth, "objective": "binary:logistic"}}, data, 4,
    evals=[(data, "train")], callbacks=[WandbCallback(log_model=True)], verbose_eval=False,
)
wandb.log({{"final": float(model.predict(data).mean())}})
run.finish()
print("rounds", model.num_boosted_rounds())
"""
KERAS = f"""
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras, wandb
from wandb.integration.keras import WandbMetricsLogger, WandbModelCheckpoint
{DATA}
wandb.init(project="p", config={{"lr": 0.125}})
model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(wandb.config.lr), loss="mse")
history = model.fit(
    table, labels, epochs=2, batch_size=40, verbose=0,
    callbacks=[WandbMetricsLogger(log_freq=5), WandbModelCheckpoint("models")],
)
wandb.finish()
print("epochs", len(history.history["loss"]))
"""
OLD_KERAS = KERAS.replace(
    "from wandb.integration.keras import WandbMetricsLogger, WandbModelCheckpoint",
    "from wandb.keras import WandbCallback",
).replace(
    'WandbMetricsLogger(log_freq=5), WandbModelCheckpoint("models")',
    'WandbCallback(monitor="loss", save_model=False)',
)

BASELINES = """
import gymnasium, wandb
from stable_baselines3 import PPO
from wandb.integration.sb3 import WandbCallback
run = wandb.init(project="p", config={"steps": 32}, sync_tensorboard=True)
model = PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, n_epochs=1, device="cpu")
model.learn(run.config.steps, callback=WandbCallback(model_save_path="models", verbose=2))
wandb.log({"seen": model.num_timesteps})
run.finish()
print("steps", model.num_timesteps)
"""


def under_fitlog(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "train.py").write_text(script)
    command = [sys.executable, "-m", "fitlog", "run", "--no-commit", "--wandb", "train.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    ("script", "printed", "curves", "said"),
    [
        (XGBOOST, "rounds 4\n", {"loss-train-logloss", "metric-final"}, "xgboost.WandbCallback"),
        (KERAS, "epochs 2\n", {"loss-train-loss"}, "keras.WandbMetricsLogger"),
        (OLD_KERAS, "epochs 2\n", {"loss-train-loss"}, "keras.WandbCallback"),
        (BASELINES, "steps 32\n", {"metric-seen"}, "sb3.WandbCallback"),
    ],
    ids=["xgboost", "keras", "keras as it was", "stable-baselines3"],
)
def test_a_training_with_wandbs_callback_goes_on_and_is_one_run(
    script: str, printed: str, curves: set[str], said: str, tmp_path: Path
) -> None:
    done = under_fitlog(script, tmp_path)
    assert (done.returncode, done.stdout) == (0, printed), done.stderr
    (run,) = runs_in(tmp_path / "logs")
    assert curves <= run.series().keys()
    assert done.stderr.count(said) == 1
    assert "Traceback" not in done.stderr
