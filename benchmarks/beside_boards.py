"""The boards of several trackers: how each is started, which page shows what, and when it does."""

from __future__ import annotations

from dataclasses import dataclass, field

from sweep import trainings

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
class View:
    """One page of a board.

    :param path: Its address; ``{runs}`` (ten runs of fitlog) and ``{long}`` (the run with the
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
    :param curves: A page with the curves of several runs: ready once two charts have lines.
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
        View("/compare?runs={runs}", CANVAS),
        View("/run/{long}", CANVAS),
        ("fitlog",),
    ),
    "tensorboard": Board(
        ("{bin}/tensorboard", "--logdir", "{folder}", "--port", "{port}", "--host", "127.0.0.1"),
        View("/#hparams", RUNS),
        View("/#timeseries", CARDS),
        View("/?tagFilter=grad_norm#timeseries", CARDS),
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
        View("/#/experiments/1/runs?compareRunsMode=CHART", LINES),
        View("/#/experiments/1/runs/{long}/model-metrics", LINES),
        ("mlflow",),
        {"PATH": "{bin}:/usr/bin:/bin"},
    ),
    "trackio": Board(
        ("{bin}/trackio", "show", "--project", "sweep"),
        View("/runs?project=sweep", RUNS),
        View("/?project=sweep", CANVAS),
        View("/run?project=sweep&run={long}", CANVAS),
        ("trackio",),
        {"TRACKIO_DIR": "{folder}", "GRADIO_SERVER_PORT": "{port}", "BROWSER": "/bin/true"},
    ),
    "swanlab": Board(
        ("{bin}/swanlab", "watch", "{folder}", "--port", "{port}", "--host", "127.0.0.1"),
        View("/", RUNS),
        View("/", CANVAS),
        View("/", CANVAS),
        ("swanlab", "swanboard"),
    ),
    "aim": Board(
        ("{bin}/aim", "up", "--repo", "{folder}", "--port", "{port}", "--host", "127.0.0.1"),
        View("/runs", RUNS),
        View("/metrics", CANVAS),
        View("/runs/{long}/metrics", CANVAS),
        ("aim",),
    ),
}
