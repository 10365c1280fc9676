"""No file of a snapshot silently takes the place of another where names differ in case only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from snapshot_tools import user_repository

from fitlog_core.errors import RevertError
from fitlog_core.snapshots import name_clashes, revert
from fitlog_core.snapshots.capture import record
from fitlog_core.snapshots.project import project_at


@pytest.mark.parametrize(
    ("paths", "pairs"),
    [
        (["a.py", "b.py", "lib/a.py"], []),
        (["A.py", "a.py"], [("A.py", "a.py")]),
        (["Lib/x.py", "lib/x.py"], [("Lib/x.py", "lib/x.py")]),
        (["Lib/x.py", "lib/y.py"], []),
        (["Data", "data/a.py"], [("Data", "data/a.py")]),
        (["caf\u00e9.py", "cafe\u0301.py"], [("cafe\u0301.py", "caf\u00e9.py")]),
        (["STRASSE.py", "stra\u00dfe.py"], [("STRASSE.py", "stra\u00dfe.py")]),
    ],
)
def test_names_that_may_be_one_are_found(paths, pairs):
    assert name_clashes.clashing(paths) == pairs


def test_where_case_counts_nothing_meets_and_nothing_is_left(tmp_path):
    pairs = [("A.py", "a.py"), ("Data", "data/a.py")]
    assert name_clashes.first_met(tmp_path, pairs) is None
    assert list(tmp_path.iterdir()) == []


def test_where_both_names_lead_to_one_file_the_pair_is_told(tmp_path):
    pair = ("A.py", "./A.py")  # two names that this file system takes for one
    assert name_clashes.first_met(tmp_path, [("b", "c"), pair]) == pair
    assert list(tmp_path.iterdir()) == []


def test_both_are_brought_back_where_the_file_system_tells_them_apart(tmp_path):
    project = user_repository(tmp_path / "work", {".fitconfig": "", "A.py": "1\n", "a.py": "2\n"})
    commit_id = record(project_at(project), "both").id
    folder = revert.revert(project_at(project), commit_id)
    assert [(folder / name).read_text() for name in ("A.py", "a.py")] == ["1\n", "2\n"]


def test_elsewhere_it_is_one_clear_sentence_and_nothing_is_written(tmp_path, monkeypatch):
    project = user_repository(tmp_path / "work", {".fitconfig": "", "A.py": "1\n", "a.py": "2\n"})
    commit_id = record(project_at(project), "both").id

    def as_one(probe: Path, name: str) -> bool:  # this machine has no such file system
        return name.lower() in [file.lower() for file in os.listdir(probe)]

    monkeypatch.setattr(name_clashes, "_is_there", as_one)
    told = f"{commit_id[:8]} holds A.py and a.py, which are one file on the file system of"
    with pytest.raises(RevertError, match=told):
        revert.revert(project_at(project), commit_id)
    assert [path.name for path in tmp_path.iterdir()] == ["work"]
