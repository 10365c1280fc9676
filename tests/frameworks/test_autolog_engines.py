"""Ignite, fastai, Ray Tune and Hydra record by themselves, and are what they are without us."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from conformance import runs_in
from test_autolog_callbacks import done, inside, states

from fitlog_core.reading.reader import RunReader

AUTOLOG = "import fitlog\nfitlog.autolog()\n"
IGNITE = """
import torch
from ignite.engine import Engine, Events
from ignite.metrics import Loss
torch.manual_seed(0)
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), 0.25)
data, other, last = [torch.ones(4, 2)] * 3, [torch.ones(4, 2)], [torch.ones(4, 2)]
def step(engine, batch):
    loss = model(batch).square().mean()
    loss.backward()
    if engine.state.iteration % 2 == 0:  # gradients of two batches add up
        optimizer.step()
        optimizer.zero_grad()
    return loss.item()
trainer = Engine(step)
evaluator = Engine(lambda engine, batch: (model(batch).detach(), torch.zeros(4, 1)))
Loss(torch.nn.functional.mse_loss).attach(evaluator, "mse_loss")
@trainer.on(Events.EPOCH_COMPLETED)
def evaluate(engine):
    evaluator.run(other)
    evaluator.run(data)
def handlers():
    return [sum(map(len, each._event_handlers.values())) for each in (trainer, evaluator)]
"""
FASTAI = """
import copy, io
import torch
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.optimizer import SGD
torch.manual_seed(0)
rows = [(row, row[:1]) for row in torch.rand(8, 3)]
loaders = DataLoaders(DataLoader(rows, bs=2), DataLoader(rows, bs=2))
def learner(**given):
    return Learner(loaders, torch.nn.Linear(3, 1), loss_func=torch.nn.functional.mse_loss,
                   opt_func=SGD, lr=0.1, **given)
def callbacks(learner):
    return [type(each).__name__ for each in learner.cbs]
"""
HYDRA = """
import hydra
@hydra.main(config_path=None, config_name=None, version_base="1.3")
def main(config):
    BODY
    return config.lr
main()
"""


def curves(run: RunReader) -> dict[str, list[int]]:
    return {name: list(series.steps) for name, series in run.series().items()}


def test_an_engine_of_ignite_that_trains_records_with_what_is_evaluated(tmp_path: Path) -> None:
    code = (
        IGNITE
        + """
before = handlers()
state = trainer.run(data, max_epochs=2)
evaluator.run(last)
Engine(lambda engine, batch: 1.0).run([1, 2])
assert handlers() == before
print(state.iteration, state.output, [each.sum().item() for each in model.parameters()])
"""
    )
    plain = done(tmp_path, code, "-W", "ignore")
    assert done(tmp_path, code).stdout == plain.stdout
    (run,) = runs_in(tmp_path / "logs")
    assert curves(run) == {
        "loss-train-loss": [1, 2, 3, 4, 5, 6],
        "loss-val-mse_loss": [3, 6],
        "loss-train_eval-mse_loss": [3, 6],
        "loss-test-mse_loss": [6],
    }
    assert run.row()["hyper-optimizer-lr"] == 0.25
    assert states(tmp_path) == ["finished"]


def test_an_exception_in_an_engine_ends_its_run_and_the_next_one_is_another(tmp_path: Path) -> None:
    code = """
def failing(engine):
    raise ValueError("my own")
with trainer.add_event_handler(Events.ITERATION_COMPLETED(once=2), failing):
    try:
        trainer.run(data)
    except ValueError as error:
        print(error)
Engine(step).run(data)
from fitlog_plugins.ignite import FitlogLogger
own = Engine(step)
FitlogLogger("own", commit=False).attach(own, evaluators={"dev": evaluator})
own.add_event_handler(Events.EPOCH_COMPLETED, evaluate)
own.run(data)
"""
    printed = inside(tmp_path, IGNITE + AUTOLOG + code)
    assert printed == "my own\n"
    assert states(tmp_path) == ["error", "finished"]
    (run,) = runs_in(tmp_path / "own")
    assert curves(run) == {"loss-train-loss": [1, 2, 3], "loss-dev-mse_loss": [3]}


def test_fits_of_a_learner_are_a_run_and_its_pickles_have_nothing_of_ours(tmp_path: Path) -> None:
    code = (
        FASTAI
        + """
class Copying(Callback):
    def after_epoch(self):
        copied, file = copy.deepcopy(self.learn.cbs), io.BytesIO()
        torch.save(self.learn.cbs, file)
        assert b"fitlog" not in file.getvalue()
learn = learner()
with learn.no_logging():
    learn.fit(2, cbs=Copying())
    learn.fit(1, cbs=[Copying])
    copied = copy.deepcopy(learn)
print(callbacks(learn), callbacks(copied), learn.recorder.values)
"""
    )
    plain = done(tmp_path, code, "-W", "ignore")
    assert done(tmp_path, code).stdout == plain.stdout
    (run,) = runs_in(tmp_path / "logs")
    assert curves(run)["loss-train-loss"] == list(range(1, 13))
    assert curves(run)["loss-val-loss"] == [4, 8, 12]
    assert states(tmp_path) == ["finished"]


def test_an_exception_in_a_fit_ends_its_run_and_a_callback_of_ours_is_the_only_one(
    tmp_path: Path,
) -> None:
    code = """
from fitlog_plugins.fastai import FitlogCallback
class Failing(Callback):
    def after_epoch(self):
        raise ValueError("my own")
failing = learner(cbs=Failing())
try:
    with failing.no_logging():
        failing.fit(1)
except ValueError:
    print(callbacks(failing))
own = learner(cbs=FitlogCallback("own", commit=False))
with own.no_logging():
    own.fit(1)
print(callbacks(own))
"""
    printed = inside(tmp_path, FASTAI + AUTOLOG + code)
    assert len(re.findall("Failing", printed)) == 1
    assert len(re.findall("Fitlog", printed)) == 1
    assert states(tmp_path) == ["error"]
    assert len(runs_in(tmp_path / "own")) == 1


def test_each_job_of_hydra_is_a_run_with_what_is_trained_in_it(tmp_path: Path) -> None:
    body = """
    import numpy, xgboost
    table = numpy.ones((8, 2))
    data = xgboost.DMatrix(table, table[:, 0])
    xgboost.train({}, data, 2, evals=[(data, "train")], verbose_eval=False)
    print(hydra.core.hydra_config.HydraConfig.get().callbacks)
"""
    code = "import sys\nsys.argv += ['-m', '+lr=0.5,0.25']\n" + HYDRA.replace("BODY", body)
    plain = done(tmp_path, code, "-W", "ignore")
    recorded = done(tmp_path, code)
    lines = [line for line in plain.stdout.splitlines() if "HYDRA" not in line]
    assert [line for line in recorded.stdout.splitlines() if "HYDRA" not in line] == lines
    found = runs_in(tmp_path / "logs")
    assert [curves(run) for run in found] == [{"metric-train-rmse": [0, 1]}] * 2
    rows = [run.row() for run in found]
    assert [row["hyper-lr"] for row in rows] == [0.5, 0.25]
    assert [row["metric-result"] for row in rows] == [0.5, 0.25]
    assert [row["other-sweep-number"] for row in rows] == [0, 1]
    assert not [name for row in rows for name in row if name.startswith("hyper-hydra")]
    assert states(tmp_path) == ["finished", "finished"]


@pytest.mark.parametrize(
    ("recording", "hyper"),
    [
        ("fitlog.set_log_dir('own'); fitlog.add_loss(0.5, 1, 'a')", {"hyper-lr": 1}),
        ("run = fitlog.Run('own'); run.add_loss(0.5, 1, 'a'); run.finish()", {}),
    ],
)
def test_a_job_that_records_itself_has_one_run(
    recording: str, hyper: dict[str, Any], tmp_path: Path
) -> None:
    code = "import sys\nsys.argv += ['+lr=1']\n" + AUTOLOG + HYDRA.replace("BODY", recording)
    inside(tmp_path, code)
    (run,) = runs_in(tmp_path / "own")
    assert {name: of for name, of in run.row().items() if name.startswith("hyper-")} == hyper
    assert runs_in(tmp_path / "logs") == []


def test_a_job_that_raises_is_an_error_and_hydra_ends_as_without_us(tmp_path: Path) -> None:
    code = "import sys\nsys.argv += ['+lr=1']\n" + HYDRA.replace("BODY", "1 / 0")
    plain = done(tmp_path, code, "-W", "ignore", fails=True)
    recorded = done(tmp_path, code, fails=True)
    assert recorded.stderr == plain.stderr
    (run,) = runs_in(tmp_path / "logs")
    assert run.meta["error"].startswith("SystemExit") or "ZeroDivision" in run.meta["error"]
    assert states(tmp_path) == ["error"]


def test_each_trial_of_ray_tune_is_a_run_and_the_tuner_is_pickled_without_us(
    tmp_path: Path,
) -> None:
    code = """
import os, pathlib
os.environ["RAY_AUTH_MODE"] = "disabled"
import ray
from ray import tune
import fitlog
fitlog.autolog()
def train(config):
    for step in range(2):
        tune.report({"accuracy": config["x"] - step})
ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
place = os.path.abspath("ray")
tuner = tune.Tuner(train, param_space={"x": tune.grid_search([1, 2])},
                   tune_config=tune.TuneConfig(metric="accuracy", mode="max"),
                   run_config=tune.RunConfig(name="mine", verbose=0, storage_path=place))
print("best", tuner.fit().get_best_result().config)
assert b"fitlog" not in pathlib.Path(place, "mine", "tuner.pkl").read_bytes()
"""
    assert "best {'x': 2}" in inside(tmp_path, code)
    found = runs_in(tmp_path / "logs")
    assert [curves(run) for run in found] == [{"metric-accuracy": [1, 2]}] * 2
    assert [run.row()["hyper-x"] for run in found] == [1, 2]
    assert [run.row()["metric-accuracy"] for run in found] == [1, 2]
    assert {run.row()["other-sweep-name"] for run in found} == {"mine"}
    assert states(tmp_path) == ["finished", "finished"]
