"""``fitlog plugins new``: what it writes, what it refuses, and that the list is still there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fitlog_core.cli import main


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["plugins", *arguments], prog_name="fitlog")


def test_it_writes_three_files_without_a_placeholder_left(here: Path) -> None:
    result = new("new", "fitlog-big-hello")
    assert result.exit_code == 0
    assert "the plugin 'big-hello'" in result.stdout
    folder = here / "fitlog-big-hello"
    assert sorted(path.name for path in folder.iterdir()) == [
        "fitlog_big_hello.py",
        "pyproject.toml",
        "test_fitlog_big_hello.py",
    ]
    for path in folder.iterdir():
        assert "$" not in path.read_text("utf-8")
    project = (folder / "pyproject.toml").read_text("utf-8")
    assert 'name = "fitlog-big-hello"' in project
    assert 'big-hello = "fitlog_big_hello"' in project


def test_the_generated_modules_hook_is_one_that_loads(here: Path, run_python: object) -> None:
    new("new", "hello_again")
    code = (
        "import hello_again; from fitlog_core.testing import fresh_host;"
        "print(fresh_host(hello_again).plugins['hello_again'].hooks)"
    )
    done = run_python(code, cwd=here / "hello_again")  # type: ignore[operator]
    assert done.stdout == "['fitlog_run_finished']\n"


def test_an_empty_folder_is_filled(here: Path) -> None:
    (here / "hello").mkdir()
    assert new("new", "hello").exit_code == 0
    assert (here / "hello" / "hello.py").is_file()


def test_a_folder_that_is_not_empty_is_left_alone(here: Path) -> None:
    (here / "hello").mkdir()
    (here / "hello" / "notes.txt").write_text("mine")
    result = new("new", "hello")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("fitlog: hello is not empty; ")
    assert os.listdir(here / "hello") == ["notes.txt"]


def test_a_file_of_that_name_is_left_alone(here: Path) -> None:
    (here / "hello").write_text("mine")
    result = new("new", "hello")
    assert result.exit_code == 1
    assert result.stderr == "fitlog: hello is there already and no folder; choose another name\n"
    assert (here / "hello").read_text() == "mine"


@pytest.mark.parametrize(
    "name",
    ["", "Hello", "../hello", "a/b", "1st", "a--b", "-a", "a-", "a b", "naïve", "class", "a" * 61],
)
def test_a_bad_name_is_one_line_and_nothing_is_written(name: str, here: Path) -> None:
    result = new("new", "--", name)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"fitlog: {name!r} cannot name a plugin: ")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("name", ["json", "click", "fitlog", "fitlog-core", "fitlog_web"])
def test_a_name_that_would_hide_a_module_is_refused(name: str, here: Path) -> None:
    result = new("new", name)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"fitlog: a module {name.replace('-', '_')!r} is there already")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("name", ["fitlog-feishu", "fitlog-ranks", "feishu"])
def test_a_name_that_a_plugin_has_is_refused(name: str, here: Path) -> None:
    result = new("new", name)
    assert result.exit_code == 1
    assert f"fitlog: the plugin {name.removeprefix('fitlog-')!r} is there already" in result.stderr
    assert list(here.iterdir()) == []


def test_the_option_of_the_list_is_refused_here(here: Path) -> None:
    result = new("--json", "new", "hello")
    assert result.exit_code == 2
    assert result.stderr.startswith("fitlog: --json is for the list, not for new. ")
    assert list(here.iterdir()) == []


def test_without_a_command_the_plugins_are_listed() -> None:
    result = new()
    assert result.exit_code == 0
    assert result.stdout.startswith("NAME ")
