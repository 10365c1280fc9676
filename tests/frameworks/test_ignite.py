"""What the logger makes of Ignite's events, beyond what every adapter promises."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from conformance import runs_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports what torch has deprecated
    from ignite.engine import Engine, Events
    from ignite.metrics import Average

import fitlog
from fitlog_core.errors import ArgumentError
from fitlog_core.recording.session import session
from fitlog_plugins.ignite import FitlogLogger


@pytest.fixture(autouse=True)
def _in_a_new_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)


def trainer(output: Any = 0.5) -> Engine:
    return Engine(lambda engine, batch: output)


def evaluator() -> Engine:
    engine = Engine(lambda engine, batch: float(batch))
    Average().attach(engine, "acc")
    return engine


def test_metrics_of_an_evaluator_belong_to_the_trainers_step() -> None:
    training, evaluating = trainer(), evaluator()
    FitlogLogger("logs", commit=False).attach(training, evaluators={"val": evaluating})
    training.add_event_handler(Events.EPOCH_COMPLETED, lambda: evaluating.run([1, 2]))
    training.run([0, 1, 2], max_epochs=2)
    (run,) = runs_in("logs")
    series = run.series()["metric-val-acc"]
    assert (list(series.steps), list(series.values)) == ([3, 6], [1.5, 1.5])
    assert [int(epoch) for epoch in series.epochs] == [0, 1]
    assert list(run.series()["loss-train-loss"].steps) == [1, 2, 3, 4, 5, 6]
    assert run.total_steps == 6


def test_what_is_evaluated_after_the_training_leaves_it_finished() -> None:
    training, evaluating = trainer(), evaluator()
    FitlogLogger("logs", commit=False).attach(training, evaluators={"test": evaluating})
    training.run([0], max_epochs=2)
    evaluating.run([4])
    (run,) = runs_in("logs")
    assert list(run.series()["metric-test-acc"].steps) == [2]
    assert run.state().value == "finished"


def test_an_exception_is_still_raised_and_the_run_an_error_when_the_next_begins() -> None:
    def fail(engine: Engine, batch: int) -> float:
        if batch == 1:
            raise RuntimeError("planned failure")
        return 0.5

    logger, failing, training = FitlogLogger("logs", commit=False), Engine(fail), trainer()
    logger.attach(failing)
    with pytest.raises(RuntimeError, match="planned failure"):
        failing.run([0, 1])
    logger.attach(training)
    training.run([0, 1])
    assert [run.state().value for run in runs_in("logs")] == ["error", "finished"]


def test_a_handler_of_the_users_that_takes_an_exception_still_has_it() -> None:
    taken: list[Exception] = []

    def step(engine: Engine, batch: int) -> float:
        raise RuntimeError("planned failure")

    training = Engine(step)
    training.add_event_handler(Events.EXCEPTION_RAISED, lambda error: taken.append(error))
    FitlogLogger("logs", commit=False).attach(training)
    training.run([0])
    assert len(taken) == 1


def test_a_training_that_is_ended_early_is_finished() -> None:
    training = trainer({"loss": 0.5, "acc": 0.25})
    FitlogLogger("logs", every=2, commit=False).attach(training)
    training.add_event_handler(Events.ITERATION_COMPLETED(once=3), lambda: training.terminate())
    training.run([0] * 9)
    (run,) = runs_in("logs")
    assert list(run.series()["metric-train-acc"].steps) == [2]
    assert run.state().value == "finished"


def test_it_joins_the_run_that_the_script_opened() -> None:
    fitlog.set_log_dir("logs")
    fitlog.add_hyper({"by_hand": 1})
    training = trainer()
    FitlogLogger(hyper={"width": 3}).attach(training)
    training.run([0])
    (run,) = runs_in("logs")
    assert (run.row()["hyper-by_hand"], run.row()["hyper-width"]) == (1, 3)


def test_a_step_that_cannot_be_recorded_is_told_once_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = FitlogLogger("logs", commit=False)

    def fail(*_: Any) -> None:
        raise OSError("no disk")

    monkeypatch.setattr(logger._training, "record", fail)
    training = trainer()
    logger.attach(training)
    assert training.run([0, 1, 2]).iteration == 3
    told = "FitlogLogger.record_step could not record: OSError: no disk"
    assert capsys.readouterr().err.count(told) == 1


def test_a_wrong_number_of_iterations_is_named_at_once() -> None:
    with pytest.raises(ArgumentError, match="every must be a number of iterations"):
        FitlogLogger(every=0)
