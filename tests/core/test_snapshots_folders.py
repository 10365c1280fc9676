"""Folders are listed again only where they changed, and what a walk finds is the same."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fitlog_core import machine
from fitlog_core.snapshots import folders, layout, walk
from fitlog_core.snapshots.project import Project, project_at
from tests.snapshot_tools import write

BLUR = 0.02  # seconds; file systems tell times to 4 ms and less


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    """A project on a file system that keeps the times of folders; old ones are soon old."""
    monkeypatch.setattr(
        machine, "_EXACT", machine._EXACT | {machine._kind_of_file_system(tmp_path)}
    )
    monkeypatch.setattr(folders, "BLUR", BLUR)
    write(tmp_path, {".fitconfig": "[fit_settings]\nwatched_rules = *.py\n", "a/b/c.py": "1"})
    layout.create(tmp_path / ".fitlog")
    return project_at(tmp_path)


@pytest.fixture
def listed(monkeypatch) -> list[str]:
    """The folders that were listed, as they are."""
    paths: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: paths.append(path) or scandir(path))
    return paths


def found(project: Project) -> walk.Found:
    time.sleep(2 * BLUR)
    return walk.find_files(project)


def test_a_folder_is_listed_once(project, listed):
    first = found(project)
    assert any(path.endswith("a/b/") for path in listed)
    listed.clear()
    assert found(project).files == first.files == ["a/b/c.py"]
    assert not [path for path in listed if path.endswith("a/b/")]


def test_a_folder_that_changed_is_listed_again(project, listed):
    found(project)
    listed.clear()
    write(project.root, {"a/b/d.py": "2"})
    assert found(project).files == ["a/b/c.py", "a/b/d.py"]
    assert [path for path in listed if path.endswith("a/b/")]
    assert not [path for path in listed if path.endswith("a/")]


def test_a_folder_that_changed_just_now_is_not_remembered(project, listed):
    write(project.root, {"late/one.py": "1"})
    walk.find_files(project)
    listed.clear()
    walk.find_files(project)
    assert [path for path in listed if path.endswith("late/")]


def test_a_file_that_an_archive_left_with_an_old_folder_time_is_found(project):
    found(project)
    folder = project.root / "a" / "b"
    times = folder.stat()
    (folder / "unpacked.py").write_text("2")
    os.utime(folder, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert "a/b/unpacked.py" in found(project).files


def test_a_folder_replaced_by_another_is_listed(project):
    found(project)
    write(project.root, {"other/e.py": "2"})
    (project.root / "a" / "b").rename(project.root / "kept")
    (project.root / "other").rename(project.root / "a" / "b")
    assert found(project).files == ["a/b/e.py", "kept/c.py"]


def test_other_rules_have_every_folder_listed(project):
    write(project.root, {"a/b/notes.md": "read me"})
    found(project)
    write(project.root, {".fitconfig": "[fit_settings]\nwatched_rules = *.md\n"})
    assert found(project_at(project.root)).files == ["a/b/notes.md"]


def test_a_folder_that_may_not_be_read_any_more_is_told(project):
    found(project)
    if os.geteuid() == 0:  # root may read everything: the folder goes instead
        shutil.rmtree(project.root / "a" / "b")
        assert found(project).files == []
        return
    (project.root / "a" / "b").chmod(0)
    try:
        assert found(project).unreadable == ["a/b/"]
    finally:
        (project.root / "a" / "b").chmod(0o755)


@pytest.mark.parametrize("damage", [b"", b"zzzzzzzz[]", b"00000000[1, [], {}]", b"\xff" * 40])
def test_a_damaged_memory_is_none(project, damage):
    found(project)
    (project.git_dir / folders.FILE_NAME).write_bytes(damage)
    assert found(project).files == ["a/b/c.py"]


def test_any_byte_of_the_memory_may_be_damaged(project):
    found(project)
    path = project.git_dir / folders.FILE_NAME
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert walk.find_files(project).files == ["a/b/c.py"]


def test_nothing_is_remembered_on_a_file_system_that_may_not_keep_times(project, monkeypatch):
    monkeypatch.setattr(machine, "_EXACT", frozenset())
    found(project)
    assert not (project.git_dir / folders.FILE_NAME).exists()


def test_a_memory_that_cannot_be_written_hurts_nobody(project):
    (project.git_dir / folders.FILE_NAME).mkdir()
    assert found(project).files == ["a/b/c.py"]
    assert not list(project.git_dir.glob("*.tmp"))
    assert not list(project.git_dir.glob("fitlog-index-*"))


NAMES = st.sampled_from(["x.py", "y.py", "z.bin", "d", "e", "pyvenv.cfg"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
CHANGES = st.tuples(st.sampled_from(["write", "remove", "rename", "link", "touch"]), PATHS, PATHS)


def change(root: Path, kind: str, name: str, other: str) -> None:
    path, to = root / name, root / other
    try:
        if kind == "write":
            write(root, {name: "1"})
        elif kind == "remove":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        elif kind == "rename":
            path.rename(to)
        elif kind == "link":
            path.symlink_to(to)
        else:
            os.utime(path, (1, 1))
    except OSError:  # such a change is impossible here
        return


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rounds=st.lists(st.lists(CHANGES, max_size=6), min_size=2, max_size=5))
def test_whatever_changed_a_walk_finds_what_one_without_memory_finds(project, rounds):
    tree = project.root / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    for changes in rounds:
        for each in changes:
            change(tree, *each)
        with_memory = found(project)
        memory = (project.git_dir / folders.FILE_NAME).rename(project.git_dir / "aside")
        without = walk.find_files(project)
        memory.replace(project.git_dir / folders.FILE_NAME)
        assert (with_memory.files, with_memory.unreadable) == (without.files, without.unreadable)
