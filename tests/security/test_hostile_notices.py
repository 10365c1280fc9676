"""What was logged is text in notices and in messages of snapshots, too, whatever it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from notice_servers import servers
from snapshot_tools import kept, write

from fitlog_core.cli import main
from fitlog_core.hookspecs import Ending
from fitlog_core.recording.run import Run
from fitlog_core.snapshots.capture import capture
from fitlog_core.testing import fresh_host
from fitlog_plugins import apprise, feishu

ATTACKS = (
    "<at id=all></at>",
    "<font color='red'>red</font>",
    "[click](https://evil.example)",
    "![picture](img_v2_1)",
    "**bold** _under_ ~~gone~~ `code`",
    "&lt;at id=all&gt;",
    "x\n---\n- item\n> quote\n# heading",
    "<img src=x onerror=alert(1)>",
    "\x1b]0;owned\x07\x1b[2J",
    "\u202egnp.exe\u2066",
    "<!channel> <@U123> @everyone",
    "half \ud800",
)
SIGNS = set("<>[]()*_~`#|\\!")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setenv("FITLOG_NOTIFY_COALESCE", "0")
    with servers() as start:
        yield start()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "project" / "logs")
    for number, text in enumerate(ATTACKS):
        run.add_best_metric({text.replace("-", ""): text, f"plain{number}": 0.5})
        run.add_metric({text.replace("-", ""): number}, 1)
    run.finish()
    return run


def tell(plugin: object, run: Run) -> None:
    ending = Ending("error", f"RuntimeError: {''.join(ATTACKS)}", 1.0, None)
    fresh_host(plugin).notify("fitlog_run_finished", run=run, ending=ending)


def parts_of(value: Any) -> Iterator[tuple[str, str]]:
    """Every text of a message, with the kind that Feishu reads it as."""
    if isinstance(value, dict):
        kind = value.get("tag", "")
        for key, inner in value.items():
            if isinstance(inner, str) and key in ("content", "text"):
                yield kind, inner
            else:
                yield from parts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parts_of(inner)


def test_a_card_reads_no_logged_text_as_markdown(
    server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", server.url)
    tell(feishu, run)
    (message,) = server.requests
    marked = [text for kind, text in parts_of(message) if kind == "lark_md"]
    assert len(marked) > len(ATTACKS)
    for text in marked:
        name, _, value = text.partition("\n")
        for part in (name.removeprefix("**").removesuffix("**"), value):
            assert not SIGNS & set(part.replace("&#", "")), text
            assert "\n" not in part
            assert "&lt;" not in part  # a sign of what was logged, said as such: &#38;lt;
    expect_plain(message)


def test_a_post_has_texts_only(server: Any, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", server.url)
    monkeypatch.setenv("FITLOG_FEISHU_STYLE", "post")
    tell(feishu, run)
    (message,) = server.requests
    assert {kind for kind, _ in parts_of(message)} == {"text"}
    expect_plain(message)


def test_a_service_that_sends_html_gets_it_escaped(
    server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = f"json://127.0.0.1:{server.port}/?format=html"
    monkeypatch.setenv("FITLOG_APPRISE_URLS", target)
    tell(apprise, run)
    (message,) = server.requests
    assert "&lt;img" in message["message"]
    assert "<img" not in message["message"]
    assert "<at" not in message["message"]


def test_no_logged_text_forges_a_line_of_a_notice(
    server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITLOG_APPRISE_URLS", f"json://127.0.0.1:{server.port}/")
    tell(apprise, run)
    lines = server.requests[0]["message"].splitlines()
    assert not [line for line in lines if line.startswith(("---", "- item", "> quote", "# head"))]
    expect_plain(server.requests[0])


def expect_plain(message: Any) -> None:
    """No sign that steers a terminal or turns the direction of writing is in there."""
    said = json.dumps(message, ensure_ascii=False)
    assert not [sign for sign in ("\x1b", "\x07", "\u202e", "\u2066", "\\u001b") if sign in said]


@pytest.mark.parametrize("text", [*ATTACKS, "--amend", "-m x", "a\0b", "", "x" * 100_000])
def test_any_message_of_a_snapshot_is_kept_and_listed_as_text(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = write(tmp_path / "project", {"train.py": "x = 1\n", ".fitconfig": ""})
    snapshot = capture(project / "train.py", text)
    assert snapshot is not None
    kept(project, "fsck", "--strict")
    kept(project, "log", "-1", "--format=%B")
    monkeypatch.chdir(project)
    listed = CliRunner().invoke(main, ["list"])
    assert listed.exit_code == 0
    assert not set("\x1b\x07\u202e\0") & set(listed.output)
