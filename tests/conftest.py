"""What every test stands on: a clean environment, and fixtures that several rooms share."""

from __future__ import annotations

import compileall
import fcntl
import gc
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
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

PACKAGES = ("fitlog", "fitlog_core", "fitlog_plugins", "fitlog_web")
# Those that take longest, the longest first: one that began last would leave the other cores idle.
LONG_FILES = (
    *("test_packaging.py", "test_cli_demo.py", "test_row_order.py", "test_accessibility.py"),
    "test_run_table.py",
    *("test_board_pages.py", "test_views_page.py", "test_odd_groups.py", "test_rerun.py"),
    *("test_bisect.py", "test_kill.py", "test_apprise.py", "test_coalescing.py"),
    *("test_network.py", "test_ranks_torch.py", "test_names_outside.py", "test_add_row.py"),
    *("test_band_windows.py", "test_gallery.py", "test_shell.py", "test_server.py"),
    *("test_hostile_text.py", "test_odd_addresses.py", "test_damaged_files.py"),
    *("test_snapshots.py", "test_repeats.py", "test_guided_fuzzing.py", "test_fuzz_board.py"),
    *("test_secrets_everywhere.py", "test_portability.py", "test_build_without_npm.py"),
)
_numbers = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    """Compile the packages once, for the thousand processes that the tests start.

    Where ``PYTHONDONTWRITEBYTECODE`` is set, each of them would do it again.
    """
    if not hasattr(config, "workerinput"):  # not in pytest-xdist's workers, before which this runs
        for package in PACKAGES:
            compileall.compile_dir(ROOT / package, quiet=2)
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False  # xdist's order: files of few tests last


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while thousands of tests are collected, nor ever again among them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()  # what was left open until here is still told
        gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first, each one's tests in their order."""
    places = {name: place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session", autouse=True)
def own_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what boards of many tests read out of the developer's own cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FITLOG_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "caches"))
        yield


@pytest.fixture(autouse=True)
def clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Take away the rank, fitlog's settings and git's identity; give an empty home."""
    for name in list(os.environ):
        if name not in KEPT and (name in FOREIGN_NAMES or name.startswith(FOREIGN_PREFIXES)):
            monkeypatch.delenv(name)
    # Not by mktemp, which looks at all folders of all tests before to find a free number.
    home = tmp_path_factory.getbasetemp() / "homes" / str(next(_numbers))
    home.mkdir(parents=True)
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
