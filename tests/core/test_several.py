"""What differs among any number of runs is told in columns, and what is missing is no value."""

from __future__ import annotations

import math
from pathlib import Path

import fitlog
from fitlog_core.comparing.account import Account, account_of
from fitlog_core.comparing.several import Cell, Several, compare_several


def recorded(logs: Path, **hyper: object) -> Account:
    run = fitlog.Run(logs)
    run.add_hyper(hyper)
    run.add_loss(0.5, 0, "Loss")  # settings alone make no folder
    run.finish()
    return account_of(logs / str(run.get_log_id()))


def cells(found: Several, part: str, name: str) -> list[Cell]:
    lines = next(each.differs for each in found.parts if each.name == part)
    return next(line.cells for line in lines if line.name == name)


def test_values_are_counted_in_each_column_the_most_frequent_first(tmp_path):
    runs = [recorded(tmp_path, lr=lr, seed=n) for n, lr in enumerate((0.1, 0.5, 0.5))]
    found = compare_several([runs], tmp_path)
    assert cells(found, "hyperparameters", "lr") == [Cell([(0.5, 2), (0.1, 1)], 0)]
    assert [part.name for part in found.parts][:1] == ["hyperparameters"]


def test_nan_equals_nan_and_is_neither_missing_nor_a_text(tmp_path):
    runs = [recorded(tmp_path, width=8, **facts) for facts in ({"x": math.nan}, {"x": math.nan})]
    assert not any(part.differs for part in compare_several([[run] for run in runs]).parts[:1])
    bare = recorded(tmp_path, width=8)
    nan, _, missing = cells(
        compare_several([[run] for run in (*runs, bare)], tmp_path), "hyperparameters", "x"
    )
    assert nan == Cell([("NaN", 1)], 0)  # as hyperparameters are stored
    assert missing == Cell([], 1)


def test_a_run_without_code_says_why(tmp_path):
    run = recorded(tmp_path, lr=0.1)
    found = compare_several([[run]], tmp_path)
    assert found.versions == {run.id: None}
    assert "did not call fitlog.commit" in found.problems[run.id]
