"""The threat model names a test for each line, and these tests exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
LINES = PAGE.partition("| shown by |")[2].partition("\n## ")[0].splitlines()[2:]
ROWS = [line for line in LINES if line.startswith("|")]


def names_in(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip() for row in ROWS])
def test_each_line_is_shown_by_tests_that_exist(row: str) -> None:
    _, threat, wall, shown, _ = re.split(r"(?<!\\)\|", row)
    assert threat.strip()
    assert wall.strip()
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown)
    assert named
    for path, test in named:
        assert test in names_in(ROOT / path), f"{path} has no {test}"


def test_there_are_lines() -> None:
    assert len(ROWS) >= 20
