"""The ``fitlog`` command itself: what every command of it has in common."""

from __future__ import annotations

import importlib.metadata
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from fitlog_core.cli import BUILT_INS, CommandGroup, load_built_in, main
from fitlog_core.errors import FitlogError

FITLOG = [sys.executable, "-m", "fitlog"]


@pytest.fixture
def group() -> click.Group:
    """A group of our class that is not the real one, for commands that misbehave."""
    return CommandGroup("fitlog")


def invoke(group: click.Group, *arguments: str) -> Result:
    return CliRunner().invoke(group, arguments, prog_name="fitlog")


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*FITLOG, *arguments], cwd=cwd, capture_output=True, encoding="utf-8")


def test_the_version_is_the_installed_distributions() -> None:
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"fitlog {importlib.metadata.version('fitlog')}\n"


def test_the_help_lists_every_command_with_its_own_summary() -> None:
    lines = [line.split(maxsplit=1) for line in invoke(main, "--help").output.splitlines()]
    listed = {words[0]: words[1] for words in lines if len(words) == 2}
    for name, built_in in BUILT_INS.items():
        assert listed[name] == built_in.summary
        assert load_built_in(name).get_short_help_str(80) == built_in.summary
    assert "log" in listed


@pytest.mark.parametrize("name", [*BUILT_INS, "log"])
def test_every_command_has_a_help_text_with_an_example(name: str) -> None:
    result = invoke(main, name, "--help")
    assert result.exit_code == 0
    assert f"fitlog {name}" in result.output.partition("\n")[2], "no example"
    assert invoke(main, "help", name).output == result.output
    assert invoke(main, name, "-h").output == result.output


def test_help_without_a_command_is_the_help_of_fitlog() -> None:
    assert invoke(main, "help").output == invoke(main, "--help").output


def test_without_a_command_the_help_is_shown_as_it_is_laid_out() -> None:
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (2, run("--help").stdout, "")


def test_in_a_deleted_working_directory_the_line_says_so(tmp_path: Path) -> None:
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" -m fitlog "$@"'
    for arguments in (["list"], ["init"], ["revert", "abcdef"]):
        done = subprocess.run(
            ["/bin/sh", "-c", script, sys.executable, *arguments],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
        )
        told = "fitlog: the working directory was deleted; change to another\n"
        assert (done.returncode, done.stderr) == (1, told)


@pytest.mark.parametrize("arguments", [["nonsense"], ["help", "nonsense"], ["list", "--nonsense"]])
def test_a_wrong_command_line_is_one_line_and_exit_code_2(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("fitlog: No such ")
    assert "nonsense" in line
    assert "--help" in line


def test_an_error_of_ours_is_one_line_and_exit_code_1(group: click.Group) -> None:
    @group.command()
    def fail() -> None:
        raise FitlogError("the moon is not full; wait a week")

    result = invoke(group, "fail")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "fitlog: the moon is not full; wait a week\n"


def test_a_file_that_cannot_be_opened_is_one_line_and_exit_code_1(
    group: click.Group, tmp_path: Path
) -> None:
    missing = tmp_path / "missing"

    @group.command()
    def read() -> None:
        missing.read_text(encoding="utf-8")

    result = invoke(group, "read")
    assert result.exit_code == 1
    assert result.stderr == f"fitlog: No such file or directory: {missing}\n"


def test_a_fault_of_our_own_shows_its_traceback(group: click.Group) -> None:
    @group.command()
    def crash() -> None:
        raise ZeroDivisionError

    assert isinstance(invoke(group, "crash").exception, ZeroDivisionError)


def test_an_exit_code_of_a_command_is_the_commands(group: click.Group) -> None:
    @group.command()
    @click.pass_context
    def three(ctx: click.Context) -> None:
        ctx.exit(3)

    assert invoke(group, "three").exit_code == 3


def test_ctrl_c_ends_with_130_and_without_a_traceback(tmp_path: Path) -> None:
    code = (
        "import click, time; from fitlog_core.cli import CommandGroup\n"
        "group = CommandGroup('fitlog')\n"
        "@group.command()\n"
        "def wait():\n"
        "    print('waiting', flush=True); time.sleep(60)\n"
        "group(['wait'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors.strip()) == (130, "")


@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_reader_that_leaves_early_is_no_error(lines: int) -> None:
    code = (
        "import click; from fitlog_core.cli import CommandGroup\n"
        "group = CommandGroup('fitlog')\n"
        "@group.command()\n"
        "def talk():\n"
        "    input()\n"
        f"    for _ in range({lines}): print('a line')\n"
        "group(['talk'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(b"go\n")
    process.stdin.close()
    errors = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=20)
    assert errors == b""


IMPORTED = """
import sys
from fitlog_core.cli import main
try:
    main({arguments!r})
except SystemExit:
    print([name for name in {modules!r} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--version"], ["flask", "git", "pluggy", "fitlog_core.reading.logdir"]),
        (["--help"], ["flask", "git", "waitress", "numpy", "fitlog_core.cli.init"]),
        (["list", "--help"], ["flask", "waitress", "pluggy"]),
        (["runs", "--help"], ["flask", "git", "pluggy"]),
    ],
)
def test_a_command_imports_only_what_it_needs(arguments: list[str], absent: list[str]) -> None:
    code = IMPORTED.format(arguments=arguments, modules=absent)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.stderr == "[]\n"


def test_the_commands_of_plugins_are_left_out_without_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITLOG_PLUGINS", "off")
    done = run("help")
    assert (done.returncode, done.stderr) == (0, "")


def test_completion_offers_the_commands() -> None:
    environment = {
        **os.environ,
        "_FITLOG_COMPLETE": "bash_complete",
        "COMP_WORDS": "fitlog ",
        "COMP_CWORD": "1",
    }
    script = Path(sys.executable).with_name("fitlog")
    done = subprocess.run([script], env=environment, capture_output=True, encoding="utf-8")
    offered = {line.partition(",")[2] for line in done.stdout.splitlines()}
    assert {*BUILT_INS, "log"} <= offered


def test_a_plugin_cannot_take_a_built_in_name() -> None:
    group = CommandGroup("fitlog")
    group.add_command(click.Command("list", help="taken"))
    context = click.Context(group)
    assert group.get_command(context, "list") is load_built_in("list")
    assert group.list_commands(context).count("list") == 1


def test_help_and_version_are_quick() -> None:
    """Loose bound: an import of Flask or GitPython alone takes longer than the difference."""
    bare = min(cpu([sys.executable, "-c", "import click"]) for _ in range(3))
    version = min(cpu([*FITLOG, "--version"]) for _ in range(3))
    assert version - bare < 0.25


def cpu(command: list[str]) -> float:
    before = os.times()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
