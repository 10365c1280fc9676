"""What the server refuses or cannot show is told in the language of the page."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

import fitlog
from fitlog_core.sentences import Sentence
from fitlog_web.sentences import in_chinese, texts
from tests.snapshot_tools import user_repository, write
from tests.web_board import board_of

RUN = "log_20261122_090449"
OTHER = "log_20261122_090445"
SAID = """async made => {
    const { chinese } = await import("./static/chinese.js");
    return made.map(parts => chinese("?", parts));
}"""


def made(kind: str, **values: object) -> Sentence:
    said = Sentence("?")
    said.kind, said.values = kind, values
    return said


def test_scripts_and_server_say_every_kind_alike(board, open_page):
    page = open_page(f"{board}/runs", locale="zh-CN")
    values = {kind: re.findall(r"{(\w+)}", text) for kind, text in texts().items()}
    sentences = [
        made(kind, **{name: 1234 if name in ("n", "most") else f"<{name}>" for name in names})
        for kind, names in values.items()
    ]
    parts = [{"kind": each.kind, "values": each.values} for each in sentences]
    assert page.evaluate(SAID, parts) == [in_chinese(each) for each in sentences]
    inner = {"text": "none", "kind": "none", "values": {}}
    outer = {"kind": "problem.of", "values": {"file": "a.cfg", "problem": inner}}
    assert page.evaluate(SAID, [outer, {"kind": "unheard of"}]) == ["a.cfg：无", "?"]


def test_the_texts_are_loaded_once_there_is_something_to_say(own_board, open_table):
    asked = []
    table = open_table(f"{own_board}/runs?filter=off", locale="zh-CN")
    table.page.on("request", lambda request: asked.append(request.url))
    names = table.page.evaluate("performance.getEntriesByType('resource').map(e => e.name).join()")
    assert "sentences.zh.json" not in names
    table.page.goto(f"{own_board}/runs?filter=off&q=(a:1")
    expect(table.page.locator("#fault")).to_contain_text("括号没有闭合")
    assert any("sentences.zh.json" in url for url in asked)


@pytest.mark.parametrize(
    ("locale", "words"),
    [("zh-CN", "期间已被修改"), ("en-US", "was changed meanwhile")],
)
def test_a_view_that_somebody_else_changed_meanwhile(own_board, open_table, locale, words):
    table = open_table(f"{own_board}/runs?filter=off", locale=locale)
    said = table.page.evaluate(
        """async () => {
            const { ask } = await import("./static/api.js");
            const { sayFailed } = await import("./static/shell.js");
            const body = { set: { hidden_columns: ["memo"] }, was: { hidden_columns: ["other"] } };
            await ask("api/view", { method: "PATCH", body }).catch(sayFailed);
        }"""
    )
    assert said is None
    expect(table.page.get_by_role("alert")).to_contain_text(words)


def test_a_cell_that_somebody_else_edited_meanwhile_shows_both(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off", locale="zh-CN")
    page = table.page
    table.cell(RUN, "memo").dblclick()
    page.keyboard.type("mine")
    page.evaluate(
        """async ([run]) => fetch(`api/runs/${run}`, {
            method: "PATCH",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ set: { memo: "theirs" } }),
        })""",
        [RUN],
    )
    page.keyboard.press("Enter")
    note = page.get_by_role("alert")
    expect(note).to_contain_text(f"{RUN} 的“备注”期间已在别处被修改。")
    expect(note).to_contain_text("theirs")
    expect(note.get_by_role("button", name="保存我的")).to_be_visible()


def test_a_cell_that_cannot_be_saved_says_why(own_board, logs, open_table):
    (logs / "log_extra_data.txt").unlink()
    (logs / "log_extra_data.txt").mkdir()
    table = open_table(f"{own_board}/runs?filter=off", locale="zh-CN")
    table.cell(RUN, "memo").dblclick()
    table.page.keyboard.type("mine")
    table.page.keyboard.press("Enter")
    note = table.page.get_by_role("alert").filter(has_text="备注")
    expect(note).to_contain_text("log_extra_data.txt 不是文件：请将它移走")


def test_a_directory_that_may_only_be_read(own_board, logs, open_table, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write any
    body = {"ids": [RUN], "hidden": True}
    refused = board_of(logs).test_client().post("/api/hidden", json=body)
    table = open_table(f"{own_board}/runs?filter=off", locale="zh-CN")
    table.page.route("**/api/hidden", lambda route: route.fulfill(status=403, json=refused.json))
    table.select(RUN)
    table.page.keyboard.press("h")
    expect(table.page.get_by_role("alert")).to_contain_text(
        f"操作失败：当前用户无权写入 {logs}，没有作任何修改"
    )


def test_a_damaged_view_says_what_of_it_could_not_be_read(own_board, logs, open_table):
    (logs / "default.cfg").write_text("[data_settings]\nfilter_condition = [1]\nodd\n", "utf-8")
    table = open_table(f"{own_board}/runs?filter=off", locale="zh-CN")
    notes = table.page.get_by_role("alert")
    expect(
        notes.filter(has_text="filter_condition 无法读取：筛选须是列与条件的对象")
    ).to_be_visible()


def test_what_could_not_be_tidied_up_after_a_change_is_told(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off", locale="zh-CN")
    parts = {"kind": "file.none", "values": {"file": "odd.cfg"}}
    answer = {"problems": ["odd.cfg is not a file"], "sentences": [parts]}
    table.page.route("**/api/hidden", lambda route: route.fulfill(json=answer))
    table.select(RUN)
    table.page.keyboard.press("h")
    expect(table.page.get_by_role("alert")).to_contain_text("odd.cfg 不是文件：请将它移走")


def recorded(folder: Path, version: str | None) -> str:
    """A run with a code version, or with none."""
    run = fitlog.Run(folder / "logs")
    run.add_best_metric(0.9, "acc")
    if version:
        run.add_code_version(version, None)
    run.finish()
    return str(run.get_log_id())


def test_a_code_that_cannot_be_brought_back_or_compared(tmp_path, start_board, open_page):
    folder = user_repository(tmp_path / "work", {"train.py": "print('old')\n"})
    bare, lost = recorded(folder, None), recorded(folder, "f" * 40)
    board = start_board(folder / "logs")
    page = open_page(f"{board}/run/{lost}", width=1280, locale="zh-CN")
    page.get_by_role("button", name="取回这份代码").click()
    away = "的项目不在此处：请在该项目中打开网页"
    expect(page.get_by_role("alert")).to_contain_text(away)
    page.goto(f"{board}/run/{bare}/code?against={lost}")
    problem = re.compile(f"^未对比代码：(没有代码版本|保存 .*{away})")
    expect(page.locator("#code-difference .notice")).to_have_text(problem)
    page.goto(f"{board}/compare?runs={bare},{lost}")
    expect(page.locator("#differs")).to_contain_text(
        "没有代码版本：脚本没有调用 fitlog.commit(__file__)。"
    )


def test_a_folder_in_the_way_of_the_code_is_told_in_the_dialog(tmp_path, start_board, open_page):
    from fitlog_core.snapshots.capture import capture

    folder = user_repository(tmp_path / "work", {"train.py": "print('old')\n"})
    snapshot = capture(folder)
    run = fitlog.Run(folder / "logs")
    run.add_code_version(snapshot.id, "first")
    run.add_best_metric(0.9, "acc")
    run.finish()
    write(tmp_path / "mine", {"paper.tex": "mine"})
    page = open_page(
        f"{start_board(folder / 'logs')}/run/{run.get_log_id()}", width=1280, locale="zh-CN"
    )
    page.get_by_role("button", name="取回这份代码").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill(str(tmp_path / "mine"))
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_role("alert")).to_have_text(
        f"{tmp_path / 'mine'} 已存在且不是空的，请选择其他文件夹"
    )
    dialog.get_by_role("textbox").fill("mine")
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_role("alert")).to_contain_text("请填写从根目录开始的完整路径")


def test_a_server_that_went_is_no_words_of_the_browser(own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off", locale="zh-CN")
    table.page.route("**/api/statistics", lambda route: route.abort())
    table.select(RUN, OTHER)
    table.page.locator("#selection").get_by_role("button", name="统计").click()
    expect(table.page.get_by_role("alert")).to_contain_text("操作失败：服务器没有响应")


def test_files_of_the_code_that_are_no_text(tmp_path, start_board, open_page):
    from fitlog_core.snapshots.capture import capture

    folder = user_repository(tmp_path / "work", {"train.py": "1\n"})
    runs = []
    for content in (b"\0a", b"\0bc"):
        (folder / "table.py").write_bytes(content)
        snapshot = capture(folder)
        run = fitlog.Run(folder / "logs")
        run.add_code_version(snapshot.id, None)
        run.add_best_metric(0.9, "acc")
        run.finish()
        runs.append(run.get_log_id())
    page = open_page(
        f"{start_board(folder / 'logs')}/run/{runs[1]}/code?against={runs[0]}",
        width=1280,
        locale="zh-CN",
    )
    expect(page.locator(".file-difference summary")).to_contain_text("不是文本，2 bytes → 3 bytes")
