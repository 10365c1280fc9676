"""What ``import fitlog`` may load, asserted in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FORBIDDEN = [
    "asyncio",
    "click",
    "flask",
    "git",
    "importlib.metadata",
    "lightning",
    "logging",
    "numpy",
    "pathlib",
    "pluggy",
    "pytorch_lightning",
    "requests",
    "sqlite3",
    "subprocess",
    "textwrap",
    "torch",
    "transformers",
    "urllib.parse",
    "urllib.request",
    "waitress",
]
# A whole short run, without commit(): plugins are looked for, frameworks and git are not loaded.
A_RUN = """
import fitlog
fitlog.set_log_dir("logs")
fitlog.add_hyper({"lr": 0.1})
fitlog.add_loss(0.5, 1, "Loss")
fitlog.add_metric({"dev": {"acc": 0.5}}, 1)
fitlog.finish()
"""
REPORT = "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"


def loaded(code: str, folder: Path) -> tuple[set[str], str]:
    """Return the modules loaded after ``code``, and what went to stderr."""
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    (line,) = done.stdout.splitlines()
    return set(json.loads(line)), done.stderr


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What a Python loads by itself and for orjson, whose needs differ between versions."""
    return loaded("import argparse, json, orjson", tmp_path_factory.mktemp("bare"))[0]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What a Python has loaded after ``import fitlog``."""
    return loaded("import fitlog", tmp_path_factory.mktemp("imported"))[0]


@pytest.mark.parametrize("module", FORBIDDEN)
def test_the_import_leaves_it_out(module: str, bare: set[str], imported: set[str]) -> None:
    assert "fitlog" in imported
    assert module not in imported - bare


def test_the_import_prints_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    _, errors = loaded("import fitlog", tmp_path)
    assert errors == ""
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_a_commit_loads_no_framework_and_no_git(
    bare: set[str], tmp_path: Path
) -> None:
    modules, errors = loaded(A_RUN, tmp_path)
    loaded_for_nothing = {
        *("git", "numpy", "torch", "flask", "waitress", "requests"),
        *("pathlib", "shlex", "threading", "urllib.parse"),  # a twentieth of what a short run takes
    }
    assert not loaded_for_nothing & (modules - bare)
    assert errors == ""


def test_it_starts_no_thread_and_sets_no_signal_handler(tmp_path: Path) -> None:
    code = (
        "import signal, threading\n"
        "before = [signal.getsignal(s) for s in signal.valid_signals()]\n"
        + A_RUN
        + "assert threading.active_count() == 1, threading.enumerate()\n"
        "assert before == [signal.getsignal(s) for s in signal.valid_signals()]\n"
    )
    loaded(code, tmp_path)
