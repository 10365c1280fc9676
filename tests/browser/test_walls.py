"""What keeps other pages out, seen by a real browser that visits one of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from axe_tools import faults
from playwright.sync_api import Browser, Page, expect

RUN = "log_20261122_090313"
TOKEN = "s3cret/token"


class Elsewhere(BaseHTTPRequestHandler):
    """A page of somebody else's, which notes what it is told about its visitors."""

    referrers: list[str | None]

    def do_GET(self) -> None:
        self.referrers.append(self.headers.get("Referer"))
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title><h1>elsewhere</h1>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str | None]]]:
    """The address of a foreign page on the same machine, and the referrers it was told."""
    seen: list[str | None] = []
    handler = type("Noting", (Elsewhere,), {"referrers": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://localhost:{server.server_address[1]}", seen
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may complain: here the browser is asked to do what must not work."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_the_token_leaves_the_address_and_no_script_reads_its_cookie(logs, start_board, page):
    address = start_board(logs, "--token", TOKEN)
    page.goto(f"{address}&lang=en")
    expect(page.locator("#grid [role=row][row-id]").first).to_be_visible()
    assert "token" not in page.url
    assert "s3cret" not in page.content()
    assert page.evaluate("document.cookie") == ""
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    assert "s3cret" not in kept
    [cookie] = [each for each in page.context.cookies() if each["name"].startswith("fitlog-")]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert "s3cret" not in cookie["value"]
    names = "performance.getEntriesByType('resource').map(each => each.name).join()"
    assert quote(TOKEN, safe="") not in page.evaluate(names)


def test_a_foreign_page_cannot_frame_the_board(board, elsewhere, page):
    page.goto(elsewhere[0])
    page.evaluate(
        """address => new Promise(done => {
            const frame = document.createElement('iframe');
            frame.onload = done;
            frame.src = address;
            document.body.append(frame);
        })""",
        f"{board}/runs",
    )
    framed = next(frame for frame in page.frames if frame is not page.main_frame)
    assert framed.locator("#grid").count() == 0
    assert "fitlog" not in (framed.title() or "")


def test_a_foreign_page_can_neither_read_nor_change(logs, own_board, elsewhere, page):
    before = (logs / "default.cfg").read_bytes()
    page.goto(elsewhere[0])
    attack = """async ([board, body]) => {
        const headers = {'Content-Type': 'application/json'};
        const tries = [
            ['runs', {}],
            ['runs', {mode: 'no-cors'}],
            ['trash', {method: 'POST', body, headers}],
            ['trash', {method: 'POST', body, mode: 'no-cors'}],
        ].map(([name, how]) => fetch(`${board}/api/${name}`, how).then(answer => answer.text()));
        return (await Promise.allSettled(tries)).map(each => each.value || '');
    }"""
    found = page.evaluate(attack, [own_board, json.dumps({"ids": [RUN]})])
    assert found == ["", "", "", ""]
    page.evaluate(
        """([board, body]) => {
            const form = document.createElement('form');
            form.method = 'POST';
            form.action = `${board}/api/trash`;
            form.enctype = 'text/plain';
            const field = document.createElement('input');
            field.name = body;
            form.append(field);
            document.body.append(form);
            form.submit();
        }""",
        [own_board, json.dumps({"ids": [RUN], "x": ""})],
    )
    page.wait_for_url(f"{own_board}/api/trash")
    assert "own pages" in page.content()
    assert (logs / "default.cfg").read_bytes() == before


def test_a_foreign_page_cannot_load_what_was_logged_as_its_own(logs, own_board, elsewhere, page):
    (logs / RUN / "a.js").write_text("window.stolen = 1")
    page.goto(elsewhere[0])
    loaded = page.evaluate(
        """addresses => Promise.all(addresses.map(([tag, address]) => new Promise(done => {
            const made = document.createElement(tag);
            made.onload = () => done(`${tag} loaded`);
            made.onerror = () => done('');
            made.src = address;
            document.body.append(made);
        })))""",
        [
            ["script", f"{own_board}/run/{RUN}/files/a.js"],
            ["script", f"{own_board}/api/runs"],
            ["img", f"{own_board}/static/favicon.svg"],
        ],
    )
    assert loaded == ["", "", ""]
    assert page.evaluate("window.stolen") is None


def test_a_link_in_a_page_tells_nobody_where_it_stood(board, elsewhere, page):
    address, referrers = elsewhere
    page.goto(f"{board}/run/{RUN}")
    page.evaluate(
        """address => {
            const link = document.createElement('a');
            link.href = address;
            link.id = 'away';
            link.textContent = 'away';
            document.querySelector('main').prepend(link);
        }""",
        address,
    )
    page.locator("#away").click()
    expect(page.locator("h1")).to_have_text("elsewhere")
    assert referrers[0] is None  # what follows asks for the foreign page's own icon


def test_whoever_lacks_the_token_reads_so_in_the_theme_of_the_system(logs, start_board, open_page):
    address = start_board(logs, "--token", "abc").partition("/?")[0]
    page = open_page(f"{address}/runs", width=390, locale="zh-CN", color_scheme="dark")
    expect(page.get_by_role("heading")).to_have_text("需要口令")
    expect(page.get_by_role("main")).to_contain_text("请打开 fitlog log 打印的地址")
    expect(page.locator("body")).to_have_css("color", "rgb(255, 255, 255)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(page) == []
