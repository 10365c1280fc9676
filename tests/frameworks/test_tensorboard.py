"""What a script sends to TensorBoard is recorded too, and TensorBoard gets what it always got."""

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

WRITERS = ["torch.utils.tensorboard", "tensorboardX"]
Script = Callable[..., "subprocess.CompletedProcess[str]"]

# Patterns of public training scripts, in words of our own.
TUTORIAL = """
import numpy as np
import torch
from WRITERS import SummaryWriter
writer = SummaryWriter()
for n_iter in range(3):
    writer.add_scalar("Loss/train", torch.tensor(1.0 / (n_iter + 1)), n_iter)
    writer.add_scalar(tag="Accuracy/test", scalar_value=np.float32(n_iter), global_step=n_iter)
    writer.add_scalars("run", {"sin": 0.5, "cos": 0.25}, n_iter)
writer.add_image("noise", torch.zeros(3, 4, 6), 0)
writer.add_image("grey", np.zeros((4, 6), dtype=np.uint8), 0, dataformats="HW")
writer.add_histogram("weights", np.zeros(5), 0)
writer.add_histogram("weights", np.zeros(5), 1)
writer.add_text("note", "first try", 2)
writer.add_hparams({"lr": 0.1, "bsize": 4}, {"hparam/accuracy": 0.9})
writer.flush()
writer.close()
"""
TWO_SPLITS = """
import os
from WRITERS import SummaryWriter
train_writer = SummaryWriter(os.path.join("out", "train"))
val_writer = SummaryWriter(os.path.join("out", "val"))
for epoch in range(2):
    for it in range(2):
        train_writer.add_scalar("loss", 1.0, epoch * 2 + it)
    val_writer.add_scalar("loss", 0.5, epoch)
    val_writer.add_scalar("top1", 70 + epoch)
train_writer.close(); val_writer.close()
"""
REINFORCED = """
import argparse, time
from WRITERS import SummaryWriter
parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, default=2.5e-4)
args = parser.parse_args()
writer = SummaryWriter(f"runs/game__{args.learning_rate}")
rows = "\\n".join(f"|{key}|{value}|" for key, value in vars(args).items())
writer.add_text("hyperparameters", "|param|value|\\n|-|-|\\n%s" % rows)
for update in range(1, 3):
    global_step = update * 128
    writer.add_scalar("charts/episodic_return", 10.0 * update, global_step)
    writer.add_scalar("losses/value_loss", 0.1, global_step)
    writer.add_scalar("charts/SPS", int(global_step / 2), global_step)
writer.close()
"""


@pytest.fixture
def under_fitlog(tmp_path: Path) -> Script:
    """Return a function that runs a script under ``fitlog run``."""

    def run(code: str, writers: str = WRITERS[0]) -> subprocess.CompletedProcess[str]:
        (tmp_path / "script.py").write_text(code.replace("WRITERS", writers), "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "fitlog", "run", "--no-commit", "script.py"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done

    return run


def only_run(folder: Path) -> Path:
    (meta,) = folder.rglob("log_*/meta.log")
    return meta.parent


def curves(run: Path) -> dict[str, list[tuple[int, float]]]:
    found = RunReader(run).series()
    return {key: list(zip(each.steps, each.values, strict=True)) for key, each in found.items()}


def objects(run: Path, kind: str) -> list[object]:
    lines = (run / f"{kind}.log").read_text("utf-8").splitlines()
    return [next(iter(json.loads(line).values())) for line in lines]


def ours(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if line.startswith("fitlog: ")]


@pytest.mark.parametrize("writers", WRITERS)
def test_a_tutorials_calls_are_recorded_unedited(
    writers: str, under_fitlog: Script, tmp_path: Path
) -> None:
    done = under_fitlog(TUTORIAL, writers)
    assert ours(done) == [
        "fitlog: add_histogram of TensorBoard is not recorded; TensorBoard alone gets it"
    ]
    run = only_run(tmp_path / "logs")
    found = curves(run)
    assert found["loss-Loss-train"] == [(0, 1.0), (1, 0.5), (2, pytest.approx(1 / 3))]
    assert found["metric-Accuracy-test"] == [(0, 0), (1, 1), (2, 2)]
    assert found["metric-run-cos"] == [(0, 0.25), (1, 0.25), (2, 0.25)]
    assert objects(run, "hyper") == [{"lr": 0.1, "bsize": 4}]
    assert objects(run, "best_metric") == [{"hparam": {"accuracy": 0.9}}]
    assert (run / "file.log").read_text() == "note at step 2: first try\n"
    assert len(list(run.glob("images/**/*.png"))) == 2
    assert list(tmp_path.glob("runs/**/events.out.tfevents.*"))
    assert log_format.read_meta(run)["state"] == "finish"


@pytest.mark.parametrize("writers", WRITERS)
def test_two_writers_are_told_apart_by_their_folders(
    writers: str, under_fitlog: Script, tmp_path: Path
) -> None:
    under_fitlog(TWO_SPLITS, writers)
    found = curves(only_run(tmp_path / "logs"))
    assert [step for step, _ in found["loss-loss"]] == [0, 1, 2, 3]
    assert found["loss-val-loss"] == [(0, 0.5), (1, 0.5)]
    assert found["metric-val-top1"] == [(0, 70), (1, 71)]


def test_a_script_of_reinforcement_learning_is_recorded_unedited(
    under_fitlog: Script, tmp_path: Path
) -> None:
    assert ours(under_fitlog(REINFORCED)) == []
    run = only_run(tmp_path / "logs")
    assert curves(run)["metric-charts-episodic_return"] == [(128, 10.0), (256, 20.0)]
    assert curves(run)["loss-losses-value_loss"] == [(128, 0.1), (256, 0.1)]
    assert objects(run, "hyper") == [{"learning_rate": 0.00025}]
    assert "|learning_rate|0.00025|" in (run / "file.log").read_text()


def test_figures_are_recorded_before_tensorboard_closes_them(
    under_fitlog: Script, tmp_path: Path
) -> None:
    under_fitlog(
        "from WRITERS import SummaryWriter\n"
        "import numpy as np\n"
        "class Figure:\n"
        "    def savefig(self, file, **named): file.write(open('a.png', 'rb').read())\n"
        "from PIL import Image\n"
        "Image.fromarray(np.zeros((4, 4), dtype=np.uint8)).save('a.png')\n"
        "writer = SummaryWriter('runs/a')\n"
        "try: writer.add_figure('plot', Figure(), 3)\n"
        "except Exception as error: print(type(error).__name__)\n"
    )
    assert len(list(only_run(tmp_path / "logs").glob("images/**/*"))) >= 1


def test_odd_steps_and_values_are_told_and_the_script_goes_on(
    under_fitlog: Script, tmp_path: Path
) -> None:
    done = under_fitlog(
        "from WRITERS import SummaryWriter\n"
        "import numpy as np\n"
        "writer = SummaryWriter('runs/a')\n"
        "writer.add_scalar('a', 1.0, 2.5)\n"
        "writer.add_scalar('b', 1.0, -1)\n"
        "writer.add_scalar('c', float('nan'), np.int64(3))\n"
        "try: writer.add_scalar('d')\n"
        "except TypeError as error: print('as ever')\n"
        "writer.close()"
    )
    assert done.stdout == "as ever\n"
    assert len(ours(done)) == 2
    found = curves(only_run(tmp_path / "logs"))
    assert {name: points[0][0] for name, points in found.items()} == {"metric-a": 2, "metric-c": 3}


def test_what_a_framework_sends_whose_adapter_records_it_is_not_recorded_twice(
    under_fitlog: Script, tmp_path: Path
) -> None:
    (tmp_path / "frame").mkdir()
    (tmp_path / "frame" / "__init__.py").write_text(
        "def log(writer): writer.add_scalar('twice', 1.0, 1)"
    )
    under_fitlog(
        "from tensorboardX import SummaryWriter\n"
        "import frame\n"
        "from fitlog_core.recording.autolog import covers\n"
        "covers('frame')\n"
        "writer = SummaryWriter('runs/a')\n"
        "frame.log(writer)\n"
        "writer.add_scalar('own', 1.0, 1)\n"
    )
    assert list(curves(only_run(tmp_path))) == ["metric-own"]


def test_from_inside_a_script_autolog_does_the_same(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "from torch.utils.tensorboard import SummaryWriter\n"
        "import fitlog, sys\n"
        "fitlog.autolog(); fitlog.autolog()\n"
        "assert 'transformers' not in sys.modules\n"
        "fitlog.set_log_dir('mine')\n"
        "SummaryWriter('runs/a').add_scalar('a', 1.0, 1)\n"
    )
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, check=True)
    assert curves(only_run(tmp_path / "mine")) == {"metric-a": [(1, 1.0)]}
