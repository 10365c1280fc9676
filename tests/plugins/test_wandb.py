"""The stand-in for wandb: what scripts call is recorded, and what is not says so once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fitlog_core import log_format
from fitlog_core.reading.reader import RunReader

Script = Callable[..., "subprocess.CompletedProcess[str]"]

# Patterns of public training scripts, in words of our own.
CONFIG_FILE_LOOP = """
import math
wandb_log, wandb_project, wandb_run_name = True, "owt", "gpt2-small"
learning_rate, max_iters, eval_interval = 6e-4, 4, 2
kinds = (int, float, bool, str)
names = [k for k, v in globals().items() if not k.startswith("_") and type(v) in kinds]
config = {k: globals()[k] for k in names}
if wandb_log:
    import wandb
    wandb.init(project=wandb_project, name=wandb_run_name, config=config)
for iter_num in range(max_iters + 1):
    if iter_num % eval_interval == 0:
        losses = {"train": math.exp(-iter_num), "val": math.exp(-iter_num) + 0.1}
        if wandb_log:
            wandb.log({"iter": iter_num, "train/loss": losses["train"], "val/loss": losses["val"],
                       "lr": learning_rate, "mfu": -100.0})
"""
EXAMPLE_OF_DIGITS = """
import argparse
import numpy as np
import wandb
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01)
args = parser.parse_args()
wandb.login()
run = wandb.init(project="digits", tags=["cnn", "baseline"], notes="first try")
wandb.config.update(args)
wandb.config.batch_size = 64
wandb.define_metric("test/accuracy", summary="max")
wandb.watch(object(), log="all", log_freq=10)
for epoch in range(1, 3):
    digit = np.zeros((8, 8), dtype=np.uint8)
    examples = [wandb.Image(digit, caption=f"Pred: {i}") for i in range(2)]
    wandb.log({"examples": examples, "test/accuracy": [0.9, 0.8][epoch - 1], "test/loss": 0.4,
               "epoch": epoch}, step=epoch)
wandb.run.summary["final"] = 0.8
print(wandb.config.lr, wandb.config["batch_size"], run.config.get("nothing"), wandb.run.name)
wandb.save("model.pt")
wandb.log({"table": wandb.Table(columns=["a"], data=[[1]]), "hist": wandb.Histogram([1, 2])})
artifact = wandb.Artifact("model", type="model")
artifact.add_file("model.pt")
run.log_artifact(artifact)
wandb.finish()
print(wandb.run)
"""
SUMMARY_OF_EPOCHS = """
from argparse import Namespace
from collections import OrderedDict
try:
    import wandb
    has_wandb = True
except ImportError:
    has_wandb = False
args = Namespace(experiment="imagenet", lr=0.5, aug=None, mean=(0.5, 0.4), log_wandb=True)
if args.log_wandb and has_wandb:
    wandb.init(project=args.experiment, config=args)
def update_summary(epoch, train_metrics, eval_metrics):
    rowd = OrderedDict(epoch=epoch)
    rowd.update([("train_" + k, v) for k, v in train_metrics.items()])
    rowd.update([("eval_" + k, v) for k, v in eval_metrics.items()])
    if args.log_wandb:
        wandb.log(rowd)
for epoch in range(2):
    trained = OrderedDict(loss=1.0 / (epoch + 1))
    update_summary(epoch, trained, OrderedDict(loss=2.0, top1=70.0 + epoch))
"""


def only_run(folder: Path) -> Path:
    (meta,) = folder.rglob("log_*/meta.log")
    return meta.parent


def curves(run: Path) -> dict[str, list[tuple[int, float]]]:
    return {
        key: list(zip(series.steps, series.values, strict=True))
        for key, series in RunReader(run).series().items()
    }


def objects(run: Path, kind: str) -> dict[str, object]:
    said: dict[str, object] = {}
    for line in (run / f"{kind}.log").read_text("utf-8").splitlines():
        said.update(next(iter(json.loads(line).values())))
    return said


def test_a_loop_with_a_configuration_file_runs_unedited(
    under_fitlog: Script, tmp_path: Path
) -> None:
    done = under_fitlog(CONFIG_FILE_LOOP)
    assert (done.stdout, done.stderr) == ("", "")
    run = only_run(tmp_path)
    assert objects(run, "hyper")["learning_rate"] == 6e-4
    assert objects(run, "other")["wandb"] == {"project": "owt", "name": "gpt2-small"}
    assert [step for step, _ in curves(run)["loss-val-loss"]] == [0, 1, 2]
    assert [value for _, value in curves(run)["metric-iter"]] == [0, 2, 4]
    assert log_format.read_meta(run)["state"] == "finish"


def test_an_example_with_images_and_a_summary_runs_unedited(
    under_fitlog: Script, tmp_path: Path
) -> None:
    done = under_fitlog(EXAMPLE_OF_DIGITS, "--lr", "0.1")
    run = only_run(tmp_path)
    assert done.stdout == f"0.1 64 None {run.name}\nNone\n"
    assert objects(run, "hyper") == {"lr": 0.1, "batch_size": 64}
    assert curves(run)["metric-test-accuracy"] == [(1, 0.9), (2, 0.8)]
    assert objects(run, "best_metric") == {"test": {"accuracy": 0.9}, "final": 0.8}
    assert len(list(run.glob("images/**/*.png"))) == 4
    said = done.stderr.splitlines()
    assert [line for line in said if "wandb.watch" in line] == [
        "fitlog: wandb.watch does nothing: gradients and weights are not recorded by fitlog"
    ]
    for name in ("save", "Table", "Histogram", "Artifact", "run.log_artifact", "Image's caption"):
        assert sum(f"wandb.{name} is not recorded" in line for line in said) == 1, name


def test_a_summary_of_epochs_from_a_namespace_runs_unedited(
    under_fitlog: Script, tmp_path: Path
) -> None:
    assert under_fitlog(SUMMARY_OF_EPOCHS).stderr == ""
    run = only_run(tmp_path)
    assert curves(run)["metric-eval_top1"] == [(0, 70.0), (1, 71.0)]
    assert curves(run)["loss-train_loss"] == [(0, 1.0), (1, 0.5)]
    assert objects(run, "hyper")["lr"] == 0.5


def test_switched_off_it_records_nothing_and_goes_on(under_fitlog: Script, tmp_path: Path) -> None:
    under_fitlog(CONFIG_FILE_LOOP, WANDB_MODE="disabled")
    assert objects(only_run(tmp_path), "hyper") == {}


@pytest.mark.parametrize(
    "body",
    [
        "wandb.init(config=config)\n    wandb.log({'loss': 1.0})\n    wandb.finish()",
        "run = wandb.init(config=config)\n    run.log({'loss': 1.0})\n    run.finish()",
        "with wandb.init(config=config) as run:\n        run.log({'loss': 1.0})",
    ],
)
def test_two_runs_in_one_process_are_two(
    body: str, run_python_script: Script, tmp_path: Path
) -> None:
    run_python_script(
        "import fitlog_plugins.wandb as wandb\n"
        "for seed in range(2):\n"
        f"    config = {{'seed': seed}}\n    {body}\n    assert wandb.run is None\n"
    )
    runs = sorted(path.parent for path in tmp_path.rglob("log_*/meta.log"))
    assert [objects(run, "hyper") for run in runs] == [{"seed": 0}, {"seed": 1}]
    assert {log_format.read_meta(run)["state"] for run in runs} == {"finish"}


def test_a_named_step_and_a_step_metric_say_where_values_belong(
    run_python_script: Script, tmp_path: Path
) -> None:
    run_python_script(
        "import fitlog_plugins.wandb as wandb\n"
        "wandb.init()\n"
        "wandb.define_metric('batch')\n"
        "wandb.define_metric('train/*', step_metric='batch')\n"
        "wandb.log({'train/acc': 0.5, 'batch': 640})\n"
        "wandb.log({'a': 1}, step=7)\n"
        "wandb.log({'b': 2})\n"
        "wandb.log({'c': 3}, commit=False)\n"
        "wandb.log({'d': 4})\n"
    )
    found = curves(only_run(tmp_path))
    steps = {name: points[0][0] for name, points in found.items()}
    assert steps == {
        "metric-train-acc": 640,
        "metric-a": 7,
        "metric-b": 7,
        "metric-c": 8,
        "metric-d": 8,
    }


def test_wrong_values_are_told_once_and_never_raise(
    run_python_script: Script, tmp_path: Path
) -> None:
    done = run_python_script(
        "import fitlog_plugins.wandb as wandb\n"
        "wandb.log({'loss': 1})\n"
        "wandb.init(id='abc', resume='allow')\n"
        "for step in (-1, 'x', 2.5):\n"
        "    wandb.log({'loss': 1, 'odd': object(), 'text': 'x'}, step=step)\n"
        "wandb.log(3)\n"
        "wandb.Image(3)\n"
        "wandb.log({'picture': wandb.Image(3)})\n"
        "wandb.alert(title='a', text='b')\n"
        "isinstance(3, wandb.Table)\n"
        "wandb.plot.line_series(xs=[1], ys=[[1]])\n"
        "with wandb.run.no_such_thing() as it: it.whatever(1)\n"
        "print('to the end')"
    )
    assert done.stdout == "to the end\n"
    for said in ("before wandb.init", "id and resume", "'odd' is no number", "wandb.alert"):
        assert done.stderr.count(said) == 1, said
    assert "Traceback" not in done.stderr


def test_modules_of_wandb_are_imported_whatever_they_are_called(
    under_fitlog: Script, tmp_path: Path
) -> None:
    done = under_fitlog(
        "import wandb, wandb.plot, wandb.sdk as sdk\n"
        "from wandb.errors import CommError, UsageError\n"
        "from wandb.sdk.wandb_run import Run\n"
        "from wandb.data_types import Image as Picture\n"
        "from wandb.integration.keras import WandbMetricsLogger\n"
        "from wandb.integration.sb3 import WandbCallback\n"
        "from wandb.util import generate_id\n"
        "from wandb.apis import public\n"
        "assert isinstance(wandb.init(), Run) and Picture is wandb.Image\n"
        "assert len(generate_id()) == 8\n"
        "assert tuple(map(int, wandb.__version__.split('.')[:2])) > (0, 15)\n"
        "try:\n    raise ValueError('its own')\n"
        "except (CommError, UsageError, wandb.Error, wandb.errors.CommError):\n    print('wrong')\n"
        "except ValueError as error:\n    print(error)\n"
    )
    assert (done.stdout, done.stderr) == ("its own\n", "")


def test_what_a_script_asks_of_its_run_has_an_answer(
    run_python_script: Script, tmp_path: Path
) -> None:
    done = run_python_script(
        "import fitlog_plugins.wandb as wandb, os, pickle\n"
        "run = wandb.init(project='p', tags=['a'], config={'lr': 1})\n"
        "assert not run.resumed and not run.sweep_id and not run.no_such_thing\n"
        "run.tags += ('b',)\n"
        "assert run.tags == ('a', 'b') and run.path == f'p/{run.id}'\n"
        "wandb.define_metric('acc', summary='max')\n"
        "for acc in (0.9, 0.8):\n    wandb.log({'acc': acc, 'loss': 1 - acc})\n"
        "assert run.summary['acc'] == 0.9 and abs(wandb.summary['loss'] - 0.2) < 1e-6\n"
        "del wandb.config.lr\n"
        "assert not hasattr(wandb.config, 'lr') and pickle.loads(pickle.dumps(run)).id == run.id\n"
        "table = wandb.Table(columns=['x', 'y'], data=[[1, 2]])\n"
        "table.add_data(3, 4)\n"
        "table.add_column('z', [5, 6])\n"
        "assert table.get_column('z') == [5, 6] and table.columns == ['x', 'y', 'z']\n"
        "assert list(table.iterrows()) == [(0, [1, 2, 5]), (1, [3, 4, 6])]\n"
        "with wandb.Artifact('a', type='b').new_file('x') as file: file.write('text')\n"
        "assert [each for each in wandb.Api().runs('p')] == []\n"
        "wandb.finish()\n"
        "off = wandb.init(mode='disabled')\n"
        "assert off.id and off.name and os.path.isdir(off.dir) and off.disabled\n"
        "print('to the end')\n"
    )
    assert done.stdout == "to the end\n"
    (run,) = [path.parent for path in tmp_path.rglob("log_*/meta.log")]
    assert objects(run, "other")["wandb"] == {"project": "p", "tags": "a, b"}
    assert objects(run, "best_metric") == {"acc": 0.9}


def test_pictures_look_as_wandb_shows_them(run_python_script: Script, tmp_path: Path) -> None:
    done = run_python_script(
        "import numpy as np, fitlog_plugins.wandb as wandb\n"
        "wandb.init()\n"
        "ramp = np.linspace(0, 1, 64).reshape(8, 8)\n"
        "wandb.log({'plain': wandb.Image(ramp), 'bytes': wandb.Image(ramp * 255),\n"
        "           'normal': wandb.Image(ramp * 4 - 2),\n"
        "           'whole': wandb.Image((ramp * 255).astype(int)),\n"
        "           'batch': wandb.Image(np.zeros((3, 4, 4, 3)))})\n"
    )
    assert done.stderr == ""
    found = {path.parent.name: path.read_bytes() for path in tmp_path.rglob("images/*/*.png")}
    assert found["plain"] == found["bytes"] == found["normal"]
    assert len(list(tmp_path.rglob("images/**/*.png"))) == 7


def test_the_environment_says_what_init_does_not(under_fitlog: Script, tmp_path: Path) -> None:
    under_fitlog("import wandb; wandb.init(name='n')", WANDB_PROJECT="p", WANDB_TAGS="a,b")
    said = {"project": "p", "name": "n", "tags": "a, b"}
    assert objects(only_run(tmp_path), "other")["wandb"] == said
    under_fitlog("import wandb; assert wandb.init().disabled", WANDB_DISABLED="true")


def test_what_is_no_part_of_the_api_of_a_module_is_missing() -> None:
    import fitlog_plugins.wandb as wandb

    assert not hasattr(wandb, "__path_of_nothing__")
    assert wandb.run is None


@pytest.fixture
def run_python_script(tmp_path: Path) -> Script:
    """Return a function that runs code in a folder of its own."""

    def run(code: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "script.py").write_text(code, "utf-8")
        return subprocess.run(
            [sys.executable, "script.py"],
            cwd=tmp_path,
            env={**os.environ, "FITLOG_FLAG": "NO_COMMIT"},
            capture_output=True,
            encoding="utf-8",
            check=True,
            timeout=60,
        )

    return run
