"""Code versions sent to a git remote, and fetched by others."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fitlog_core.errors import RemoteError, SnapshotNotFoundError
from fitlog_core.snapshots import run_refs
from fitlog_core.snapshots.capture import capture
from fitlog_core.snapshots.listing import list_runs
from fitlog_core.snapshots.project import find_project
from fitlog_core.snapshots.remotes import pull, push
from fitlog_core.snapshots.revert import revert
from tests.snapshot_tools import git, kept, user_repository, write

RUN = "log_20260101_120000"
OTHER = "log_20260101_120001"


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository that holds a branch of the user's."""
    path = tmp_path / "remote.git"
    git(tmp_path, "init", "-q", "--bare", str(path))
    return path


def project_with_a_run(folder: Path, code: str, run_id: str = RUN) -> tuple[Path, str]:
    """A project of the user's, and the snapshot that a run of it had."""
    project = user_repository(folder, {"train.py": code})
    snapshot = capture(project, f"of {folder.name}")
    assert snapshot is not None
    run_refs.keep(project / ".fitlog", run_id, snapshot.id)
    return project, snapshot.id


def refs_of(repository: Path) -> dict[str, str]:
    lines = git(repository, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split() for line in lines)


def test_two_clones_exchange_runs_through_a_bare_repository(tmp_path, remote):
    one, first = project_with_a_run(tmp_path / "one", "1\n")
    two, second = project_with_a_run(tmp_path / "two", "2\n", OTHER)
    assert push(find_project(one), str(remote)).runs == [RUN]
    assert push(find_project(two), str(remote)).runs == [OTHER]
    assert pull(find_project(one), str(remote))[1:] == ([OTHER], 1)
    assert pull(find_project(two), str(remote))[1:] == ([RUN], 1)
    for project, commit_id, code in ((one, second, "2\n"), (two, first, "1\n")):
        folder = revert(find_project(project), commit_id[:8], tmp_path / f"back-{code[0]}")
        assert (folder / "train.py").read_text() == code


def test_what_was_sent_or_fetched_is_not_sent_or_fetched_again(tmp_path, remote):
    project, _ = project_with_a_run(tmp_path / "one", "1\n")
    push(find_project(project), str(remote))
    again = push(find_project(project), str(remote))
    assert (again.runs, again.known, again.moved) == ([], 1, False)
    assert pull(find_project(project), str(remote))[1:] == ([], 0)


def lose(project: Path, *which: str) -> None:
    """Delete objects of a project's ``.fitlog``, all of them if none is named."""
    objects = project / ".fitlog" / "objects"
    for path in objects.glob("??/*"):
        if not which or f"{path.parent.name}{path.name}" in which:
            path.unlink()


@pytest.mark.parametrize("what", ["all", "a file"])
def test_what_a_damaged_project_lost_comes_back_from_the_remote(tmp_path, remote, what):
    project, first = project_with_a_run(tmp_path / "one", "1\n")
    push(find_project(project), str(remote))
    lose(project, *([] if what == "all" else [kept(project, "rev-parse", f"{first}:train.py")]))
    assert pull(find_project(project), str(remote))[1:] == ([RUN], 1)
    folder = revert(find_project(project), first[:8], tmp_path / "back")
    assert (folder / "train.py").read_text() == "1\n"
    kept(project, "fsck", "--strict")


@pytest.mark.parametrize("command", [["gc"], ["list"], ["push", "../remote.git"]])
def test_missing_objects_are_told_in_one_sentence(tmp_path, remote, command):
    project, _ = project_with_a_run(tmp_path / "one", "1\n")
    lose(project)
    words = [sys.executable, "-m", "fitlog", *command]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.fullmatch(
        rf"fitlog: {project}/.fitlog is damaged, files of code versions are missing in it \(git "
        r"says '[^\n']*'\); 'fitlog pull REMOTE' brings those back that were sent, and without "
        r".fitlog the next run begins a new one\n",
        done.stderr,
    )


def test_branches_and_tags_of_the_remote_and_of_the_user_stay_as_they_are(tmp_path, remote):
    project, _ = project_with_a_run(tmp_path / "one", "1\n")
    git(project, "remote", "add", "origin", str(remote))
    git(project, "push", "-q", "origin", "trunk")
    theirs, ours = refs_of(remote), refs_of(project)
    push(find_project(project), "origin")
    pull(find_project(project), "origin")
    assert theirs.items() <= refs_of(remote).items()
    assert all(name.startswith("refs/fitlog/") for name in refs_of(remote).keys() - theirs.keys())
    assert refs_of(project) == ours


def test_two_machines_whose_runs_have_the_same_id_keep_both(tmp_path, remote):
    one, first = project_with_a_run(tmp_path / "one", "1\n")
    two, second = project_with_a_run(tmp_path / "two", "2\n")
    push(find_project(one), str(remote))
    push(find_project(two), str(remote))
    pull(find_project(one), str(remote))
    listed = {entry.id: entry.runs for entry in list_runs(find_project(one))}
    assert listed == {first: (RUN,), second: (RUN,)}


def test_a_copied_project_that_went_on_sends_its_versions_beside_those_of_the_first(
    tmp_path, remote
):
    one, _ = project_with_a_run(tmp_path / "one", "1\n")
    push(find_project(one), str(remote))
    copy = tmp_path / "copy"
    shutil.copytree(one, copy)
    for project, code in ((one, "10\n"), (copy, "20\n")):
        write(project, {"train.py": code})
        assert capture(project, "later") is not None
        assert push(find_project(project), str(remote)).moved
    newest = {kept(project, "rev-parse", "HEAD") for project in (one, copy)}
    assert newest <= set(refs_of(remote).values())


def test_fetched_versions_are_listed_and_the_next_run_builds_on_its_own(tmp_path, remote):
    one, first = project_with_a_run(tmp_path / "one", "1\n")
    two, second = project_with_a_run(tmp_path / "two", "2\n", OTHER)
    push(find_project(one), str(remote))
    pull(find_project(two), str(remote))
    assert {entry.id for entry in list_runs(find_project(two))} == {first, second}
    write(two, {"train.py": "3\n"})
    snapshot = capture(two, "next")
    assert snapshot is not None
    assert kept(two, "rev-parse", f"{snapshot.id}^") == second


def test_versions_can_be_fetched_into_a_project_that_has_none(tmp_path, remote):
    one, first = project_with_a_run(tmp_path / "one", "1\n")
    push(find_project(one), str(remote))
    fresh = user_repository(tmp_path / "fresh")
    assert pull(find_project(fresh), str(remote)).runs == [RUN]
    assert [entry.id for entry in list_runs(find_project(fresh))] == [first]


def test_hooks_of_the_user_do_not_run_and_settings_of_the_user_find_the_way(
    tmp_path, remote, monkeypatch
):
    project, _ = project_with_a_run(tmp_path / "one", "1\n")
    hooks = write(tmp_path / "hooks", {"pre-push": f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n"})
    (hooks / "pre-push").chmod(0o755)
    write(
        tmp_path,
        {"config": f'[core]\nhooksPath={hooks}\n[url "{tmp_path}/"]\ninsteadOf = "lab:"\n'},
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    assert push(find_project(project), "lab:remote.git").runs == [RUN]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("remote", ["", " ", "--upload-pack=touch x", "nowhere", "a\0b"])
def test_what_is_no_remote_is_refused_in_one_sentence(tmp_path, remote):
    project, _ = project_with_a_run(tmp_path / "one", "1\n")
    for act in (push, pull):
        with pytest.raises(RemoteError, match="remote"):
            act(find_project(project), remote)


def test_a_remote_that_cannot_be_reached_is_named_without_its_password(tmp_path):
    project, _ = project_with_a_run(tmp_path / "one", "1\n")
    with pytest.raises(RemoteError) as caught:
        push(find_project(project), "http://me:hunter2@127.0.0.1:1/code.git")
    assert "127.0.0.1:1/code.git" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_nothing_can_be_sent_from_a_project_without_versions(tmp_path, remote):
    with pytest.raises(SnapshotNotFoundError, match="no snapshots yet"):
        push(find_project(user_repository(tmp_path / "one")), str(remote))


def test_a_remote_s_reference_that_is_no_commit_is_passed_over(tmp_path, remote):
    blob = git(remote, "hash-object", "-w", "-t", "blob", os.devnull)
    git(remote, "update-ref", f"refs/fitlog/runs/{RUN}/x", blob)
    project, first = project_with_a_run(tmp_path / "one", "1\n", OTHER)
    pull(find_project(project), str(remote))
    assert [(entry.id, entry.runs) for entry in list_runs(find_project(project))] == [
        (first, (OTHER,))
    ]


def test_the_commands_say_what_went_where(tmp_path, remote):
    one, _ = project_with_a_run(tmp_path / "one", "1\n")
    two, _ = project_with_a_run(tmp_path / "two", "2\n", OTHER)
    git(one, "remote", "add", "origin", str(remote))

    def fitlog(project: Path, *words: str) -> str:
        command = [sys.executable, "-m", "fitlog", *words]
        return subprocess.run(command, cwd=project, capture_output=True, text=True).stdout

    assert fitlog(one, "push", "origin") == f"Sent the code of 1 run to {remote}\n"
    assert fitlog(one, "push", "origin").startswith(f"Nothing new for {remote}")
    assert (
        fitlog(two, "pull", str(remote))
        == f"Fetched 1 code version and the code of 1 run from {remote}\n"
    )
    assert fitlog(two, "pull", str(remote)) == f"Nothing new at {remote}\n"
