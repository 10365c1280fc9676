"""What becomes of an experiment of Ray Tune: one run a trial, recorded where it is tuned."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conformance import runs_in

os.environ.update({"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"})

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler, PopulationBasedTraining

from fitlog_core.errors import ArgumentError, LogDirectoryIsFileError
from fitlog_core.reading.reader import RunReader
from fitlog_core.recording.session import session
from fitlog_plugins.ray_tune import FitlogCallback

# Ray's own loggers leave files open of trials that are stopped all at once.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in.*driver_artifacts:pytest.PytestUnraisableExceptionWarning"
)
PROGRAM = Path(__file__).parent / "tune_interrupted.py"


@pytest.fixture(scope="module", autouse=True)
def _two_cores() -> Iterator[None]:
    # Ray's sockets lie there: a path of pytest's own would be too long for them.
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _temp_dir=folder)
    yield
    ray.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _in_a_new_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)


def fit(trainable: Any, space: dict[str, Any], callback: Any, **options: Any) -> tune.ResultGrid:
    config = {name: options.pop(name) for name in ("stop", "failure_config") if name in options}
    storage = os.path.abspath("results")
    run_config = tune.RunConfig(
        name="tuning", storage_path=storage, verbose=0, callbacks=[callback], **config
    )
    tuning = tune.TuneConfig(**options)
    return tune.Tuner(trainable, param_space=space, tune_config=tuning, run_config=run_config).fit()


def by_number(log_dir: str = "logs") -> list[RunReader]:
    return sorted(runs_in(log_dir), key=lambda run: run.row()["other-sweep-number"])


def reporting(times: int, pause: float = 0.0) -> Callable[[dict[str, Any]], None]:
    """Return a training that reports its ``x`` as accuracy; nested, so that workers are sent it."""

    def train(config: dict[str, Any]) -> None:
        for step in range(times):
            tune.report({"acc": config["x"], "loss": 1 / (step + 1)})
            time.sleep(pause)

    return train


def test_a_sweep_on_two_cores_makes_a_finished_run_of_each_trial() -> None:
    def train(config: dict[str, Any]) -> None:
        import numpy

        draw = numpy.random.default_rng(0)
        table = draw.random((200, 3))
        labels = (table.sum(axis=1) > 1.5).astype(float)
        weights = numpy.zeros(3)
        for _ in range(20):
            found = 1 / (1 + numpy.exp(-(table - 0.5) @ weights))
            weights -= config["lr"] * (table - 0.5).T @ (found - labels) / len(labels)
            accuracy = float(((found > 0.5) == labels).mean())
            loss = float(-numpy.log(numpy.where(labels == 1, found, 1 - found)).mean())
            tune.report({"loss": loss, "val": {"acc": accuracy}, "lr": config["lr"]})

    space = {"lr": tune.grid_search([0.1, 1.0, 5.0, 10.0]), "api_key": "secret"}
    results = fit(train, space, FitlogCallback("logs", commit=False))
    runs = by_number()
    assert len(runs) == len(results) == 4
    for number, (run, result) in enumerate(zip(runs, results, strict=True)):
        row, series = run.row(), run.series()
        assert run.state().value == "finished"
        assert (row["other-sweep-name"], row["other-sweep-number"]) == ("tuning", number)
        assert (row["hyper-lr"], row["hyper-api_key"]) == (result.config["lr"], "***")
        assert list(series["metric-lr"].values) == [result.config["lr"]] * 20
        assert list(series["loss-loss"].steps) == list(range(1, 21))
        assert row["metric-loss"] == series["loss-loss"].values[-1] == result.metrics["loss"]
        assert row["metric-val-acc"] == result.metrics["val"]["acc"]
        assert row["other-trial-state"] == "TERMINATED"
        assert row["other-trial-stopped_early"] is False
    assert session.run is None


def test_a_trial_that_asha_stops_is_finished_and_says_that_it_was_stopped() -> None:
    asha = ASHAScheduler(grace_period=1, reduction_factor=2, max_t=9)
    fit(
        reporting(3),
        {"x": tune.grid_search([3.0, 2.0, 1.0])},
        FitlogCallback("logs", commit=False),
        metric="acc",
        mode="max",
        scheduler=asha,
        max_concurrent_trials=1,
    )
    runs = by_number()
    assert [run.state().value for run in runs] == ["finished"] * 3
    assert [run.row()["other-trial-stopped_early"] for run in runs] == [False, True, True]
    assert [list(run.series()["metric-acc"].steps) for run in runs] == [[1, 2, 3], [1], [1]]


def test_a_trial_that_fails_is_an_error_with_its_exception_and_the_others_go_on() -> None:
    def train(config: dict[str, Any]) -> None:
        tune.report({"acc": 0.5})
        if config["x"] == 0:
            raise RuntimeError("planned failure")

    fit(train, {"x": tune.grid_search([0, 1])}, FitlogCallback("logs", commit=False))
    failed, other = by_number()
    assert (failed.state().value, other.state().value) == ("error", "finished")
    assert failed.meta["error"] == "TrialError: RuntimeError: planned failure"
    assert failed.row()["other-trial-state"] == "ERROR"


@pytest.mark.parametrize("way", ["resume_errored", "restart_errored"])
def test_a_failed_trial_that_is_resumed_goes_on_in_its_run_and_one_restarted_has_another(
    way: str,
) -> None:
    marker = os.path.abspath("may-pass")

    def train(config: dict[str, Any]) -> None:
        tune.report({"acc": 0.5})
        if not os.path.exists(marker):
            raise RuntimeError("planned failure")
        tune.report({"acc": 0.75})

    fit(train, {"x": 1}, FitlogCallback("logs", metric="acc", mode="max", commit=False))
    Path(marker).write_text("", "utf-8")
    options: dict[str, Any] = {way: True}
    tune.Tuner.restore(os.path.abspath("results/tuning"), trainable=train, **options).fit()
    *earlier, last = runs_in("logs")
    assert [run.state().value for run in earlier] == ["error"] * (way == "restart_errored")
    assert last.state().value == "finished"
    assert list(last.series()["metric-acc"].values) == [0.5, 0.75]
    assert last.row()["metric-acc"] == 0.75


def test_a_trial_that_is_tried_again_goes_on_in_its_run() -> None:
    marker = os.path.abspath("tried")

    def train(config: dict[str, Any]) -> None:
        tune.report({"acc": 0.5})
        if not os.path.exists(marker):
            Path(marker).write_text("", "utf-8")
            raise RuntimeError("planned failure")
        tune.report({"acc": 0.75})

    once_more = tune.FailureConfig(max_failures=1)
    callback = FitlogCallback("logs", commit=False)
    fit(train, {"x": 1}, callback, failure_config=once_more)
    (run,) = runs_in("logs")
    assert run.state().value == "finished"
    assert list(run.series()["metric-acc"].values) == [0.5, 0.75]


def test_trials_that_are_stopped_all_at_once_are_finished_and_say_so() -> None:
    class AfterFirstResult(tune.Stopper):
        seen = False

        def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
            self.seen = True
            return False

        def stop_all(self) -> bool:
            return self.seen

    callback = FitlogCallback("logs", commit=False)
    fit(
        reporting(1000, 0.05),
        {"x": tune.grid_search([1.0, 2.0])},
        callback,
        stop=AfterFirstResult(),
    )
    gc.collect()  # so that what is left open is told in this test
    runs = runs_in("logs")
    assert runs
    assert {run.state().value for run in runs} == {"finished"}
    assert {run.row()["other-trial-stopped_early"] for run in runs} == {True}


def test_the_best_result_is_in_the_table_where_a_metric_is_named() -> None:
    def train(config: dict[str, Any]) -> None:
        for acc in (0.25, 0.75, float("nan"), 0.5):
            tune.report({"acc": acc})

    fit(train, {"x": 1}, FitlogCallback("logs", metric="acc", mode="max", commit=False))
    (run,) = runs_in("logs")
    assert (run.row()["metric-acc"], run.row()["metric-step"]) == (0.75, 2)


def test_parameters_that_population_based_training_changes_are_recorded_anew() -> None:
    here = os.getcwd()

    def train(config: dict[str, Any]) -> None:
        Path(here, f"began-{config['x']}").write_text("", "utf-8")
        while len(list(Path(here).glob("began-*"))) < 2:
            time.sleep(0.01)
        while True:
            with tempfile.TemporaryDirectory() as folder:
                kept = tune.Checkpoint.from_directory(folder)
                tune.report({"acc": config["x"]}, checkpoint=kept)

    scheduler = PopulationBasedTraining(
        time_attr="training_iteration",
        perturbation_interval=2,
        hyperparam_mutations={"x": [1.0, 9.0]},
        quantile_fraction=0.5,
        synch=True,
        custom_explore_fn=lambda config: {**config, "x": 5.0},
    )
    fit(
        train,
        {"x": tune.grid_search([1.0, 9.0])},
        FitlogCallback("logs", commit=False),
        metric="acc",
        mode="max",
        scheduler=scheduler,
        stop={"training_iteration": 4},
    )
    runs = by_number()
    assert len(runs) == 2
    assert list(runs[0].series()["metric-acc"].values[:2]) == [1.0, 1.0]
    assert runs[0].row()["hyper-x"] == runs[0].series()["metric-acc"].values[-1] == 5.0


def test_an_interrupted_experiment_ends_its_runs_and_restored_goes_on_in_them() -> None:
    address = ray.get_runtime_context().gcs_address
    environ = {**os.environ, "RAY_ADDRESS": address}
    first = subprocess.Popen([sys.executable, str(PROGRAM)], env=environ)
    try:
        _wait_for(lambda: len(runs_in("logs")) == 2 and all(map(_last_step, runs_in("logs"))))
        first.send_signal(signal.SIGINT)
        assert first.wait(timeout=200) == 0
    finally:
        first.kill()
    interrupted = runs_in("logs")
    assert [run.state().value for run in interrupted] == ["error", "error"]
    assert {run.meta["error"] for run in interrupted} == {"KeyboardInterrupt"}
    assert {run.row()["other-trial-state"] for run in interrupted} == {"INTERRUPTED"}
    Path("go").write_text("", "utf-8")
    subprocess.run([sys.executable, str(PROGRAM), "restore"], env=environ, check=True, timeout=200)
    restored = runs_in("logs")
    assert [run.id for run in restored] == [run.id for run in interrupted]
    for before, after in zip(interrupted, restored, strict=True):
        steps = list(after.series()["metric-acc"].steps)
        assert steps == list(range(1, len(steps) + 1))
        assert after.row()["other-trial-state"] == "TERMINATED"
        assert after.state().value == "finished"
        assert _last_step(after) >= _last_step(before)
    assert sum(map(_last_step, restored)) > sum(map(_last_step, interrupted))


def _last_step(run: RunReader) -> int:
    return run.last_step or 0


def _wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 200
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_what_cannot_be_recorded_does_not_end_the_experiment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*arguments: Any) -> None:
        raise OSError("no disk")

    callback = FitlogCallback("logs", commit=False)
    monkeypatch.setattr(callback._sweep, "run", broken)
    results = fit(reporting(2), {"x": tune.grid_search([1.0, 2.0])}, callback)
    assert [result.metrics["training_iteration"] for result in results] == [2, 2]
    assert capsys.readouterr().err.count("could not record: OSError: no disk") == 1


def test_wrong_arguments_are_named_at_once() -> None:
    with pytest.raises(ArgumentError, match="mode is 'min' or 'max'"):
        FitlogCallback("logs", metric="acc", mode="most")
    with pytest.raises(ArgumentError, match="or neither is given"):
        FitlogCallback("logs", metric="acc")
    Path("taken").write_text("", "utf-8")
    with pytest.raises(LogDirectoryIsFileError, match=r"'.*taken' is or lies in a file"):
        FitlogCallback("taken")


def test_under_debug_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "debug", True)
    fit(reporting(1), {"x": 1.0}, FitlogCallback("logs"))
    assert not Path("logs").exists()


def test_without_ray_the_error_says_how_to_get_it() -> None:
    program = "import sys; sys.modules['ray'] = None\nimport fitlog_plugins.ray_tune"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8")
    last = done.stderr.strip().splitlines()[-1]
    assert "MissingExtraError" in last
    assert 'pip install "ray[tune]"' in last
