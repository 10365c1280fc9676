"""``fitlog demo``: a project with real runs to look at, made in under two minutes."""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from itertools import product
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

from fitlog_core.errors import FitlogError, MissingExtraError

if TYPE_CHECKING:
    from fitlog_core.reading.logdir import LogDirectory

LEARNING_RATES = (0.004, 0.01, 0.03)
WIDTHS = (16, 64)
SEEDS = (1, 2)
SCRIPT = "train.py"
ERROR_LINES = 12  # of a failed training process, shown


class DemoError(FitlogError):
    """The demo cannot be made here, or one of its training processes failed."""


class Training(NamedTuple):
    """One training process and where its output goes."""

    arguments: list[str]
    process: subprocess.Popen[bytes]
    output: IO[bytes]


@click.command("demo")
@click.argument("folder", metavar="[DIR]", default="fitlog-demo", type=click.Path(path_type=Path))
@click.option("--no-board", is_flag=True, help="End after the results table.")
@click.option("-p", "--port", type=click.IntRange(0, 65535), help="Port of the board.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Training processes at once.",
)
@click.pass_context
def command(ctx: click.Context, folder: Path, no_board: bool, port: int | None, jobs: int) -> None:
    """Train a dozen real models and show them.

    Makes a small project in DIR (fitlog-demo if not given), trains a classifier of
    handwritten digits over three learning rates, two widths and two seeds, prints what came
    out, and opens the board on the runs until Ctrl-C.

    \b
    Examples:
      fitlog demo
      fitlog demo --no-board /tmp/demo
    """
    _need_scikit_learn()
    folder = folder.resolve()
    _make_project(folder)
    before = set(_logs(folder).ids())
    train_all(folder, jobs)
    logs = _logs(folder)
    table = results_table(logs.row(run_id) for run_id in logs.ids() if run_id not in before)
    click.echo(f"\n{table}")
    click.echo(f"\nThe project: {folder}\nThe runs, plain text: {folder / 'logs'}")
    if not no_board:
        click.echo("The board, until Ctrl-C:")
        _open_board(ctx, folder / "logs", port)


def _need_scikit_learn() -> None:
    if importlib.util.find_spec("sklearn") is None:
        raise MissingExtraError(
            "the demo trains with scikit-learn, which is not installed: pip install scikit-learn"
        )


def _make_project(folder: Path) -> None:
    """Make the project, or take up the one of an earlier demo as its user left it."""
    template = (resources.files(__package__) / "demo_project" / SCRIPT).read_text("utf-8")
    if _is_earlier_demo(folder, template):
        click.echo(f"Going on with the demo in {folder}")
        return
    if folder.is_dir() and any(folder.iterdir()):
        raise DemoError(
            f"{folder} is not empty and no earlier demo; name another folder: fitlog demo DIR"
        )
    from fitlog_core.snapshots.init_project import init_project

    init_project(folder)
    (folder / "main.py").unlink()  # the example for a project that has no script yet
    (folder / SCRIPT).write_text(template, encoding="utf-8")
    click.echo(f"Made a project in {folder}; its {SCRIPT} shows how to log with fitlog")


def _is_earlier_demo(folder: Path, template: str) -> bool:
    script = folder / SCRIPT
    if not script.is_file() or not (folder / ".fitlog").is_dir():
        return False
    first_line = template.partition("\n")[0]
    return script.read_text(encoding="utf-8", errors="replace").startswith(first_line)


def train_all(folder: Path, jobs: int) -> None:
    """Run ``train.py`` once for each setting and seed, behind a progress bar.

    :param folder: The demo's project.
    :param jobs: Processes at once.
    :raises DemoError: with the last lines of the first process that failed.
    """
    todo = [_arguments(*settings) for settings in product(LEARNING_RATES, WIDTHS, SEEDS)]
    label = f"Training {len(todo)} models"
    with click.progressbar(length=len(todo), label=label, show_pos=True) as bar:
        for training in _finished(folder, todo, jobs):
            _check(training)
            bar.update(1)


def _arguments(learning_rate: float, width: int, seed: int) -> list[str]:
    return ["--lr", str(learning_rate), "--width", str(width), "--seed", str(seed)]


def _finished(folder: Path, todo: Sequence[list[str]], jobs: int) -> Iterator[Training]:
    """Yield each process when it has ended; end those that run when the caller gives up."""
    waiting, running = list(todo), list[Training]()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(_start(folder, waiting.pop(0)))
            time.sleep(0.02)
            for training in [one for one in running if one.process.poll() is not None]:
                running.remove(training)
                yield training
    finally:
        for training in running:
            training.process.kill()
            training.process.wait()
            training.output.close()


def _start(folder: Path, arguments: list[str]) -> Training:
    output = tempfile.TemporaryFile()  # noqa: SIM115  closed by whoever takes the training
    # One thread each: the processes share the cores already.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    environment.pop("FITLOG_FLAG", None)  # DEBUG would record nothing to show
    process = subprocess.Popen(  # noqa: S603  our own script
        [sys.executable, SCRIPT, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    return Training(arguments, process, output)


def _check(training: Training) -> None:
    with training.output as output:
        if training.process.returncode == 0:
            return
        output.seek(0)
        lines = output.read().decode("utf-8", "replace").splitlines()
    click.echo("\n" + "\n".join(lines[-ERROR_LINES:]), err=True)
    raise DemoError(
        f"'python {SCRIPT} {' '.join(training.arguments)}' ended with exit code "
        f"{training.process.returncode}; the lines above are its last"
    )


def _logs(folder: Path) -> LogDirectory:
    from fitlog_core.reading.logdir import LogDirectory

    logs = LogDirectory(folder / "logs")
    logs.refresh()
    return logs


def results_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the test accuracy of every setting, over its seeds, as a text table.

    :param rows: One for each run, as the table of the board has them.
    :raises DemoError: if there is nothing to show.
    """
    accuracies = defaultdict[tuple[float, int], list[float]](list)
    for row in rows:
        if "metric-test-acc" in row:
            accuracies[row["hyper-lr"], row["hyper-width"]].append(row["metric-test-acc"])
    if not accuracies:
        raise DemoError(f"no test accuracy was recorded; see what 'python {SCRIPT}' prints there")
    lines = ["learning rate   width   runs   test accuracy"]
    for (rate, width), values in sorted(accuracies.items()):
        mean, spread = statistics.fmean(values), statistics.pstdev(values)
        lines.append(f"{rate:>13}{width:>8}{len(values):>7}   {mean:.4f} ± {spread:.4f}")
    return "\n".join(lines)


def _open_board(ctx: click.Context, logs: Path, port: int | None) -> None:
    """Run ``fitlog log`` on the runs, as if it had been typed."""
    group: Any = ctx.find_root().command
    log = group.get_command(ctx.find_root(), "log")
    if log is None:
        raise DemoError("the board cannot be loaded; 'fitlog plugins' says why")
    arguments = [str(logs)] if port is None else [str(logs), "--port", str(port)]
    with log.make_context("log", arguments, parent=ctx.find_root()) as board:
        log.invoke(board)
