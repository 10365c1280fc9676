"""Nothing that fitlog reads is ever run: no pickle, eval, exec, yaml.load or shell, anywhere."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("fitlog", "fitlog_core", "fitlog_plugins", "fitlog_web")
SOURCES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
MODULES = {
    "pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "yaml",
    "code",
}
MODULES |= {"runpy", "commands", "pty", "jsonpickle"}
BUILTINS = {"eval", "exec", "compile", "__import__"}
OF_OS = {"system", "popen", "execl", "execv", "execve", "execvp", "spawnl", "spawnv", "startfile"}
# The rules of ruff that say the same, which nobody may switch off.
RULES = ("S102", "S301", "S302", "S307", "S506", "S602", "S604", "S605", "S609", "S701")
SPOILED = """
import pickle, yaml, subprocess, os
pickle.loads(b"")
yaml.load("")
eval("1")
exec("1")
subprocess.run("ls *", shell=True)
os.system("ls *")
"""


def evaluations(tree: ast.AST) -> Iterator[str]:
    """What a module could run something with."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = getattr(node, "module", None)
            names = [module] if module else [alias.name for alias in node.names]
            yield from (name for name in names if name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.Call):
            yield from _called(node)


def _called(node: ast.Call) -> Iterator[str]:
    called = node.func
    if isinstance(called, ast.Name) and called.id in BUILTINS:
        yield called.id
    elif isinstance(called, ast.Attribute) and ast.unparse(called.value) == "os":
        yield from (f"os.{name}" for name in OF_OS if name == called.attr)
    shells = (word for word in node.keywords if word.arg == "shell")
    yield from ("shell" for word in shells if getattr(word.value, "value", True) is not False)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_can_run_what_it_reads(path: Path) -> None:
    source = path.read_text("utf-8")
    assert list(evaluations(ast.parse(source))) == []
    assert not re.search(rf"noqa:[^\n]*\b({'|'.join(RULES)})\b", source)


def test_each_way_would_be_found() -> None:
    found = set(evaluations(ast.parse(SPOILED)))
    assert {"pickle", "yaml", "eval", "exec", "shell", "os.system"} <= found


def test_the_linter_forbids_it_too(tmp_path: Path) -> None:
    spoiled = tmp_path / "fitlog_core" / "spoiled.py"
    spoiled.parent.mkdir()
    spoiled.write_text(SPOILED)
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "json"]
    config = ["--config", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*command, *config, str(spoiled)], capture_output=True, text=True)
    codes = {fault["code"] for fault in json.loads(done.stdout)}
    assert {"S102", "S301", "S307", "S506", "S602", "S605"} <= codes


def test_a_page_made_of_text_escapes_it() -> None:
    for template in (ROOT / "fitlog_web" / "templates").glob("*.html"):
        assert not re.search(r"\|\s*safe\b|autoescape|Markup\(", template.read_text("utf-8"))
    for path in SOURCES:
        assert "Markup(" not in path.read_text("utf-8"), path
        assert "render_template_string" not in path.read_text("utf-8"), path
