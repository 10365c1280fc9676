"""The code of a run comes back to a folder that is named, and nothing else is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web_board import board_of

from fitlog_core import machine
from fitlog_core.snapshots.capture import capture
from fitlog_web.same_machine import RevertRules
from tests.snapshot_tools import fingerprint, user_repository, write

RUN, BARE = "log_20260101_000000", "log_20260101_000001"
HERE = RevertRules(local=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return user_repository(tmp_path / "work", {"train.py": "old\n", "src/model.py": "m\n"})


@pytest.fixture
def logs(project: Path) -> Path:
    folder = project / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def code(project: Path, logs: Path, make_run: Callable[..., Path]) -> str:
    """A run of the first version, one without any, and a later version."""
    snapshot = capture(project)
    assert snapshot is not None
    said = {"meta": {"fit_id": snapshot.id[:8], "state": "finish"}}
    (make_run(RUN) / "meta.log").write_text(json.dumps(said) + "\n", "utf-8")
    make_run(BARE)
    write(project, {"train.py": "new\n"})
    capture(project)
    return snapshot.id[:8]


@pytest.fixture
def client(logs: Path, code: str) -> FlaskClient:
    return board_of(logs, reverting=HERE).test_client()


def brought(client: FlaskClient, folder: object, run: str = RUN, **options: object):
    return client.post(f"/api/runs/{run}/revert", json={"folder": folder}, **options)


def test_a_free_folder_beside_the_project_is_proposed(client, code, project):
    said = client.get(f"/api/runs/{RUN}/revert").json
    assert said == {
        "version": code,
        "project": str(project),
        "folder": f"{project}-{code}",
        "problem": None,
        "sentence": None,
        "allowed": True,
    }
    Path(said["folder"]).mkdir()
    assert client.get(f"/api/runs/{RUN}/revert").json["folder"] == f"{project}-{code}-2"


def test_the_files_come_back_and_the_projects_own_stay_byte_for_byte(client, code, project):
    target = project.parent / "deep" / "old code"
    own, files, logs = (fingerprint(project / part) for part in (".git", "src", "logs"))
    response = brought(client, str(target))
    assert (response.status_code, response.json) == (201, {"version": code, "folder": str(target)})
    assert (target / "train.py").read_text() == "old\n"
    assert (project / "train.py").read_text() == "new\n"
    assert fingerprint(project / ".git") == own
    assert (fingerprint(project / "src"), fingerprint(project / "logs")) == (files, logs)


def test_an_empty_folder_will_do(client, tmp_path):
    (tmp_path / "mine").mkdir()
    assert brought(client, str(tmp_path / "mine")).status_code == 201


@pytest.mark.parametrize(
    "folder", ["old", "./old", "~/old", "", " ", "/tmp/a\0b", "/tmp/\ud800", 5, None, []]
)
def test_what_is_no_absolute_path_is_refused(client, folder):
    assert brought(client, folder).status_code == 400


def test_a_folder_that_holds_anything_is_left_alone(client, tmp_path):
    mine = write(tmp_path / "mine", {"paper.tex": "mine"})
    response = brought(client, str(mine))
    assert response.status_code == 409
    assert "not empty" in response.json["error"]
    assert fingerprint(mine).keys() == {"paper.tex"}


def test_a_folder_of_an_earlier_revert_is_left_alone_too(client, tmp_path):
    assert brought(client, str(tmp_path / "old")).status_code == 201
    assert brought(client, str(tmp_path / "old")).status_code == 409


@pytest.mark.parametrize("place", ["work/inside", "work/logs/inside", "work/train.py", "link/x"])
def test_a_place_in_the_project_is_refused(client, tmp_path, place):
    (tmp_path / "link").symlink_to(tmp_path / "work")
    before = fingerprint(tmp_path / "work" / "logs")
    assert brought(client, str(tmp_path / place)).status_code == 409
    assert fingerprint(tmp_path / "work" / "logs") == before


def test_a_place_among_logs_outside_the_project_is_refused(client, code, project, tmp_path):
    elsewhere = (project / "logs").rename(tmp_path / "elsewhere")
    facts = {"host": machine.host(), "cwd": str(project), "argv": ["train.py"]}
    write(elsewhere, {f"{RUN}/provenance.json": json.dumps(facts)})
    client = board_of(elsewhere, reverting=HERE).test_client()
    assert client.get(f"/api/runs/{RUN}/revert").json["project"] == str(project)
    response = brought(client, str(elsewhere / "new"))
    assert response.status_code == 409
    assert "among the logs" in response.json["error"]


def test_what_cannot_be_written_is_told(client):
    response = brought(client, "/proc/nothing/here")
    assert response.status_code == 409
    assert "cannot be made" in response.json["error"]


def test_a_run_without_a_code_version_says_so(client, tmp_path):
    response = brought(client, str(tmp_path / "old"), BARE)
    assert response.status_code == 409
    assert "no code version" in response.json["error"]
    assert client.get(f"/api/runs/{BARE}/revert").json["problem"] == response.json["error"]


def test_a_version_that_nobody_keeps_is_told_with_the_place_to_go_to(client, logs, tmp_path):
    said = {"meta": {"fit_id": "0123abcd", "state": "finish"}}
    (logs / BARE / "meta.log").write_text(json.dumps(said) + "\n", "utf-8")
    response = brought(board_of(logs, reverting=HERE).test_client(), str(tmp_path / "old"), BARE)
    assert response.status_code == 409
    assert "0123abcd" in response.json["error"]
    assert "go to the project that keeps it" in response.json["error"]


def test_of_a_run_that_went_on_the_version_of_its_code_page_comes_back(client, project, logs):
    first = capture(project)
    write(project, {"train.py": "newest\n"})
    recent = capture(project)
    assert first is not None
    assert recent is not None
    said = {"meta": {"fit_id": recent.id[:8], "segment": 1, "state": "finish"}}
    facts = {"snapshot": first.id}
    files = {"meta.log": json.dumps(said) + "\n", "provenance.json": json.dumps(facts)}
    write(logs, {f"{RUN}/{name}": text for name, text in files.items()})
    assert client.get(f"/api/runs/{RUN}/revert").json["version"] == first.id[:8]
    assert client.get(f"/api/runs/{RUN}/code").json["version"] == first.id
    assert brought(client, str(project.parent / "old")).status_code == 201
    assert (project.parent / "old" / "train.py").read_text() == "new\n"


def test_an_unknown_run_is_404(client, tmp_path):
    assert brought(client, str(tmp_path / "old"), "nope").status_code == 404
    assert client.get("/api/runs/nope/revert").status_code == 404


FROM_ELSEWHERE = [
    {"environ_base": {"REMOTE_ADDR": "192.168.1.5"}},
    {"headers": {"X-Forwarded-For": "192.168.1.5"}},
    {"headers": {"Forwarded": "for=192.168.1.5"}},
    {"headers": {"X-Forwarded-Prefix": "/user/me/proxy/5000"}},
    {"headers": {"Host": "192.168.1.9:5000"}},
]


@pytest.mark.parametrize("asked", FROM_ELSEWHERE)
def test_from_another_machine_nothing_is_written(client, tmp_path, asked):
    response = brought(client, str(tmp_path / "old"), **asked)
    assert response.status_code == 403
    assert "--allow-revert" in response.json["error"]
    assert not (tmp_path / "old").exists()
    assert client.get(f"/api/runs/{RUN}/revert", **asked).json["allowed"] is False


@pytest.mark.parametrize("asked", FROM_ELSEWHERE)
def test_unless_the_command_allows_it(logs, code, tmp_path, asked):
    client = board_of(logs, reverting=RevertRules(for_all=True)).test_client()
    assert brought(client, str(tmp_path / "old"), **asked).status_code == 201


def test_a_board_that_others_reach_writes_for_nobody(logs, code, tmp_path):
    client = board_of(logs, reverting=RevertRules(local=False)).test_client()
    assert brought(client, str(tmp_path / "old")).status_code == 403


def test_a_board_of_logs_that_may_only_be_read_writes_nothing(client, tmp_path, monkeypatch):
    monkeypatch.setattr("fitlog_web.board.Board.read_only", True)
    response = brought(client, str(tmp_path / "old"))
    assert response.status_code == 403
    assert "cannot be written by this user" in response.json["error"]
    assert not (tmp_path / "old").exists()
