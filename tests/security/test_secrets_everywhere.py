"""Secrets of fifty kinds, planted wherever a training may hold them, and found nowhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from board_process import board
from click.testing import CliRunner
from notice_servers import Answer, servers
from planted_secrets import INNOCENTS, KINDS, needle
from snapshot_tools import git, kept, user_repository, write
from web_board import board_of, every_route

from fitlog_core.cli import main
from fitlog_core.reading.reader import RunReader
from fitlog_core.recording.run import Run
from fitlog_core.secrets import mask_arguments, mask_text, mask_values

TESTS = Path(__file__).parent.parent
BOT, SIGNATURE, OWNER, HIDDEN = needle(90), needle(91), needle(92), needle(93)
DINGTALK, SIGNED_WITH, WECOM = needle(94), needle(95), needle(96)
NEEDLES = {name: kind.needle for name, kind in KINDS.items()}
NEEDLES |= {
    "the bot that is told": BOT,
    "the signature of that bot": SIGNATURE,
    "the remote of the user's repository": OWNER,
    "the bot of .fitconfig": HIDDEN,
    "the bot of DingTalk": DINGTALK,
    "the signature of that bot of DingTalk": SIGNED_WITH,
    "the bot of WeCom": WECOM,
}
PLUGIN = """
import os, sys
from fitlog_core.hookspecs import hookimpl

@hookimpl
def fitlog_environment(run):
    return {"environ": dict(os.environ), "argv": list(sys.argv)}
"""
FORMATS = ("csv", "json", "md", "tex")


class Trained(NamedTuple):
    """What a training full of secrets left behind.

    :param project: Its project, with the log directory ``logs``.
    :param said: What it printed.
    :param told: The bodies of its notices.
    """

    project: Path
    said: bytes
    told: list[bytes]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    place = tmp_path_factory.mktemp("planted")
    with servers() as start:
        refusal = {"code": 19001, "msg": f"no bot {BOT}, signed {SIGNATURE}"}
        server = start(Answer(refusal))
        refusal = {"errcode": 310000, "errmsg": f"no {DINGTALK}, signed {SIGNED_WITH}"}
        dingtalk = start(Answer(refusal))
        wecom = start(Answer({"errcode": 93000, "errmsg": f"no {WECOM} here"}))
        environment = _environment(place, server, dingtalk, wecom)
        project = _project(place)
        planted = {
            "kinds": {name: kind._asdict() for name, kind in KINDS.items()},
            "apprise": f"json://user:{BOT}@127.0.0.1:{server.port}/{SIGNATURE}?key={HIDDEN}",
        }
        (place / "planted.json").write_text(json.dumps(planted), "utf-8")
        done = subprocess.run(
            [sys.executable, "train.py", str(place / "planted.json")],
            cwd=project,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        requests = [*server.requests, *dingtalk.requests, *wecom.requests]
        told = [json.dumps(request).encode() for request in requests]
        yield Trained(project, done.stdout + done.stderr, told)


def _environment(place: Path, *services: Any) -> dict[str, str]:
    """What the shell of the training holds: every kind of secret, and whom to tell."""
    planted = {f"PLANTED_{at}": kind.text for at, kind in enumerate(KINDS.values())}
    planted |= {
        name: value
        for kind in KINDS.values()
        for name, value in kind.hyper.items()
        if isinstance(value, str) and name != "remark"
    }
    write(place / "plugin", {"planted_plugin.py": PLUGIN})
    info = {
        "METADATA": "Metadata-Version: 2.1\nName: planted-plugin\nVersion: 1\n",
        "entry_points.txt": "[fitlog]\nplanted = planted_plugin\n",
    }
    write(place / "plugin" / "planted_plugin-1.dist-info", info)
    write(place / "home", {".netrc": KINDS["line of a .netrc"].text})
    path = os.pathsep.join([str(TESTS.parent), str(place / "plugin")])
    feishu, dingtalk, wecom = (f"http://127.0.0.1:{each.port}" for each in services)
    return planted | {
        "HOME": str(place / "home"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PYTHONPATH": path,
        "FITLOG_CACHE_DIR": str(place / "cache"),
        "FITLOG_FEISHU_WEBHOOK": f"{feishu}/open-apis/bot/v2/hook/{BOT}",
        "FITLOG_FEISHU_SECRET": SIGNATURE,
        "FITLOG_DINGTALK_WEBHOOK": f"{dingtalk}/robot/send?access_token={DINGTALK}",
        "FITLOG_DINGTALK_SECRET": SIGNED_WITH,
        "FITLOG_WECOM_WEBHOOK": f"{wecom}/cgi-bin/webhook/send?key={WECOM}",
        "FITLOG_NOTIFY_COALESCE": "0",
        "no_proxy": "127.0.0.1",
    }


def _project(place: Path) -> Path:
    """A project whose git repository, settings and last commit hold secrets, but not its code."""
    script = (TESTS / "train_with_secrets.py").read_text("utf-8")
    config = f"[feishu]\nwebhook = https://open.feishu.cn/open-apis/bot/v2/hook/{HIDDEN}\n"
    project = user_repository(place / "project", {"train.py": script})
    write(project, {".fitconfig": config})
    git(project, "remote", "add", "origin", f"https://me:{OWNER}@git.example/a.git")
    message = "\n".join(kind.text for kind in KINDS.values())
    git(project, "commit", "-q", "--allow-empty", "-m", f"{KINDS['JSON'].text}\n\n{message}")
    return project


def expect_none(content: bytes, where: str) -> None:
    """Nothing planted is in there, neither plainly nor as an address or JSON would have it."""
    for name, secret in NEEDLES.items():
        for form in (secret, urllib.parse.quote(secret, safe="")):
            place = content.find(form.encode())
            around = content[max(place - 60, 0) : place + 40]
            assert place < 0, f"{where} holds a secret ({name}): {around!r}"


def files_below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_file_that_fitlog_wrote_holds_one(trained: Trained) -> None:
    own = [*files_below(trained.project / "logs"), *files_below(trained.project / ".fitlog")]
    own += files_below(trained.project.parent / "cache")
    assert len(own) > 8 * len(KINDS)
    for path in own:
        expect_none(path.read_bytes(), str(path))


def test_no_snapshot_and_no_message_of_one_holds_one(trained: Trained) -> None:
    objects = kept(trained.project, "cat-file", "--batch-all-objects", "--batch")
    assert "could not use" in objects  # what was around the secrets
    expect_none(objects.encode("utf-8", "surrogateescape"), "an object of .fitlog")


def test_no_warning_and_no_traceback_holds_one(trained: Trained) -> None:
    assert trained.said.count(b"a warning about") == len(KINDS) + 1
    assert trained.said.count(b"plugin 'faulty' failed") == len(KINDS) + 1
    assert trained.said.count(b"Traceback") == len(KINDS) + 1
    assert trained.said.count(b"did not take the notice") == 3 * (len(KINDS) + 1)
    expect_none(trained.said, "what the training printed")


def test_no_notice_holds_one(trained: Trained) -> None:
    assert len(trained.told) > 3 * len(KINDS)
    for body in trained.told:
        expect_none(body, "a notice")


def test_no_page_no_answer_and_no_export_of_the_board_holds_one(trained: Trained) -> None:
    app = board_of(trained.project / "logs")
    client = app.test_client()
    runs = [run["id"] for run in client.get("/api/runs").json["runs"]]
    assert len(runs) == len(KINDS) + 1
    for method, address in every_route(app):
        if method == "GET":
            expect_none(client.get(address).data, address)
    for run_id in runs:
        files = client.get(f"/api/runs/{run_id}").json["files"]
        pages = ["", "/series", *(f"/files/{file['path']}" for file in files)]
        for address in [f"/run/{run_id}", *(f"/api/runs/{run_id}{page}" for page in pages)]:
            expect_none(client.get(address).data, address)
    for kind in FORMATS:
        exported = client.post("/api/export", json={"format": kind})
        assert exported.status_code == 200, kind
        expect_none(exported.data, f"the {kind} export")
    groups = client.post("/api/groups", json={"by": ["other-kind"]})
    expect_none(groups.data, "the groups")


def test_no_copy_of_runs_holds_one(trained: Trained, tmp_path: Path) -> None:
    place = tmp_path / "copy.html"
    log_dir = str(trained.project / "logs")
    done = CliRunner().invoke(main, ["export", "--html", str(place), "--single", log_dir])
    assert done.exit_code == 0, done.output
    expect_none(place.read_bytes(), "a copy of the runs")


def test_the_boards_own_log_holds_none(trained: Trained) -> None:
    planted = {f"PLANTED_{at}": kind.text for at, kind in enumerate(KINDS.values())}
    with board(trained.project / "logs", "--port", "0", **planted) as running:
        address = running.address
        for kind in KINDS.values():
            asked = urllib.parse.quote(kind.text)
            for path in (f"nowhere/{asked}", f"api/search?q={asked}"):
                try:
                    urllib.request.urlopen(f"{address}{path}").read()
                except urllib.error.HTTPError as error:
                    error.read()
        running.end()
        expect_none("\n".join(running.lines).encode(), "what the board printed")


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_masked_in_a_text_a_value_and_an_argument(name: str) -> None:
    kind = KINDS[name]
    for said in (
        mask_text(kind.text),
        str(mask_values(kind.hyper)),
        str(mask_arguments(kind.argv)),
    ):
        assert kind.needle not in said
        assert "***" in said


@pytest.mark.parametrize("name", INNOCENTS)
def test_what_only_sounds_like_a_secret_is_recorded_as_it_is(tmp_path: Path, name: str) -> None:
    value = INNOCENTS[name]
    run = Run(tmp_path / "logs")
    run.add_hyper({name: value, "group": {name: value}})
    run.add_other(value, name)
    run.add_best_metric({name: value})
    run.finish()
    reader = RunReader(Path(run.get_log_folder(absolute=True) or ""))
    reader.refresh()
    assert reader.hyper == {name: value, "group": {name: value}}
    assert reader.other[name] == value
    assert reader.best_metric == {name: value}
    if name != "token":  # on a command line it is one more often than not
        assert mask_arguments([f"--{name}={value}"]) == [f"--{name}={value}"]
        assert mask_arguments([f"--{name}", f"{value}"]) == [f"--{name}", f"{value}"]
    assert mask_text(f"{name} is {value}.") == f"{name} is {value}."


def test_what_nobody_can_know_stays(tmp_path: Path) -> None:
    assert mask_arguments(["-p", "x1y2z3"]) == ["-p", "x1y2z3"]  # the docs say so


def test_metrics_keep_their_numbers_whatever_they_are_called(tmp_path: Path) -> None:
    run = Run(tmp_path / "logs")
    run.add_metric({"token": 3, "password": 4, "secret": 0.5}, 1)
    run.add_best_metric({"token": 3, "password": 4, "secret": 0.5})
    run.finish()
    reader = RunReader(Path(run.get_log_folder(absolute=True) or ""))
    reader.refresh()
    assert reader.best_metric == {"token": 3, "password": 4, "secret": 0.5}
    assert {name: list(curve.values) for name, curve in reader.series().items()} == {
        "metric-token": [3.0],
        "metric-password": [4.0],
        "metric-secret": [0.5],
    }


@pytest.mark.parametrize(
    "unit",
    [
        *("http://", "://a:", "eyJa-", "sk-a-", "x-", "password=", "-----BEGIN ", "https://h/hook"),
        *("basic 1", "a.b-c", "SG.a", "hook/", "cookie:", "login a password ", "\"'=", "key:'"),
        *("a:'b", "--a ", "a=", "?key=", "12345678:A", "M.a", "x-a-key", "authorization:"),
    ],
)
def test_a_long_text_made_of_half_a_secret_is_soon_looked_through(unit: str) -> None:
    text = (unit * 100_000)[:100_000] + " password"
    before = time.process_time()
    mask_text(text)
    assert time.process_time() - before < 3  # seconds; it grows with the length, not its square


def test_a_secret_longer_than_is_looked_at_is_masked_to_its_end() -> None:
    long = "a1" * 3000
    assert mask_text(f"x password={long} y") == "x password=*** y"
    assert mask_text(f"--password {long},y") == "--password ***,y"
