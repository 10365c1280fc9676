"""Whatever is answered, and by whatever part of the board, says the same to the browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from web_board import RUN, board_of, every_route
from werkzeug.test import TestResponse

from fitlog_web import server
from fitlog_web.board import Board

WAIT = 30.0
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SOURCES = {"'none'", "'self'", "data:"}
KINDS_OF_PAGES = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml")


def assert_hardened(answer: TestResponse) -> None:
    where = (answer.status_code, answer.request.path)
    for name, value in FIXED.items():
        assert answer.headers.get(name) == value, where
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")], where
    policy = {
        part.split()[0]: set(part.split()[1:])
        for part in answer.headers["Content-Security-Policy"].split("; ")
    }
    assert policy["default-src"] == {"'none'"}, where
    if "sandbox" in policy:
        return
    assert policy["frame-ancestors"] == {"'none'"}, where
    assert policy["script-src"] == {"'self'"}, where  # no inline, no eval, no other host
    for name, sources in policy.items():
        plain = {source for source in sources if not source.startswith("'nonce-")}
        assert plain <= SOURCES, (name, where)
        assert plain == sources or name == "style-src", where


def test_every_route_is_hardened(app: Flask, client: FlaskClient) -> None:
    for method, address in every_route(app):
        assert_hardened(client.open(address, method=method, json=None if method == "GET" else {}))
        assert_hardened(client.open(address, method="OPTIONS"))
        assert_hardened(client.open(address, method="HEAD"))


def every_refusal(client: FlaskClient, guarded: FlaskClient) -> Iterator[TestResponse]:
    yield client.get("/api/runs?limit=x")  # 400
    yield guarded.get("/runs")  # 401
    yield guarded.get("/api/runs")
    yield client.post("/api/trash", json={}, headers={"Sec-Fetch-Site": "cross-site"})  # 403
    for address in ("/nope", "/api/nope", "/static/nope.js", "/run/nope", f"/run/{RUN}/files/no"):
        yield client.get(address)  # 404
    yield client.put("/api/runs", json={})  # 405
    yield client.post("/api/end", json={})  # 409
    yield client.post("/api/trash", data=b" " * 5_000_000, content_type="application/json")  # 413
    yield client.post("/api/trash", data=b"{}", content_type="text/plain")  # 415
    yield client.get("/runs", headers={"Host": "evil.example"})  # 421
    yield client.get("/api/runs", environ_overrides={"HTTP_HOST": ""})


def test_every_error_is_hardened(app: Flask, client: FlaskClient, fixture_logs: Path) -> None:
    guarded = board_of(fixture_logs, token="abc").test_client()
    statuses = set()
    for answer in every_refusal(client, guarded):
        assert_hardened(answer)
        statuses.add(answer.status_code)
    assert statuses == {400, 401, 403, 404, 405, 409, 413, 415, 421}


def test_what_is_answered_with_few_words_is_hardened(client: FlaskClient) -> None:
    found = client.get("/api/views")
    again = client.get("/api/views", headers={"If-None-Match": found.headers["ETag"]})
    part = client.get(f"/run/{RUN}/files/meta.log", headers={"Range": "bytes=0-3"})
    none = client.get(f"/run/{RUN}/files/meta.log", headers={"Range": "bytes=99999999-"})
    assert [again.status_code, part.status_code, none.status_code] == [304, 206, 416]
    for answer in (again, part, none):
        assert_hardened(answer)


def test_a_fault_of_the_board_is_hardened(client, monkeypatch, capsys) -> None:
    monkeypatch.setattr(Board, "refresh", lambda self, at_once=False: 1 / 0)
    for address in ("/runs", "/api/runs"):
        answer = client.get(address)
        assert answer.status_code == 500
        assert_hardened(answer)
    assert "the board failed" in capsys.readouterr().err


class Inline(HTMLParser):
    """Finds what a strict policy would stop."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        is_data = said.get("type") == "application/json"
        if (tag == "script" and "src" not in said and not is_data) or tag in ("style", "base"):
            self.found.append(tag)
        self.found += [name for name in said if name.startswith("on") or name == "style"]
        self.found += [value for value in said.values() if "javascript:" in value.lower()]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_page_has_inline_scripts_or_styles(client, fixture_logs, lang) -> None:
    guarded = board_of(fixture_logs, token="abc").test_client()
    evil = '"><script>alert(1)</script><a style="x" onclick="y" href="javascript:alert(1)">'
    pages = [
        client.get(f"/runs?lang={lang}"),
        client.get(f"/run/{RUN}?lang={lang}"),
        client.get("/compare", query_string={"lang": lang, "runs": evil, "names": evil}),
        client.get(f"/run/{evil}?lang={lang}"),
        client.get(f"/{evil}?lang={lang}"),
        client.get(f"/runs?lang={lang}", headers={"Host": f"evil{evil}"}),
        guarded.get(f"/runs?lang={lang}", headers={"Sec-Fetch-Site": "cross-site"}),
    ]
    for page in pages:
        assert page.mimetype == "text/html"
        parser = Inline()
        parser.feed(page.text)
        assert parser.found == [], page.request.path


def test_only_our_own_pages_are_pages(app: Flask, client: FlaskClient) -> None:
    for method, address in every_route(app):
        answer = client.open(address, method=method, json=None if method == "GET" else {})
        is_page = not address.startswith(("/api/", "/static/")) and "/files/" not in address
        assert (answer.mimetype in KINDS_OF_PAGES) == is_page, address


NO_REQUESTS = {
    "no HTTP": b"hello\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\nHost: localhost\r\n: <script>\r\n\r\n",
    "a length that is none": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: <script>\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a coding nobody knows": b"POST / HTTP/1.1\r\nTransfer-Encoding: <script>\r\n\r\n",
    "too long a header": b"GET / HTTP/1.1\r\nA: ".ljust(server.LARGEST_HEADERS, b"b"),
    "too long a body": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
}


@pytest.fixture(scope="module")
def real_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the real server, on an empty directory."""
    app = board_of(tmp_path_factory.mktemp("empty"))
    with server.bind("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.serve, args=(app, listening, 3600.0))
        thread.start()
        yield listening.getsockname()[1]
        app.extensions["fitlog-ending"].set()
        thread.join(WAIT)


@pytest.mark.parametrize("what", NO_REQUESTS)
def test_what_is_no_request_is_answered_as_text_and_hardened(real_port: int, what: str) -> None:
    with socket.create_connection(("127.0.0.1", real_port), timeout=WAIT) as connection:
        connection.sendall(NO_REQUESTS[what])
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode("latin-1")
    head, _, body = answer.partition("\r\n\r\n")
    assert int(head.split()[1]) in (400, 413, 431, 501), head
    assert "Content-Type: text/plain" in head
    for name, value in FIXED.items():
        assert f"\r\n{name}: {value}".lower() in head.lower()
    assert "default-src 'none'" in head
    assert len(body) < 1000
