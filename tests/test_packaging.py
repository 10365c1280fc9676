"""What a stranger installs: the wheel and the sdist, and fitlog from the wheel alone.

The wheel is built from the sdist, as ``python -m build`` does, so that the sdist is seen to
carry everything that the wheel needs, the board's libraries included.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("fitlog", "fitlog_core", "fitlog_plugins", "fitlog_web")
TEXT = {".py", ".js", ".css", ".html", ".svg", ".md", ".toml", ".json", ".txt", ".yml", ""}


def run(*command: object, cwd: Path | None = None, **options: object) -> str:
    """Run a command and return what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def in_wheel(wheel: Path) -> dict[str, bytes]:
    """What the wheel holds, by name; the metadata's folder is called ``dist-info``."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            re.sub(r"^fitlog-[\d.]+\.", "", name): archive.read(name)
            for name in archive.namelist()
            if not name.endswith("/")
        }


@pytest.fixture(scope="module")
def in_sdist(built: Path) -> set[str]:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


@pytest.fixture(scope="module")
def plain(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs' folder of an environment with the wheel and nothing else asked for."""
    folder = tmp_path_factory.mktemp("plain") / "venv"
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "pip", "install", "--quiet", wheel)
    return folder / "bin"


@pytest.fixture(scope="module")
def with_demo(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same environment's programs, with the extra ``demo`` in folders of its own."""
    folder = tmp_path_factory.mktemp("demo") / "venv"
    (wheel,) = [line for line in run(plain / "pip", "freeze").splitlines() if "fitlog" in line]
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    location = wheel.partition(" @ ")[2].partition("#")[0]
    into = (plain / "pip", "--python", folder / "bin" / "python", "install", "--quiet")
    run(*into, "--no-compile", f"fitlog[demo] @ {location}")
    return folder / "bin"


def tracked() -> list[str]:
    """Return what git knows of, or would take in: the files that somebody wrote."""
    options = ("--cached", "--others", "--exclude-standard")
    names = run("git", "-c", f"safe.directory={ROOT}", "ls-files", *options, cwd=ROOT).splitlines()
    return [name for name in names if (ROOT / name).exists()]


def test_the_wheel_holds_every_tracked_file_of_the_packages_and_no_other(
    in_wheel: dict[str, bytes],
) -> None:
    expected = {
        name
        for name in tracked()
        if name.split("/")[0] in PACKAGES and not name.startswith("fitlog_web/frontend/")
    }
    found = {name for name in in_wheel if not name.startswith("dist-info/")}
    others = {name for name in found if not name.startswith("fitlog_web/static/vendor/")}
    assert others == expected


def test_the_wheel_carries_the_boards_libraries_compressed_and_with_their_licences(
    in_wheel: dict[str, bytes],
) -> None:
    vendor = {name.rpartition("/")[2] for name in in_wheel if "/static/vendor/" in name}
    scripts = {name for name in vendor if name.endswith(".js") and "-" in name}
    assert {name.partition("-")[0] for name in scripts} == {"grid", "charts"}
    assert {f"{name}.gz" for name in scripts} <= vendor
    for library in ("ag-grid-community", "uplot"):
        assert b"MIT" in in_wheel[f"fitlog_web/static/vendor/LICENSE.{library}.txt"]


@pytest.mark.parametrize(
    "name",
    [
        *(f"{package}/py.typed" for package in PACKAGES),
        "fitlog_core/cli/demo_project/train.py",
        "dist-info/licenses/LICENSE",
        "dist-info/entry_points.txt",
    ],
)
def test_the_wheel_carries(name: str, in_wheel: dict[str, bytes]) -> None:
    assert name in in_wheel


def test_the_face_is_three_files(in_wheel: dict[str, bytes]) -> None:
    assert sorted(name for name in in_wheel if name.startswith("fitlog/")) == [
        "fitlog/__init__.py",
        "fitlog/__main__.py",
        "fitlog/py.typed",
    ]


def test_the_sdist_holds_what_is_tracked_and_the_boards_libraries(in_sdist: set[str]) -> None:
    assert set(tracked()) <= in_sdist | {".gitignore"}
    assert any(name.startswith("fitlog_web/static/vendor/grid-") for name in in_sdist)
    junk = re.compile(r"(^|/)(\.git|\.venv[^/]*|node_modules|__pycache__|dist|\.mypy_cache)(/|$)")
    assert [name for name in in_sdist if junk.search(name)] == []


def test_a_plain_install_brings_only_what_is_promised(plain: Path) -> None:
    listed = json.loads(run(plain / "pip", "list", "--format", "json"))
    installed = {package["name"].lower().replace("_", "-") for package in listed}
    asked_for = {"fitlog", "pluggy", "click", "gitpython", "orjson", "flask", "waitress"}
    assert asked_for < installed
    needed_by_those = {
        *("gitdb", "smmap", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "blinker"),
        *("configupdater", "typing-extensions"),
        *("pip", "setuptools"),
    }
    assert installed - asked_for <= needed_by_those


def test_every_command_but_demo_works_in_a_plain_install(plain: Path, tmp_path: Path) -> None:
    fitlog = plain / "fitlog"
    assert re.fullmatch(r"fitlog \d+\.\d+\.\d+\n", run(fitlog, "--version"))
    for name in ("init", "list", "revert", "runs", "log", "plugins", "demo", "help"):
        assert f"Usage: fitlog {name}" in run(fitlog, "help", name)
    run(fitlog, "init", "project", "--no-git", cwd=tmp_path)
    run(plain / "python", "main.py", cwd=tmp_path / "project")
    listed = run(fitlog, "list", "1", "--show-now", cwd=tmp_path / "project")
    commit = re.findall(r"[0-9a-f]{40}", listed)[0]
    run(fitlog, "revert", commit[:6], "--id-suffix", cwd=tmp_path / "project")
    assert (tmp_path / f"project_revert_{commit[:6]}" / "main.py").exists()
    (tmp_path / "train.py").write_text("print('trained')")
    assert run(fitlog, "run", "train.py", cwd=tmp_path) == "trained\n"
    assert run(fitlog, "run", "--wandb", "train.py", cwd=tmp_path) == "trained\n"
    states = [row["state"] for row in json.loads(run(fitlog, "plugins", "--json"))["plugins"]]
    assert set(states) == {"loaded"}
    done = subprocess.run(
        [fitlog, "demo", "--no-board"], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "pip install scikit-learn" in done.stderr


TRAINS = """
import fitlog
fitlog.commit(__file__)
fitlog.set_log_dir("logs")
for step in range(3):
    fitlog.add_loss(1 / (step + 1), step, "loss")
fitlog.finish()
"""


def test_a_run_is_done_again_in_an_environment_of_its_own_packages(
    plain: Path, tmp_path: Path
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "train.py").write_text(TRAINS)
    run(plain / "python", "train.py", cwd=tmp_path / "project")
    without_uv = ("env", "PATH=/usr/bin:/bin")
    again = (*without_uv, plain / "fitlog", "rerun", "@1", "--env", "--check")
    said = run(*again, cwd=tmp_path / "project")
    (python,) = tmp_path.glob("*/**/bin/python")
    assert f"$ {python} train.py" in said
    assert "identical" in said
    assert "orjson" in run(python, "-m", "pip", "list", "--format=freeze")


@contextmanager
def board(*command: object, cwd: Path) -> Iterator[str]:
    """Start a board and hand out the address that it prints."""
    process = subprocess.Popen(
        [str(word) for word in command], cwd=cwd, stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        found = (re.search(r"http://127\.0\.0\.1:\d+/", line) for line in lines)
        yield next(match[0] for match in found if match)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()


def test_the_board_opens_in_a_plain_install_with_the_options_of_0_9(
    plain: Path, tmp_path: Path
) -> None:
    (tmp_path / "logs").mkdir()
    options = ["--log-config-name=default.cfg", "--port=0", "--standby-hours=1", "--ip=127.0.0.1"]
    with board(plain / "fitlog", "log", "logs", *options, cwd=tmp_path) as address:
        page = urllib.request.urlopen(address, timeout=20).read().decode("utf-8")
        assert json.load(urllib.request.urlopen(address + "api/runs", timeout=20))["runs"] == []
        vendor = sorted(set(re.findall(r"static/vendor/[\w.-]+\.js", page)))
        for name in vendor or ["static/vendor/grid.js"]:
            assert len(urllib.request.urlopen(address + name, timeout=20).read()) > 0


def test_the_demo_runs_without_the_checkout(
    with_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first training compiles scikit-learn for the others.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    printed = run(with_demo / "fitlog", "demo", "--no-board", cwd=tmp_path)
    accuracies = [float(value) for value in re.findall(r"(0\.\d{4}) ±", printed)]
    assert len(accuracies) == 6
    assert min(accuracies) > 0.9
    assert len(list((tmp_path / "fitlog-demo" / "logs").glob("log_*/meta.log"))) == 12
    where = run(with_demo / "python", "-c", "import fitlog; print(fitlog.__file__)", cwd=tmp_path)
    assert str(ROOT) not in where


def test_type_checkers_see_the_types(plain: Path) -> None:
    (marker,) = plain.parent.glob("lib/python*/site-packages/fitlog/py.typed")
    assert marker.exists()


def test_no_third_party_code_and_no_large_file_is_tracked() -> None:
    for name in tracked():
        path = ROOT / name
        assert "/vendor/" not in f"/{name}", name
        assert not name.startswith("node_modules/"), name
        if path.suffix in TEXT and "fixtures" not in name:
            assert path.stat().st_size < 150_000, name


def test_nothing_tracked_names_a_registrys_host_or_a_place_of_one_machine() -> None:
    hosts = re.compile(
        r"registry\.npmjs|registry\.yarnpkg|pypi\.(?:org|python)|pythonhosted|npmmirror"
    )
    places = re.compile(r"(?<![\w.])/(?:work|root)/")
    own = {"tests/test_packaging.py"}  # the patterns above
    for name in sorted(set(tracked()) - own):
        path = ROOT / name
        if path.suffix in TEXT and path.is_file() and "fixtures" not in name:
            text = path.read_text("utf-8", errors="replace")  # the corpus holds any bytes
            assert not hosts.search(text), name
            assert not places.search(text), name
