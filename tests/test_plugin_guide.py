"""The plugin author's guide is true: its code is that of the examples, which are installed from
their folders into an environment made from the wheel and seen at work there."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "docs" / "examples"
TEMPLATE = ROOT / "fitlog_core" / "cli" / "plugin_template"
GUIDE = (ROOT / "docs" / "plugin-guide.md").read_text("utf-8")
NAMES = ("fitlog-notify-file", "fitlog-loop", "fitlog-best-page", "fitlog-gap", "fitlog-best")
PACKAGES = ("fitlog", "fitlog_core", "fitlog_plugins", "fitlog_web")

SHOWN = dict(re.findall(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
PUBLIC = re.findall(r"^\| `(\w+)` \| `([\w.]+)` \| (.+) \|$", GUIDE, re.MULTILINE)


# ------------------------------------------------------------------ the guide


def sources() -> list[Path]:
    """The examples' own code: modules and templates, no tests."""
    found = [path for kind in ("py", "html") for path in EXAMPLES.rglob(f"*.{kind}")]
    return sorted(path for path in found if not path.name.startswith("test_"))


def test_there_are_the_five_examples_and_no_other() -> None:
    folders = {path.parent.name for path in EXAMPLES.glob("*/pyproject.toml")}
    assert folders == set(NAMES)


@pytest.mark.parametrize("path", SHOWN)
def test_what_the_guide_shows_of_a_file_is_the_file(path: str) -> None:
    assert SHOWN[path] == (EXAMPLES / path).read_text("utf-8")


def test_the_guide_shows_the_code_of_every_example() -> None:
    assert {path.relative_to(EXAMPLES).as_posix() for path in sources()} <= set(SHOWN)


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_an_example_is_about_twenty_lines(path: Path) -> None:
    """Counted are statements: neither docstrings, comments and blank lines nor imports."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        tree = ast.parse(text)
        imports = (ast.Import, ast.ImportFrom)
        text = "\n".join(
            ast.unparse(node)
            for node in ast.walk(tree)
            if isinstance(node, ast.stmt) and not hasattr(node, "body")
            if not isinstance(node, imports) and not is_text(node)
        )
    assert len(text.splitlines()) <= 20


def is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_the_guides_other_pyproject_files_differ_in_names_only() -> None:
    first = (EXAMPLES / "fitlog-notify-file" / "pyproject.toml").read_text("utf-8")
    keys = [line.partition("=")[0] for line in first.splitlines()]
    for name in ("fitlog-best-page", "fitlog-gap", "fitlog-best"):
        text = (EXAMPLES / name / "pyproject.toml").read_text("utf-8")
        here = [line.partition("=")[0] for line in text.splitlines()]
        assert len(here) == len(keys)
        assert len(set(here) - set(keys)) == 1  # the entry point's name


# ----------------------------------------------------------- the public names


@pytest.mark.parametrize(("name", "module", "said"), PUBLIC, ids=[row[0] for row in PUBLIC])
def test_every_public_name_is_there(name: str, module: str, said: str) -> None:
    assert not name.startswith("_")
    found = getattr(importlib.import_module(module), name)
    assert getattr(found, "__doc__", None) or name == "SETTINGS"
    assert said


def test_the_guide_lists_the_public_names() -> None:
    assert len(PUBLIC) > 30
    assert len({(name, module) for name, module, _ in PUBLIC}) == len(PUBLIC)


def imported(text: str) -> Iterator[tuple[str, str]]:
    """Yield module and name of everything that is imported from fitlog's packages."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((one.name, "") for one in node.names if is_ours(one.name))
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and is_ours(node.module or ""):
            yield from ((str(node.module), one.name) for one in node.names)


def is_ours(module: str) -> bool:
    return module.partition(".")[0] in PACKAGES


def plugin_code() -> dict[str, str]:
    """The code of everything that is a plugin here, by its path."""
    paths = [*EXAMPLES.rglob("*.py"), *(ROOT / "fitlog_plugins").rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths}
    for path in TEMPLATE.glob("*.py.txt"):
        found[f"template {path.name}"] = path.read_text("utf-8").replace("$module", "new_plugin")
    return found


CODE = plugin_code()


@pytest.mark.parametrize("path", CODE)
def test_no_plugin_imports_a_private_name_of_the_core(path: str) -> None:
    for module, name in imported(CODE[path]):
        assert not any(part.startswith("_") for part in [*module.split("."), name]), (module, name)


@pytest.mark.parametrize("path", CODE)
def test_no_plugin_reaches_into_the_core_through_what_it_imports(path: str) -> None:
    ours = {name for _, name in imported(CODE[path])} | {"run", "_run"}
    for node in ast.walk(ast.parse(CODE[path])):
        if isinstance(node, ast.Attribute) and re.match(r"_(?!_)", node.attr):
            owner = ast.unparse(node.value).rpartition(".")[2]
            assert owner not in ours, ast.unparse(node)


@pytest.mark.parametrize("path", [path for path in CODE if not path.startswith("fitlog_plugins")])
def test_the_examples_import_only_what_the_guide_lists(path: str) -> None:
    listed = {(module, name) for name, module, _ in PUBLIC}
    assert set(imported(CODE[path])) <= listed


# --------------------------------------------------- installed from the wheel


def surroundings(**variables: str) -> dict[str, str]:
    """The environment of a process that is to know nothing of the checkout."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables


def run(*command: object, cwd: Path | None = None, **variables: str) -> str:
    """Run a command outside the checkout and return what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=surroundings(**variables),
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def pip_install(python: Path, *what: object) -> None:
    options = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--no-compile")
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, *what)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs' folder of an environment that has fitlog's wheel.

    What fitlog needs, pytest and the build tools are looked up in the environment of this test
    run, after all that is the new one's own, so that nothing is fetched.
    """
    work = tmp_path_factory.mktemp("guide")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", work, ROOT)
    (wheel,) = work.glob("*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", work / "venv")
    programs = work / "venv" / "bin"
    # Before the other packages can be seen: among them is a fitlog that would count as installed.
    pip_install(programs / "python", wheel)
    (site,) = work.glob("venv/lib/python*/site-packages")
    borrowed = {sysconfig.get_path(place) for place in ("purelib", "platlib")}
    (site / "borrowed.pth").write_text("\n".join(sorted(borrowed)) + "\n", "utf-8")
    return programs


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples' folders, copied so that nothing is left in the checkout."""
    target = tmp_path_factory.mktemp("copies") / "examples"
    return shutil.copytree(EXAMPLES, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))


@pytest.fixture(scope="module")
def programs(bare: Path, copies: Path) -> Path:
    """The same environment's programs, once the five examples are installed in it."""
    pip_install(bare / "python", *(copies / name for name in NAMES))
    return bare


def test_the_environments_fitlog_is_the_wheels(programs: Path, tmp_path: Path) -> None:
    code = "import fitlog, fitlog_core; print(fitlog.__file__, fitlog_core.__file__, sep='\\n')"
    for place in run(programs / "python", "-c", code, cwd=tmp_path).splitlines():
        assert Path(place).is_relative_to(programs.parent)


def test_the_examples_are_listed_as_loaded(programs: Path, tmp_path: Path) -> None:
    said = json.loads(run(programs / "fitlog", "plugins", "--json", cwd=tmp_path))
    states = {row["name"]: (row["version"], row["state"]) for row in said["plugins"]}
    for name in ("notify_file", "best_page", "gap", "best"):
        assert states[name] == ("0.1.0", "loaded")
    assert "fitlog_loop:LoopRecorder" in [row["module"] for row in said["adapters"]]


def test_the_installed_notifier_writes_when_a_run_ends(programs: Path, tmp_path: Path) -> None:
    script = "import fitlog; fitlog.set_log_dir('logs'); fitlog.add_loss(0.3, 1, 'loss')\n"
    ends = tmp_path / "ends.txt"
    for ending in ("fitlog.finish()", "", "raise ValueError('too big')"):
        subprocess.run(
            [programs / "python", "-c", script + ending],
            cwd=tmp_path,
            env=surroundings(FITLOG_NOTIFY_FILE=str(ends)),
            stderr=subprocess.DEVNULL,
        )
    told = re.sub(r"\d+ s\b", "... s", ends.read_text("utf-8")).splitlines()
    ids = sorted(path.name for path in (tmp_path / "logs").glob("log_*"))
    assert [line.split(" ", 2)[2] for line in told] == [
        f"{ids[0]} finish after ... s",
        f"{ids[1]} ended after ... s",
        f"{ids[2]} error after ... s: ValueError: too big",
    ]


def test_the_installed_adapter_records_as_the_guide_says(
    programs: Path, copies: Path, tmp_path: Path
) -> None:
    (script,) = [
        code
        for code in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
        if code.startswith("import fitlog\n")
    ]
    shutil.copy(copies / "fitlog-loop" / "tiny_loop.py", tmp_path)  # the framework
    (tmp_path / "train.py").write_text(script, "utf-8")
    run(programs / "python", "train.py", cwd=tmp_path)
    (folder,) = (tmp_path / "logs").glob("log_*")
    texts = {path.stem: path.read_text("utf-8") for path in folder.glob("*.log")}
    assert len(texts["loss"].splitlines()) == len(texts["metric"].splitlines()) == 20
    assert '"lr": 0.05' in texts["hyper"]
    assert "baseline" in texts["other"]
    assert '"state": "finish"' in texts["meta"]


@pytest.fixture
def logs(programs: Path, tmp_path: Path) -> list[str]:
    """The ids of two runs in ``logs``, the second the better one."""
    code = (
        "import fitlog\n"
        "for value in (0.7, 0.9):\n"
        "    with fitlog.Run('logs') as run: run.add_best_metric({'dev': {'acc': value}})\n"
    )
    run(programs / "python", "-c", code, cwd=tmp_path)
    return sorted(path.name for path in (tmp_path / "logs").glob("log_*"))


def test_the_installed_page_and_panel_answer_on_a_running_board(
    programs: Path, tmp_path: Path, logs: list[str]
) -> None:
    process = subprocess.Popen(
        [programs / "fitlog", "log", "logs", "--port", "0"],
        cwd=tmp_path,
        env=surroundings(),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        found = (re.search(r"http://127\.0\.0\.1:\d+/", line) for line in lines)
        address = next(match[0] for match in found if match)
        page = urllib.request.urlopen(f"{address}best", timeout=30).read().decode("utf-8")
        (link,) = re.findall(rf'<td>0\.9 <a href="([\w./]+)">{logs[1]}</a>', page)
        linked = urllib.request.urlopen(urljoin(f"{address}best", link), timeout=30)
        assert linked.status == 200
        assert logs[1] in linked.read().decode("utf-8")
        runs = urllib.request.urlopen(f"{address}runs", timeout=30).read().decode("utf-8")
        assert ">Best</a>" in runs
        asked = f"{address}api/panel?page=run&title=Among%20all%20runs&runs={logs[0]}"
        panel = json.load(urllib.request.urlopen(asked, timeout=30))
        assert panel["content"]["rows"][0][:3] == ["dev-acc", 0.7, "2 of 2"]
        assert panel["runs"] == logs
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()


def test_the_installed_command_prints_the_best_run(
    programs: Path, tmp_path: Path, logs: list[str]
) -> None:
    fitlog = programs / "fitlog"
    printed = run(fitlog, "best", "logs", "dev-acc", cwd=tmp_path)
    assert printed == f"0.9  {Path('logs', logs[1])}\n"
    assert run(fitlog, "best", "logs", "dev-acc", "--lowest", cwd=tmp_path).startswith("0.7  ")
    assert "with the highest best METRIC" in run(fitlog, "best", "--help", cwd=tmp_path)
    done = subprocess.run(
        [fitlog, "best", "logs", "f1"],
        cwd=tmp_path,
        env=surroundings(),
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "fitlog: no run in logs has a best metric 'f1' that is a number\n"


def own_tests(python: Path, folder: Path, **variables: str) -> str:
    """Run a package's own tests, warnings as errors, and return pytest's closing line."""
    options = ("-q", "-W", "error", "-p", "no:cacheprovider", "--rootdir", folder)
    return run(python, "-m", "pytest", *options, cwd=folder, **variables).splitlines()[-1]


@pytest.mark.parametrize("name", NAMES)
def test_an_examples_own_tests_pass(name: str, programs: Path, copies: Path) -> None:
    assert re.match(r"3 passed in", own_tests(programs / "python", copies / name))


def test_a_plugin_that_the_command_wrote_installs_loads_and_passes_its_test(
    programs: Path, tmp_path: Path
) -> None:
    run(programs / "fitlog", "plugins", "new", "fitlog-hello", cwd=tmp_path)
    site = tmp_path / "site"  # of its own, so that the other tests do not meet it
    pip_install(programs / "python", "--target", site, tmp_path / "fitlog-hello")
    seen = {"PYTHONPATH": str(site)}
    listed = json.loads(run(programs / "fitlog", "plugins", "--json", cwd=tmp_path, **seen))
    (row,) = [row for row in listed["plugins"] if row["name"] == "hello"]
    assert (row["version"], row["state"]) == ("0.1.0", "loaded")
    assert row["hooks"] == ["fitlog_run_finished"]
    closing = own_tests(programs / "python", tmp_path / "fitlog-hello", **seen)
    assert closing.startswith("1 passed in")
