"""Patterns match as in .gitignore."""

from __future__ import annotations

import shutil

import pytest

from fitlog_core.snapshots.rules import Rules, watched
from tests.snapshot_tools import git, write

CASES = [
    ("*.py", "a.py", True),
    ("*.py", "src/deep/a.py", True),
    ("*.py", "a.pyc", False),
    ("src/*.py", "src/a.py", True),
    ("src/*.py", "src/deep/a.py", False),
    ("src/*.py", "other/src/a.py", False),
    ("/a.py", "a.py", True),
    ("/a.py", "src/a.py", False),
    ("configs/**", "configs/a.yaml", True),
    ("configs/**", "configs/deep/a.yaml", True),
    ("configs/**", "configs", False),
    ("**/conf/*.yaml", "conf/a.yaml", True),
    ("**/conf/*.yaml", "x/y/conf/a.yaml", True),
    ("a/**/b.py", "a/b.py", True),
    ("a/**/b.py", "a/x/y/b.py", True),
    ("configs", "configs/a.yaml", True),
    ("configs/", "x/configs/a.yaml", True),
    ("Makefile", "sub/Makefile", True),
    ("run_?.sh", "run_1.sh", True),
    ("run_?.sh", "run_10.sh", False),
    ("run_[0-3].sh", "run_2.sh", True),
    ("run_[!0-3].sh", "run_2.sh", False),
    ("run_[!0-3].sh", "run_7.sh", True),
    ("*", "any/thing", True),
    ("a.b+c(d).py", "a.b+c(d).py", True),
    ("数据*.py", "数据集.py", True),
    ("\\*.py", "*.py", True),
    ("\\*.py", "a.py", False),
    ("[.py", "[.py", True),
]


@pytest.mark.parametrize(("pattern", "path", "expected"), CASES)
def test_a_pattern_names_the_files_it_should(pattern, path, expected):
    assert Rules([pattern]).match(path) is expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"), [case for case in CASES if case[0] not in ("[.py",)]
)
def test_a_pattern_names_the_same_files_as_for_git(tmp_path, pattern, path, expected):
    git(tmp_path, "init", "-q")
    write(tmp_path, {path: "", ".gitignore": pattern + "\n"})
    listed = git(tmp_path, "ls-files", "-o", "-i", "-z", "--exclude-standard").split("\0")
    shutil.rmtree(tmp_path / ".git")
    assert (path in listed) is expected


def test_the_last_pattern_that_matches_decides():
    rules = Rules(["*.py", "!test_*", "test_kept.py"])
    assert [rules.match(path) for path in ("a.py", "test_a.py", "test_kept.py")] == [
        True,
        False,
        True,
    ]


def test_patterns_that_only_take_back_take_back_from_the_default():
    rules = watched(["!secrets.py"], ["*.py"])
    assert rules.match("a.py")
    assert not rules.match("deep/secrets.py")


def test_an_ignored_folder_is_matched_with_all_that_is_in_it():
    rules = Rules(["data/", "out*", "src/tmp"], whole_folders=True)
    assert all(map(rules.match, ["data/", "x/data/", "data/a.py", "outputs/", "src/tmp/"]))
    assert not any(map(rules.match, ["database/", "x/src/tmp/", "data"]))
