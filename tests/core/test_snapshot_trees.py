"""The files of a snapshot are read without writing any."""

from __future__ import annotations

import os

import pytest

from fitlog_core.errors import GitMissingError, SnapshotError, SnapshotNotFoundError
from fitlog_core.snapshots.capture import capture
from fitlog_core.snapshots.tree import EXECUTABLE, LINK, SnapshotTrees
from tests.snapshot_tools import fingerprint, user_repository, write


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "work", {"train.py": b"lr = 1\r\n", "src/\u00e9 b.py": "b", ".fitconfig": ""})
    (tmp_path / "work" / "train.py").chmod(0o755)
    (tmp_path / "work" / "link.py").symlink_to("train.py")
    return tmp_path / "work"


@pytest.fixture
def commit_id(folder):
    snapshot = capture(folder)
    assert snapshot is not None
    return snapshot.id


def test_files_and_contents_are_those_of_the_snapshot(folder, commit_id):
    write(folder, {"train.py": "later"})
    trees = SnapshotTrees(folder / ".fitlog")
    files = trees.files(commit_id)
    assert files.keys() == {"train.py", "src/\u00e9 b.py", "link.py"}
    assert (files["train.py"].mode, files["link.py"].mode) == (EXECUTABLE, LINK)
    contents = trees.contents(entry.id for entry in files.values())
    assert contents[files["train.py"].id] == b"lr = 1\r\n"
    assert contents[files["link.py"].id] == b"train.py"
    assert trees.contents([]) == {}


def test_reading_changes_nothing_and_heeds_no_variable_of_gits(folder, commit_id, monkeypatch):
    other = user_repository(folder.parent / "other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_TRACE", "1")
    before = fingerprint(folder)
    trees = SnapshotTrees(folder / ".fitlog")
    assert "train.py" in trees.files(trees.resolve(commit_id[:8].upper()))
    assert fingerprint(folder) == before


@pytest.mark.parametrize("prefix", ["", "abc", "--all", "HEAD^", "0123456789"])
def test_an_id_that_is_not_there_is_told(folder, commit_id, prefix):
    with pytest.raises(SnapshotNotFoundError):
        SnapshotTrees(folder / ".fitlog").resolve(prefix)


def test_a_pruned_object_is_told(folder, commit_id):
    trees = SnapshotTrees(folder / ".fitlog")
    gone = trees.files(commit_id)["train.py"].id
    (folder / ".fitlog" / "objects" / gone[:2] / gone[2:]).unlink()
    with pytest.raises(SnapshotError, match=gone):
        trees.contents([gone])


def test_a_missing_git_is_told(folder, commit_id, monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(GitMissingError, match="install git"):
        SnapshotTrees(folder / ".fitlog").files(commit_id)
