"""What becomes of a study of Optuna: one run a trial."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import optuna
import pytest
from conformance import runs_in
from sklearn.datasets import make_classification
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss

import fitlog
from fitlog_core.errors import LogDirectoryIsFileError
from fitlog_core.reading.reader import RunReader
from fitlog_core.recording.run import Run
from fitlog_core.recording.session import session
from fitlog_plugins.optuna import FitlogCallback

optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.fixture(autouse=True)
def _in_a_new_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)


def study(**options: Any) -> optuna.Study:
    sampler = optuna.samplers.RandomSampler(seed=0)
    return optuna.create_study(study_name="tuning", sampler=sampler, **options)


def by_number(runs: list[RunReader]) -> dict[int, RunReader]:
    return {run.row()["other-sweep-number"]: run for run in runs}


def square(trial: optuna.Trial) -> float:
    x: float = trial.suggest_float("x", -1.0, 1.0)
    return x * x


def test_each_trial_is_a_finished_run_of_one_sweep() -> None:
    searched = study()
    searched.optimize(square, n_trials=3, callbacks=[FitlogCallback("logs", commit=False)])
    runs = by_number(runs_in("logs"))
    for trial in searched.trials:
        row = runs[trial.number].row()
        assert row["hyper-x"] == trial.params["x"]
        assert row["metric-value"] == trial.value
        assert row["other-sweep-name"] == "tuning"
        assert row["other-trial-state"] == "COMPLETE"
        assert runs[trial.number].state().value == "finished"


def test_trials_in_two_threads_record_into_runs_of_their_own() -> None:
    callback = FitlogCallback("logs", commit=False)

    @callback.track
    def objective(trial: optuna.Trial, run: Run) -> float:
        x = trial.suggest_float("x", -1.0, 1.0)
        for step in range(50):
            run.add_metric(trial.number, step, "number")
            run.add_loss(x, step)
        return x

    searched = study()
    searched.optimize(objective, n_trials=12, n_jobs=2, callbacks=[callback])
    runs = by_number(runs_in("logs"))
    assert len(runs) == len(runs_in("logs")) == 12
    for trial in searched.trials:
        run = runs[trial.number]
        assert trial.user_attrs["fitlog_id"] == run.id
        assert list(run.series()["metric-number"].values) == [trial.number] * 50
        assert list(run.series()["loss-loss"].values) == [trial.params["x"]] * 50
        assert run.row()["metric-value"] == trial.value
        assert run.state().value == "finished"
    assert session.run is None


def test_a_real_search_on_two_cores_leaves_in_each_run_what_its_trial_trained() -> None:
    table, labels = make_classification(400, 8, random_state=0)
    callback = FitlogCallback("logs", commit=False)

    @callback.track
    def objective(trial: optuna.Trial, run: Run) -> float:
        alpha = trial.suggest_float("alpha", 1e-6, 1.0, log=True)
        model = SGDClassifier(alpha=alpha, loss="log_loss", random_state=0)
        for step in range(10):
            model.partial_fit(table[:300], labels[:300], classes=[0, 1])
            loss = log_loss(labels[:300], model.predict_proba(table[:300]))
            run.add_loss(loss, step)
            score: float = model.score(table[300:], labels[300:])
            run.add_metric({"dev": {"acc": score}}, step)
        return score

    searched = study(direction="maximize")
    searched.optimize(objective, n_trials=10, n_jobs=2, callbacks=[callback])
    runs = by_number(runs_in("logs"))
    assert sorted(runs) == list(range(10))
    for trial in searched.trials:
        run, model = (
            runs[trial.number],
            SGDClassifier(alpha=trial.params["alpha"], loss="log_loss", random_state=0),
        )
        expected = []
        for _ in range(10):
            model.partial_fit(table[:300], labels[:300], classes=[0, 1])
            expected.append(log_loss(labels[:300], model.predict_proba(table[:300])))
        assert list(run.series()["loss-loss"].values) == expected
        assert run.row()["metric-value"] == run.series()["metric-dev-acc"].values[-1]
        assert run.row()["hyper-alpha"] == trial.params["alpha"]
        assert run.state().value == "finished"
    best = runs[searched.best_trial.number].row()["metric-value"]
    assert best == max(run.row()["metric-value"] for run in runs.values())


@pytest.mark.parametrize("tracked", [True, False])
def test_a_failed_trial_is_an_error_and_a_pruned_one_is_finished(tracked: bool) -> None:
    callback = FitlogCallback("logs", commit=False)

    def objective(trial: optuna.Trial, run: Run | None = None) -> float:
        trial.report(0.25, step=3)
        if trial.number == 0:
            raise RuntimeError("planned failure")
        raise optuna.TrialPruned

    study().optimize(
        callback.track(objective) if tracked else objective,
        n_trials=2,
        catch=(RuntimeError,),
        callbacks=[callback],
    )
    runs = by_number(runs_in("logs"))
    assert [runs[n].state().value for n in (0, 1)] == ["error", "finished"]
    assert [runs[n].row()["other-trial-state"] for n in (0, 1)] == ["FAIL", "PRUNED"]
    assert [list(run.series()["metric-intermediate"].steps) for run in runs.values()] == [[3], [3]]
    if tracked:
        assert runs[0].meta["error"] == "RuntimeError: planned failure"


def test_an_exception_of_a_tracked_objective_goes_on() -> None:
    callback = FitlogCallback("logs", commit=False)

    @callback.track
    def objective(trial: optuna.Trial, run: Run) -> float:
        raise RuntimeError("planned failure")

    with pytest.raises(RuntimeError, match="planned failure"):
        study().optimize(objective, n_trials=1)


def test_several_values_have_the_names_of_the_studys_metrics() -> None:
    searched = study(directions=["minimize", "maximize"])
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        searched.set_metric_names(["size", "acc"])
    searched.optimize(
        lambda trial: (trial.suggest_int("n", 1, 1), 0.5),
        n_trials=1,
        callbacks=[FitlogCallback("logs", commit=False)],
    )
    row = runs_in("logs")[0].row()
    assert (row["metric-size"], row["metric-acc"]) == (1, 0.5)


def test_the_current_run_is_left_alone_and_its_directory_used() -> None:
    fitlog.set_log_dir("chosen")
    fitlog.add_metric(0.5, step=0, name="by_hand")
    study().optimize(square, n_trials=1, callbacks=[FitlogCallback(commit=False)])
    fitlog.add_metric(0.5, step=1, name="by_hand")
    first, second = runs_in("chosen")
    assert list(first.series()["metric-by_hand"].steps) == [0, 1]
    assert "hyper-x" in second.row()


def test_two_processes_of_one_study_make_a_run_of_each_trial() -> None:
    program = """
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from fitlog_plugins.optuna import FitlogCallback

optuna.logging.set_verbosity(optuna.logging.ERROR)
callback = FitlogCallback("logs", commit=False)

@callback.track
def objective(trial, run):
    x = trial.suggest_float("x", -1, 1)
    for step in range(20):
        run.add_loss(x, step)
    return x * x

optuna.create_study(
    study_name="shared", storage=JournalStorage(JournalFileBackend("journal")), load_if_exists=True
).optimize(objective, n_trials=4)
"""
    Path("program.py").write_text(program, "utf-8")
    started = [subprocess.Popen([sys.executable, "-W", "ignore", "program.py"]) for _ in range(2)]
    assert [one.wait() for one in started] == [0, 0]
    runs = runs_in("logs")
    assert sorted(by_number(runs)) == list(range(8))
    for run in runs:
        assert list(run.series()["loss-loss"].values) == [run.row()["hyper-x"]] * 20


def test_a_trial_that_cannot_be_recorded_does_not_end_the_study(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*arguments: Any) -> None:
        raise OSError("no disk")

    callback = FitlogCallback("logs", commit=False)
    monkeypatch.setattr(callback._sweep, "run", broken)
    searched = study()
    searched.optimize(square, n_trials=2, callbacks=[callback])
    assert len(searched.trials) == 2
    assert capsys.readouterr().err.count("could not record: OSError: no disk") == 1


def test_a_log_directory_that_is_a_file_is_named_at_once() -> None:
    Path("taken").write_text("", "utf-8")
    with pytest.raises(LogDirectoryIsFileError, match=r"'.*taken' is or lies in a file"):
        FitlogCallback("taken")


def test_under_debug_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "debug", True)
    study().optimize(square, n_trials=1, callbacks=[FitlogCallback("logs")])
    assert not Path("logs").exists()
