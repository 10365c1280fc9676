"""Which files of a project are recorded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time

import pytest

from fitlog_core.snapshots import walk
from fitlog_core.snapshots.folders import Content
from fitlog_core.snapshots.project import find_project
from fitlog_core.snapshots.walk import find_files
from tests.snapshot_tools import git, user_repository, write

RUN = "log_20260101_120000"


def found(project, log_dir=None):
    return find_files(find_project(project), log_dir).files


def test_watched_files_are_found_at_any_depth_and_no_others(tmp_path):
    write(tmp_path, {".fitconfig": "", "b.py": "", "a/c.py": "", "a/d.txt": "", ".hidden/e.py": ""})
    assert found(tmp_path) == [".hidden/e.py", "a/c.py", "b.py"]


@pytest.mark.parametrize(
    "name", [".venv", "venv", "site-packages", "node_modules", "__pycache__", ".git_backup"]
)
def test_folders_of_other_peoples_code_are_left_out_by_name(tmp_path, name):
    write(tmp_path, {".fitconfig": "", "a.py": "", f"{name}/b.py": "", f"deep/{name}/b.py": ""})
    assert found(tmp_path) == ["a.py"]


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_an_environment_of_any_name_is_left_out(tmp_path, mark):
    write(tmp_path, {".fitconfig": "", "a.py": "", f"env39/{mark}": "", "env39/lib/b.py": ""})
    assert found(tmp_path) == ["a.py"]


def test_git_fitlog_and_nested_repositories_are_left_out(tmp_path):
    project = user_repository(tmp_path / "work", {".fitconfig": "", "a.py": ""})
    user_repository(project / "vendor" / "inner", {"b.py": ""})
    write(
        project,
        {".git/x.py": "", ".fitlog/y.py": "", "linked/.git": "gitdir: x", "linked/c.py": ""},
    )
    write(project, {"bare/HEAD": "", "bare/objects/x": "", "bare/refs/x": "", "bare/d.py": ""})
    assert found(project) == ["a.py"]


def test_submodules_are_looked_into_and_their_own_too(tmp_path):
    inner = user_repository(tmp_path / "inner", {"c.py": ""})
    middle = user_repository(tmp_path / "middle", {"b.py": ""})
    project = user_repository(tmp_path / "work", {".fitconfig": "", "a.py": ""})
    allowed = ("-c", "protocol.file.allow=always", "submodule", "--quiet")
    git(middle, *allowed, "add", str(inner), "deep er/inner")
    git(middle, "commit", "-q", "-m", "inner")
    git(project, *allowed, "add", str(middle), "lib/middle")
    git(project, *allowed, "update", "--init", "--recursive")
    user_repository(project / "vendor", {"d.py": ""})
    assert found(project) == ["a.py", "lib/middle/b.py", "lib/middle/deep er/inner/c.py"]


def test_what_is_no_list_of_submodules_is_passed_over(tmp_path):
    write(tmp_path, {".fitconfig": "", "a.py": "", ".gitmodules/b.py": "", "c/.gitmodules": "\xff"})
    assert found(tmp_path) == [".gitmodules/b.py", "a.py"]


def test_log_directories_are_left_out(tmp_path):
    write(tmp_path, {".fitconfig": "", "a.py": "", f"runs/old/{RUN}/b.py": "", "runs/old/c.py": ""})
    write(tmp_path, {"empty_logs/d.py": "", f"log_of_ideas/{RUN}.py": ""})
    assert found(tmp_path, tmp_path / "empty_logs") == ["a.py", f"log_of_ideas/{RUN}.py"]


def test_a_project_that_is_its_own_log_directory_leaves_out_the_runs(tmp_path):
    write(tmp_path, {".fitconfig": "", "a.py": "", f"{RUN}/b.py": "", "src/c.py": ""})
    assert found(tmp_path, tmp_path) == ["a.py", "src/c.py"]


@pytest.mark.parametrize("other", [f"{RUN}/meta.log", "pyvenv.cfg", ".git/HEAD"])
def test_the_folder_of_the_running_code_is_looked_into_whatever_else_it_holds(tmp_path, other):
    write(tmp_path, {".fitconfig": "", "exp/deep/train.py": "", f"exp/deep/{other}": ""})
    write(tmp_path, {f"exp/deep/{RUN}/copy.py": "", "other/pyvenv.cfg": "", "other/b.py": ""})
    start = tmp_path / "exp" / "deep"
    assert find_files(find_project(tmp_path), start, start).files == ["exp/deep/train.py"]


def test_ignored_folders_are_left_out(tmp_path):
    config = "[fit_settings]\nwatched_rules = *.py, *.yaml\nignored = data/, src/out\n"
    write(tmp_path, {".fitconfig": config, "a.py": "", "data/b.py": "", "x/data/b.yaml": ""})
    write(tmp_path, {"src/out/c.py": "", "out/d.py": "", "database/e.py": ""})
    assert found(tmp_path) == ["a.py", "database/e.py", "out/d.py"]


def test_links_are_taken_as_links_and_never_followed(tmp_path):
    outside = write(tmp_path / "outside", {"b.py": ""})
    project = write(tmp_path / "project", {".fitconfig": "", "a.py": ""})
    (project / "link.py").symlink_to("nowhere.py")
    (project / "folder").symlink_to(outside)
    (project / "loop").symlink_to(project)
    assert found(project) == ["a.py", "link.py"]


def test_a_pipe_is_not_a_file(tmp_path):
    write(tmp_path, {".fitconfig": "", "a.py": ""})
    os.mkfifo(tmp_path / "pipe.py")
    assert found(tmp_path) == ["a.py"]


def test_a_walk_that_takes_long_names_the_folder_and_the_remedy(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(walk, "SLOW_AFTER", 0.0)
    config = "[fit_settings]\nignored = out/\n"
    write(tmp_path, {".fitconfig": config, "a.py": ""})
    write(tmp_path, {"src/data/thousands.txt": ""})
    listed = walk._content

    def slow(path: str, endings: tuple[str, ...]) -> Content:
        time.sleep(0.3 if path.endswith("src/data/") else 0)
        return listed(path, endings)

    monkeypatch.setattr(walk, "_content", slow)
    find_files(find_project(tmp_path))
    said = capsys.readouterr().err
    assert "of it in src/data/" in said
    assert f"'ignored = out/, src/data/' under [fit_settings] in {tmp_path}/.fitconfig" in said


def test_an_ordinary_walk_says_nothing(tmp_path, capsys):
    write(tmp_path, {".fitconfig": "", "a.py": ""})
    find_files(find_project(tmp_path))
    assert capsys.readouterr().err == ""


def test_a_file_that_cannot_be_read_is_told_apart(tmp_path):
    write(tmp_path, {".fitconfig": "", "a.py": "", "locked.py": "", "closed/b.py": ""})
    (tmp_path / "locked.py").chmod(0)
    (tmp_path / "closed").chmod(0)
    code = (
        "from pathlib import Path; from fitlog_core.snapshots.project import find_project;"
        "from fitlog_core.snapshots.walk import find_files;"
        "f = find_files(find_project(Path('.')));"
        "print(f.files, sorted(f.unreadable))"
    )
    done = subprocess.run(
        [*as_mortal(), sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    (tmp_path / "closed").chmod(0o755)
    assert done.stdout == "['a.py'] ['closed/', 'locked.py']\n", done.stderr


def as_mortal():
    """The start of a command that file permissions hold for, even if root runs the tests."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    assert setpriv, "tests run by root need setpriv (package util-linux)"
    return [setpriv, "--bounding-set=-dac_override,-dac_read_search"]


def test_a_file_that_vanishes_during_the_walk_disturbs_nothing(tmp_path):
    write(tmp_path, {".fitconfig": "", "kept.py": ""})
    stop = threading.Event()

    def come_and_go():
        while not stop.is_set():
            write(tmp_path, {"gone/a.py": ""})
            shutil.rmtree(tmp_path / "gone")

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        assert all("kept.py" in found(tmp_path) for _ in range(50))
    finally:
        stop.set()
        thread.join()
