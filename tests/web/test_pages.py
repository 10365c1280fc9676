"""Pages and scripts: rendered with their data, at relative addresses, in two languages."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from flask import Blueprint
from web_board import board_of

from fitlog_core import plugins
from fitlog_core.hookspecs import hookimpl
from fitlog_core.testing import fresh_host, use_host
from fitlog_web import assets

RUN = "log_20261122_090313"


def data_of(page):
    text = re.search(
        r'<script type="application/json" id="page-data">(.*?)</script>', page.text, re.S
    )
    return json.loads(text[1])


def rows_of(data):
    """The rows that a page begins with, as objects."""
    return [
        dict(zip(data["shapes"][shape], cells, strict=True)) | standing
        for shape, cells, standing in data["rows"]
    ]


def test_the_first_paint_of_the_table_needs_no_second_request(client):
    page = client.get("/runs")
    data = data_of(page)
    assert data["view"] == "default.cfg"
    assert data["log_dir"].endswith("fitlog-0.9-logs")
    assert json.loads(data["filter"]) == {"hyper-dataset": "!=conll"}
    assert data["deleted"] == 1
    assert data["columns"][0]["key"] == "metric-dev-SpanFPreRecMetric-f"
    assert {row["hyper-dataset"] for row in rows_of(data)} == {"weibo", "ontonotes"}
    assert data["read_only"] is False
    assert "<td>log_20261122_090452</td>" in page.text


def test_the_page_begins_with_the_newest_hundred_rows(logs, make_run):
    for number in range(120):
        make_run(f"log_20260101_000{number:03}", hyper={"n": number})
    data = data_of(board_of(logs).test_client().get("/runs"))
    rows = rows_of(data)
    assert [len(rows), data["total"], rows[0]["hyper-n"]] == [100, 120, 119]
    assert data["complete"] is False


def test_a_page_of_the_newest_rows_tells_what_only_all_of_them_show(logs, make_run):
    for number in range(120):
        hyper = (
            {"same": 1, "late": number < 5, "lost": 1} if number else {"same": 1.0, "late": True}
        )
        make_run(f"log_20260101_000{number:03}", hyper=hyper)
    client = board_of(logs).test_client()
    client.post("/api/hidden", json={"ids": ["log_20260101_000119"], "hidden": True})
    data = data_of(client.get("/runs"))
    assert (data["at_hand"], data["total"]) == (119, 120)
    assert "hyper-same" in data["same"]
    assert {"hyper-late", "hyper-lost", "id", "state"}.isdisjoint(data["same"])


def test_rows_added_by_hand_stand_where_the_page_sorts_them(logs, make_run):
    for number in range(120):
        make_run(f"log_20260101_000{number:03}", hyper={"n": number})
    client = board_of(logs).test_client()
    assert client.post("/api/runs", json={"id": "paper", "memo": "x"}).status_code < 300
    rows = rows_of(data_of(client.get("/runs")))
    assert [row["id"] for row in rows[:2]] == ["paper", "log_20260101_000119"]


def test_nothing_in_a_page_ends_the_script_that_holds_its_data(logs, make_run):
    make_run("log_20260101_000000", hyper={"a": "</script><b>&'\u2028"})
    data = data_of(board_of(logs).test_client().get("/runs"))
    assert rows_of(data)[0]["hyper-a"] == "</script><b>&'\u2028"


def test_a_saved_filter_that_cannot_be_read_hides_nothing(client):
    client.patch("/api/view", json={"set": {"filter_condition": {"and_filters": 7, "hyper-lr": 1}}})
    page = client.get("/runs")
    assert page.status_code == 200
    data = data_of(page)
    assert data["total"] == 30
    assert any("and_filters" in problem for problem in data["problems"])


def test_odd_numbers_and_text_do_not_break_the_page(logs, make_run):
    make_run("log_20260101_000000", hyper={"big": 2**70, "half": "\ud800"}, best={"a": "NaN"})
    client = board_of(logs).test_client()
    assert rows_of(data_of(client.get("/runs")))[0]["metric-a"] == "NaN"
    assert client.get("/run/log_20260101_000000").status_code == 200


def test_the_run_and_compare_pages_say_what_they_show(client):
    assert data_of(client.get(f"/run/{RUN}"))["id"] == RUN
    data = data_of(client.get(f"/compare?runs={RUN},log_20261122_090308&names=loss-Loss"))
    assert data["runs"] == [RUN, "log_20261122_090308"]
    assert data["names"] == ["loss-Loss"]


@pytest.mark.parametrize("address", [f"/run/{RUN}", f"/compare?runs={RUN}", f"/api/runs/{RUN}"])
def test_a_page_of_few_runs_hears_of_changes_only(client, address):
    page = client.get(address)
    cursor = (page.json or {}).get("cursor") if page.is_json else data_of(page)["cursor"]
    assert client.get(f"/api/changes?cursor={cursor}").json["rows"] == []
    client.patch(f"/api/runs/{RUN}", json={"set": {"memo": "x"}})
    said = client.get(f"/api/changes?cursor={cursor}").json
    assert [row["id"] for row in said["rows"]] == [RUN]
    assert said.get("columns") is None


@pytest.mark.parametrize("address", ["/nope", "/run/nope", "/run/..%2f", "/runs/", "/run/", "/api"])
def test_an_unknown_page_is_404(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert "Location" not in response.headers


@pytest.mark.parametrize(
    ("address", "words"),
    [("/nope", "/nope 处没有内容。"), ("/run/nope", "该日志目录中没有实验“nope”")],
)
def test_an_unknown_page_is_told_in_chinese_too(client, address, words):
    page = client.get(address, headers={"Accept-Language": "zh-CN"})
    assert page.status_code == 404
    assert f"<p>{words}</p>" in page.text


@pytest.mark.parametrize(
    ("address", "location"),
    [("/", "./runs"), ("//", "./runs"), ("/table", "./runs"), ("/table/some-token", "../runs")],
)
def test_old_addresses_and_the_root_lead_to_the_table_by_a_relative_way(client, address, location):
    response = client.get(address)
    assert (response.status_code, response.headers["Location"]) == (302, location)


def links_of(page):
    return re.findall(r'(?:href|src)="([^"]*)"', page.text)


@pytest.mark.parametrize(
    ("address", "root"), [("/runs", "./"), (f"/run/{RUN}", "../"), ("/a/b/c", "../../")]
)
def test_all_links_are_relative(client, address, root):
    page = client.get(address)
    links = [link for link in links_of(page) if not link.startswith("#")]
    assert len(links) > 3
    assert all(link.startswith(root) for link in links)
    assert f'data-root="{root}"' in page.text


@pytest.mark.parametrize(
    "prefix",
    ["/user/me/proxy/5000", "/user/me/proxy/5000/", "/jupyter"],
)
def test_the_board_works_below_a_path_of_a_proxy(client, prefix):
    bare = prefix.rstrip("/")
    headers = {"X-Forwarded-Prefix": prefix}
    page = client.get(f"{bare}/run/{RUN}", headers=headers)  # a proxy that leaves the path on
    assert page.status_code == 200
    assert 'data-root="../"' in page.text
    assert client.get(f"/run/{RUN}", headers=headers).status_code == 200  # one that takes it off
    assert client.get(f"{bare}/api/runs", headers=headers).status_code == 200
    assert client.get(f"{bare}/", headers=headers).headers["Location"] == "./runs"


@pytest.mark.parametrize(
    "prefix",
    [
        "//evil.example",
        "https://evil.example",
        "evil",
        "/a//b",
        "/../x",
        "/a\\b",
        "/a?b",
        "/a b",
        "/" * 50,
    ],
)
def test_a_prefix_that_is_no_plain_path_is_passed_over(client, prefix):
    page = client.get("/runs", headers={"X-Forwarded-Prefix": prefix})
    assert page.status_code == 200
    assert "evil" not in page.text


def test_a_redirect_never_leaves_the_board(fixture_logs):
    client = board_of(fixture_logs, token="abc").test_client()
    for address in (
        "//evil.example/?token=abc",
        "/javascript:alert(1)?token=abc",
        "/\\evil?token=abc",
    ):
        location = client.get(address).headers["Location"]
        assert location.startswith("./")


@pytest.mark.parametrize(
    ("headers", "query", "language"),
    [
        ({}, "", "en"),
        ({"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, "", "zh-CN"),
        ({"Accept-Language": "de,fr"}, "", "en"),
        ({"Accept-Language": "zh-CN", "Cookie": "fitlog_lang=en"}, "", "en"),
        ({"Cookie": "fitlog_lang=zh"}, "", "zh-CN"),
        ({"Cookie": "fitlog_lang=zh"}, "?lang=en", "en"),
        ({"Cookie": "fitlog_lang=<x>"}, "?lang=../x", "en"),
    ],
)
def test_the_language_is_the_browsers_unless_one_was_chosen(app, headers, query, language):
    client = app.test_client(use_cookies=False)
    assert f'<html lang="{language}"' in client.get(f"/runs{query}", headers=headers).text


def test_own_scripts_are_kept_by_their_hash_and_else_asked_for_again(client):
    kept = client.get(f"/static/base.css?v={assets.fingerprint('base.css')}")
    assert kept.headers["Cache-Control"] == assets.FOR_EVER
    stale = client.get("/static/base.css?v=old")
    assert stale.headers["Cache-Control"] == "no-cache"
    again = client.get("/static/base.css", headers={"If-None-Match": stale.headers["ETag"]})
    assert again.status_code == 304
    assert kept.mimetype == "text/css"
    assert client.get("/static/api.js").mimetype == "text/javascript"


def test_bundles_come_packed_and_are_kept_for_ever(client, tmp_path, monkeypatch):
    (tmp_path / "vendor").mkdir()
    bundle = tmp_path / "vendor" / "grid-ABCD1234.js"
    bundle.write_bytes(b"export {};" * 100)
    bundle.with_name("grid-ABCD1234.js.gz").write_bytes(gzip.compress(bundle.read_bytes()))
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    packed = client.get("/static/vendor/grid-ABCD1234.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Cache-Control"] == assets.FOR_EVER
    assert packed.mimetype == "text/javascript"
    assert gzip.decompress(packed.data) == bundle.read_bytes()
    plain = client.get("/static/vendor/grid-ABCD1234.js")
    assert "Content-Encoding" not in plain.headers
    assert plain.data == bundle.read_bytes()


def test_own_scripts_come_without_the_comments_of_their_types_and_line_by_line():
    for path in assets.FOLDER.glob("*.js"):
        source, sent = path.read_bytes(), assets.without_types(path.read_bytes())
        assert sent.count(b"\n") == source.count(b"\n"), path
        pairs = zip(source.split(b"\n"), sent.split(b"\n"), strict=True)
        gone = [line.strip() for line, left in pairs if line != left]
        # A line of code neither begins with a star nor with a comment that ends with the line.
        assert all(line.startswith((b"*", b"/**")) for line in gone), path
        assert all(line.endswith(b"*/") for line in gone if b"*/" in line), path
    cast = b"/** @type {A} */ (x).y();\nz();\n/** B */\n  /**\n   * C\n   */\nw();\n"
    left = b"/** @type {A} */ (x).y();\nz();\n\n\n\n\nw();\n"
    assert assets.without_types(cast) == left


def test_own_scripts_and_styles_come_packed_too(client):
    for name in ("runs.js", "base.css"):
        plain = client.get(f"/static/{name}")
        packed = client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert len(packed.data) < len(plain.data) / 2
        assert "Accept-Encoding" in packed.headers["Vary"]
        asked = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
        assert client.get(f"/static/{name}", headers=asked).status_code == 304
        assert packed.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize("page", ["/runs", f"/run/{RUN}", f"/compare?runs={RUN}", "/nope"])
def test_a_page_names_every_module_that_its_scripts_import(client, page):
    text = client.get(page).text
    named = re.findall(r'<link rel="modulepreload" href="([^"]+)">', text)
    scripts = re.findall(r'<script type="module" src="([^"?]+)', text)
    wanted, read = set(), scripts[:]
    for address in read:
        body = client.get(f"/static/{address.partition('static/')[2]}").text
        folder = address.rpartition("/")[0]
        imports = re.findall(r'^(?:import|export) .*"\./([^"]+)";$', body, re.MULTILINE)
        read += [f"{folder}/{name}" for name in imports if f"{folder}/{name}" not in read]
        wanted |= {f"{folder}/{name}" for name in imports}
    assert set(named) >= wanted > set()
    assert len(named) == len(set(named))
    assert all("/vendor/" in address for address in set(named) - wanted)


@pytest.mark.parametrize(
    "name",
    ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "nope.js", "vendor/../../app.py", "", "vendor",
     "/etc/passwd", "vendor/", ".hidden.js", "vendor/grid-x.js.gz", "a\\b.js", "x.py", "%00.js"],
)  # fmt: skip
def test_nothing_but_assets_is_static(client, name):
    assert client.get(f"/static/{name}").status_code == 404


class Pages:
    """A plugin with a page, one that takes the board's own address, and one that fails."""

    @hookimpl
    def fitlog_board(self, board):
        page = Blueprint("mine", __name__, url_prefix="/mine")
        page.add_url_rule("/", "start", lambda: "my page")
        board.add_page(page, "Mine <b>", "我的 <b>")


class Taken:
    @hookimpl
    def fitlog_board(self, board):
        board.add_page(Blueprint("api2", __name__, url_prefix="/api/x"), "Evil")


class Broken:
    @hookimpl
    def fitlog_board(self, board):
        raise RuntimeError("oops")


def test_plugins_add_pages_and_a_failing_one_is_said_once_and_skipped(
    fixture_logs, monkeypatch, capsys
):
    host = plugins.PluginHost()
    for name, plugin in [("broken", Broken()), ("taken", Taken()), ("mine", Pages())]:
        host.register(plugin, name)
    monkeypatch.setattr(plugins, "host", lambda: host)
    client = board_of(fixture_logs, token="abc").test_client()
    assert client.get("/mine/").status_code == 401
    client.get("/?token=abc")
    assert client.get("/mine/").text == "my page"
    page = client.get("/runs")
    titles = {"title": "Mine <b>", "title_zh": "我的 <b>"}
    assert data_of(page)["nav"] == [{"path": "/mine", **titles}]
    assert "我的 &lt;b&gt;</a>" in client.get("/runs?lang=zh").text
    assert 'href="./mine"' in page.text
    assert "<b>" not in page.text.replace("\\u003cb\\u003e", "")
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if "'broken'" in line and "oops" in line]
    assert [line for line in said if "'taken'" in line and "url_prefix" in line]
    assert len(said) == 2


class AddsPage:
    def __init__(self, *given):
        self.given = given

    @hookimpl
    def fitlog_board(self, board):
        board.add_page(*self.given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((3, "Mine"), "must be a flask.Blueprint, got 3"),
        ((None, "Mine"), "must be a flask.Blueprint, got None"),
        ((Blueprint("mine", __name__, url_prefix="/mine"), ""), "needs a title"),
        ((Blueprint("mine", __name__, url_prefix="/mine"), " "), "needs a title"),
        ((Blueprint("mine", __name__), "Mine"), "needs a url_prefix of its own"),
        ((Blueprint("mine", __name__, url_prefix="/"), "Mine"), "needs a url_prefix of its own"),
    ],
)
def test_a_page_that_cannot_be_added_is_said_and_the_board_is_there(
    fixture_logs, given, said, capsys
):
    with use_host(fresh_host(AddsPage(*given))):
        board = board_of(fixture_logs).test_client()
    refused = capsys.readouterr().err
    assert said in refused
    assert refused.count("\n") == 1
    answer = board.get("/runs")
    assert answer.status_code == 200
    assert "Mine" not in answer.text
