"""The code of a run is shown from its snapshot, and what differs between two, causes first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web_board import board_of

import fitlog
from fitlog_core.snapshots.capture import capture
from fitlog_web.same_machine import RevertRules
from tests.snapshot_tools import fingerprint, kept, user_repository, write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return user_repository(
        tmp_path / "work",
        {"train.py": "lr = 0.1\nprint(lr)\n", "src/模型.py": "m = 1\n", "data/x.py": "a\0b"},
    )


def recorded(project: Path, lr: float, acc: float) -> str:
    """Record a run of the code as it is, and return its id."""
    snapshot = capture(project)
    assert snapshot is not None
    run = fitlog.Run(project / "logs")
    run.add_hyper({"lr": lr})
    run.add_best_metric(acc, "acc")
    run.add_code_version(snapshot.id, None)
    run.finish()
    return str(run.get_log_id())


@pytest.fixture
def first(project: Path) -> str:
    return recorded(project, 0.1, 0.9)


@pytest.fixture
def second(project: Path, first: str) -> str:
    """A later run, of which one line of the code and one hyperparameter are others."""
    write(project, {"train.py": "lr = 0.5\nprint(lr)\n"})
    return recorded(project, 0.5, 0.8)


@pytest.fixture
def client(project: Path, second: str) -> FlaskClient:
    return board_of(project / "logs", reverting=RevertRules(local=True)).test_client()


def test_the_files_of_a_run_are_listed_with_what_brings_them_back(client, project, first):
    said = client.get(f"/api/runs/{first}/code").json
    assert [each["path"] for each in said["files"]] == ["train.py", "data/x.py", "src/模型.py"]
    assert said["project"] == str(project)
    assert said["version"] == kept(project, "rev-parse", "master~1")
    assert said["problem"] is None
    assert f"fitlog rerun {first}" in said["commands"]


def test_the_commands_bring_the_code_back(client, project, first):
    commands = client.get(f"/api/runs/{first}/code").json["commands"]
    by_git = next(each for each in commands if each.startswith("git "))
    assert os.system(f"cd '{project}' && {by_git}") == 0
    (brought,) = project.parent.glob("work-*")
    assert (brought / "train.py").read_text() == "lr = 0.1\nprint(lr)\n"


def test_a_file_is_shown_as_it_was_and_not_as_it_is(client, first):
    said = client.get(f"/api/runs/{first}/code/train.py").json
    assert said == {
        "path": "train.py",
        "size": 19,
        "text": "lr = 0.1\nprint(lr)\n",
        "note": None,
    }
    assert client.get(f"/api/runs/{first}/code/src/模型.py").json["text"] == "m = 1\n"


def test_what_is_no_text_is_told_and_not_sent(client, first):
    said = client.get(f"/api/runs/{first}/code/data/x.py").json
    assert (said["text"], said["note"], said["size"]) == (None, "binary", 3)


def test_a_link_is_shown_as_one_and_never_followed(project, second):
    (project / "link.py").symlink_to("/etc/passwd")
    third = recorded(project, 0.5, 0.8)
    client = board_of(project / "logs").test_client()
    said = client.get(f"/api/runs/{third}/code/link.py").json
    assert (said["text"], said["note"]) == ("/etc/passwd", "link")


@pytest.mark.parametrize("path", ["nothing.py", "../train.py", "logs", "src", "%2e%2e/x", ".git"])
def test_what_is_not_in_the_snapshot_is_not_there(client, first, path):
    assert client.get(f"/api/runs/{first}/code/{path}").status_code == 404


def test_the_difference_names_the_setting_and_the_line_first(client, first, second):
    said = client.get(f"/api/runs/{second}/difference?against={first}").json
    assert list(said)[:4] == ["old", "new", "hyperparameters", "code"]
    assert (said["old"], said["new"]) == (first, second)
    assert said["hyperparameters"] == [{"name": "lr", "old": 0.1, "new": 0.5}]
    (changed,) = said["code"]["files"]
    assert changed["path"] == "train.py"
    assert [line for line in changed["lines"] if line[0] in "+-"] == ["-lr = 0.1", "+lr = 0.5"]


def test_the_working_tree_is_compared_for_a_visitor_of_this_machine(client, project, second):
    write(project, {"train.py": "lr = 0.7\nprint(lr)\n"})
    said = client.get(f"/api/runs/{second}/difference?against=tree").json
    assert said["new"] == "the working tree"
    assert "+lr = 0.7" in said["code"]["files"][0]["lines"]


def test_the_working_tree_is_shown_to_nobody_else(project, second):
    client = board_of(project / "logs").test_client()
    response = client.get(f"/api/runs/{second}/difference?against=tree")
    assert response.status_code == 403
    assert "fitlog diff" in response.json["error"]


def test_a_run_without_code_says_why(client, project):
    run = fitlog.Run(project / "logs")
    run.add_best_metric(0.9, "acc")
    run.finish()
    said = client.get(f"/api/runs/{run.get_log_id()}/code").json
    assert said["files"] == []
    assert "did not call fitlog.commit" in said["problem"]
    assert client.get(f"/api/runs/{run.get_log_id()}/code/a.py").status_code == 409


def test_a_pruned_snapshot_says_so(client, project, first):
    for part in ("objects", "refs"):
        for file in sorted((project / ".fitlog" / part).rglob("*"), reverse=True):
            if file.is_file():
                file.unlink()
    said = client.get(f"/api/runs/{first}/code").json
    assert "is not at hand" in said["problem"]


@pytest.mark.parametrize("against", ["", "log_20200101_000000", "..", "log_20200101_000000/x"])
def test_a_run_that_is_not_there_is_told(client, second, against):
    response = client.get(f"/api/runs/{second}/difference", query_string={"against": against})
    assert response.status_code == (404 if against else 400)


def test_nothing_is_written_to_the_project(client, project, first, second):
    before = {part: fingerprint(project / part) for part in (".git", ".fitlog", "src")}
    for address in (
        "code",
        "code/train.py",
        "difference?against=tree",
        f"difference?against={first}",
    ):
        assert client.get(f"/api/runs/{second}/{address}").status_code == 200
    assert {part: fingerprint(project / part) for part in before} == before


def test_the_page_offers_the_runs_around(client, first, second):
    page = client.get(f"/run/{second}/code")
    assert page.status_code == 200
    assert first in page.text
    assert client.get("/run/log_20200101_000000/code").status_code == 404
