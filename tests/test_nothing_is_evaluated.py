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
import tomllib

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
# The script that somebody names on the command line of ``fitlog run``, started as Python would.
THE_USERS_SCRIPT = {
    "fitlog_core/running/program.py": ["runpy"],
    "fitlog_core/running/start.py": ["os.execv"],
}
# The rules of ruff that say the same, which nobody may switch off.
RULES = ("S102", "S301", "S302", "S307", "S506", "S602", "S604", "S605", "S609", "S701")
WITH_A_SHELL = {"getoutput", "getstatusoutput", "create_subprocess_shell"}
OPENS_PICKLES = {"allow_pickle", "weights_only"}  # arguments of numpy's and torch's load
SPOILED = """
import pickle, yaml, subprocess, os
pickle.loads(b"")
yaml.load("")
eval("1")
exec("1")
subprocess.run("ls *", shell=True)
os.system("ls *")
"""
# What ruff has no rule for, or could be told to ignore.
HIDDEN = """
import os as o, builtins, asyncio, subprocess, numpy, torch
from os import popen
from subprocess import getoutput
o.system("ls")  # noqa
builtins.eval("1")
subprocess.getstatusoutput("ls")
asyncio.create_subprocess_shell("ls")
numpy.load("x", allow_pickle=True)
torch.load("x")
getattr(builtins, "exec")("1")
f = eval
"""
IGNORING = re.compile(r"#\s*(?:noqa(?!:)|ruff:\s*noqa|flake8:\s*noqa)", re.IGNORECASE)


def evaluations(tree: ast.AST) -> Iterator[str]:
    """What a module could run something with."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = getattr(node, "module", None)
            names = [module] if module else [alias.name for alias in node.names]
            yield from (name for name in names if name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.Call):
            yield from _called(node)
        yield from _named(node)


def _called(node: ast.Call) -> Iterator[str]:
    called = node.func
    if isinstance(called, ast.Attribute):
        of = ast.unparse(called.value)
        if called.attr in WITH_A_SHELL or (called.attr in OF_OS and of != "self"):
            yield f"os.{called.attr}"
        if called.attr == "load" and of in ("torch", "numpy", "np", "joblib"):
            yield f"{of}.load"
    shells = (word for word in node.keywords if word.arg == "shell")
    yield from ("shell" for word in shells if getattr(word.value, "value", True) is not False)
    yield from (word.arg for word in node.keywords if word.arg in OPENS_PICKLES)


def _named(node: ast.AST) -> Iterator[str]:
    """What evaluates, under its name, called or handed on, or imported from where it lies."""
    if isinstance(node, ast.Name) and node.id in BUILTINS:
        yield node.id
    elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in (
        "builtins",
        "__builtins__",
    ):
        yield node.attr
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr":
        said = [each.value for each in node.args if isinstance(each, ast.Constant)]
        yield from (
            name for name in said if name in ("eval", "exec", "__import__") and _of_all(node)
        )
    elif isinstance(node, ast.ImportFrom) and node.module in ("os", "subprocess", "asyncio"):
        yield from (each.name for each in node.names if each.name in OF_OS | WITH_A_SHELL)


def _of_all(node: ast.Call) -> bool:
    """Whether something is looked up among what every module has."""
    return ast.unparse(node.args[0]) in ("builtins", "__builtins__")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_can_run_what_it_reads(path: Path) -> None:
    source = path.read_text("utf-8")
    allowed = THE_USERS_SCRIPT.get(path.relative_to(ROOT).as_posix(), [])
    assert list(evaluations(ast.parse(source))) == allowed
    assert not re.search(rf"noqa:[^\n]*\b({'|'.join(RULES)})\b", source)
    assert not IGNORING.search(source)  # it would hide every rule


def test_each_way_would_be_found() -> None:
    found = set(evaluations(ast.parse(SPOILED)))
    assert {"pickle", "yaml", "eval", "exec", "shell", "os.system"} <= found


def test_no_way_that_a_linter_could_be_told_to_pass_over_is_missed() -> None:
    found = list(evaluations(ast.parse(HIDDEN)))
    wanted = ["os.system", "popen", "getoutput", "eval", "os.getstatusoutput", "exec"]
    wanted += ["os.create_subprocess_shell", "allow_pickle", "numpy.load", "torch.load"]
    assert sorted(set(wanted) - set(found)) == []
    assert found.count("eval") == 2  # called, and handed on under another name
    assert IGNORING.search(HIDDEN)


def test_no_package_is_excepted_from_the_rules() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in settings["select"]
    assert not [code for code in settings["ignore"] if code.startswith("S")]
    for pattern, codes in settings["per-file-ignores"].items():
        if pattern.split("/")[0] in PACKAGES:
            assert not [code for code in codes if code.startswith("S")], pattern


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
