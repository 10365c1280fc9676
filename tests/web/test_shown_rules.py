"""The rules of ``fitlog watch`` are those of whoever has the table open, too."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from fitlog_core.recording.run import Run
from fitlog_web import shown_rules
from fitlog_web.app import create_app


@pytest.fixture(autouse=True)
def _looks_each_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shown_rules, "FRESH_FOR", 0)
    monkeypatch.setattr("fitlog_web.board.FRESH_FOR", 0)
    monkeypatch.setenv("FITLOG_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FITLOG_WATCH_RULES", raising=False)


def setting(folder: Path, rules: str) -> None:
    """Say in a project's ``.fitconfig`` which rules it has."""
    (folder / ".fitlog").mkdir(exist_ok=True)
    (folder / ".fitlog" / ".fitconfig").write_text(f"[watch]\nrules = {rules}\n", "utf-8")


def client(folder: Path, *rules: str) -> FlaskClient:
    return create_app(folder / "logs", rules=rules).test_client()


def found(board: FlaskClient) -> dict[str, list[str]]:
    """Return the runs that each rule finds."""
    said = board.get("/api/alerts").json
    assert said["problems"] == []
    by_rule: dict[str, list[str]] = {rule: [] for rule in said["rules"]}
    for alert in said["alerts"]:
        by_rule[alert["rule"]].append(alert["id"])
    return by_rule


def test_the_rules_of_the_project_and_of_the_command_line_find_runs_that_go_on(
    tmp_path: Path,
) -> None:
    setting(tmp_path, "plateau(dev-acc, 2); nan(loss)")
    run, other = Run(tmp_path / "logs"), Run(tmp_path / "logs")
    for each in (run, other):
        each.add_metric(0.5, 0, "dev-acc")
    board = client(tmp_path, "stalled 10m")
    assert found(board) == {"plateau(dev-acc, 2)": [], "stalled 10m": []}
    for step in (1, 2):
        run.add_metric(0.4, step, "dev-acc")
        other.add_metric(0.5 + step, step, "dev-acc")
    assert found(board)["plateau(dev-acc, 2)"] == [run.get_log_id()]
    long_ago = time.time() - 3600
    for file in Path(str(other.get_log_folder(absolute=True))).iterdir():
        os.utime(file, (long_ago, long_ago))
    assert found(board)["stalled 10m"] == [other.get_log_id()]
    run.finish()
    assert found(board)["plateau(dev-acc, 2)"] == [run.get_log_id()]


def test_a_rule_of_an_end_finds_runs_that_went_on_while_the_board_was_open(tmp_path: Path) -> None:
    setting(tmp_path, "state:finished dev-acc<0.5")
    earlier, later = Run(tmp_path / "logs"), Run(tmp_path / "logs")
    for each in (earlier, later):
        each.add_metric(0.4, 0, "dev-acc")
        each.add_best_metric(0.4, "dev-acc")
    earlier.finish()
    board = client(tmp_path)
    assert found(board) == {"state:finished dev-acc<0.5": []}
    later.finish()
    assert found(board) == {"state:finished dev-acc<0.5": [later.get_log_id()]}


def test_the_setting_is_read_anew_and_the_environment_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").mkdir()
    board = client(tmp_path)
    assert found(board) == {}
    setting(tmp_path, "stalled 1m")
    assert list(found(board)) == ["stalled 1m"]
    monkeypatch.setenv("FITLOG_WATCH_RULES", "stalled 2m; stalled 3m")
    assert list(found(board)) == ["stalled 2m", "stalled 3m"]


def test_a_rule_that_cannot_be_understood_is_a_problem_and_the_others_hold(tmp_path: Path) -> None:
    setting(tmp_path, "plateau(acc; stalled 1m")
    (tmp_path / "logs").mkdir()
    said = client(tmp_path).get("/api/alerts").json
    assert said["rules"] == ["stalled 1m"]
    (problem,) = said["problems"]
    assert problem.startswith("the rule 'plateau(acc' cannot be understood:")


def test_a_moment_later_nobody_looks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_rules, "FRESH_FOR", 3600)
    setting(tmp_path, "dev-acc<1")
    run = Run(tmp_path / "logs")
    run.add_metric(0.5, 0, "dev-acc")
    board = client(tmp_path)
    assert found(board) == {"dev-acc<1": []}
    run.add_best_metric(0.5, "dev-acc")
    assert found(board) == {"dev-acc<1": []}
    run.finish()
