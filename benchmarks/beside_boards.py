"""The boards of several trackers: how each is started, which page shows what, and when it does."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field

from sweep import LONG, trainings

NAMES = [training.name for training in trainings()]
# Deep text: some boards keep theirs inside shadow roots.
DEEP = """() => { const texts = []; const walk = root => { for (const one of root.querySelectorAll('*')) {
    if (one.shadowRoot) walk(one.shadowRoot); }; texts.push(root.textContent ?? ''); };
    if (document.documentElement) walk(document.documentElement); return texts.join(' '); }"""
RUNS = f"names => {{ const text = ({DEEP})(); return names.filter(name => text.includes(name)).length >= 10; }}"
IDS = "() => document.querySelectorAll('#grid [role=row][row-id] [col-id=id]').length >= 10"
# Charts in SVG with a line of so many points; icons have curves in them, or end where they began.
LINES = """() => new Set([...document.querySelectorAll('svg path')].filter(path =>
    /^M[-\\d.,eLM\\s]+$/.test(path.getAttribute('d') ?? '') &&
    path.getAttribute('d').split('L').length >= POINTS).map(path => path.closest('svg'))).size >= COUNT"""
ONE_CHART, TWO_CHARTS = (LINES.replace("POINTS", "15").replace("COUNT", count) for count in "12")
LONG_LINE = LINES.replace("POINTS", "250").replace("COUNT", "1")
# TensorBoard draws by WebGL from a worker, where no script can look: its cards and their values.
CARDS = """() => document.querySelectorAll('line-chart canvas').length >= COUNT &&
    [...document.querySelectorAll('tb-data-table')].filter(one => /seed\\d/.test(one.textContent)).length >= COUNT"""
CANVAS = """() => [...document.querySelectorAll('canvas')].filter(one => one.width > 150 &&
    one.height > 80 && one.toDataURL().length > 4000).length >= COUNT"""
ONE_CARD, TWO_CARDS = (CARDS.replace("COUNT", count) for count in "12")
ONE_CANVAS, TWO_CANVASES, FOUR_CANVASES = (CANVAS.replace("COUNT", count) for count in "124")
# The points of the longest line in SVG, for answers that only their own page can read.
LONGEST_LINE = """() => Math.max(0, ...[...document.querySelectorAll('svg path')].map(path =>
    (path.getAttribute('d') ?? '').split(/[ML]/).length - 1))"""


def of_metric(name: str) -> str:
    """Return Aim's page of one metric, the choice encoded as its own bookmarks have it."""
    option = {"label": name, "group": "metrics", "key": name, "type": "metrics", "color": "#3E72E7"}
    option["value"] = {"option_name": name, "context": None}
    choice = {"options": [option], "query": "", "advancedMode": False, "advancedQuery": ""}
    packed = base64.urlsafe_b64encode(json.dumps(choice, separators=(",", ":")).encode()).decode()
    return f"/metrics?select=O-{packed.rstrip('=')}"


@dataclass(frozen=True)
class View:
    """One page of a board.

    :param path: Its address; ``{runs}`` (all runs of fitlog) and ``{long}`` (the run with the
        long curve) are filled in.
    :param ready: Script that is true once it shows what is asked for; it is given the runs' names.
    """

    path: str
    ready: str


@dataclass(frozen=True)
class Board:
    """How to start one tracker's board, and how to tell that it shows what was asked for.

    :param command: Its words; ``{bin}``, ``{folder}`` and ``{port}`` are filled in.
    :param table: The page that lists the runs: ready once ten stand there.
    :param curves: A page with the curves of several runs: ready once two charts have lines, or
        the one that a page shows.
    :param long: A page with the long curve: ready once that is drawn.
    :param packages: What is told as its version.
    :param environment: More variables, filled in likewise.
    """

    command: tuple[str, ...]
    table: View
    curves: View
    long: View
    packages: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def views(self) -> dict[str, View]:
        return {"table": self.table, "curves": self.curves, "long": self.long}


BOARDS = {
    "fitlog": Board(
        ("{bin}/python", "-m", "fitlog", "log", "{folder}", "--port", "{port}"),
        View("/runs", IDS),
        View("/compare?runs={runs}", TWO_CANVASES),
        View("/compare?runs={long}&names=metric-train-grad_norm", ONE_CANVAS),
        ("fitlog",),
    ),
    "tensorboard": Board(
        ("{bin}/tensorboard", "--logdir", "{folder}", "--port", "{port}", "--host", "127.0.0.1"),
        View("/#hparams", RUNS),
        View("/#timeseries", TWO_CARDS),
        View("/?tagFilter=grad_norm#timeseries", ONE_CARD),
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
        View("/#/experiments/1/runs", RUNS),
        View("/#/experiments/1/runs?compareRunsMode=CHART", TWO_CHARTS),
        View("/#/experiments/1/runs/{long}/model-metrics", LONG_LINE),
        ("mlflow",),
        {"PATH": "{bin}:/usr/bin:/bin"},
    ),
    "trackio": Board(
        ("{bin}/trackio", "show", "--project", "sweep"),
        View("/runs?project=sweep", RUNS),
        View("/?project=sweep", TWO_CANVASES),
        View(f"/?project=sweep&metrics={LONG}", ONE_CANVAS),
        ("trackio",),
        {"TRACKIO_DIR": "{folder}", "GRADIO_SERVER_PORT": "{port}", "BROWSER": "/bin/true"},
    ),
    "swanlab": Board(
        ("{bin}/swanlab", "watch", "{folder}", "--port", "{port}", "--host", "127.0.0.1"),
        View("/", RUNS),  # in the list beside the table: the table itself does not always come
        View("/charts", TWO_CANVASES),
        View("/experiment/30/chart", FOUR_CANVASES),  # numbered from 1, the long one last
        ("swanlab", "swanboard"),
    ),
    "aim": Board(
        ("{bin}/aim", "up", "--repo", "{folder}", "--port", "{port}", "--host", "127.0.0.1"),
        View("/runs", RUNS),
        View(of_metric("train/loss"), ONE_CHART),
        View(of_metric(LONG), LONG_LINE),
        ("aim",),
    ),
}
