"""Which folder is the project, and what its .fitconfig says."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from fitlog_core.errors import ProjectNotFoundError
from fitlog_core.snapshots.config import read_config, split_rules
from fitlog_core.snapshots.project import find_project, find_root
from tests.snapshot_tools import user_repository, write


@pytest.mark.parametrize("marker", [".fitconfig", ".fitlog/HEAD"])
def test_the_nearest_marked_folder_is_the_root(tmp_path, marker):
    user_repository(tmp_path / "work")
    project = write(tmp_path / "work" / "project", {marker: "", "src/deep/train.py": ""})
    assert find_root(project / "src" / "deep" / "train.py") == project


def test_a_marked_folder_goes_before_a_nearer_git_repository(tmp_path):
    write(tmp_path, {".fitconfig": ""})
    inner = user_repository(tmp_path / "inner", {"train.py": ""})
    assert find_root(inner / "train.py") == tmp_path


def test_without_a_mark_the_top_of_the_git_work_tree_is_the_root(tmp_path):
    repository = user_repository(tmp_path / "work", {"src/pyproject.toml": "", "src/a.py": ""})
    assert find_root(repository / "src" / "a.py") == repository


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.py", "setup.cfg"])
def test_without_git_the_nearest_build_file_marks_the_root(tmp_path, name):
    write(tmp_path, {name: "", "src/package/a.py": ""})
    assert find_root(tmp_path / "src" / "package" / "a.py") == tmp_path


def test_else_the_root_is_the_folder_of_the_file(tmp_path):
    write(tmp_path, {"scripts/a.py": ""})
    assert find_root(tmp_path / "scripts" / "a.py") == tmp_path / "scripts"


def test_a_file_that_is_not_there_stands_for_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_root(Path("<ipython-input-1>")) == tmp_path


def test_a_folder_can_be_given(tmp_path):
    write(tmp_path, {".fitconfig": "", "src/a.py": ""})
    assert find_root(tmp_path / "src") == tmp_path


def test_the_search_stops_below_the_home_directory(tmp_path, monkeypatch):
    home = write(tmp_path / "home", {".fitconfig": "", "work/a.py": ""})
    monkeypatch.setenv("HOME", str(home))
    assert find_root(home / "work" / "a.py") == home / "work"


def test_a_home_directory_under_git_is_not_the_project(tmp_path, monkeypatch):
    home = user_repository(tmp_path / "home", {"work/a.py": ""})
    monkeypatch.setenv("HOME", str(home))
    assert find_root(home / "work" / "a.py") == home / "work"


def test_home_root_and_temporary_directory_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for folder in (tmp_path, Path(os.sep), Path(tempfile.gettempdir())):
        with pytest.raises(ProjectNotFoundError, match="is no place for a project"):
            find_root(folder)


def test_an_installed_package_is_refused(tmp_path):
    write(tmp_path, {".fitconfig": "", "lib/site-packages/thing/a.py": ""})
    with pytest.raises(ProjectNotFoundError, match="installed package"):
        find_root(tmp_path / "lib" / "site-packages" / "thing" / "a.py")


def test_pythons_own_library_is_no_project():
    with pytest.raises(ProjectNotFoundError):
        find_root(Path(os.__file__))


def test_rules_are_read_with_and_without_spaces(tmp_path):
    text = "[fit_settings]\nwatched_rules = *.py,*.yaml , src/*.sh\nignored = data/, outputs/\n"
    write(tmp_path, {".fitconfig": text + "[another]\nx = 50%\n"})
    project = find_project(tmp_path)
    assert project.watched_rules == ("*.py", "*.yaml", "src/*.sh")
    assert project.ignored == ("data/", "outputs/")


def test_a_config_hidden_in_fitlog_is_found(tmp_path):
    write(tmp_path, {".fitlog/.fitconfig": "[fit_settings]\nwatched_rules = *.sh"})
    assert find_project(tmp_path).watched_rules == ("*.sh",)


@pytest.mark.parametrize("text", ["", "[fit_settings]\n", "[fit_settings]\nwatched_rules =\n"])
def test_python_files_are_watched_by_default(tmp_path, text):
    write(tmp_path, {".fitconfig": text})
    assert find_project(tmp_path).watched_rules == ("*.py",)


def test_a_config_that_cannot_be_understood_is_said_and_passed_over(tmp_path, capsys):
    write(tmp_path, {".fitconfig": "watched_rules = *.sh\n"})
    assert read_config(tmp_path / ".fitconfig").watched_rules == ("*.py",)
    assert ".fitconfig cannot be read" in capsys.readouterr().err


def test_what_cannot_be_understood_is_told_by_its_line_and_without_a_secret_in_it(tmp_path, capsys):
    (tmp_path / ".fitconfig").write_text("webhook = https://host/TOKEN\n[feishu]\n")
    read_config(tmp_path / ".fitconfig")
    told = capsys.readouterr().err
    assert ".fitconfig cannot be read (File contains no section headers, line 1)" in told
    assert "TOKEN" not in told


def test_a_config_may_begin_with_a_byte_order_mark(tmp_path):
    write(tmp_path, {".fitconfig": b"\xef\xbb\xbf[fit_settings]\nwatched_rules = *.sh\n"})
    assert find_project(tmp_path).watched_rules == ("*.sh",)


def test_rules_may_stand_on_several_lines():
    assert split_rules("\n*.py,\n*.sh\n") == ("*.py", "*.sh")
