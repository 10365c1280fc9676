"""One suite over all adapters: each test is a promise that every one of them keeps."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conformance import CASES, Case, Trained, Training, runs_in, train

from fitlog_core import log_format

# A case is tested in the environments that have its framework; run.py goes through them all.
INSTALLED = [case for case in CASES if case.is_installed]
STEPS = 4
Once = Callable[..., Trained]


def over(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


@pytest.fixture
def logs(tmp_path: Path) -> str:
    return str(tmp_path / "logs")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Return a function that trains as asked, once for all tests that look at it."""
    done: dict[object, Trained] = {}

    def trained(case: Case, processes: int = 1) -> Trained:
        key = (case.name, processes)
        if key not in done:
            logs = tmp_path_factory.mktemp(case.name) / "logs"
            done[key] = train(case, Training(str(logs), STEPS, processes=processes))
        return done[key]

    return trained


def steps_of(trained: Trained, column: str) -> list[int]:
    return list(trained.run.series()[column].steps)


def lines_with(trained: Trained, column: str) -> list[bytes]:
    """Return the lines that hold a value of a column, those of the other ranks too."""
    kind = column.partition("-")[0]
    lines = (trained.run.folder / f"{kind}.log").read_bytes().splitlines()
    records = [(line, log_format.parse_step_line(line)) for line in lines]
    return [line for line, of in records if of and column in log_format.flatten(of.values, kind)]


@over(INSTALLED)
def test_records_land_with_the_right_step_name_and_epoch(case: Case, once: Once) -> None:
    trained = once(case)
    wanted = list(range(case.first_step, case.first_step + STEPS))
    for column in (case.loss, case.metric):
        series = trained.run.series()[column]
        assert list(series.steps) == wanted
        assert all(math.isfinite(value) for value in series.values)
        if case.has_epochs:
            assert [int(epoch) for epoch in series.epochs] == [0, 0, 1, 1]


@over(INSTALLED)
def test_hyperparameters_progress_and_the_end_are_there(case: Case, once: Once) -> None:
    trained = once(case)
    row = trained.run.row()
    assert {name: row.get(name) for name in case.hyper} == case.hyper
    assert trained.run.total_steps == STEPS
    assert trained.run.state().value == "finished"


@over(INSTALLED)
def test_several_processes_make_one_run(case: Case, once: Once) -> None:
    trained = once(case, processes=2)
    assert trained.run.state().value == "finished"
    wanted = list(range(case.first_step, case.first_step + STEPS))
    assert steps_of(trained, case.loss) == wanted


@over(INSTALLED)
def test_the_other_ranks_are_silent_and_say_so(case: Case, once: Once) -> None:
    trained = once(case, processes=2)
    of_loss = lines_with(trained, case.loss)
    assert len(of_loss) == len(set(of_loss)) == STEPS
    assert trained.stderr.count("records nothing") == 1
    assert "fitlog: rank 1 of 2" in trained.stderr


@over(list(CASES))
def test_a_missing_framework_is_named_with_the_way_to_get_it(case: Case, tmp_path: Path) -> None:
    blocked = f"import sys; sys.modules.update(dict.fromkeys({case.modules!r}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{blocked}\n{case.adapter}"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    last = done.stderr.strip().splitlines()[-1]
    assert "MissingExtraError" in last
    assert case.install in last


@over(INSTALLED)
def test_what_the_caller_hands_over_is_not_changed(case: Case, once: Once) -> None:
    assert once(case).told.unchanged


@over(INSTALLED)
def test_an_exception_ends_the_run_as_an_error(case: Case, logs: str) -> None:
    trained = train(case, Training(logs, STEPS, fail_at=2), expect=1)
    assert trained.run.state().value == "error"
    assert trained.run.meta["error"] == "RuntimeError: planned failure"


@over(INSTALLED)
def test_an_end_told_twice_is_one_end_and_one_notice(case: Case, logs: str) -> None:
    trained = train(case, Training(logs, STEPS, ends_twice=True))
    assert trained.run.state().value == "finished"
    assert trained.told.notices == 0  # the script may still go on
    assert trained.stderr.count("a plugin was told of the end") == 1


@over([case for case in INSTALLED if case.resumes])
def test_resumed_training_goes_on_in_the_run_of_its_checkpoint(case: Case, logs: str) -> None:
    first = train(case, Training(logs, STEPS))
    assert first.told.checkpoint is not None
    again = train(case, Training(logs, 2 * STEPS, resume=first.told.checkpoint))
    assert again.run.id == first.run.id
    wanted = list(range(case.first_step, case.first_step + 2 * STEPS))
    assert steps_of(again, case.loss) == wanted
    assert again.run.state().value == "finished"


@over([case for case in INSTALLED if case.pickles])
def test_a_pickled_adapter_joins_the_same_run(case: Case, logs: str) -> None:
    trained = train(case, Training(logs, STEPS, pickled=True))
    assert steps_of(trained, "metric-pickled") == [1]
    assert steps_of(trained, case.metric)[0] == case.first_step
    assert trained.run.state().value == "finished"


@over(INSTALLED)
def test_plain_calls_beside_the_adapter_go_to_the_same_run(case: Case, logs: str) -> None:
    trained = train(case, Training(logs, STEPS, beside=True))
    row = trained.run.row()
    assert (row["other-by_hand"], row["other-after"]) == ("beside", "after")
    assert steps_of(trained, "metric-by_hand") == [1]
    assert len(steps_of(trained, case.loss)) == STEPS


@over(INSTALLED)
def test_two_trainings_after_one_another_make_two_runs(case: Case, logs: str) -> None:
    train(case, Training(logs, STEPS))
    train(case, Training(logs, STEPS))
    assert [run.state().value for run in runs_in(logs)] == ["finished", "finished"]
