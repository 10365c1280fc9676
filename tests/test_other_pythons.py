"""The test command: it finds what it needs, or says in a sentence what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import run_tests

ROOT = Path(__file__).parent.parent


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty PATH and home, whose only Python lies by itself."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "alone" / "python"))
    return tmp_path


def program(path: Path, prints: str, code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{prints}'\nexit {code}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_missing_python_is_named_with_ways_to_install_it(bare_machine: Path) -> None:
    with pytest.raises(run_tests.MissingToolError) as caught:
        run_tests.find_python("3.7")
    for part in ("no Python 3.7", "pyenv install 3.7", "apt-get install python3.7"):
        assert part in str(caught.value)


def test_a_python_on_the_path_is_found(bare_machine: Path) -> None:
    there = program(bare_machine / "python3.7", "3.7")
    assert run_tests.find_python("3.7") == str(there)


def test_a_shim_that_does_not_start_is_passed_over_for_pyenvs_own(bare_machine: Path) -> None:
    program(bare_machine / "python3.7", "pyenv: python3.7: command not found", code=127)
    home = Path(os.environ["HOME"])
    real = program(home / ".pyenv" / "versions" / "3.7.9" / "bin" / "python", "3.7")
    assert run_tests.find_python("3.7") == str(real)


def test_a_python_beside_the_running_one_is_found(bare_machine: Path) -> None:
    real = program(bare_machine / "alone" / "3.7.9" / "bin" / "python", "3.7")
    assert run_tests.find_python("3.7") == str(real)


def test_a_python_of_uv_is_found(bare_machine: Path) -> None:
    real = program(bare_machine / "uvs" / "python", "3.7")
    program(bare_machine / "uv", str(real))
    assert run_tests.find_python("3.7") == str(real)


def test_a_python_of_another_version_is_not_taken(bare_machine: Path) -> None:
    program(bare_machine / "python3.7", "3.8")
    with pytest.raises(run_tests.MissingToolError):
        run_tests.find_python("3.7")


def test_a_missing_browser_is_named_with_the_line_that_installs_one(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FITLOG_TEST_BROWSER", raising=False)
    with pytest.raises(run_tests.MissingToolError, match="apt-get install chromium"):
        run_tests.find_browser()


def test_a_missing_compiler_is_named_with_the_line_that_installs_one(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(run_tests.MissingToolError, match="apt-get install gcc"):
        run_tests.check_compiler()


def test_a_browser_that_is_named_and_not_there_is_said_to_be_so(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(bare_machine / "chromium", "")
    monkeypatch.setenv("FITLOG_TEST_BROWSER", "firefux")
    with pytest.raises(run_tests.MissingToolError, match="'firefux'"):
        run_tests.find_browser()


@pytest.mark.parametrize("name", ["chromium-headless-shell", "chromium", "google-chrome"])
def test_a_browser_on_the_path_is_found(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("FITLOG_TEST_BROWSER", raising=False)
    there = program(bare_machine / name, "")
    assert run_tests.find_browser() == str(there)


def test_the_lighter_of_two_browsers_is_taken(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FITLOG_TEST_BROWSER", raising=False)
    program(bare_machine / "chromium", "")
    there = program(bare_machine / "chromium-headless-shell", "")
    assert run_tests.find_browser() == str(there)


def test_the_command_fails_with_one_line_where_something_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "run_tests.py")],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert done.stderr.startswith("scripts/run_tests.py: no browser")
    assert done.stderr.count("\n") == 1


def test_the_other_pythons_run_what_is_there_and_nothing_that_needs_torch() -> None:
    selected = run_tests.existing(run_tests.OTHER_TESTS)
    files = [
        path
        for name in selected
        for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("test_*.py"))
    ]
    assert len(files) > 10
    for path in files:
        lines = path.read_text("utf-8").splitlines()
        assert not [line for line in lines if line.startswith(("import torch", "from torch"))], path


def test_the_other_pythons_are_the_oldest_and_the_newest() -> None:
    assert run_tests.OTHER_PYTHONS == ("3.10", "3.13")
    assert 'requires-python = ">=3.10"' in (ROOT / "pyproject.toml").read_text("utf-8")
