"""Pages of the docs that name a test for each of their lines, and these tests exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINES_AT_LEAST = {"threat-model.md": 20, "board-functions.md": 36}
Line = tuple[str, ...]


def lines_of(page: str) -> list[Line]:
    """Return the lines of all tables of a page whose last column says what shows them."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    tables = re.findall(r"^\|[^\n]*\| shown by \|\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    return [tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]) for row in rows]


LINES = [(page, line) for page in LINES_AT_LEAST for line in lines_of(page)]


@cache
def names_in(path: str) -> set[str]:
    body = ast.parse((ROOT / path).read_text("utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("page", "line"), LINES, ids=[f"{p}: {line[0]}" for p, line in LINES])
def test_each_line_is_shown_by_tests_that_exist(page: str, line: Line) -> None:
    *said, shown = line
    assert all(said), page
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown)
    assert named or said[-1] == "*not yet*"
    assert len(named) == shown.count("`") / 2
    for path, test in named:
        assert test in names_in(path), f"{path} has no {test}"


@pytest.mark.parametrize("page", LINES_AT_LEAST)
def test_no_line_is_missed(page: str) -> None:
    assert len(lines_of(page)) >= LINES_AT_LEAST[page]
