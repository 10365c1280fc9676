"""The board's page of plugins, on the real board."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web_board import board_of

from fitlog_core import plugins
from fitlog_core.hookspecs import hookimpl
from fitlog_core.plugins import PluginHost
from fitlog_plugins import plugins_page


class Curious:
    @hookimpl
    def fitlog_environment(self, run):
        return None


class Broken:
    @hookimpl
    def fitlog_environment(self, run, weather):
        return None


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """The plugins of this test's board: its own page, a good plugin and a bad one."""
    host = PluginHost()
    host.register(plugins_page, "plugins_page")
    host.register(Curious(), "curious")
    host.register(Broken(), "broken <script>alert(1)</script>")
    monkeypatch.setattr(plugins, "host", lambda: host)
    return host


@pytest.fixture
def client(host: PluginHost, tmp_path: Path) -> FlaskClient:
    return board_of(tmp_path).test_client()


def test_fitlog_board_adds_a_page_that_lists_the_plugins(client):
    answer = client.get("/plugins")
    assert answer.status_code == 200
    for shown in ("plugins_page", "curious", "loaded", "fitlog_environment", "failed", "weather"):
        assert shown in answer.text


def test_the_page_is_in_the_boards_frame_and_marked_in_its_navigation(client):
    text = client.get("/plugins").text
    assert '<a class="brand"' in text
    assert 'plugins" aria-current="page">Plugins</a>' in text


def test_a_page_that_fills_two_blocks_has_the_frames_styles_and_keys(client):
    text = client.get("/plugins").text
    assert re.search(r'<link rel="stylesheet" href="\./static/charts\.css', text)
    assert re.search(r'<script type="module" src="\./static/shell\.js', text)
    assert '<main id="main" class="page"' in text


def test_a_page_can_ask_which_directory_the_board_shows(host, tmp_path):
    asked = []

    class Asks:
        @hookimpl
        def fitlog_board(self, board):
            asked.append(board.log_dir)

    host.register(Asks(), "asks")
    board_of(tmp_path)
    assert asked == [tmp_path]


def test_the_boards_other_pages_link_to_it(client):
    assert 'plugins">Plugins</a>' in client.get("/runs").text


def test_the_text_of_a_plugin_is_shown_as_text(client):
    text = client.get("/plugins").text
    assert "<script>alert" not in text
    assert "broken &lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_page_speaks_chinese_to_a_chinese_browser(client):
    text = client.get("/plugins", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
    assert "<h1>插件</h1>" in text


def test_the_page_is_behind_the_token_like_all_others(host, tmp_path):
    client = board_of(tmp_path, token="open sesame").test_client()
    answer = client.get("/plugins")
    assert answer.status_code in (401, 403)
    assert "curious" not in answer.text
    client.get("/plugins?token=open%20sesame")  # leaves the cookie
    assert "curious" in client.get("/plugins").text


def test_the_documented_example_of_a_page_works(host, tmp_path, monkeypatch):
    docs = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text("utf-8")
    blocks = re.findall(r"```(\w+)\n(.*?)```", docs.split("\n## fitlog_board(")[1], re.DOTALL)
    code, template = dict(blocks)["python"], dict(blocks)["html"]
    (tmp_path / "clock_plugin.py").write_text(code, "utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "clock.html").write_text(template, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    host.register(importlib.import_module("clock_plugin"), "clock")
    answer = board_of(tmp_path).test_client().get("/clock")
    assert answer.status_code == 200
    assert re.search(r"<p>.*\d\d:\d\d:\d\d \d{4}</p>", answer.text)
    assert 'clock" aria-current="page">Clock</a>' in answer.text
