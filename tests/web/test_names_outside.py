"""No name leads out of the log directory, whatever route takes it and however it is spelled."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from web_board import board_of
from werkzeug.exceptions import NotFound

from fitlog_web.openapi import document

RUN = "log_20260101_000000"
INSIDE = "log_20260101_000001"  # a link to RUN
OUTSIDE = "log_20260101_000002"  # a link out of the directory
RUNS = re.compile(r"(?:\./|(?:\.\./)+)runs")  # where the root and the old addresses lead
CANARY = "kept-to-ourselves"
WAIT = 120.0

UP = ["..", "../", "../secret.txt", "../../secret.txt", "../outside/meta.log", ".", "./meta.log",
      f"../{RUN}/meta.log", "sub/../../secret.txt", "sub/../../../secret.txt", "sub//x.txt",
      "..;/secret.txt", "..\\secret.txt", ".../secret.txt", "....//secret.txt"]  # fmt: skip
ABSOLUTE = ["/etc/passwd", "//etc/passwd", "\\\\host\\share\\x", "C:\\secret.txt", "C:/secret.txt",
            "C:secret.txt", "\\\\?\\C:\\secret.txt", "file:///etc/passwd", "~/secret.txt", "~root",
            "/proc/self/environ", "/dev/zero", "/dev/stdin"]  # fmt: skip
ODD = ["", " ", "\0", "meta.log\0", "meta.log\0.png", "default.cfg\0", "meta.log\n", "a\r\nB: c",
       "meta.log.", "meta.log ", "meta.log...", "meta.log::$DATA", "meta.log:$DATA", "x.cfg.",
       "%00", "%2e%2e", "%2e%2e%2fsecret.txt", "..%c0%afsecret.txt", "..%u2215secret.txt",
       "．．／secret.txt", "‥/secret.txt", "\u202e", "\ufeff", "x" * 5000, "好" * 100, "{}",
       "$HOME", "*", "?", "[a-z]", "-", "--help", "${jndi:x}", "%s%s%n"]  # fmt: skip
DEVICES = ["CON", "NUL", "nul.txt", "COM1", "LPT1.log", "AUX", "PRN", "CONIN$", "CLOCK$", "com¹"]
LINKS = [OUTSIDE, f"{OUTSIDE}/meta.log", f"../{OUTSIDE}/meta.log", "out", "out/secret.txt",
         "link.txt", "circle", "pipe", "zero", "out.cfg", "outside.cfg", "zero.cfg", "pipe.cfg",
         "circle.cfg", "folder.cfg", f"{INSIDE}/meta.log", "inside.cfg"]  # fmt: skip
NAMES = [*UP, *ABSOLUTE, *ODD, *DEVICES, *LINKS]
VIEWS = [f"{name}.cfg" for name in (*UP, *ABSOLUTE, *DEVICES, *ODD)]
SURROGATES = ["\ud800", "\ud800.cfg", "\udcff.cfg", "log_2026\udc80101_000000"]  # JSON only


class Asked(NamedTuple):
    """One request."""

    method: str
    address: str
    body: dict[str, Any] | None = None


@pytest.fixture
def world(tmp_path: Path, logs: Path, make_run: Callable[..., Path]) -> Path:
    """A log directory with every kind of link in it, and secrets around it."""
    run = make_run(RUN, hyper={"lr": 0.1}, loss='Step:1\t{"loss": {"a": 1.0}, "step": 1}\n')
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "meta.log").write_text(
        json.dumps({"meta": {"state": "finished", "a": CANARY}}) + "\n"
    )
    for place in (tmp_path, outside):
        for name in ("secret.txt", "x.txt", "CON", "NUL.txt"):
            (place / name).write_text(CANARY)
        (place / "secret.cfg").write_text(f"[data_settings]\nhidden_logs = {CANARY}\n")
    (run / "sub").mkdir()
    (run / "sub" / "x.txt").write_text("inside")
    links = {"out": tmp_path, "link.txt": tmp_path / "secret.txt", "zero": Path("/dev/zero")}
    for name, target in {
        **links,
        "circle": run / "circle",
        "metric.log": Path("/dev/zero"),
    }.items():
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(target)
    os.mkfifo(run / "pipe")
    (logs / INSIDE).symlink_to(run)
    (logs / OUTSIDE).symlink_to(outside)
    views = {
        "out": tmp_path / "secret.cfg",
        "outside": outside / "secret.cfg",
        "inside": logs / "a.cfg",
    }
    for name, target in {**views, "zero": Path("/dev/zero"), "circle": logs / "circle.cfg"}.items():
        (logs / f"{name}.cfg").symlink_to(target)
    (logs / "folder.cfg").mkdir()
    os.mkfifo(logs / "pipe.cfg")
    hung = logs / "log_20260101_000009"
    hung.mkdir()
    (hung / "meta.log").write_text('{"meta": {"state": "running"}}\n')
    for name in ("hyper", "loss", "progress", "file", "best_metric", "metric"):
        os.mkfifo(hung / f"{name}.log")
    return logs


def in_addresses(name: str) -> Iterator[Asked]:
    """Every route of the API and the pages that takes a name, with this one."""
    for said in {quote(name, safe=""), quote(quote(name, safe=""), safe=""), quote(name)}:
        for path, methods in document()["paths"].items():
            for argument in ("{run_id}", "{path}"):
                if argument in path and "get" in methods:
                    filled = path.replace(argument, said).replace("{run_id}", RUN)
                    yield Asked("GET", filled.replace("{path}", "meta.log"))
            for parameter in methods.get("get", {}).get("parameters", []):
                if parameter["in"] == "query" and parameter["schema"].get("type") == "string":
                    filled = path.replace("{run_id}", RUN).replace("{path}", "meta.log")
                    yield Asked("GET", f"{filled}?{parameter['name']}={said}")
        for page in ("/run/{}", "/run/{}/code", "/run/{}/files/meta.log",
                     f"/run/{RUN}/files/{{}}", "/static/{}", "/static/vendor/{}", "/table/{}",
                     "/{}", "/compare?runs={}", "/runs?q={}", "/compare?names={}",
                     "/api/runs/{}/files/secret.txt"):  # fmt: skip
            yield Asked("GET", page.format(said))


def in_bodies(name: str) -> Iterator[Asked]:
    """Every change of the API, with this name wherever it takes a text."""
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            schema = operation.get("requestBody", {}).get("content", {})
            if not schema:
                continue
            filled, properties = path.replace("{run_id}", RUN), schema["application/json"]["schema"]
            keys = {*properties.get("properties", {}), "view", "name", "id", "ids"}
            good = {"ids": [RUN], "set": {"memo": "x"}, "hidden": True, "format": "json"}
            for key in sorted(keys):
                value = [name] if key in ("ids", "columns") else name
                yield Asked(method.upper(), filled, {**good, key: value})
    yield Asked("PATCH", "/api/view", {"name": name, "set": {"hidden_columns": ["memo"]}})
    yield Asked("DELETE", "/api/view", {"name": name})


def outside_of(logs: Path) -> dict[str, str]:
    return {
        str(path.relative_to(logs.parent)): path.read_text()
        for path in logs.parent.rglob("*")
        if path.is_file() and not path.is_relative_to(logs)
    }


def failures(client: FlaskClient, asked: Iterator[Asked]) -> list[str]:
    """What was answered otherwise than by 2xx or 4xx, or tells what lies outside."""
    found = []
    for method, address, body in asked:
        answer = client.open(address, method=method, json=body)
        leads_on = RUNS.fullmatch(answer.headers.get("Location", ""))
        if answer.status_code // 100 not in (2, 4) and not leads_on:
            found.append(f"{answer.status_code}: {method} {address[:200]} {str(body)[:200]}")
        if CANARY in answer.text or "root:" in answer.text or CANARY in str(answer.headers):
            found.append(f"told: {method} {address[:200]} {str(body)[:200]}")
    return found


def without_hanging(action: Callable[[], list[str]]) -> list[str]:
    """Return what an action returns; one that hangs, as at a pipe, fails and does not stop us."""
    done: list[list[str]] = []
    thread = threading.Thread(target=lambda: done.append(action()), daemon=True)
    thread.start()
    thread.join(WAIT)
    assert done, "a request hangs"
    return done[0]


def board(logs: Path) -> FlaskClient:
    return board_of(logs).test_client()


@pytest.mark.parametrize("names", [UP, ABSOLUTE, ODD, DEVICES, LINKS, VIEWS], ids=range(6))
def test_no_name_in_an_address_leads_out(world: Path, names: list[str]) -> None:
    client, before = board(world), outside_of(world)
    asked = (each for name in names for each in in_addresses(name))
    assert without_hanging(lambda: failures(client, asked)) == []
    assert outside_of(world) == before


@pytest.mark.parametrize("names", [NAMES, VIEWS, SURROGATES], ids=range(3))
def test_no_name_in_a_change_leads_out(world: Path, names: list[str]) -> None:
    client, before = board(world), outside_of(world)
    asked = (each for name in names for each in in_bodies(name))
    assert without_hanging(lambda: failures(client, asked)) == []
    assert outside_of(world) == before


def test_every_route_that_takes_a_name_is_among_those_asked(app: Flask) -> None:
    adapter, reached = app.url_map.bind("localhost"), set()
    for each in in_addresses("NAME"):
        with suppress(NotFound):  # the page that is none
            endpoint, arguments = adapter.match(each.address.partition("?")[0])
            reached |= {(endpoint, key) for key, value in arguments.items() if "NAME" in value}
    wanted = {
        (rule.endpoint, argument)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        for argument in rule.arguments
    }
    assert reached == wanted


def test_a_link_within_the_directory_is_followed_and_none_out_of_it(world: Path) -> None:
    client = board(world)
    found = [run["id"] for run in client.get("/api/runs").json["runs"]]
    assert INSIDE in found
    assert OUTSIDE not in found
    assert client.get(f"/run/{INSIDE}/files/sub/x.txt").text == "inside"
    assert client.get("/api/runs/log_20260101_000009").json["meta"] == {"state": "running"}


def test_a_run_that_becomes_a_link_out_is_no_longer_read(world: Path) -> None:
    client, run = board(world), world / RUN
    assert client.get(f"/api/runs/{RUN}").status_code == 200
    run.rename(world / "elsewhere")
    run.symlink_to(world.parent / "outside")  # at once, while the board still knows the folder
    for address in (f"/run/{RUN}/files/meta.log", f"/api/runs/{RUN}/files/secret.txt"):
        assert client.get(address).status_code == 404
    for address in (f"/api/runs/{RUN}", f"/api/runs/{RUN}/series", "/api/runs", "/runs"):
        assert CANARY not in client.get(address).text


@pytest.mark.parametrize(
    "name", ["a\nb.txt", "a\r\nSet-Cookie: x=1.txt", 'a";b.txt', "a\x1b[31m.txt"]
)
def test_a_files_name_cannot_add_a_header(world: Path, name: str) -> None:
    (world / RUN / name).write_text("inside")
    answer = board(world).get(f"/run/{RUN}/files/{quote(name)}")
    assert answer.status_code in (200, 404)  # an address with a line's end in it is no route
    assert "Set-Cookie" not in answer.headers
    assert answer.headers.get("Content-Disposition", "attachment").startswith("attachment")


PAGES = ["html", "htm", "xhtml", "svg", "SVG", "xml", "xsl", "mht", "shtml", "js", "mjs", "css", "",
         "pdf", "swf", "wasm", "hta", "ipynb", "md", "png", "gif", "jpg", "webp"]  # fmt: skip
SCRIPTS = [b"<!doctype html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'"
           b" onload='alert(1)'/>", b"\xef\xbb\xbf<html>", b"<?xml version='1.0'?><x/>",
           "<script>".encode("utf-16"), b"GIF89a/*<script>*/", b"\0<script>"]  # fmt: skip


def test_no_file_of_a_run_is_ever_a_page(world: Path) -> None:
    client = board(world)
    for ending in PAGES:
        for content in SCRIPTS:
            (world / RUN / f"x.{ending}").write_bytes(content)
            answer = client.get(f"/run/{RUN}/files/x.{ending}")
            assert answer.status_code == 200
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            if answer.mimetype not in ("text/plain", "application/octet-stream"):
                assert (answer.mimetype, ending) == ("image/gif", "gif")  # as it begins
            else:
                assert answer.headers["Content-Disposition"].startswith("attachment")
