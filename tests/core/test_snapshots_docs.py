"""The page on code versions says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fitlog_core.snapshots import walk
from fitlog_core.snapshots.capture import capture
from fitlog_core.snapshots.config import split_rules
from fitlog_core.snapshots.rules import Rules
from tests.snapshot_tools import git, user_repository, write

PAGE = (Path(__file__).parents[2] / "docs" / "snapshots.md").read_text("utf-8")


@pytest.fixture
def project(tmp_path):
    folder = user_repository(tmp_path / "work", {"train.py": "1"})
    capture(folder)
    return folder


def test_every_folder_that_is_never_looked_into_is_named():
    names = walk.SKIPPED_NAMES | walk.FOREIGN_CONTENT
    # .git_backup is what a killed 0.9 leaves, and .fitlog what the page is about
    assert [name for name in names - {".git_backup", ".fitlog"} if f"`{name}`" not in PAGE] == []
    assert "two seconds" in PAGE
    assert walk.SLOW_AFTER == 2.0


def test_the_rules_of_the_example_name_what_the_page_says():
    watched = split_rules(re.search("watched_rules = (.*)", PAGE)[1])  # type: ignore[index]
    rules = Rules(watched)
    assert all(map(rules.match, ["a.py", "deep/b.yaml", "configs/x/any.thing"]))
    assert not any(map(rules.match, ["my_secret.py", "deep/my_secret.py", "a.txt"]))


@pytest.mark.parametrize("command", re.findall(r"^\$ (git .*)$", PAGE, re.MULTILINE))
def test_each_git_command_works(project, command):
    snapshot = capture(project)
    assert snapshot is not None
    words = command.replace("020d1210", snapshot.id[:8]).split()[1:]
    git(project, *words)


def test_clean_deletes_fitlog_only_when_told_to_take_ignored_files(project):
    git(project, "clean", "-fd")
    git(project, "clean", "-fdx", "-e", ".fitlog")
    assert (project / ".fitlog" / "HEAD").exists()
    git(project, "clean", "-fdx")
    assert not (project / ".fitlog").exists()


def test_stash_passes_fitlog_by(project):
    write(project, {"train.py": "2", "new.py": ""})
    git(project, "stash", "--include-untracked")
    assert (project / ".fitlog" / "HEAD").exists()
