"""Runs that came to NaN or an infinity: told by their last records, found by ``nan(loss)``."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from fitlog import Run
from fitlog_core.errors import QueryError
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.judge import Judge
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.query import parse


def record(logs: Path, losses: list[float], name: str = "loss", **metrics: list[float]) -> str:
    with Run(logs) as run:
        for step, loss in enumerate(losses):
            run.add_loss(loss, step=step, name=name)
        for metric, values in metrics.items():
            for step, value in enumerate(values):
                run.add_metric(value, step=step, name=metric)
    return Path(run.get_log_folder(absolute=True)).name


@pytest.fixture
def logs(tmp_path: Path) -> LogDirectory:
    return LogDirectory(tmp_path / "logs")


def found(logs: LogDirectory, text: str) -> set[str]:
    logs.refresh()
    return {row.id for row in parse(text).select(logs.rows(), call=Judge(logs))}


def test_a_row_tells_which_series_are_not_finite_at_last(logs):
    bad = record(logs.path, [1.0, math.nan], acc=[0.5, math.inf], f1=[0.1])
    back = record(logs.path, [math.nan, 1.0])
    logs.refresh()
    assert logs.row(bad).diverged == {"loss-loss": "NaN", "metric-acc": "Infinity"}
    assert not logs.row(back).diverged


def test_the_cache_keeps_what_a_row_tells(logs, tmp_path):
    bad = record(logs.path, [math.nan])
    for _ in range(2):
        again = LogDirectory(logs.path, Index(tmp_path / "cache"))
        again.refresh()
        assert again.row(bad).diverged == {"loss-loss": "NaN"}
        again.index.close()


def test_a_run_that_lives_is_told_as_it_goes(logs):
    run = Run(logs.path)
    told = []
    for step, loss in enumerate([1.0, math.nan, 2.0]):
        run.add_loss(loss, step=step, name="loss")
        logs.refresh()
        told.append(logs.row(Path(run.get_log_folder(absolute=True)).name).diverged)
    run.finish()
    assert told == [None, {"loss-loss": "NaN"}, None]


def test_nan_finds_what_a_curve_held_at_any_step(logs):
    far = record(logs.path, [math.nan, *([1.0] * 500)], acc=[0.1])
    acc = record(logs.path, [1.0], acc=[math.inf, 0.1])
    record(logs.path, [1.0], acc=[0.1])
    assert found(logs, "nan(loss)") == {far}
    assert found(logs, "nan(acc)") == {acc}
    assert found(logs, "nan()") == {far, acc}
    assert len(found(logs, "-nan(loss)")) == 2


def test_a_file_that_was_looked_through_is_read_on_only(logs, monkeypatch):
    run = Run(logs.path)
    run.add_loss(1.0, step=0, name="loss")
    judge, query = Judge(logs), parse("nan(loss)")
    logs.refresh()
    assert query.select(logs.rows(), call=judge) == []
    opened: list[str] = []
    plain = os.open
    monkeypatch.setattr(os, "open", lambda path, *rest: opened.append(path) or plain(path, *rest))
    assert query.select(logs.rows(), call=judge) == []
    assert not any("loss.log" in str(path) for path in opened)
    run.add_loss(math.nan, step=1, name="loss")
    assert [row.id for row in query.select(logs.rows(), call=judge)] == [
        Path(run.get_log_folder(absolute=True)).name
    ]
    run.finish()


def test_stalled_finds_runs_that_wrote_nothing_for_a_while(logs):
    run = Run(logs.path)
    run.add_loss(1.0, step=0, name="loss")
    assert found(logs, "stalled 0s") == {Path(run.get_log_folder(absolute=True)).name}
    assert found(logs, "stalled 10m") == set()
    run.finish()


def test_plateau_finds_runs_that_got_no_better(logs):
    level = record(logs.path, [1.0], acc=[0.1, 0.9, 0.5, 0.6])
    record(logs.path, [1.0], acc=[0.1, 0.2, 0.3, 0.4])
    assert found(logs, "plateau(acc, 2)") == {level}


@pytest.mark.parametrize(
    ("text", "position"), [("id:log.. plateau(acc, 0.5)", 9), ("nan(loss, 3)", 0)]
)
def test_a_call_that_cannot_be_answered_is_told_with_its_place(logs, text, position):
    record(logs.path, [1.0])
    with pytest.raises(QueryError) as raised:
        found(logs, text)
    assert (raised.value.text, raised.value.position) == (text, position)
