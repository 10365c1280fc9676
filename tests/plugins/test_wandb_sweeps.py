"""A sweep of wandb's under the stand-in: each of its runs is tried here, and is a run."""

from __future__ import annotations

import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from fitlog_core.errors import ArgumentError
from fitlog_core.log_format import read_meta
from fitlog_core.reading.reader import RunReader
from fitlog_plugins.wandb.search import candidates

Script = Callable[..., "subprocess.CompletedProcess[str]"]

SWEEP = """
import random, wandb
random.seed(0)
grid = {
    "method": "grid", "name": "rates", "metric": {"name": "loss", "goal": "minimize"},
    "parameters": {"lr": {"values": [0.1, 0.2]}, "depth": {"min": 1, "max": 2},
                   "optimizer": {"parameters": {"name": {"value": "sgd"}}}},
}
def train():
    wandb.init(config={"lr": 9, "batch_size": 4})
    wandb.config.update({"depth": 7})
    wandb.log({"loss": wandb.config.lr * wandb.config.depth})
"""


def drawn(parameter: dict[str, Any], count: int = 200) -> list[Any]:
    found = candidates({"method": "random", "parameters": {"x": parameter}})
    return [each["x"] for each in islice(found, count)]


def readers(tmp_path: Path) -> Iterator[RunReader]:
    for folder in sorted((tmp_path / "logs").glob("log_*")):
        reader = RunReader(folder)
        reader.refresh()
        yield reader


def test_a_grid_is_a_run_each_with_the_values_tried(under_fitlog: Script, tmp_path: Path) -> None:
    done = under_fitlog(
        SWEEP + "wandb.agent(wandb.sweep(grid, project='p'), train)\nprint(wandb.run)\n"
    )
    assert done.stdout == "None\n", done.stderr
    runs = list(readers(tmp_path))
    tried = [(run.hyper["lr"], run.hyper["depth"]) for run in runs]
    assert tried == [(0.1, 1), (0.1, 2), (0.2, 1), (0.2, 2)]
    for number, run in enumerate(runs):
        assert run.hyper["batch_size"] == 4
        assert run.hyper["optimizer"] == {"name": "sgd"}
        other = run.other
        assert (other["sweep"]["name"], other["sweep"]["number"]) == ("rates", number)
        assert other["wandb"]["project"] == "p"
        assert read_meta(run.folder)["state"] == "finish"
    assert done.stderr == "fitlog: wandb.config: 'depth' stays what the sweep says\n"


def test_as_many_runs_as_are_asked_for_are_drawn(under_fitlog: Script, tmp_path: Path) -> None:
    done = under_fitlog(
        SWEEP + "grid['method'] = 'bayes'\nnumber = wandb.sweep(grid)\n"
        "wandb.agent(f'me/p/{number}', train, count=3)\n"
        "print(random.random() == random.Random(0).random())\n"
    )
    assert done.stdout == "True\n", done.stderr
    assert len(list(readers(tmp_path))) == 3
    assert "drawn at random" in done.stderr


def test_a_run_that_raises_failed_and_the_next_begins(under_fitlog: Script, tmp_path: Path) -> None:
    done = under_fitlog(
        SWEEP
        + "def fails():\n    train()\n    if wandb.config.depth == 2: raise ValueError('no')\n"
        "wandb.agent(wandb.sweep(grid), fails)\nprint('to the end')\n"
    )
    assert done.stdout == "to the end\n"
    states = [read_meta(run.folder)["state"] for run in readers(tmp_path)]
    assert states == ["finish", "error", "finish", "error"]
    assert done.stderr.count("ValueError: no") == 2


def test_where_the_first_runs_fail_no_more_are_tried(under_fitlog: Script, tmp_path: Path) -> None:
    done = under_fitlog(
        SWEEP + "def fails():\n    train()\n    1 / 0\n"
        "grid['method'] = 'random'\nwandb.agent(wandb.sweep(grid), fails)\nprint('to the end')\n"
    )
    assert done.stdout == "to the end\n"
    assert len(list(readers(tmp_path))) == 3
    assert "the first 3 runs failed; the sweep ends" in done.stderr


def test_ctrl_c_ends_the_sweep_and_the_run(under_fitlog: Script, tmp_path: Path) -> None:
    done = under_fitlog(
        SWEEP + "import os, signal\n"
        "def stopped():\n    train()\n    os.kill(os.getpid(), signal.SIGINT)\n"
        "wandb.agent(wandb.sweep(grid), stopped)\nprint('not reached')\n",
        is_good=False,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGINT, "")
    (run,) = readers(tmp_path)
    assert read_meta(run.folder)["state"] == "error"


def test_what_is_searched_elsewhere_is_told_and_not_trained(
    under_fitlog: Script, tmp_path: Path
) -> None:
    done = under_fitlog(
        SWEEP + "wandb.agent('abcd1234', train)\nwandb.agent(wandb.sweep(grid))\nprint('end')\n"
    )
    assert done.stdout == "end\n"
    assert "needs a sweep of this process" in done.stderr
    assert "needs a function" in done.stderr


@pytest.mark.parametrize(
    ("parameter", "low", "high", "kind"),
    [
        ({"min": 1, "max": 3}, 1, 3, int),
        ({"min": 0.0, "max": 1.0}, 0, 1, float),
        ({"min": 0, "max": 1, "distribution": "uniform"}, 0, 1, float),
        ({"min": 1e-5, "max": 1e-1, "distribution": "log_uniform_values"}, 1e-5, 1e-1, float),
        ({"min": 1e-5, "max": 1e-1, "distribution": "inv_log_uniform_values"}, 1e-5, 1e-1, float),
        ({"min": -2, "max": 0, "distribution": "log_uniform"}, 0.135, 1, float),
        ({"min": 0, "max": 2, "distribution": "inv_log_uniform"}, 0.135, 1, float),
        ({"min": 0, "max": 10, "q": 5, "distribution": "q_uniform"}, 0, 10, float),
        ({"mu": 100, "sigma": 1}, 80, 120, float),
        ({"mu": 0, "sigma": 0.1, "distribution": "log_normal"}, 0.3, 3, float),
        ({"a": 2, "b": 2, "distribution": "beta"}, 0, 1, float),
        ({"parameters": {"y": {"value": 1}}}, None, None, dict),
        ({"value": "same"}, None, None, str),
        ({"values": ["a", "b"], "probabilities": [0.5, 0.5]}, None, None, str),
    ],
    ids=lambda value: value.get("distribution", ",".join(value)) if type(value) is dict else None,
)
def test_values_are_drawn_from_what_is_asked(
    parameter: dict[str, Any], low: float | None, high: float | None, kind: type
) -> None:
    values = drawn(parameter)
    assert all(type(value) is kind for value in values)
    if low is not None and high is not None:
        assert low <= min(values) < max(values) <= high
    if "q" in parameter:
        assert {value % parameter["q"] for value in values} == {0}


def test_a_seed_of_the_script_does_not_make_two_sweeps_alike() -> None:
    parameter = {"min": 0.0, "max": 1.0}
    random.seed(0)
    first = drawn(parameter, 5)
    random.seed(0)
    assert drawn(parameter, 5) != first


@pytest.mark.parametrize(
    ("configuration", "complaint"),
    [
        ({"method": "best", "parameters": {"x": {"value": 1}}}, "method is 'best'"),
        ({"method": "grid"}, "give a dict of them"),
        ({"method": "grid", "parameters": {"x": 3}}, "the parameter 'x' is 3"),
        ({"method": "grid", "parameters": {"x": {"min": 0.0, "max": 1.0}}}, "needs the values"),
        ({"method": "grid", "parameters": {"x": {"values": []}}}, "give a list"),
        ({"method": "random", "parameters": {"x": {"min": 2, "max": 1}}}, "above max"),
        ({"method": "random", "parameters": {"x": {"min": "1", "max": 2}}}, "must be a number"),
        (
            {"method": "random", "parameters": {"x": {"min": 1, "max": 2, "distribution": "no"}}},
            "cannot be drawn",
        ),
        (
            {
                "method": "random",
                "parameters": {"x": {"min": 0, "max": 2, "distribution": "log_uniform_values"}},
            },
            "cannot be drawn",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused_with_the_reason(
    configuration: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ArgumentError, match=complaint):
        candidates(configuration)
