"""Who may come in, promise by promise, with hostile hosts, tokens and origins."""

from __future__ import annotations

import hmac

import pytest
from web_board import NO_CODE, RUN, board_of, board_with_panels, every_route

TOKEN = "s3cret token/ü"
QUOTED = "s3cret%20token%2F%C3%BC"


@pytest.fixture
def guarded(fixture_logs):
    return board_of(fixture_logs, token=TOKEN, port=5007)


def test_every_route_asks_for_the_token(guarded):
    client = guarded.test_client()
    routes = every_route(guarded)
    assert len(routes) >= 24
    for method, address in [*routes, ("GET", "/nope"), ("OPTIONS", "/api/runs"), ("HEAD", "/runs")]:
        response = client.open(address, method=method, json={} if method != "GET" else None)
        assert response.status_code == 401, (method, address)
        assert b"fitlog-0.9-logs" not in response.data


def test_without_a_token_no_route_asks_for_one(fixture_logs):
    app = board_with_panels(fixture_logs)
    client = app.test_client()
    for method, address in every_route(app):
        if method == "GET":
            allowed = (409,) if address == NO_CODE else (200, 302)
            assert client.get(address).status_code in allowed, address


def test_the_token_in_an_address_becomes_a_cookie_and_leaves_the_address(guarded):
    client = guarded.test_client()
    response = client.get(f"/runs?q=a%26b&token={QUOTED}&sort=-id")
    assert response.status_code == 302
    assert response.headers["Location"] == "./runs?q=a%26b&sort=-id"
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("fitlog-5007=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "s3cret" not in cookie
    assert response.headers["Cache-Control"] == "no-store"
    assert client.get("/api/runs").status_code == 200
    assert client.get("/static/base.css").status_code == 200


def test_the_old_address_with_the_token_lets_in_and_leads_to_the_new_page(fixture_logs):
    client = board_of(fixture_logs, token="abc").test_client()
    response = client.get("/table/abc")
    assert (response.status_code, response.headers["Location"]) == (302, "../runs")
    assert client.get("/runs").status_code == 200
    assert board_of(fixture_logs, token="abc").test_client().get("/table/abd").status_code == 401


def test_a_script_may_bring_the_token_in_a_header(guarded):
    headers = {"Authorization": f"Bearer {TOKEN}".encode().decode("latin-1")}
    plain = board_of(guarded.extensions["fitlog"].log_dir, token="abc").test_client()
    assert plain.get("/api/runs", headers={"Authorization": "Bearer abc"}).status_code == 200
    assert plain.get("/api/runs", headers={"Authorization": "bearer  abc "}).status_code == 200
    assert plain.get("/api/runs", headers=headers).status_code == 401


WRONG_TOKENS = ["", "x", "S3cret token/ü", "s3cret token/ü ", "s3cret", "\0", "ü" * 5000, "%00"]


@pytest.mark.parametrize("token", WRONG_TOKENS, ids=[repr(token[:16]) for token in WRONG_TOKENS])
def test_a_wrong_token_lets_nobody_in(guarded, token):
    client = guarded.test_client()
    assert client.get("/runs", query_string={"token": token}).status_code == 401
    client.set_cookie("fitlog-5007", "x" + token.encode("ascii", "ignore").decode().strip("\0"))
    assert client.get("/runs").status_code == 401
    assert client.get("/runs", headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.get("/runs", headers={"Authorization": "Basic czNjcmV0"}).status_code == 401


def test_a_token_is_compared_in_constant_time_wherever_it_comes(guarded, monkeypatch):
    compared = []

    def compare(given: bytes, right: bytes) -> bool:
        compared.append(given)
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    client = guarded.test_client()
    client.get("/runs?token=in-address")
    client.get("/table/in-path")
    client.set_cookie("fitlog-5007", "in-cookie")
    client.get("/runs", headers={"Authorization": "Bearer in-header"})
    assert {b"in-address", b"in-path", b"in-cookie", b"in-header"} <= set(compared)


def test_the_cookie_of_another_port_does_not_count(fixture_logs):
    first = board_of(fixture_logs, token="abc", port=5000).test_client(use_cookies=False)
    cookie = first.get("/?token=abc").headers["Set-Cookie"].partition(";")[0]
    second = board_of(fixture_logs, token="abc", port=5001).test_client(use_cookies=False)
    assert second.get("/runs", headers={"Cookie": cookie}).status_code == 401
    assert first.get("/runs", headers={"Cookie": cookie}).status_code == 200


def test_a_change_with_the_token_in_the_address_is_not_let_in(guarded):
    response = guarded.test_client().post(f"/api/trash?token={QUOTED}", json={"ids": [RUN]})
    assert response.status_code == 401


def test_who_comes_by_a_link_elsewhere_is_asked_again_by_our_own_page(guarded):
    client = guarded.test_client()
    elsewhere = client.get("/runs", headers={"Sec-Fetch-Site": "cross-site"})
    assert b'http-equiv="refresh"' in elsewhere.data
    assert b"refresh" not in client.get("/runs", headers={"Sec-Fetch-Site": "same-origin"}).data


HOSTS = [
    ("localhost", 200), ("localhost:5000", 200), ("LOCALHOST.", 200), ("127.0.0.1:5000", 200),
    ("192.168.3.4", 200), ("[::1]:5000", 200), ("board.example.org:80", 200), ("evil.example", 421),
    ("localhost.evil.example", 421), ("127.0.0.1.evil.example", 421), ("evil.example:5000", 421),
    ("localhost@evil.example", 421), ("localhost:5000@evil", 421), ("[::1", 421), ("127.1", 421),
    ("0x7f.1", 421), ("localhost, evil.example", 421), ("localhost/evil", 421), (" ", 421),
    ("localhost:5000:6000", 421), ("evil.example\\@localhost", 421), ("[::1].evil.example", 421),
]  # fmt: skip


@pytest.mark.parametrize(("host", "status"), HOSTS, ids=[host for host, _ in HOSTS])
def test_the_board_answers_only_to_names_of_its_own(fixture_logs, host, status):
    client = board_of(fixture_logs, allow_hosts=["https://Board.example.org:8443/"]).test_client()
    for address in ("/runs", "/api/runs", "/static/base.css", "/nope"):
        found = client.get(address, headers={"Host": host}).status_code
        assert found == (404 if (address, status) == ("/nope", 200) else status)


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"])
def test_no_other_header_speaks_for_the_host(client, header):
    said = {
        "Host": "evil.example",
        header: "host=localhost" if header == "Forwarded" else "localhost",
    }
    assert client.get("/api/runs", headers=said).status_code == 421
    said = {"Host": "localhost", header: "evil.example"}
    answer = client.get("/", headers=said)
    assert (answer.status_code, answer.headers["Location"]) == (302, "./runs")


def test_the_name_of_this_machine_is_one_of_its_own(client, monkeypatch):
    import socket

    monkeypatch.setattr(socket, "gethostname", lambda: "gpu7.lab.example")
    app = board_of(client.application.extensions["fitlog"].log_dir)
    for host in ("gpu7.lab.example:5000", "gpu7"):
        assert app.test_client().get("/runs", headers={"Host": host}).status_code == 200


def test_a_request_without_a_host_is_refused(client):
    response = client.get("/api/runs", environ_overrides={"HTTP_HOST": ""})
    assert response.status_code == 421
    assert "allow-host" in response.json["error"]


SAME, CROSS = "http://localhost:5000", "http://evil.example"
ORIGINS = [
    ({"Sec-Fetch-Site": "same-origin"}, 200),
    ({"Sec-Fetch-Site": "same-origin", "Origin": CROSS}, 200),  # a proxy changed the Host
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "cross-site", "Origin": SAME}, 403),
    ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:8888"}, 403),
    ({"Sec-Fetch-Site": "none"}, 403),
    ({"Sec-Fetch-Site": "cross-site", "X-Fitlog": "1"}, 403),
    ({"Origin": SAME}, 200),
    ({"Origin": "http://LOCALHOST:5000"}, 200),
    ({"Origin": CROSS}, 403),
    ({"Origin": CROSS, "X-Fitlog": "1"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://localhost:5001"}, 403),
    ({"Origin": "http://localhost"}, 403),
    ({"Origin": "http://localhost:5000.evil.example"}, 403),
    ({"Origin": "http://[evil"}, 403),
    ({"Origin": "file://localhost:5000"}, 403),
    ({"Referer": f"{SAME}/runs"}, 403),
    ({}, 403),
    ({"X-Fitlog": "1"}, 200),
]


@pytest.mark.parametrize(("headers", "status"), ORIGINS, ids=[str(each) for each, _ in ORIGINS])
def test_only_the_boards_own_pages_and_scripts_that_say_so_change_something(
    client, fixture_logs, headers, status
):
    before = (fixture_logs / "default.cfg").read_bytes()
    sent = {"Sec-Fetch-Site": "", **headers}
    response = client.post("/api/trash", json={"ids": [RUN]}, headers=sent)
    assert response.status_code == status
    assert ((fixture_logs / "default.cfg").read_bytes() == before) is (status != 200)


def test_every_change_asks_where_it_comes_from(app, client):
    changes = [route for route in every_route(app) if route[0] != "GET"]
    assert len(changes) >= 8
    for method, address in changes:
        response = client.open(
            address, method=method, json={}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert response.status_code == 403, (method, address)


def test_every_change_is_asked_for_as_json(app, client):
    for method, address in every_route(app):
        if method != "GET":
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
                response = client.open(address, method=method, data=b"{}", content_type=kind)
                assert response.status_code == 415, (method, address, kind)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_change_that_a_foreign_form_could_send_is_refused(client, kind):
    response = client.post("/api/trash", data=b'{"ids": ["x"]}', content_type=kind)
    assert response.status_code == 415


def test_no_get_changes_anything(app, client, fixture_logs):
    names = sorted(path for path in fixture_logs.rglob("*") if path.is_file())
    before = [(path, path.stat().st_mtime_ns) for path in names]
    for method, address in every_route(app):
        if method == "GET":
            client.get(address)
    after = sorted(path for path in fixture_logs.rglob("*") if path.is_file())
    assert [(path, path.stat().st_mtime_ns) for path in after] == before


def test_every_answer_is_hardened(guarded, client):
    for response in [
        client.get("/runs"), client.get("/api/runs"), client.get("/nope"), client.get("/"),
        client.get("/static/base.css"), guarded.test_client().get("/runs"),
        client.get("/runs", headers={"Host": "evil.example"}),
    ]:  # fmt: skip
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in response.headers
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_the_policys_nonce_is_the_pages_and_new_each_time(client):
    first, second = client.get("/runs"), client.get("/runs")
    nonce = first.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    assert f'data-nonce="{nonce}"' in first.text
    assert nonce not in second.headers["Content-Security-Policy"]


def test_logged_text_is_only_ever_text_in_pages(logs, make_run):
    evil = '<script>alert(1)</script>"></script><img src=x onerror=alert(1)>'
    make_run("log_20260101_000000", hyper={"a": evil, evil: 1}, best={"b": evil})
    client = board_of(logs).test_client()
    for address in ("/runs", "/run/log_20260101_000000", f"/compare?runs={evil}&names={evil}"):
        page = client.get(address)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
    assert "<script>" not in client.get(f"/nope/{evil}").text
    response = client.get(f"/api/search?q=${{{evil}")
    assert (response.status_code, response.mimetype) == (400, "application/json")


def test_a_fault_of_the_board_shows_nothing_of_its_insides(client, monkeypatch, capsys):
    from fitlog_web.board import Board

    def fail(self):
        raise RuntimeError("/home/me/private")

    monkeypatch.setattr(Board, "rows", fail)
    response = client.get("/api/runs")
    assert response.status_code == 500
    assert "private" not in response.text
    assert "RuntimeError('/home/me/private')" in capsys.readouterr().err
    assert client.get("/nope").status_code == 404
