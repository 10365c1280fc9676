"""What every test stands on: a clean environment, and fixtures that several rooms share."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from fault_trials import pytest_terminal_summary  # noqa: F401 - a hook
from old_logs import copy_old_logs
from run_tests import OLD_FITLOG_PYTHON, ROOT, find_python, make_old_environment

# What a developer's shell or a job scheduler may have set, and what fitlog reads.
FOREIGN_PREFIXES = (
    *(
        "FITLOG_",
        "GIT_",
        "XDG_",
        "SLURM_",
        "LSB_",
        "PBS_",
        "KUBERNETES_",
        "OMPI_",
        "PMI_",
        "PMIX_",
        "MPI_",
        "MV2_",
        "JSM_",
    ),
    *("HOROVOD_", "JAX_", "MASTER_", "TORCHELASTIC_", "CROSS_"),
)
FOREIGN_NAMES = (
    *("RANK", "LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"),
    *("LOCAL_SIZE", "PYTHONHASHSEED"),
)
KEPT = ("FITLOG_TEST_BROWSER", "FITLOG_TEST_OLD")

RunPython = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Take away the rank, fitlog's settings and git's identity; give an empty home."""
    for name in list(os.environ):
        if name not in KEPT and (name in FOREIGN_NAMES or name.startswith(FOREIGN_PREFIXES)):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def fixture_logs(tmp_path: Path) -> Path:
    """A copy of the log directory that the real fitlog 0.9.15 wrote."""
    return copy_old_logs(tmp_path / "fitlog-0.9-logs")


@pytest.fixture(scope="session")
def old_fitlog_python() -> Path:
    """The Python of a virtual environment with the real fitlog 0.9.15, made if need be.

    ``FITLOG_TEST_OLD`` names one that exists; else it is ``.venv-old`` of the project.
    """
    named = os.environ.get("FITLOG_TEST_OLD")
    if named:
        return Path(named)
    with (ROOT / ".venv-old.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers of pytest-xdist may come at once
        return make_old_environment(find_python(OLD_FITLOG_PYTHON))


@pytest.fixture
def run_python(tmp_path: Path) -> RunPython:
    """Return a function that runs a snippet in a fresh process and returns how it ended."""

    def run(
        code: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        timeout: float = 120,
        options: tuple[str, ...] = (),
        python: Path | str = sys.executable,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(python), *options, "-c", code],
            cwd=cwd or tmp_path,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
        )
        if check and done.returncode:
            pytest.fail(f"the snippet ended with {done.returncode}:\n{done.stderr}")
        return done

    return run
