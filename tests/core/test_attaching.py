"""What is attached to a framework records the script's own trainings, in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fitlog_core.reading.reader import RunReader

FRAMEWORK = """
def train(steps, callbacks=()):
    for step in range(steps):
        for callback in callbacks:
            callback(step)
    return steps
"""
PARTS = """
import frame
def folds():
    return [frame.train(2) for _ in range(3)]
def search(objective, trials):
    return [objective(number) for number in range(trials)]
"""
ADAPTER = """
from fitlog_core.recording import attached
from fitlog_core.recording.run import Run
from fitlog_core.recording.training import Training

class Recorder:
    def __init__(self):
        self.training = Training(None, None, False)
        self.training.begin({})
    def __call__(self, step):
        self.training.record({"loss": 1.0 / (step + 1)}, step)

def to_frame(frame):
    attached.attach([frame], "train", add)

def add(call):
    recorder = call.add_first("callbacks", Recorder, Recorder)
    return lambda _, error: recorder.training.end(error)

def to_parts(parts):
    attached.train_parts("frame_parts.folded")
    attached.attach([parts], "search", follow, is_search=True)

def follow(call):
    objective = call.get("objective")
    def followed(number):
        run = Run("logs")
        run.add_other({"sweep": {"number": number}})
        with attached.trial(run):
            answer = objective(number)
        run.create_log_folder()
        run.finish()
        return answer
    call.put("objective", followed)
"""


@pytest.fixture
def done(tmp_path: Path) -> Callable[..., str]:
    """Run a script beside a framework and a package that attaches to it."""
    place = tmp_path / "place"
    info = place / "plugin-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[fitlog.autolog]\nframe = adapter:to_frame\nframe_parts = adapter:to_parts\n"
    )
    (place / "adapter.py").write_text(ADAPTER)
    (place / "frame.py").write_text(FRAMEWORK)
    (place / "frame_parts").mkdir()
    (place / "frame_parts" / "__init__.py").write_text(PARTS)
    (place / "frame_parts" / "folded.py").write_text(PARTS)
    (place / "slow.py").write_text(
        "import threading, time\nbegun.set()\ntime.sleep(0.5)\n" + FRAMEWORK
    )

    def script(code: str, *before: str, returns: int = 0) -> str:
        (tmp_path / "script.py").write_text(code, "utf-8")
        process = subprocess.run(
            [sys.executable, *before, "script.py"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(place), *sys.path])},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert process.returncode == returns, process.stderr
        return process.stdout if returns == 0 else process.stderr

    return script


UNDER_FITLOG = ("-m", "fitlog", "run", "--no-commit")
AUTOLOG = "import fitlog\nfitlog.autolog()\n"


def trained(folder: Path) -> list[list[int]]:
    """Return the steps of each run that a training stands in."""
    found = [RunReader(path.parent) for path in sorted(folder.glob("logs/log_*/meta.log"))]
    return [list(of.steps) for run in found for of in run.series().values()]


def test_a_training_is_a_run_and_what_a_package_calls_a_part_is_none(
    done: Callable[..., str], tmp_path: Path
) -> None:
    code = "import frame, frame_parts.folded\nprint(frame.train(3), frame_parts.folded.folds())"
    assert done(AUTOLOG + code) == "3 [2, 2, 2]\n"
    assert trained(tmp_path) == [[0, 1, 2]]


def test_what_trains_in_a_trial_stands_in_the_trials_run_also_in_threads(
    done: Callable[..., str], tmp_path: Path
) -> None:
    code = """
import frame, frame_parts, threading
def searching():
    print(frame_parts.search(lambda number: frame.train(2 + number) and frame.train(1), 2))
thread = threading.Thread(target=searching)
thread.start()
searching()
thread.join()
"""
    done(AUTOLOG + code)
    assert sorted(trained(tmp_path)) == [[0, 1], [0, 1], [0, 1, 2], [0, 1, 2]]


def test_a_search_within_a_trial_is_a_part_of_it(done: Callable[..., str], tmp_path: Path) -> None:
    code = """
import frame, frame_parts
def nested(number):
    return frame_parts.search(lambda number: frame.train(1), 2)
print(frame_parts.search(nested, 2))
"""
    assert done(AUTOLOG + code) == "[[1, 1], [1, 1]]\n"
    assert trained(tmp_path) == []
    assert len(list(tmp_path.glob("logs/log_*"))) == 2


def test_a_forked_child_records_nothing_whoever_imports_the_framework_first(
    done: Callable[..., str], tmp_path: Path
) -> None:
    code = """
import os
if os.fork() == 0:
    import frame
    frame.train(5)
    os._exit(0)
os.wait()
import frame
frame.train(2)
if os.fork() == 0:
    frame.train(4)
    os._exit(0)
os.wait()
"""
    done(code, *UNDER_FITLOG)
    assert trained(tmp_path) == [[0, 1]]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_child_records_where_it_asks_for_it_and_not_because_the_script_does_at_its_top(
    method: str, done: Callable[..., str], tmp_path: Path
) -> None:
    code = """
import multiprocessing
import frame
import fitlog
fitlog.autolog()
def silent():
    frame.train(4)
def asking():
    fitlog.autolog()
    frame.train(5)
if __name__ == "__main__":
    context = multiprocessing.get_context("METHOD")
    for function in (silent, asking):
        process = context.Process(target=function)
        process.start()
        process.join()
        print(process.exitcode)
    frame.train(2)
"""
    assert done(code.replace("METHOD", method)) == "0\n0\n"
    assert sorted(trained(tmp_path)) == [[0, 1], [0, 1, 2, 3, 4]]


def test_what_another_thread_is_importing_is_attached_to_once_it_is_there(
    done: Callable[..., str], tmp_path: Path
) -> None:
    entry = tmp_path / "place" / "plugin-1.0.dist-info" / "entry_points.txt"
    entry.write_text("[fitlog.autolog]\nslow = adapter:to_frame\n")
    code = """
import builtins, threading
builtins.begun = threading.Event()
def importing():
    import slow
thread = threading.Thread(target=importing)
thread.start()
begun.wait()
import fitlog
fitlog.autolog()
thread.join()
import slow
print(slow.train(2))
"""
    assert done(code) == "2\n"
    assert trained(tmp_path) == [[0, 1]]


def test_a_traceback_that_ends_a_script_has_no_frame_of_ours_and_all_of_the_scripts(
    done: Callable[..., str], tmp_path: Path
) -> None:
    code = """
import frame
def wrong(step):
    try:
        raise KeyError("first")
    except KeyError as error:
        raise ValueError("second") from error
def outer():
    try:
        frame.train(1, [wrong])
    except ValueError as error:
        raise RuntimeError("third")
outer()
"""
    plain = done(code, returns=1)
    assert done(code, *UNDER_FITLOG, returns=1) == plain
    assert [name in plain for name in ("first", "second", "third")] == [True] * 3
    assert trained(tmp_path) == [[0]]


def test_the_core_names_no_framework_where_it_attaches() -> None:
    from fitlog_core.recording import adapter, attached, sweep, tracebacks, training

    for module in (adapter, attached, sweep, tracebacks, training):
        source = Path(str(module.__file__)).read_text("utf-8").lower()
        for name in ("sklearn", "scikit", "torch", "keras", "xgboost", "optuna", "lightning"):
            assert name not in source, module.__name__
