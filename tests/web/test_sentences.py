"""What the server says has a kind and values, by which the page says it in Chinese."""

from __future__ import annotations

import ast
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web_board import RUN, board_of

import fitlog_core
import fitlog_web
from fitlog_core.errors import ViewConflictError, ViewError
from fitlog_core.sentences import REASONS, Sentence, reason, sentence
from fitlog_web.sentences import in_chinese, parts_of, texts

CORE, WEB = Path(fitlog_core.__file__).parent, Path(fitlog_web.__file__).parent
HAS_CHINESE = re.compile("[\u4e00-\u9fff]")
CHINESE = {"Accept-Language": "zh-CN"}
# Made of what stands in them, with a colon of each language; of a search the page has the words.
PARTS_ONLY = {"problem.of", "search"}

# What a visitor may be told: all of the board but what is said in a terminal or to a plugin...
SPOKEN = [path for path in WEB.glob("*.py") if not re.match("copy_|server|log_command", path.stem)]
# ... and what of the core reads and changes files for it.
SPOKEN += [
    *(CORE / "reading" / f"{name}.py" for name in ("archive", "extra_data", "files", "summaries")),
    *(CORE / "reading" / f"{name}.py" for name in ("tags", "view_file", "views", "whole_file")),
    CORE / "reading" / "cell_rules.py",
    *(CORE / "comparing" / f"{name}.py" for name in ("code", "places", "several")),
    *(CORE / "snapshots" / f"{name}.py" for name in ("layout", "plumbing", "revert", "tree")),
]
# What plugins are told while they are taken in, and terminals; conflicts have their own sentence.
TO_PROGRAMS = {"ValueError", "TypeError", "NotImplementedError", "ServerError", "UsageError"}
TO_PROGRAMS |= {"ViewConflictError"}


def calls(path: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            yield node


def is_text(node: ast.expr) -> bool:
    is_constant = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_constant or isinstance(node, ast.JoinedStr)


def said() -> dict[str, list[set[str]]]:
    """Return the kinds of all sentences, and the values that each of them is made with."""
    found: dict[str, list[set[str]]] = {}
    for path in [*CORE.rglob("*.py"), *WEB.glob("*.py")]:
        for call in calls(path, "sentence"):
            if isinstance(call.args[0], ast.JoinedStr):  # the system's reasons, which have a list
                continue
            kind, text = (ast.literal_eval(each) for each in call.args)
            values = {keyword.arg or "" for keyword in call.keywords}
            assert set(re.findall(r"{(\w+)", text)) == values, (path, text)
            found.setdefault(kind, []).append(values)
    return found | {f"reason.{name}": [{"said"}] for name in REASONS}


def test_every_kind_of_sentence_has_its_chinese_and_no_text_is_left_over() -> None:
    kinds = said()
    assert len(kinds) > 100
    assert set(texts()) == set(kinds)
    for kind, text in texts().items():
        assert HAS_CHINESE.search(text) or kind in PARTS_ONLY, kind
        for values in kinds[kind]:
            assert set(re.findall(r"{(\w+)}", text)) <= values, kind


def test_no_refusal_that_a_reader_sees_is_without_a_kind() -> None:
    bare = []
    for path in SPOKEN:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
                continue
            name = getattr(node.exc.func, "id", "")
            texts_in = [each for each in node.exc.args if is_text(each)]
            if texts_in and name not in TO_PROGRAMS:
                bare.append((path.name, ast.unparse(node.exc)))
    assert bare == []


def test_a_refusal_says_its_sentence_in_english_and_what_it_is_made_of(client: FlaskClient) -> None:
    for headers in ({}, CHINESE):  # the API speaks one language, whoever asks
        answer = client.get("/api/runs/nothing", headers=headers)
        assert answer.json == {
            "error": "there is no run 'nothing' in this log directory",
            "sentence": {"kind": "run.unknown", "values": {"run": "nothing"}},
        }


def test_what_is_wrong_with_a_search_is_handed_on_whole(client: FlaskClient) -> None:
    answer = client.get("/api/search?q=(a:1").json
    assert answer["error"] == "this parenthesis is not closed"
    assert answer["sentence"] == {"kind": "search", "values": {"fault": answer["error"]}}


def test_a_sentence_in_another_one_keeps_its_own_parts(
    client: FlaskClient, fixture_logs: Path
) -> None:
    (fixture_logs / "log_extra_data.txt").write_text("[1]", "utf-8")
    answer = client.get("/api/runs?format=columns&limit=0").json
    assert answer["problems"] == [
        "log_extra_data.txt: it holds list where an object should be",
    ]
    (parts,) = answer["sentences"]
    assert parts["kind"] == "problem.of"
    assert parts["values"]["problem"] == {
        "text": "it holds list where an object should be",
        "kind": "file.no_object",
        "values": {"type": "list"},
    }


def test_numbers_stay_numbers_and_anything_else_is_told_as_text() -> None:
    made = sentence("x", "{n} of {path} is {found!r}", n=3, path=Path("a"), found=[None])
    assert made == "3 of a is [None]"
    assert parts_of(made) == {"kind": "x", "values": {"n": 3, "path": "a", "found": "[None]"}}


def test_a_conflict_tells_both_values() -> None:
    said_by = ViewConflictError("memo", "mine", "theirs").args[0]
    assert (
        in_chinese(said_by) == "memo 期间已被修改：开始时是“mine”，现在是“theirs”；请查看后再决定"
    )


def test_a_sentence_with_a_secret_keeps_it_out_of_its_values_too() -> None:
    token = "ghp_" + "a1B2" * 9
    error = ViewError(sentence("view.no_names", "a list is needed, not {given!r:.9}", given=token))
    assert token not in repr(vars(error)) + repr(error.args)
    assert not isinstance(error.args[0], Sentence)
    assert isinstance(ViewError(sentence("none", "none")).args[0], Sentence)


@pytest.mark.skipif(os.name == "nt", reason="the system's words are others there")
def test_a_reason_of_the_system_is_told_in_chinese_too(client: FlaskClient) -> None:
    said = ViewError(
        sentence("file.unread", "{file} cannot be read: {reason}", file="a.cfg", reason=refusal(13))
    )
    assert str(said) == "a.cfg cannot be read: Permission denied"
    assert in_chinese(said.args[0]) == "无法读取 a.cfg：没有权限"
    assert all(hasattr(errno, name) for name in REASONS)


def refusal(number: int) -> str:
    return reason(OSError(number, os.strerror(number)))


def test_other_reasons_stay_in_the_words_they_came_in() -> None:
    for error in (OSError(errno.EDOM, os.strerror(errno.EDOM)), OSError(13, "told by a plugin")):
        assert in_chinese(reason(error)) == error.strerror
    kept = sentence("file.read_only", "it is read-only")
    assert reason(PermissionError(13, kept)) is kept
    assert reason(OSError("all there is to say")) == "all there is to say"


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/run/nothing", 404, "该日志目录中没有实验“nothing”"),
        ("/nothing", 404, "/nothing 处没有内容。"),
        ("/runs?v=nothing.cfg", 400, "该日志目录中没有视图“nothing.cfg”"),
        (f"/run/{RUN}/files/nothing.txt", 404, f"实验 {RUN} 没有文件“nothing.txt”"),
    ],
)
def test_pages_of_the_server_itself_say_it_in_chinese(
    client: FlaskClient, address: str, status: int, words: str
) -> None:
    answer = client.get(address, headers=CHINESE)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert not HAS_CHINESE.search(
        client.get(address).text.partition("<h1>")[2].partition("</p>")[0]
    )


def test_whoever_may_not_come_in_is_told_so_in_chinese(fixture_logs: Path) -> None:
    client = board_of(fixture_logs, token="t" * 20).test_client()
    answer = client.get("/runs", headers=CHINESE)
    assert answer.status_code == 401
    assert '<html lang="zh-CN">' in answer.text
    assert "该面板需要口令：请打开 fitlog log 打印的地址" in answer.text
    answer = client.get("/runs", headers={**CHINESE, "Host": "evil.example"})
    assert "该面板不使用名称“evil.example”" in answer.text


def test_a_directory_that_may_only_be_read_says_so_with_its_path(
    client: FlaskClient, fixture_logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    answer = client.post("/api/hidden", json={"ids": [RUN], "hidden": True}).json
    parts = answer["sentence"]
    assert parts["kind"] == "directory.read_only"
    assert parts["values"] == {"directory": str(fixture_logs)}
