"""The user's HEAD is read without changing anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fitlog_core.snapshots import user_git
from fitlog_core.snapshots.capture import user_commit_id
from fitlog_core.snapshots.packs import packed_commit
from fitlog_core.snapshots.user_git import head_of
from tests.snapshot_tools import fingerprint, git, user_repository, write


def test_id_and_subject_are_read_whatever_the_branch_is_called(tmp_path):
    repository = user_repository(tmp_path / "work")
    git(repository, "checkout", "-q", "-b", "feature/a-b")
    assert head_of(repository) == (git(repository, "rev-parse", "HEAD"), "The user's commit")


def test_a_file_deep_in_the_work_tree_will_do(tmp_path):
    repository = user_repository(tmp_path / "work", {"src/deep/a.py": ""})
    expected = git(repository, "rev-parse", "HEAD")
    assert user_commit_id(repository / "src" / "deep" / "a.py") == expected


def test_a_detached_head_is_read(tmp_path):
    repository = user_repository(tmp_path / "work")
    git(repository, "checkout", "-q", "--detach")
    assert head_of(repository) == (git(repository, "rev-parse", "HEAD"), "The user's commit")


def test_packed_references_and_objects_are_read(tmp_path):
    repository = user_repository(tmp_path / "work")
    git(repository, "gc", "-q")
    git(repository, "pack-refs", "--all")
    assert not (repository / ".git" / "refs" / "heads" / "trunk").exists()
    assert head_of(repository) == (git(repository, "rev-parse", "HEAD"), "The user's commit")


def test_a_linked_work_tree_has_its_own_head(tmp_path):
    repository = user_repository(tmp_path / "work")
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    git(tmp_path / "side", "commit", "-q", "--allow-empty", "-m", "On the side")
    expected = git(tmp_path / "side", "rev-parse", "HEAD")
    assert head_of(tmp_path / "side") == (expected, "On the side")


def test_a_subject_of_several_lines_is_joined_as_git_does(tmp_path):
    repository = user_repository(tmp_path / "work")
    git(repository, "commit", "-q", "--allow-empty", "-m", "修复 a\nand b\n\nbody")
    head = head_of(repository)
    assert head is not None
    assert head[1] == git(repository, "log", "-1", "--format=%s") == "修复 a and b"


def test_no_repository_and_no_commit_give_none(tmp_path):
    assert head_of(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert head_of(tmp_path) is None
    assert user_commit_id(tmp_path) == "error"


@pytest.mark.parametrize("content", ["", "ref: refs/heads/../../../x", "ref: HEAD", "\0", "g" * 40])
def test_a_damaged_head_gives_none(tmp_path, content):
    repository = user_repository(tmp_path / "work")
    (repository / ".git" / "HEAD").write_text(content)
    assert head_of(repository) is None


def test_a_path_that_cannot_be_gives_none():
    assert head_of(Path("/no\0where")) is None


def test_objects_that_only_git_can_read_still_give_the_id_without_it(tmp_path, monkeypatch):
    repository = user_repository(tmp_path / "work")
    git(tmp_path, "clone", "-q", "--shared", str(repository), "lent")
    expected = git(repository, "rev-parse", "HEAD")
    with monkeypatch.context() as without_git:
        without_git.setenv("PATH", str(tmp_path))
        assert head_of(tmp_path / "lent") == (expected, "")
    assert head_of(tmp_path / "lent") == (expected, "The user's commit")


def test_a_subject_that_was_read_once_is_known_and_a_moved_head_is_told(tmp_path, monkeypatch):
    repository = user_repository(tmp_path / "work")
    git(tmp_path, "clone", "-q", "--shared", str(repository), "lent")
    expected = git(repository, "rev-parse", "HEAD")
    first = head_of(tmp_path / "lent")
    git(tmp_path / "lent", "commit", "-q", "--allow-empty", "-m", "Later")
    later = git(tmp_path / "lent", "rev-parse", "HEAD")
    assert head_of(tmp_path / "lent") == (later, "Later")
    git(tmp_path / "lent", "checkout", "-q", "HEAD~")
    monkeypatch.setenv("PATH", str(tmp_path))  # without git
    assert head_of(tmp_path / "lent") == first == (expected, "The user's commit")


def test_every_commit_of_packs_is_read_as_git_reads_it(tmp_path):
    """Among them are some that are kept as the difference to another, which git is asked for."""
    repository = user_repository(tmp_path / "work")
    body = "\n".join(f"line {number} of a long message" for number in range(300))
    for number in range(12):
        git(repository, "commit", "-q", "--allow-empty", "-m", f"Number {number}\n\n{body}")
        if number == 5:
            git(repository, "repack", "-d", "-q")  # the rest goes into a second pack
    git(repository, "repack", "-d", "-q", "--window=50", "--depth=50")
    assert len(list((repository / ".git" / "objects" / "pack").glob("*.idx"))) == 2
    commits = git(repository, "log", "--format=%H").split()
    assert not any((repository / ".git/objects" / one[:2] / one[2:]).exists() for one in commits)
    kept_as_they_are = 0
    for commit in commits:
        git(repository, "checkout", "-q", commit)
        assert head_of(repository) == (commit, git(repository, "log", "-1", "--format=%s"))
        kept_as_they_are += bool(packed_commit(str(repository / ".git"), commit))
    assert 0 < kept_as_they_are < len(commits)


def test_a_pack_of_large_offsets_is_read(tmp_path):
    repository = user_repository(tmp_path / "work")
    git(repository, "gc", "-q")
    (pack,) = (repository / ".git" / "objects" / "pack").glob("*.pack")
    index = pack.with_suffix(".idx")
    index.unlink()
    git(repository, "index-pack", "--index-version=2,0x10", str(pack))
    commit = git(repository, "rev-parse", "HEAD")
    assert b"The user's commit" in packed_commit(str(repository / ".git"), commit)


@pytest.mark.parametrize("suffix", [".idx", ".pack"])
def test_a_damaged_pack_costs_the_subject_and_not_the_run(suffix, tmp_path):
    repository = user_repository(tmp_path / "work")
    git(repository, "gc", "-q")
    expected = git(repository, "rev-parse", "HEAD")
    (path,) = (repository / ".git" / "objects" / "pack").glob(f"*{suffix}")
    content = path.read_bytes()
    path.chmod(0o600)
    for length in (0, 4, 100, 1032, len(content) // 2):
        path.write_bytes(content[:length])
        user_git._subject_of.cache_clear()
        assert head_of(repository) in {(expected, ""), (expected, "The user's commit")}
    place = 8 + 4 * int(expected[:2], 16)
    for begun in (12, place, place + 8, len(content) // 2):
        path.write_bytes(content[:begun] + bytes(255 for _ in content[begun:]))
        user_git._subject_of.cache_clear()
        assert head_of(repository) in {(expected, ""), (expected, "The user's commit")}


@pytest.mark.parametrize("fill", [0, 255])
def test_no_damage_of_a_pack_gives_another_subject(fill, tmp_path):
    repository = user_repository(tmp_path / "work")
    git(repository, "gc", "-q")
    commit = git(repository, "rev-parse", "HEAD")
    (pack,) = (repository / ".git" / "objects" / "pack").glob("*.pack")
    content = pack.read_bytes()
    pack.chmod(0o600)
    told = set()
    for begun in range(12, len(content)):
        pack.write_bytes(content[:begun] + bytes([fill]) * (len(content) - begun))
        told.add(packed_commit(str(repository / ".git"), commit).partition(b"\n\n")[2])
    assert told == {b"", b"The user's commit\n"}


def test_reading_changes_no_byte_of_the_users_git(tmp_path):
    repository = user_repository(tmp_path / "work", {"a.py": "x"})
    git(repository, "gc", "-q")
    os.utime(repository / "a.py", (1, 1))  # a plain 'git status' would now rewrite the index
    before = fingerprint(repository / ".git")
    head_of(repository)
    assert fingerprint(repository / ".git") == before


@pytest.mark.parametrize("is_packed", [False, True])
def test_reading_the_head_needs_no_process(is_packed, tmp_path):
    repository = user_repository(tmp_path / "work")
    if is_packed:
        git(repository, "gc", "-q")
    code = (
        "import sys; from pathlib import Path; from fitlog_core.snapshots.user_git import head_of;"
        "print(head_of(Path(sys.argv[1]))[1], 'subprocess' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(repository)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "The user's commit False\n"


def test_a_submodule_is_a_repository_of_its_own(tmp_path):
    inner = user_repository(tmp_path / "inner")
    outer = user_repository(tmp_path / "outer")
    allow = ("-c", "protocol.file.allow=always")
    git(outer, *allow, "submodule", "add", "-q", str(inner), "inner")
    git(outer, "commit", "-q", "-m", "Adds it")
    assert head_of(write(outer / "inner", {"a.py": ""})) == head_of(inner)
    shutil.rmtree(inner)
