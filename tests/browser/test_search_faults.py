"""What is wrong with a search is told in the language of the page."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fitlog_core import reading
from fitlog_core.errors import QueryError
from fitlog_core.reading.calls import fault_of
from fitlog_core.reading.query import parse

HAS_CHINESE = re.compile("[\u4e00-\u9fff]")
SENTENCES = """async sentences => {
    const { inChinese } = await import("./static/search_faults.js");
    return sentences.map(inChinese);
}"""
FAULTY = [  # whose sentences are put together from parts
    *("a and b:1", "a or b:1", "not b:1", "lr:[1,2]", "lr=<1", "<", "lr:", "(a", "a:1)"),
    *("${'lr': x}$", "${'lr': }$", "${lr: 1}$", "${'lr' 1}$", "${'lr': 1", "${'a': '<1>'}$"),
]
FAULTY_CALLS = ("nan(loss, 3)", "plateau(acc, 0.5)")


def said_in(path: Path) -> list[str]:
    """Return the sentences of a module's faults, a name in the place of what they are about."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            said = node.args[:1] if name in ("QueryError", "_fault") else []
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "message":
            said = [node.value]
        else:
            continue
        found += [text for each in said if (text := sentence(each))]
    return found


def sentence(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    first = node.values[0]
    if isinstance(first, ast.FormattedValue) and ast.unparse(first.value) in ("what", "told"):
        return ""  # parts, which the searches above put together
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "'x'" for part in node.values
    )


def faults() -> list[str]:
    folder = Path(reading.__file__).parent
    modules = [*folder.glob("query*.py"), folder / "columns.py"]
    found = [text for path in modules for text in said_in(path)]
    for search in FAULTY_CALLS:
        found.append(fault_of(parse(search).calls[0]))
    for search in FAULTY:
        with pytest.raises(QueryError) as raised:
            parse(search)
        found.append(raised.value.message)
    return found


def test_every_sentence_about_a_search_has_its_chinese(board, open_table):
    table = open_table(f"{board}/runs?filter=off", locale="zh-CN")
    told = faults()
    assert len(told) > 50
    texts = dict(zip(told, table.page.evaluate(SENTENCES, told), strict=True))
    assert [said for said, text in texts.items() if not HAS_CHINESE.search(text)] == []
    table.page.locator("#search").fill("lr:0.1 (seed:1")
    expect(table.page.locator("#fault")).to_contain_text("这个括号没有闭合")
    expect(table.page.locator("#fault .caret")).to_be_visible()
