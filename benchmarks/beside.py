"""The same 30 runs on the boards of several trackers, opened in headless Chromium.

    python benchmarks/beside.py --venv tensorboard=DIR --venv mlflow=DIR --venv trackio=DIR \
        [--repeats 5] [--json FILE] [--pictures DIR]

Needs playwright and a Chromium, as the browser tests do. fitlog is the one that the interpreter
of this script imports. Each repeat opens every board once, in an order drawn anew, so that a
busy machine is equally busy for all; a board's server and the browser's profile are fresh each
time. Nothing is set that could be left alone. No other host can be reached: the browser finds
no name, the trackers get a proxy that refuses, and who was asked for is told. A board that does
not answer is told with its last words. `beside_page.py` makes a page of the JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import socket
import socketserver
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version as version_here
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from answers import has_spike, points_in
from beside_boards import BOARDS, LONGEST_LINE, NAMES, Board, View
from measured import MIB, machine
from playwright.sync_api import Browser, CDPSession, Page, Request, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Names of other hosts are not looked up: a board that asks for them fares as without a network.
ALONE = (
    "--no-sandbox",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PATIENCE = 120.0  # seconds; MLflow may take 30 to begin
AFTER = 1500  # milliseconds that a page is still watched once it shows what was asked for
LAST_WORDS = 3  # lines


class SilentTrackerError(Exception):
    """A tracker that did not do what it was asked; its text is what it said."""


# ------------------------------------------------------------------ the world outside


class _Refusing(socketserver.StreamRequestHandler):
    """Answers a proxy's client that nothing can be reached, and notes what it wanted."""

    def handle(self) -> None:
        words = self.rfile.readline(4096).decode("latin-1").split()
        if len(words) > 1:
            host = urlsplit(words[1] if "://" in words[1] else f"//{words[1]}").hostname
            self.server.asked.add(str(host))  # type: ignore[attr-defined] # set by outside()
        self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")


@contextmanager
def outside() -> Iterator[tuple[dict[str, str], set[str]]]:
    """Give the variables that lead a program to a proxy which refuses, and whom it asked for."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Refusing) as proxy:
        proxy.daemon_threads = True
        asked: set[str] = set()
        proxy.asked = asked  # type: ignore[attr-defined] # for the handler
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        leading = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), address)
        here = dict.fromkeys(("no_proxy", "NO_PROXY"), "127.0.0.1,localhost")
        yield leading | here, asked
        proxy.shutdown()


# ------------------------------------------------------------------ the trackers


@dataclass(frozen=True)
class Tracker:
    """One tracker with the runs that it wrote.

    :param long: How it names the run that has the long curve.
    """

    name: str
    venv: Path
    folder: Path
    long: str = ""

    @property
    def board(self) -> Board:
        return BOARDS[self.name]

    @property
    def log(self) -> Path:
        return self.folder.with_suffix(".log")

    def address(self, view: View) -> str:
        """Return a page's address with the runs it is about."""
        runs = ",".join(sorted(one.name for one in self.folder.glob("log_*")))
        return view.path.format(runs=runs, long=self.long)

    def last_words(self) -> str:
        lines = self.log.read_text("utf-8", "replace").splitlines() if self.log.exists() else []
        return " / ".join([line.strip() for line in lines if line.strip()][-LAST_WORDS:])


def written(tracker: Tracker) -> dict[str, Any]:
    """Have a tracker write the sweep; return its seconds, the long run and who was asked for."""
    tracker.folder.mkdir(parents=True)
    command = [str(tracker.venv / "bin" / "python"), str(HERE / "sweep.py")]
    began = time.perf_counter()
    with outside() as (proxied, asked), tracker.log.open("ab") as said:
        done = subprocess.run(
            [*command, tracker.name, str(tracker.folder)],
            cwd=tracker.folder,
            env=os.environ | proxied,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            check=False,
        )
    if done.returncode:
        raise SilentTrackerError(tracker.last_words())
    seconds, said_last = time.perf_counter() - began, done.stdout.decode().split()[-1]
    return {"seconds": seconds, "long": said_last, "elsewhere": sorted(asked)}


def version(board: Board, venv: Path) -> str:
    if board.packages == ("fitlog",):
        return f"fitlog {version_here('fitlog')}"
    script = "import sys; from importlib.metadata import version as v; print(', '.join(f'{n} {v(n)}' for n in sys.argv[1:]))"
    command = [str(venv / "bin" / "python"), "-c", script, *board.packages]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


# ------------------------------------------------------------------ the servers


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@contextmanager
def served(tracker: Tracker, environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Serve what a tracker wrote; gives the address and the server's process."""
    known = {"bin": tracker.venv / "bin", "folder": tracker.folder, "port": free_port()}
    command = [word.format(**known) for word in tracker.board.command]
    more = {key: value.format(**known) for key, value in tracker.board.environment.items()}
    with tempfile.TemporaryDirectory() as cache, tracker.log.open("ab") as said:
        server = subprocess.Popen(
            command,
            cwd=tracker.folder,
            env=os.environ | {"FITLOG_CACHE_DIR": cache} | environment | more,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{known['port']}"
            _answers(address, server, tracker)
            yield address, server.pid
        finally:
            _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    """End a server and all that it started."""
    for deadly in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, deadly)
            server.wait(10)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return


def _answers(address: str, server: subprocess.Popen[bytes], tracker: Tracker) -> None:
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
    ended = server.poll()
    how = f"no answer in {PATIENCE:.0f} s" if ended is None else f"ended with {ended}"
    raise SilentTrackerError(f"{how}: {tracker.last_words()}")


def family_of(root: int) -> set[int]:
    """Return a process and all below it."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family = {root}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def processor_seconds(family: set[int]) -> float:
    """Return what processes, and those of their children that are gone, have used of the processor."""
    ticks = 0
    for process in family:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def browser_seconds(server: int) -> float:
    """Return what the browser, which runs below this process as the server does, has used."""
    return processor_seconds(family_of(os.getpid()) - family_of(server) - {os.getpid()})


def _own_mib(process: int) -> float:
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return (
        int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]) / MIB
    )


# ------------------------------------------------------------------ the browser


@dataclass
class Traffic:
    """What a page asks for from now on, and what comes."""

    asked: list[Request] = field(default_factory=list)
    finished: list[Request] = field(default_factory=list)
    size: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, page: Page, session: CDPSession) -> Traffic:
        traffic = cls()
        # Playwright marks the functions that it calls: a list's append will not do.
        page.on("request", lambda request: traffic.asked.append(request))
        page.on("requestfinished", lambda request: traffic.finished.append(request))
        session.send("Network.enable")
        session.on("Network.responseReceived", lambda told: traffic._add(told, told["response"]))
        session.on("Network.dataReceived", lambda told: traffic._add(told, told))
        session.on("Network.loadingFinished", traffic._total)
        return traffic

    def _add(self, told: dict[str, Any], part: dict[str, Any]) -> None:
        """Count what came of an answer that may go on for ever."""
        name = told["requestId"]
        self.size[name] = self.size.get(name, 0) + part["encodedDataLength"]

    def _total(self, told: dict[str, Any]) -> None:
        self.size[told["requestId"]] = told["encodedDataLength"]

    def said(self) -> dict[str, Any]:
        hosts = {urlsplit(one.url).hostname for one in self.asked} - {"127.0.0.1", None, ""}
        return {
            "kB": sum(self.size.values()) / 1000,
            "requests": len([one for one in self.asked if one.url.startswith("http")]),
            "elsewhere": sorted(map(str, hosts)),
        }

    def bodies(self) -> Iterator[bytes]:
        """Give the data that came: not the scripts, styles and pictures."""
        for request in self.finished:
            if request.resource_type in ("xhr", "fetch", "document"):
                try:
                    answer = request.response()
                    yield answer.body() if answer else b""
                except PlaywrightError:  # an answer without a body, such as a redirection's
                    continue


def opened(
    browser: Browser, address: str, ready: str, server: int, picture: Path | None
) -> tuple[dict[str, Any], list[bytes]]:
    """Open a page with an empty profile; return what it took until it shows what was asked for."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    page = context.new_page()
    traffic = Traffic.of(page, context.new_cdp_session(page))
    began, used = time.perf_counter(), browser_seconds(server)
    page.goto(address, wait_until="commit")
    try:
        page.wait_for_function(ready, arg=NAMES, timeout=PATIENCE * 1000, polling=50)
        seconds: float | None = time.perf_counter() - began
    except PlaywrightTimeout:
        seconds = None  # never, as far as this goes; the picture tells why
    used = browser_seconds(server) - used
    page.wait_for_timeout(AFTER)
    found, bodies = {"seconds": seconds, "cpu": used, **traffic.said()}, list(traffic.bodies())
    found["line"] = page.evaluate(LONGEST_LINE)
    if seconds is None:
        found["instead"] = page.inner_text("body").strip()[:100]
    if picture is not None:
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture)
    context.close()
    return found, bodies


def visit(tracker: Tracker, browser: Browser, pictures: Path | None) -> dict[str, Any]:
    """Start one board and look at its pages."""
    found: dict[str, Any] = {"board": tracker.name}
    began = time.perf_counter()
    with outside() as (proxied, asked), served(tracker, proxied) as (address, server):
        found["starts"] = time.perf_counter() - began
        for what, view in tracker.board.views.items():
            picture = pictures / f"{tracker.name}-{what}.png" if pictures else None
            page = address + tracker.address(view)
            took, bodies = opened(browser, page, view.ready, server, picture)
            found |= {f"{what} {key}": value for key, value in took.items()}
            if what == "long":
                read = max(map(points_in, bodies), default=0)
                found["long points"] = max(read, took["line"])
                found["long spike"] = any(map(has_spike, bodies))
        family = family_of(server)
        found["server cpu"] = processor_seconds(family)
        found["memory"] = sum(map(_own_mib, family))
        found["server elsewhere"] = sorted(asked)
    return found


# ------------------------------------------------------------------ the command


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--venv", action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--pictures", type=Path, help="keep what the pages looked like there")
    parser.add_argument("--work", type=Path, help="keep the runs there, and take those that are")
    return parser.parse_args()


def browser_program() -> str:
    named = os.environ.get("FITLOG_TEST_BROWSER", "")
    return next(filter(None, map(shutil.which, filter(None, [named, *BROWSERS]))))


def begin(tracker: Tracker, told: dict[str, Any]) -> Tracker | None:
    """Have a tracker write its runs, unless it did; return it, or None if it cannot."""
    kept = tracker.folder.with_suffix(".json")
    try:
        told["versions"][tracker.name] = version(tracker.board, tracker.venv)
        if not kept.exists():
            kept.write_text(json.dumps(written(tracker)), "utf-8")
    except SilentTrackerError as silent:
        told["failed"][tracker.name] = str(silent)
        return None
    told["written"][tracker.name] = found = json.loads(kept.read_text("utf-8"))
    return Tracker(tracker.name, tracker.venv, tracker.folder, found["long"])


def measure(trackers: list[Tracker], given: argparse.Namespace, told: dict[str, Any]) -> None:
    """Visit every board in turn; note each visit at once, for the next one may hang."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=[*ALONE])
        told["versions"]["Chromium"] = f"Chromium {browser.version}"
        for repeat in range(given.repeats):
            for tracker in random.sample(trackers, len(trackers)):
                if tracker.name in told["failed"]:
                    continue
                told["load"].append(round(os.getloadavg()[0], 2))
                try:
                    told["visits"].append(
                        visit(tracker, browser, None if repeat else given.pictures)
                    )
                except SilentTrackerError as silent:
                    told["failed"][tracker.name] = str(silent)
                if given.json:
                    given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        browser.close()


def main() -> None:
    given = parsed()
    venvs = dict(one.split("=", 1) for one in given.venv)
    told: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        "repeats": given.repeats,
        "load": [],
        "versions": {},
        "written": {},
        "failed": {},
        "visits": [],
    }
    with tempfile.TemporaryDirectory() as scratch:
        work = (given.work or Path(scratch)).absolute()
        named = [Tracker("fitlog", Path(sys.prefix), work / "fitlog")]
        named += [Tracker(name, Path(venv).absolute(), work / name) for name, venv in venvs.items()]
        trackers = [found for one in named if (found := begin(one, told))]
        measure(trackers, given, told)
    for one in told["visits"]:
        print(json.dumps(one))
    print(json.dumps(told["failed"]), statistics.median(told["load"] or [0]))


if __name__ == "__main__":
    main()
