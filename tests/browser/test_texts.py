"""The scripts' sentences: each that is shown exists, in both languages, and none lies about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parent.parent.parent / "fitlog_web" / "static"
# What makes markup or a script of text; tests of every page show that a policy forbids it, too.
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|srcdoc|DOMParser"
    r"|\bFunction\(|createContextualFragment|set(?:Timeout|Interval)\(\s*[\"'`]|HTMLUnsafe"
    r"|javascript:|setAttribute\(\s*[\"'`]on|\.constructor\("
)
ENTRY = re.compile(r'^  "?([\w.]+)"?: \[\s*("(?:[^"\\]|\\.)*"),\s*("(?:[^"\\]|\\.)*"),?\s*\]', re.M)
# The same word in both languages, on purpose: step and epoch are what logs and readers call them.
SHARED = {"column.id", "tools.x.step", "tools.x.epoch", "compare.of", "table.step"}
SHARED |= {"fact.step", "fact.steps", "image.step", "image.place"}
STEP = re.compile("步(?!骤)")


def texts() -> dict[str, tuple[str, str]]:
    files = [STATIC / "i18n.js", *STATIC.glob("*_texts.js")]
    source = "\n".join(path.read_text("utf-8") for path in files)
    return {key: (english, chinese) for key, english, chinese in ENTRY.findall(source)}


def scripts() -> str:
    return "\n".join(
        path.read_text("utf-8")
        for path in sorted(STATIC.glob("*.js"))
        if path.stem != "i18n" and not path.stem.endswith("_texts")
    )


def test_every_sentence_is_said_in_chinese_too():
    assert len(texts()) > 100
    for key, (english, chinese) in texts().items():
        if key not in SHARED:
            assert re.search(r"[\u4e00-\u9fff]", chinese), key
        assert not STEP.search(chinese), key  # as the user's guide, always step
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", chinese))


def test_every_sentence_that_a_script_asks_for_exists():
    asked = re.findall(r'\bt\("([\w.]+)"', scripts())
    assert len(asked) > 50
    assert [key for key in asked if key not in texts()] == []


def test_no_sentence_is_left_that_nobody_says():
    code = scripts()
    # Keys put together from a prefix and a name, such as `state.${state}`.
    prefixes = tuple(re.findall(r"`([\w.]+)\$\{\w+", code))
    unused = [key for key in texts() if f'"{key}"' not in code and not key.startswith(prefixes)]
    assert unused == []


def test_no_script_makes_markup_from_text():
    own = [path for path in STATIC.rglob("*.js") if "vendor" not in path.parts]
    own += (STATIC.parent / "frontend").rglob("*.js")
    assert len(own) > 50
    assert [path.name for path in own if MARKUP.search(path.read_text("utf-8"))] == []
    # tsc checks them all; nothing tells it to look away unless a reason stands beside it.
    unseen = re.compile(r"@ts-nocheck|@ts-(?:ignore|expect-error)[\s:-]*$|eslint-disable", re.M)
    assert [path.name for path in own if unseen.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    "code",
    [
        *("a.innerHTML = b", "a['innerHTML'] = b", "a.insertAdjacentHTML('x', b)", "eval(b)"),
        *("new Function(b)", "Function(b)()", "window.eval(b)", "(0, eval)(b)", "setTimeout('b')"),
        *("setInterval(`b`, 1)", "document.writeln(b)", "a.setHTMLUnsafe(b)", "a.srcdoc = b"),
        *("location = 'javascript:b'", "a.setAttribute('onclick', b)", "f.constructor('b')()"),
    ],
)
def test_each_way_to_run_text_would_be_found(code):
    assert MARKUP.search(code)
