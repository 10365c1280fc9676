"""The same 30 runs on the boards of several trackers, opened in headless Chromium.

    python benchmarks/beside.py --venv tensorboard=DIR --venv mlflow=DIR --venv trackio=DIR \
        [--repeats 5] [--json FILE] [--pictures DIR]

Needs playwright and a Chromium, as the browser tests do. fitlog is the one that the interpreter
of this script imports. Each repeat opens every board once, in an order drawn anew, so that a
busy machine is equally busy for all; a board's server and the browser's profile are fresh each
time. What is told is medians, and each median beside fitlog's.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as version_here
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from measured import MIB, machine
from playwright.sync_api import Browser, Request, TimeoutError, sync_playwright
from sweep import trainings

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 30.0  # seconds
NAMES = [training.name for training in trainings()]
# Deep text: some boards keep theirs inside shadow roots.
DEEP = """() => { const texts = []; const walk = root => { for (const one of root.querySelectorAll('*')) {
    if (one.shadowRoot) walk(one.shadowRoot); }; texts.push(root.textContent ?? ''); };
    walk(document.documentElement); return texts.join(' '); }"""
RUNS = f"names => {{ const text = ({DEEP})(); return names.filter(name => text.includes(name)).length >= 10; }}"
IDS = "() => document.querySelectorAll('#grid [role=row][row-id] [col-id=id]').length >= 10"
LINES = """() => [...document.querySelectorAll('svg path, svg polyline')].filter(path =>
    (path.getAttribute('d') ?? path.getAttribute('points') ?? '').length > 300).length >= 2"""
# TensorBoard draws by WebGL from a worker, where no script can look: its cards and their values.
CARDS = """() => document.querySelectorAll('line-chart canvas').length >= 2 &&
    [...document.querySelectorAll('tb-data-table')].filter(one => /seed\\d/.test(one.textContent)).length >= 3"""
CANVAS = """() => [...document.querySelectorAll('canvas')].filter(one => one.width > 150 &&
    one.height > 80 && one.toDataURL().length > 4000).length >= 2"""


@dataclass(frozen=True)
class Board:
    """How to start one tracker's board, and how to tell that it shows what was asked for.

    :param command: Its words; ``{bin}``, ``{folder}`` and ``{port}`` are filled in.
    :param table: Path of the page that lists the runs.
    :param listed: Script that is true once ten runs or more stand there.
    :param curves: Path of a page with the curves of several runs; ``{runs}`` is filled in.
    :param drawn: Script that is true once two charts or more have lines.
    :param packages: What is told as its version.
    """

    command: tuple[str, ...]
    table: str
    listed: str
    curves: str
    drawn: str
    packages: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()


BOARDS = {
    "fitlog": Board(
        ("{bin}/python", "-m", "fitlog", "log", "{folder}", "--port", "{port}"),
        "/runs",
        IDS,
        "/compare?runs={runs}",
        CANVAS,
        ("fitlog",),
    ),
    "tensorboard": Board(
        ("{bin}/tensorboard", "--logdir", "{folder}", "--port", "{port}", "--host", "127.0.0.1"),
        "/#hparams",
        RUNS,
        "/#timeseries",
        CARDS,
        ("tensorboard", "tensorboardX"),
    ),
    "mlflow": Board(
        (
            "{bin}/mlflow",
            "server",
            "--backend-store-uri",
            "sqlite:///{folder}/mlflow.db",
            "--host",
            "127.0.0.1",
            "--port",
            "{port}",
        ),
        "/#/experiments/1/runs",
        RUNS,
        "/#/experiments/1/runs?compareRunsMode=CHART",
        LINES,
        ("mlflow",),
        (("PATH", "{bin}:/usr/bin:/bin"), ("MLFLOW_DISABLE_TELEMETRY", "true"), ("DO_NOT_TRACK", "1")),
    ),
    "trackio": Board(
        ("{bin}/trackio", "show", "--project", "sweep"),
        "/runs?project=sweep",
        RUNS,
        "/?project=sweep",
        CANVAS,
        ("trackio",),
        (
            ("TRACKIO_DIR", "{folder}"),
            ("GRADIO_SERVER_PORT", "{port}"),
            ("GRADIO_ANALYTICS_ENABLED", "False"),
            ("HF_HUB_OFFLINE", "1"),
            ("BROWSER", "/bin/true"),
        ),
    ),
    "swanlab": Board(
        ("{bin}/swanlab", "watch", "{folder}", "--port", "{port}", "--host", "127.0.0.1"),
        "/",
        RUNS,
        "/",
        CANVAS,
        ("swanlab", "swanboard"),
    ),
    "aim": Board(
        ("{bin}/aim", "up", "--repo", "{folder}", "--port", "{port}", "--host", "127.0.0.1"),
        "/runs",
        RUNS,
        "/metrics",
        CANVAS,
        ("aim",),
    ),
}


# ------------------------------------------------------------------ the servers


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@contextmanager
def served(board: Board, venv: Path, folder: Path) -> Iterator[tuple[str, int]]:
    """Serve a copy-free folder by a tracker; gives the address and the server's process."""
    known = {"bin": str(venv / "bin"), "folder": str(folder), "port": str(free_port())}
    command = [word.format(**known) for word in board.command]
    more = {key: value.format(**known) for key, value in board.environment}
    with tempfile.TemporaryDirectory() as cache, (folder.parent / "servers.log").open("ab") as said:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | {"FITLOG_CACHE_DIR": cache} | more,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{known['port']}"
            _answers(address, server)
            yield address, server.pid
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def _answers(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=PATIENCE).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"{server.args} does not answer (ended with {server.poll()})")


def tree_mib(root: int) -> float:
    """Return the proportional memory of a process and all below it."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family = {root}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(_own_mib(process) for process in family)


def _own_mib(process: int) -> float:
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]) / MIB


# ------------------------------------------------------------------ the browser


def opened(browser: Browser, address: str, path: str, ready: str, picture: Path | None) -> dict[str, Any]:
    """Open a page with an empty profile; return what that took, until it shows what was asked."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # it marks what it calls
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[float] = []
    session.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
    began = time.perf_counter()
    page.goto(address + path, wait_until="commit")
    try:
        page.wait_for_function(ready, arg=NAMES, timeout=PATIENCE * 1000, polling=50)
        seconds = time.perf_counter() - began
    except TimeoutError:
        seconds = math.nan  # never, as far as this goes; the picture tells why
    page.wait_for_timeout(1500)
    elsewhere = {urlsplit(one.url).hostname for one in asked} - {"127.0.0.1", None, ""}
    if picture is not None:
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture)
    context.close()
    return {
        "seconds": seconds,
        "kB": sum(received) / 1000,
        "requests": len([one for one in asked if one.url.startswith("http")]),
        "elsewhere": sorted(map(str, elsewhere)),
    }


def chosen_runs(folder: Path) -> str:
    """Return ten runs of fitlog, as its address names them."""
    return ",".join(sorted(one.name for one in folder.glob("log_*"))[:10])


def visit(name: str, venv: Path, folder: Path, browser: Browser, pictures: Path | None) -> dict[str, Any]:
    """Start one board and look at both of its pages."""
    board = BOARDS[name]
    began = time.perf_counter()
    with served(board, venv, folder) as (address, server):
        found: dict[str, Any] = {"board": name, "starts": time.perf_counter() - began}
        for what, path, ready in (
            ("table", board.table, board.listed),
            ("curves", board.curves.format(runs=chosen_runs(folder)), board.drawn),
        ):
            picture = pictures / f"{name}-{what}.png" if pictures else None
            for key, value in opened(browser, address, path, ready, picture).items():
                found[f"{what} {key}"] = value
        found["memory"] = tree_mib(server)
    return found


# ------------------------------------------------------------------ the command


def written(name: str, venv: Path, folder: Path) -> None:
    """Have the tracker write the sweep."""
    folder.mkdir(parents=True)
    command = [str(venv / "bin" / "python"), str(HERE / "sweep.py"), name, str(folder)]
    with (folder.parent / "writers.log").open("ab") as said:
        subprocess.run(command, cwd=folder, check=True, stdout=said, stderr=said)


def version(board: Board, venv: Path) -> str:
    if board.packages == ("fitlog",):
        return f"fitlog {version_here('fitlog')}"
    script = "import sys; from importlib.metadata import version as v; print(', '.join(f'{n} {v(n)}' for n in sys.argv[1:]))"
    command = [str(venv / "bin" / "python"), "-c", script, *board.packages]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


COLUMNS = (
    ("starts", "server answers (s)"),
    ("table seconds", "runs listed (s)"),
    ("curves seconds", "curves drawn (s)"),
    ("table kB", "list (kB)"),
    ("table requests", "list (requests)"),
    ("curves kB", "curves (kB)"),
    ("memory", "server (MiB)"),
)


def report(visits: list[dict[str, Any]]) -> str:
    """Return medians as a Markdown table."""
    names = list(dict.fromkeys(visit["board"] for visit in visits))
    middle = {
        (name, key): statistics.median(one[key] for one in visits if one["board"] == name)
        for name in names
        for key, _ in COLUMNS
    }
    lines = ["| board | " + " | ".join(title for _, title in COLUMNS) + " |"]
    lines.append("|---" * (len(COLUMNS) + 1) + "|")
    for name in sorted(names, key=lambda name: name != "fitlog"):
        cells = [_cell(middle[name, key], middle.get(("fitlog", key))) for key, _ in COLUMNS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: float, ours: float | None) -> str:
    said = f"{value:,.2f}" if value < 10 else f"{value:,.0f}"
    return said if not ours or value == ours else f"{said} ({value / ours:.1f}×)"


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--venv", action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--pictures", type=Path, help="keep what the pages looked like there")
    return parser.parse_args()


def main() -> None:
    given = parsed()
    venvs = {"fitlog": Path(sys.prefix)} | {n: Path(d) for n, d in (one.split("=", 1) for one in given.venv)}
    named = os.environ.get("FITLOG_TEST_BROWSER", "")
    program = next(filter(None, map(shutil.which, filter(None, [named, *BROWSERS]))))
    visits: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        for name, venv in venvs.items():
            written(name, venv, Path(scratch) / name)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--enable-unsafe-swiftshader"])
        for repeat in range(given.repeats):
            for name in random.sample(sorted(venvs), len(venvs)):
                pictures = None if repeat else given.pictures
                visits.append(visit(name, venvs[name], Path(scratch) / name, browser, pictures))
        browser.close()
    told = {
        "machine": machine(),
        "load": os.getloadavg(),
        "versions": {name: version(BOARDS[name], venv) for name, venv in venvs.items()},
        "visits": visits,
    }
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(report(visits), json.dumps({k: told[k] for k in ("machine", "load", "versions")}), sep="\n\n")
    away = {one["board"]: one["table elsewhere"] + one["curves elsewhere"] for one in visits}
    print({name: hosts for name, hosts in away.items() if hosts} or "no request to another host")


if __name__ == "__main__":
    main()
