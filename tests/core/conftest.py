"""Fixtures of the core's tests."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from fitlog_core.recording.run import Run
from fitlog_core.recording.session import Session, session

# A machine that others use too may be slow; how long one example takes says nothing.
settings.register_profile(
    "fitlog", deadline=None, max_examples=75, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fitlog")


@pytest.fixture
def fresh_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Session]:
    """The process's session as at its start, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    for name, value in vars(Session()).items():
        monkeypatch.setattr(session, name, value)
    yield session
    if session.run is not None:
        atexit.unregister(session.run._script_ended)


@pytest.fixture
def new_run(fresh_session: Session, tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Return a function that opens a run, by default in ``logs``."""
    opened: list[Run] = []

    def open_run(log_dir: Path | str = tmp_path / "logs") -> Run:
        opened.append(Run(log_dir))
        return opened[-1]

    yield open_run
    for run in opened:
        atexit.unregister(run._script_ended)
        run.release()


@pytest.fixture
def run_script(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a script file in a process of its own."""

    def run(
        code: str,
        *arguments: str,
        env: dict[str, str] | None = None,
        check: bool = True,
        name: str = "main.py",
    ) -> subprocess.CompletedProcess[str]:
        path = tmp_path / name
        path.write_text(code, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(path), *arguments],
            cwd=tmp_path,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        if check and done.returncode:
            pytest.fail(f"the script ended with {done.returncode}:\n{done.stderr}")
        return done

    return run
