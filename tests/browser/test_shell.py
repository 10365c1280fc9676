"""What every page has: theme, language, keys, help, and an honest empty board."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

RUN = "log_20261122_090313"
RUN_IN_VIEW = "log_20261122_090449"
PAGES = ("runs", f"run/{RUN}", f"compare?runs={RUN},log_20261122_090317", "plugins", "run/nope")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_works_without_complaint(board, open_page, path):
    page = open_page(f"{board}/{path}", width=1280)
    page.wait_for_load_state("networkidle")  # the fixture then looks at what the page did
    expect(page.locator("main")).to_be_visible()
    expect(page).to_have_title(re.compile("fitlog"))


def test_the_theme_follows_the_system_until_the_reader_chooses(board, open_page):
    page = open_page(f"{board}/runs", color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(15, 19, 24)"
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.goto(f"{board}/run/{RUN}")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.keyboard.press("t")
    assert page.evaluate(background) == "rgb(15, 19, 24)"


def test_the_language_follows_the_browser_and_can_be_switched(board, open_table):
    table = open_table(f"{board}/runs", locale="zh-CN")
    expect(table.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(table.page.get_by_role("button", name="只看不同")).to_be_visible()
    assert "已完成" in table.column("state")
    table.page.get_by_role("button", name="EN").click()
    expect(table.page.get_by_role("button", name="Only what differs")).to_be_visible()
    table.page.goto(f"{board}/run/{RUN}")
    expect(table.page.locator("#side")).to_contain_text("Hyperparameters")


@contextmanager
def proxy(board: str, prefix: str) -> Iterator[str]:
    """Serve a board below a path, as JupyterHub does: the path is taken off, no more."""

    class Forward(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = urllib.request.Request(
                board + self.path.removeprefix(prefix),
                data=self.rfile.read(length) if length else None,
                headers={k: v for k, v in self.headers.items() if k != "Accept-Encoding"},
                method=self.command,
            )
            with urllib.request.urlopen(asked) as answer:
                body = answer.read()
                self.send_response(answer.status)
                for name in ("Content-Type", "Content-Security-Policy"):
                    self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        do_PATCH = do_GET  # noqa: N815 - the name is the standard library's

        def log_message(self, *args: object) -> None:
            """Keep the tests' output to the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Forward) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
        server.shutdown()


def test_the_board_works_below_a_proxys_path(own_board, open_table):
    with proxy(own_board, "/user/li/proxy/5000") as address:
        table = open_table(f"{address}/runs")
        table.cell(RUN_IN_VIEW, "memo").click()
        table.page.keyboard.type("through a proxy")
        table.page.keyboard.press("Enter")
        expect(table.cell(RUN_IN_VIEW, "memo")).not_to_have_class(re.compile("unsaved"))
        table.cell(RUN_IN_VIEW, "id").get_by_role("link").click()
        expect(table.page.locator("#facts")).to_contain_text("through a proxy")
        expect(table.page.locator('[data-name="loss-Loss"] canvas')).to_be_visible()
        table.page.get_by_role("link", name="Runs", exact=True).click()
        expect(table.page).to_have_url(f"{address}/runs")
        table.expect_count(20)
        table.page.close()


def test_question_mark_lists_the_keys_and_escape_closes(board, open_table):
    page = open_table(f"{board}/runs").page
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("compare the selected")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_empty_directory_says_how_to_begin_and_shows_the_first_run(
    tmp_path: Path, start_board, open_page
):
    logs = tmp_path / "logs"
    logs.mkdir()
    page = open_page(f"{start_board(logs)}/runs", width=1280)
    expect(page.locator("main")).to_contain_text("No runs here yet")
    expect(page.locator("main")).to_contain_text(str(logs))
    code = page.locator("pre").inner_text()
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert done.returncode == 0
    expect(page.locator("#grid [role=row][row-id]")).to_have_count(1)
    expect(page.get_by_text("No runs here yet")).to_be_hidden()
    # Its id has room, though no row was there when the columns were made.
    expect(page.locator("#grid [row-id] [col-id=id]")).to_have_text(next(logs.glob("log_*")).name)
    page.wait_for_function(
        "() => { const cell = document.querySelector('#grid [row-id] [col-id=id]');"
        " const right = (box) => box.getBoundingClientRect().right;"
        " return right(cell.querySelector('a')) < right(cell); }"
    )


def test_a_new_run_appears_and_a_changed_value_is_shown(logs, own_board, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    table.expect_count(28)
    new = logs / "log_20991231_235959"
    new.mkdir()
    (new / "hyper.log").write_text('{"hyper": {"lr": 0.5}}\n')
    (new / "meta.log").write_text('{"meta": {"state": "running"}}\n')
    table.expect_count(29)
    expect(table.cell(new.name, "hyper-lr")).to_have_text("0.5")
    with (new / "best_metric.log").open("a") as file:
        file.write('{"metric": {"dev": {"acc": 0.75}}}\n')
    expect(table.cell(new.name, "metric-dev-acc")).to_have_text("0.75")


def test_a_server_that_is_gone_is_told_and_the_table_stays(logs, open_table):
    command = [sys.executable, "-m", "fitlog", "log", str(logs), "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    address = next(line.strip() for line in server.stdout if "http://" in line)
    table = open_table(f"{address}runs")
    # Not a signal that asks politely: the page must bear a server that is just gone.
    table.page.context.set_offline(True)
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stdout.close()
    expect(table.page.locator("#banner")).to_contain_text("reconnecting")
    table.expect_count(20)


def test_a_table_that_cannot_be_loaded_says_so_and_can_be_tried_again(board, open_page):
    page = open_page(f"{board}/plugins")
    page.route("**/api/runs?*", lambda route: route.abort())
    page.goto(f"{board}/runs?filter=off")
    expect(page.get_by_role("alert").filter(has_text="did not work")).to_be_visible()
    expect(page.locator("#first")).to_contain_text("log_20261122_090449")  # what the server wrote
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#grid [role=row][row-id]")).to_have_count(28)


def test_without_scripts_the_newest_runs_are_in_the_page(board, open_page):
    page = open_page(f"{board}/runs", java_script_enabled=False)
    expect(page.locator("#first tbody tr:visible")).to_have_count(20)
    expect(page.locator("#first tbody tr:visible").nth(1)).to_contain_text("log_2026112")
    assert "Without JavaScript" in page.locator("#first").inner_text()


def test_a_narrow_window_cuts_nothing_off(board, open_page):
    for path in ("runs", f"run/{RUN}"):
        page = open_page(f"{board}/{path}", width=400, height=800)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_the_board_is_ended_from_a_page_after_a_question(own_board, logs, open_table):
    page = open_table(f"{own_board}/runs").page
    page.keyboard.press("?")
    page.get_by_role("button", name="End the board").click()
    question = page.get_by_role("dialog", name="End the board?")
    question.get_by_role("button", name="Cancel").click()
    assert urllib.request.urlopen(f"{own_board}/api/views").status == 200
    page.keyboard.press("?")
    page.get_by_role("button", name="End the board").click()
    question.get_by_role("button", name="End the board").click()
    expect(page.get_by_role("heading", name="The board has ended.")).to_be_visible()
    expect(page.get_by_text(f"fitlog log {logs}")).to_be_visible()
