"""``fitlog init``, ``fitlog list`` and ``fitlog revert`` as typed."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fitlog_core.snapshots import layout
from tests.snapshot_tools import fingerprint, git, kept, make_old_fitlog, user_repository, write

FIXTURE = Path(__file__).parents[1] / "fixtures" / "fitlog-0.9-logs" / "default.cfg"


def fitlog(folder, *words, code=0, env=None):
    """Run the command as a user does and return stdout, or stderr if it fails as expected."""
    program = "import sys; from fitlog_core.cli import main; sys.argv[0] = 'fitlog'; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=folder, capture_output=True, text=True, env={**os.environ, **(env or {})},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stderr if code else done.stdout


def test_init_makes_a_project_with_one_snapshot(tmp_path):
    fitlog(tmp_path, "init", "pj")
    project = tmp_path / "pj"
    assert sorted(path.name for path in project.iterdir()) == [
        ".fitconfig", ".fitlog", "logs", "main.py",
    ]  # fmt: skip
    assert (project / ".fitconfig").read_text() == "[fit_settings]\nwatched_rules = *.py\n"
    assert kept(project, "log", "--format=%s") == "Project initialized."
    assert kept(project, "ls-files") == "main.py"
    ignore = (project / ".fitlog" / ".gitignore").read_text()
    assert ignore == "*\n!/**/\n.git_backup/\n.gitignore_backup\n*\n"


def test_the_main_py_of_a_new_project_runs_and_keeps_its_code(tmp_path):
    fitlog(tmp_path, "init", "pj")
    done = subprocess.run(
        [sys.executable, "main.py"], cwd=tmp_path / "pj", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "pj" / "logs").glob("log_*")
    head = kept(tmp_path / "pj", "rev-parse", "HEAD")
    assert f'"fit_id": "{head[:8]}' in (run / "meta.log").read_text()
    assert "learning_rate" in (run / "hyper.log").read_text()
    assert len((run / "loss.log").read_text().splitlines()) == 30


def test_the_view_of_a_new_project_has_the_sections_and_keys_of_0_9(tmp_path):
    fitlog(tmp_path, "init", "pj")
    old, new = configparser.RawConfigParser(), configparser.RawConfigParser()
    old.read(FIXTURE, "utf-8")
    new.read(tmp_path / "pj" / "logs" / "default.cfg", "utf-8")
    assert {name: set(new[name]) for name in new} == {name: set(old[name]) for name in old}


def test_init_without_a_name_takes_the_current_folder(tmp_path):
    write(tmp_path / "pj", {"main.py": "mine", "logs/default.cfg": "mine", ".fitconfig": "[x]\n"})
    fitlog(tmp_path / "pj", "init")
    assert (tmp_path / "pj" / "main.py").read_text() == "mine"
    assert (tmp_path / "pj" / "logs" / "default.cfg").read_text() == "mine"
    assert (tmp_path / "pj" / ".fitconfig").read_text() == "[x]\n"
    assert kept(tmp_path / "pj", "show", "HEAD:main.py") == "mine"


def test_hide_puts_the_config_into_fitlog(tmp_path):
    fitlog(tmp_path, "init", "pj", "--hide")
    assert not (tmp_path / "pj" / ".fitconfig").exists()
    assert "*.py" in (tmp_path / "pj" / ".fitlog" / ".fitconfig").read_text()


@pytest.mark.parametrize("hide", [False, True])
def test_with_git_makes_a_repository_that_leaves_fitlog_out(tmp_path, hide):
    words = ["init", "pj", "--with-git", *(["--hide"] if hide else [])]
    fitlog(tmp_path, *words)
    expected = [".fitlog", "logs"] if hide else [".fitlog", ".fitconfig", "logs"]
    ignore = tmp_path / "pj" / ".gitignore"
    assert ignore.read_text().split() == expected
    assert git(tmp_path / "pj", "status", "--porcelain", "-uall") == "?? .gitignore\n?? main.py"
    fitlog(tmp_path, *words)
    assert ignore.read_text().split() == expected


def test_with_git_appends_to_a_gitignore_and_repeats_nothing(tmp_path):
    project = user_repository(tmp_path / "pj", {".gitignore": "data/\nlogs"})
    before = fingerprint(project / ".git")
    fitlog(project, "init", "--with-git")
    assert (project / ".gitignore").read_text() == "data/\nlogs\n.fitlog\n.fitconfig\n"
    assert fingerprint(project / ".git") == before


def test_no_git_of_old_scripts_is_accepted(tmp_path):
    fitlog(tmp_path, "init", "pj", "--no-git")
    assert not (tmp_path / "pj" / ".git").exists()


def test_init_in_a_git_repository_changes_nothing_of_the_users(tmp_path):
    project = user_repository(tmp_path / "pj", {"a.py": "1", ".gitignore": "data/\n"})
    before = fingerprint(project)
    fitlog(project, "init")
    after = fingerprint(project)
    assert {name: after[name] for name in before} == before
    assert ".fitlog" not in git(project, "status", "--porcelain", "-uall")


def test_a_second_init_makes_no_second_commit_and_no_example(tmp_path):
    fitlog(tmp_path, "init", "pj")
    (tmp_path / "pj" / "main.py").unlink()
    assert "is a fitlog project already" in fitlog(tmp_path, "init", "pj")
    assert not (tmp_path / "pj" / "main.py").exists()
    assert kept(tmp_path / "pj", "rev-list", "--count", "HEAD") == "1"


def test_init_refuses_home_and_files_with_one_line(tmp_path):
    write(tmp_path, {"file": ""})
    assert "cannot be a project" in fitlog(tmp_path, "init", code=1, env={"HOME": str(tmp_path)})
    assert not (tmp_path / ".fitlog").exists()
    said = fitlog(tmp_path, "init", "file", code=1)
    assert said == "fitlog: file is a file; a project needs a folder\n"


def test_init_without_git_makes_nothing(tmp_path):
    said = fitlog(tmp_path, "init", "pj", code=1, env={"PATH": "/nowhere"})
    assert "there is no git executable" in said
    assert said.count("\n") == 1
    assert list((tmp_path / "pj").iterdir()) == []


@pytest.fixture
def mixed(tmp_path):
    """A project of 0.9 with a repository and a .gitignore of the user's."""
    make_old_fitlog(tmp_path / "pj")
    return user_repository(tmp_path / "pj", {".gitignore": ".fitlog\n", "mine.py": "1"})


def switch(project, steps):
    """Do the first steps of what 0.9 did to make a commit, as a kill would leave it."""
    moves = [
        (".git", ".git_backup"),
        (".gitignore", ".gitignore_backup"),
        (".fitlog", ".git"),
        (".git/.gitignore", ".gitignore"),
    ]
    for source, target in moves[:steps]:
        (project / source).rename(project / target)


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_a_half_switched_project_is_put_right_and_told_so(mixed, steps):
    before = fingerprint(mixed)
    switch(mixed, steps)
    said = fitlog(mixed, "init")
    assert "had left this project half switched" in said
    after = fingerprint(mixed)
    assert {name: after.get(name) for name in before} == before
    assert not (mixed / ".git_backup").exists()
    assert not (mixed / ".gitignore_backup").exists()
    assert kept(mixed, "rev-list", "--count", "HEAD") == "1"


def test_a_0_9_killed_while_it_wrote_its_gitignore_is_put_right(mixed):
    before = fingerprint(mixed)
    switch(mixed, 4)
    (mixed / ".gitignore").write_text("")
    fitlog(mixed, "init")
    after = fingerprint(mixed)
    assert {name for name in before if before[name] != after.get(name)} == {".fitlog/.gitignore"}
    assert ".fitlog" not in git(mixed, "status", "--porcelain", "-uall", "--ignored=no")


@pytest.mark.parametrize("steps", [3, 4])
def test_a_half_switched_project_without_git_of_its_own_is_put_right(tmp_path, steps):
    make_old_fitlog(tmp_path / "pj")
    before = fingerprint(tmp_path / "pj")
    (tmp_path / "pj" / ".fitlog").rename(tmp_path / "pj" / ".git")
    if steps == 4:
        (tmp_path / "pj" / ".git" / ".gitignore").rename(tmp_path / "pj" / ".gitignore")
    fitlog(tmp_path / "pj", "init")
    after = fingerprint(tmp_path / "pj")
    assert {name: after.get(name) for name in before} == before
    assert not (tmp_path / "pj" / ".git").exists()


def test_a_half_switched_project_that_cannot_be_understood_is_left_as_it_is(mixed):
    user_repository(mixed / ".git_backup")
    before = fingerprint(mixed)
    assert "keep the one of .git and .git_backup that is yours" in fitlog(mixed, "init", code=1)
    assert fingerprint(mixed) == before


def test_list_shows_date_id_and_arguments_oldest_first(tmp_path):
    old_id = make_old_fitlog(tmp_path / "pj")
    write(tmp_path / "pj", {"main.py": "new"})
    code = "from fitlog_core.snapshots.capture import capture; print(capture('.').id)"
    done = subprocess.run(
        [sys.executable, "-c", code, "--lr", "0.2"],
        cwd=tmp_path / "pj", capture_output=True, text=True,
    )  # fmt: skip
    new_id = done.stdout.strip()
    lines = fitlog(tmp_path / "pj", "list", "--show-now").splitlines()
    assert lines[:3] == [
        "date&time   2021-03-04 05:06:07",
        f"commit_id   {old_id}",
        "arguments   Run main.py --lr 0.1",
    ]
    second = lines.index(f"commit_id   {new_id}")
    assert lines[second + 1] == "arguments   Run -c --lr 0.2"
    assert lines[-1] == f"Head is {new_id}"
    newest = fitlog(tmp_path / "pj", "list", "1")
    assert new_id in newest
    assert old_id not in newest


def test_list_works_in_a_folder_of_the_project_and_without_git(tmp_path):
    old_id = make_old_fitlog(tmp_path / "pj")
    write(tmp_path / "pj", {"src/a.py": ""})
    assert old_id in fitlog(tmp_path / "pj" / "src", "list")
    assert old_id in fitlog(tmp_path / "pj", "list", env={"PATH": "/nowhere"})


def test_list_and_revert_fail_with_one_line_where_nothing_is_kept(tmp_path):
    write(tmp_path, {".fitconfig": ""})
    for words in (["list"], ["list", "--show-now"], ["revert", "abcdef"]):
        said = fitlog(tmp_path, *words, code=1)
        assert said.startswith(f"fitlog: {tmp_path} has no snapshots yet")
        assert said.count("\n") == 1


@pytest.mark.parametrize("words", [["list", "0"], ["list", "many"], ["revert"], ["init", "--what"]])
def test_wrong_usage_ends_with_code_2(tmp_path, words):
    assert "Try 'fitlog" in fitlog(tmp_path, *words, code=2)


def test_revert_writes_beside_the_project(tmp_path):
    old_id = make_old_fitlog(tmp_path / "pj")
    write(tmp_path / "pj", {"main.py": "changed"})
    said = fitlog(tmp_path / "pj", "revert", old_id[:6])
    assert said == f"Your code is reverted to {tmp_path}/pj_revert\n"
    fitlog(tmp_path / "pj", "revert", old_id[:6], "--id-suffix")
    fitlog(tmp_path / "pj", "revert", old_id, "../elsewhere", "--id-suffix")
    for name in ("pj_revert", f"pj_revert_{old_id[:6]}", f"elsewhere_{old_id[:6]}"):
        assert (tmp_path / name / "main.py").read_text() == "print('old')\n"


@pytest.mark.parametrize("name", ["init", "list", "revert"])
def test_help_shows_examples(tmp_path, name):
    assert f"Examples:\n    fitlog {name}" in fitlog(tmp_path, name, "--help")


def test_an_interrupted_init_is_completed_by_the_next(tmp_path):
    layout.create(tmp_path / "pj" / ".fitlog")
    fitlog(tmp_path, "init", "pj")
    assert kept(tmp_path / "pj", "log", "--format=%s") == "Project initialized."
    assert (tmp_path / "pj" / ".fitconfig").exists()
