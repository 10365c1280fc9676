"""``fitlog demo``: a real project with a dozen real runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from fitlog_core.cli import demo as demo_module
from fitlog_core.cli.demo import LEARNING_RATES, SEEDS, WIDTHS
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.reader import RunReader, State

FITLOG = [sys.executable, "-m", "fitlog"]
COUNT = len(LEARNING_RATES) * len(WIDTHS) * len(SEEDS)


def demo(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*FITLOG, "demo", *arguments], cwd=cwd, capture_output=True, encoding="utf-8", timeout=500
    )


def sums_in_order() -> dict[str, str]:
    """An environment as the demo trains in: as many threads add up the same numbers."""
    return {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, float]:
    """The folder of a whole demo, what it printed, and the seconds of CPU it took."""
    place = tmp_path_factory.mktemp("demo")
    before = os.times()
    done = demo("--no-board", cwd=place)
    after = os.times()
    assert done.returncode == 0, done.stderr
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return place / "fitlog-demo", done.stdout, cpu


@pytest.fixture(scope="module")
def runs(made: tuple[Path, str, float]) -> list[RunReader]:
    return runs_in(made[0] / "logs")


def runs_in(folder: Path) -> list[RunReader]:
    logs = LogDirectory(folder)
    logs.refresh()
    return [logs.run(run_id) for run_id in logs.ids()]


# What a user may have made of the demo's script: the first line is the template's.
QUICK_SCRIPT = """
import argparse
import fitlog

parser = argparse.ArgumentParser()
for name in ("lr", "width", "seed"):
    parser.add_argument(f"--{name}", type=float)
args = parser.parse_args()
fitlog.set_log_dir("logs")
fitlog.add_hyper(args)
fitlog.add_best_metric({"test": {"acc": 0.95}})
fitlog.finish()
"""


def quick_demo(place: Path, more: str = "") -> Path:
    """Make a demo's folder whose user has replaced the training by something quick."""
    folder = place / "mine"
    made = subprocess.run([*FITLOG, "init", str(folder)], capture_output=True, encoding="utf-8")
    assert made.returncode == 0, made.stderr
    template = Path(demo_module.__file__).parent / "demo_project" / "train.py"
    first_line = template.read_text("utf-8").partition("\n")[0]
    script = f'{first_line}"""\n{QUICK_SCRIPT}{more}'
    (folder / "train.py").write_text(script, encoding="utf-8")
    return folder


def test_it_trains_every_setting_and_seed_once(runs: list[RunReader]) -> None:
    settings = {(run.hyper["lr"], run.hyper["width"], run.hyper["seed"]) for run in runs}
    assert len(runs) == len(settings) == COUNT


def test_every_run_is_finished_with_code_curves_and_progress(runs: list[RunReader]) -> None:
    for run in runs:
        assert run.state() is State.FINISHED
        assert re.fullmatch("[0-9a-f]{8}", run.meta["fit_id"])
        losses = run.series()["loss-Loss"]
        assert len(losses.steps) == run.total_steps == run.last_step
        assert len(run.series()["metric-dev-acc"].steps) == run.hyper["epochs"]
        assert 0 < losses.values[-1] < losses.values[0]


def test_the_table_shows_accuracies_above_09_that_differ_between_settings(
    made: tuple[Path, str, float], runs: list[RunReader]
) -> None:
    rows = re.findall(r"^ *([\d.]+) +(\d+) +2   (0\.\d{4}) ± 0\.\d{4}$", made[1], re.MULTILINE)
    shown = {(float(rate), int(width)): float(mean) for rate, width, mean in rows}
    assert set(shown) == {(rate, width) for rate in LEARNING_RATES for width in WIDTHS}
    assert len(set(shown.values())) == len(shown)
    for (rate, width), mean in shown.items():
        own = [
            run.best_metric["test"]["acc"]
            for run in runs
            if (run.hyper["lr"], run.hyper["width"]) == (rate, width)
        ]
        assert min(own) > 0.9
        assert mean == pytest.approx(sum(own) / len(own), abs=1e-4)


def test_it_says_where_the_project_and_the_runs_are(made: tuple[Path, str, float]) -> None:
    assert f"The project: {made[0]}" in made[1]
    assert f"The runs, plain text: {made[0] / 'logs'}" in made[1]


def test_it_takes_well_under_two_minutes_on_two_cores(made: tuple[Path, str, float]) -> None:
    """Counted as CPU, for a busy machine takes longer by the clock."""
    assert made[2] / 2 < 60


def test_its_script_reads_like_one_to_copy(made: tuple[Path, str, float]) -> None:
    text = (made[0] / "train.py").read_text("utf-8")
    assert len(text.splitlines()) < 75
    assert sorted(path.name for path in made[0].iterdir()) == [
        ".fitconfig",
        ".fitlog",
        "logs",
        "train.py",
    ]


def test_its_code_versions_are_listed(made: tuple[Path, str, float]) -> None:
    listed = subprocess.run(
        [*FITLOG, "list"], cwd=made[0], capture_output=True, encoding="utf-8", check=True
    )
    assert listed.stdout.count("--lr 0.004 --width 16 --seed 1") == 1


def test_the_same_seed_gives_the_same_numbers(
    made: tuple[Path, str, float], runs: list[RunReader], tmp_path: Path
) -> None:
    first = min(runs, key=lambda run: run.id)
    settings = [
        f"--{name.replace('_', '-')}={first.hyper[name]}" for name in ("lr", "width", "seed")
    ]
    subprocess.run(
        [sys.executable, str(made[0] / "train.py"), *settings],
        cwd=tmp_path,
        env=sums_in_order(),
        capture_output=True,
        check=True,
    )
    (again,) = runs_in(tmp_path / "logs")
    assert again.best_metric == first.best_metric


def test_an_earlier_demo_goes_on_with_its_script_as_its_user_left_it(tmp_path: Path) -> None:
    folder = quick_demo(tmp_path)
    script = (folder / "train.py").read_bytes()
    done = demo("mine", "--no-board", "--jobs", "3", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Going on with the demo" in done.stdout
    assert (folder / "train.py").read_bytes() == script
    assert len(runs_in(folder / "logs")) == COUNT


@pytest.mark.parametrize("name", ["notes.txt", "train.py"])
def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    done = demo(".", "--no-board", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        f"fitlog: {tmp_path} is not empty and no earlier demo; name another folder: "
        "fitlog demo DIR\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_training_that_fails_is_shown_and_ends_the_demo(tmp_path: Path) -> None:
    quick_demo(tmp_path, "raise RuntimeError('no more memory')\n")
    done = demo("mine", "--no-board", cwd=tmp_path)
    assert done.returncode == 1
    assert "RuntimeError: no more memory" in done.stderr
    assert re.search(r"^fitlog: 'python train.py --lr .* ended with exit code 1", done.stderr, re.M)


def test_a_missing_scikit_learn_is_named_with_the_line_that_installs_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from fitlog_core.cli import main; main(['demo', '--no-board'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pip install scikit-learn" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_debug_in_the_environment_does_not_silence_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITLOG_FLAG", "DEBUG")
    quick_demo(tmp_path)
    assert demo("mine", "--no-board", cwd=tmp_path).returncode == 0


def test_ctrl_c_while_it_trains_ends_the_trainings_too(tmp_path: Path) -> None:
    quick_demo(
        tmp_path, "import os, time\nopen(f'{os.getpid()}.pid', 'x').close()\ntime.sleep(99)\n"
    )
    process = subprocess.Popen(
        [*FITLOG, "demo", "mine"], cwd=tmp_path, stderr=subprocess.PIPE, encoding="utf-8"
    )
    while len(trainings := list((tmp_path / "mine").glob("*.pid"))) < 2:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors.strip()) == (130, "")
    for training in trainings:
        with pytest.raises(ProcessLookupError):
            os.kill(int(training.stem), 0)


def test_it_ends_in_the_board_in_the_foreground_until_ctrl_c(tmp_path: Path) -> None:
    quick_demo(tmp_path)
    process = subprocess.Popen(
        [*FITLOG, "demo", "mine"], cwd=tmp_path, stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        assert process.stdout is not None
        address = next(
            found[0]
            for line in process.stdout
            if (found := re.search(r"http://127\.0\.0\.1:\d+/", line))
        )
        rows = json.load(ask(address + "api/runs"))["runs"]
        assert len(rows) == COUNT
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode in (0, 130)


def ask(address: str) -> urllib.request.addinfourl:  # type: ignore[name-defined]
    """Ask until the server is up."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return urllib.request.urlopen(address, timeout=10)
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_all_models_come_back_from_their_ids_bit_by_bit_after_the_code_went_on(
    made: tuple[Path, str, float], tmp_path: Path
) -> None:
    project = tmp_path / "fitlog-demo"
    shutil.copytree(made[0], project)
    (project / "train.py").write_text("raise SystemExit('not this')\n")
    for run in sorted((project / "logs").glob("log_*")):
        done = subprocess.run(
            [*FITLOG, "rerun", str(run), "--check"],
            cwd=project, env=sums_in_order(), capture_output=True, encoding="utf-8",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "All 2 curves are identical" in done.stdout
