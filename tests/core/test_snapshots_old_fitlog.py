"""The real fitlog 0.9.15 and this one work on the same projects, in turn."""

from __future__ import annotations

import os
import subprocess

import pytest

from fitlog_core.snapshots.capture import capture, last_snapshot_id
from fitlog_core.snapshots.init_project import init_project
from fitlog_core.snapshots.listing import list_runs
from fitlog_core.snapshots.project import find_project
from fitlog_core.snapshots.revert import revert
from tests.snapshot_tools import IDENTITY, fingerprint, git, kept, user_repository, write

COMMIT = "import fitlog, sys; fitlog.commit('main.py', sys.argv[1]); print(fitlog.get_fit_id('.'))"


@pytest.fixture
def old(old_fitlog_python):
    """Return a function that runs a command of 0.9, or a line of Python with it."""

    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(folder, *words):
        done = subprocess.run(
            [str(old_fitlog_python), "-W", "ignore", *words],
            cwd=folder, env={**environment, **IDENTITY}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_project_of_0_9_is_listed_reverted_and_built_upon(tmp_path, old):
    old(tmp_path, "-m", "fitlog", "init", "pj")
    project = tmp_path / "pj"
    first = last_snapshot_id(project)
    write(project, {"main.py": "x = 1\n"})
    snapshot = capture(project / "main.py", "by the new one")
    assert snapshot is not None
    entries = list_runs(find_project(project))
    assert [entry.id for entry in entries] == [first, snapshot.id]
    assert entries[0].arguments.endswith("init pj")
    assert (
        "fitlog.commit(__file__)" in (revert(find_project(project), first) / "main.py").read_text()
    )


def test_0_9_goes_on_with_a_project_of_ours(tmp_path, old):
    project = tmp_path / "pj"
    first = init_project(project).id
    write(project, {"main.py": "x = 1\n"})
    old(project, "-c", COMMIT, "by the old one")
    second = last_snapshot_id(project)
    write(project, {"main.py": "x = 2\n", "new.py": ""})
    snapshot = capture(project, "by the new one")
    assert snapshot is not None
    assert kept(project, "log", "--format=%H").split() == [snapshot.id, second, first]
    assert kept(project, "log", "-1", "--skip=1", "--format=%s") == "by the old one"
    assert kept(project, "fsck", "--strict") == ""
    assert (project / ".fitlog" / "info" / "attributes").exists()


def test_0_9_reads_the_ids_lists_and_reverts_ours(tmp_path, old):
    project = tmp_path / "pj"
    first = init_project(project).id
    assert first is not None
    write(project, {"main.py": "x = 1\n"})
    snapshot = capture(project, "a message of several words")
    assert snapshot is not None
    code = "from fitlog.fastgit import committer as c; print(*c.fit_last_commit_info('.')['msg'])"
    assert old(project, "-c", code).split()[0] == snapshot.id
    listed = old(project, "-m", "fitlog", "list")
    assert listed.index(first) < listed.index(snapshot.id)
    old(project, "-m", "fitlog", "revert", first[:6])
    assert "fitlog.commit" in (tmp_path / "pj_revert" / "main.py").read_text()


def test_0_9_and_ours_leave_the_users_repository_as_it_is(tmp_path, old):
    project = user_repository(tmp_path / "pj", {"mine.py": "1", ".gitignore": "data/\n"})
    init_project(project)
    before = fingerprint(project / ".git")
    for number in range(3):
        write(project, {"mine.py": f"old {number}"})
        old(project, "-c", COMMIT, "old")
        write(project, {"mine.py": f"new {number}"})
        assert capture(project, "new") is not None
    assert fingerprint(project / ".git") == before
    assert (project / ".gitignore").read_text() == "data/\n"
    assert kept(project, "rev-list", "--count", "HEAD") == "7"
    assert ".fitlog" not in git(project, "status", "--porcelain", "-uall")


def test_the_board_of_0_9_reads_the_view_of_a_new_project(tmp_path, old):
    init_project(tmp_path / "pj")
    code = (
        "from fitlog.fastserver.server.server_config import read_server_config as read;"
        "print(read('logs/default.cfg'))"
    )
    before = fingerprint(tmp_path / "pj" / "logs")
    said = old(tmp_path / "pj", "-c", code)
    assert "'str_max_length': 20" in said
    assert "'max_points': 200" in said
    assert "'column_order': {}" in said
    assert fingerprint(tmp_path / "pj" / "logs") == before
