"""A run is found by what people have at hand: a part of its id, its place, its path."""

from __future__ import annotations

import os

import pytest

from fitlog_core.errors import AmbiguousRunError, LogDirectoryError, RunNotFoundError
from fitlog_core.reading.resolve import log_directories, resolve_run

FIRST, SECOND, THIRD = "log_20260101_101010", "log_20260101_111111", "log_20260202_101011"


def make_run(folder):
    folder.mkdir(parents=True)
    (folder / "meta.log").write_text('{"meta": {"state": "finish"}}\n')
    return folder


@pytest.fixture
def project(tmp_path):
    (tmp_path / "work" / ".fitlog").mkdir(parents=True)
    for run_id in (FIRST, SECOND, THIRD):
        make_run(tmp_path / "work" / "logs" / run_id)
    (tmp_path / "work" / "logs" / "log_20270101_000000").mkdir()  # no run yet
    return tmp_path / "work"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (FIRST, FIRST),
        ("log_202602", THIRD),
        ("202602", THIRD),
        ("1111", SECOND),
        ("101010", FIRST),
        ("@1", THIRD),
        ("@3", FIRST),
        (f"logs/{SECOND}", SECOND),
        (f"logs/{SECOND}/", SECOND),
    ],
)
def test_an_id_a_part_of_it_a_place_or_a_path_will_do(project, text, meant):
    assert resolve_run(text, start=project) == project / "logs" / meant


def test_the_runs_folder_itself_will_do_as_a_path(project):
    assert resolve_run(".", start=project / "logs" / FIRST).name == FIRST


def test_the_logs_are_found_from_a_folder_of_the_project_and_from_among_them(project):
    (project / "src" / "deep").mkdir(parents=True)
    for start in (project, project / "src" / "deep", project / "logs", project / "logs" / FIRST):
        assert log_directories(start) == [project / "logs"]


def test_above_the_project_nothing_is_looked_for(project, tmp_path):
    make_run(tmp_path / FIRST)
    (project / "logs").rename(tmp_path / "elsewhere")
    assert log_directories(project) == []
    with pytest.raises(RunNotFoundError, match="--log-dir"):
        resolve_run("@1", start=project)


def test_an_unknown_id_names_the_near_ones(project):
    with pytest.raises(RunNotFoundError, match=f"'20260203'; the nearest are {THIRD}, {SECOND}"):
        resolve_run("20260203", start=project)


def test_an_ambiguous_part_names_those_it_may_mean(project):
    with pytest.raises(AmbiguousRunError, match=f"is 2 runs: {SECOND}, {FIRST}; give more"):
        resolve_run("20260101", start=project)


def test_an_id_in_two_log_directories_is_told_with_both_paths(project):
    other = make_run(project / "more_logs" / FIRST)
    with pytest.raises(AmbiguousRunError, match=str(other)):
        resolve_run(FIRST, start=project)
    assert resolve_run(FIRST, project / "more_logs") == other


@pytest.mark.parametrize("text", ["@0", "@4", "", "nonsense", "@", "@1x", "../gone", "a\0b/"])
def test_what_names_no_run_is_one_sentence(project, text):
    with pytest.raises(RunNotFoundError) as told:
        resolve_run(text, start=project)
    assert "\n" not in str(told.value)


def test_a_folder_without_a_meta_log_is_no_run(project):
    with pytest.raises(RunNotFoundError, match=r"no meta\.log"):
        resolve_run("logs/log_20270101_000000", start=project)


def test_a_log_directory_that_is_not_there_is_told(project):
    with pytest.raises(LogDirectoryError, match="there is no directory"):
        resolve_run("@1", project / "gone")


def test_a_log_directory_of_ten_thousand_runs_is_only_listed(project, monkeypatch):
    looked_at = []
    real = os.path.isfile
    monkeypatch.setattr(os.path, "isfile", lambda path: looked_at.append(path) or real(path))
    for number in range(500):
        (project / "logs" / f"log_20250101_{number:06}").mkdir()
    assert resolve_run("@1", start=project).name == THIRD
    assert len(looked_at) < 10
