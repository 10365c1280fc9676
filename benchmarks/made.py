"""Log directories to read: written as fitlog writes them, by plain writing, in little time.

The twins of `rawwrite` (``peers/peer_rawwrite.py``) hold the same values in its own format.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from workloads import hyper_of

EMPTY = ("file.log", "progress.log")
START = 1_700_000_000.0
A_SECOND = 100  # records of a training; one in 50 of them tells the time then
STEPS = 10  # of each of many runs
SETTLED = 62.0  # seconds until a run that is over is left alone

Mapping = dict[str, Any]
Maker = Callable[[Path, int], None]


def run_id(number: int) -> str:
    """Return the id of the run so many minutes after the first."""
    return time.strftime("log_%Y%m%d_%H%M%S", time.gmtime(START + 61 * number))


def meta_lines(number: int, state: str = "finish") -> list[Mapping]:
    """Return what a run says of itself; without a process, so that nobody misses it."""
    start = START + 61 * number
    first = {"format": 1, "host": "there", "argv": "train.py", "start": start, "state": "running"}
    if state == "running":
        return [first]
    return [first, {"end": start + 50.0}, {"state": state}]


def write_run(
    folder: Path,
    meta: list[Mapping],
    hyper: Mapping,
    best: Mapping,
    steps: bytes = b"",
    losses: bytes = b"",
) -> None:
    """Write one run, ``meta.log`` last."""
    folder.mkdir()
    for name in EMPTY:
        (folder / name).touch()
    (folder / "loss.log").write_bytes(losses)
    (folder / "metric.log").write_bytes(steps)
    (folder / "hyper.log").write_bytes(_line("hyper", hyper))
    (folder / "best_metric.log").write_bytes(_line("metric", best))
    (folder / "other.log").write_bytes(_line("other", {"cost_time": "0h0m50s"}))
    (folder / "meta.log").write_bytes(b"".join(_line("meta", values) for values in meta))


def _line(key: str, values: Mapping) -> bytes:
    return (json.dumps({key: values}) + "\n").encode("ascii")


def step_line(key: str, step: int, values: Mapping, when: float | None = None) -> bytes:
    """Return a record of ``metric.log`` or ``loss.log``."""
    told = "" if when is None else f', "time": {when:.3f}'
    said = json.dumps(values, separators=(",", ":"))
    return f'Step:{step}\t{{"{key}": {said}, "step": {step}{told}}}\n'.encode("ascii")


def metrics(step: int) -> Mapping:
    """Return what a run of many says at a step; the harness of the peers says the same."""
    return {"loss": 1.0 / (1 + step), "acc": step / 10.0, "f1": step / 20.0}


# ------------------------------------------------------------------- one curve


def curve(root: Path, points: int) -> None:
    """Make a directory with one run that has a loss of so many points."""
    root.mkdir(parents=True, exist_ok=True)
    add_curve(root, points, number=0)


def add_curve(root: Path, points: int, number: int, seed: int | None = None) -> str:
    """Add the run of a long loss to a directory; return its id.

    :param seed: Its hyperparameter of that name, if it is to have one.
    """
    folder = root / run_id(number)
    hyper = hyper_of(0) if seed is None else hyper_of(0) | {"seed": seed}
    write_run(folder, meta_lines(number), hyper, {"loss": 0.1})
    with (folder / "loss.log").open("ab") as file:
        file.writelines(_losses(points))
    return folder.name


def _losses(points: int) -> Iterator[bytes]:
    every = A_SECOND // 2
    for step in range(points):
        told = "" if step % every else f', "time": {START + step / A_SECOND:.3f}'
        line = f'Step:{step}\t{{"loss": {{"loss": {1.0 / (1 + step)!r}}}, "step": {step}{told}}}\n'
        yield line.encode("ascii")


def add_curves(root: Path, names: int, points: int, number: int, state: str = "finish") -> str:
    """Add a run with so many metrics to a directory, in sections of five; return its id."""
    folder = root / run_id(number)
    write_run(folder, meta_lines(number, state), hyper_of(number), {"acc0": 0.5})
    append_metrics(folder, names, 0, points)
    return folder.name


def append_metrics(folder: Path, names: int, first: int, last: int) -> None:
    """Let a run log so many metrics at the steps ``[first, last)``."""
    with (folder / "metric.log").open("ab") as file:
        for step in range(first, last):
            values: Mapping = {f"part{at}": {} for at in range((names + 4) // 5)}
            for at in range(names):
                values[f"part{at // 5}"][f"m{at}"] = math.sin(step / 50 + at) + at
            file.write(step_line("metric", step, values, START + 61 * step))


def raw_curve(root: Path, points: int) -> None:
    """Make the twin of :func:`curve`."""
    folder = _raw_run(root, 0, hyper_of(0))
    with (folder / "log.jsonl").open("wb") as file:
        for step in range(points):
            file.write(b'{"step":%d,"loss":%s}\n' % (step, repr(1.0 / (1 + step)).encode()))


def _raw_run(root: Path, number: int, hyper: Mapping) -> Path:
    folder = root / f"run-{number:06}"
    folder.mkdir(parents=True)
    (folder / "hyper.json").write_text(json.dumps(hyper), encoding="ascii")
    return folder


# ------------------------------------------------------------------- many runs


def runs(root: Path, count: int) -> None:
    """Make runs that are over: ten hyperparameters, ten steps of three metrics each."""
    root.mkdir(parents=True)
    for number in range(count):
        write_run(
            root / run_id(number),
            meta_lines(number),
            hyper_of(number),
            metrics(STEPS - 1),
            b"".join(_first_steps(START + 61 * number)),
        )


def _first_steps(start: float) -> Iterator[bytes]:
    for step in range(STEPS):
        when = start + step / 2 if step % 2 == 0 else None
        yield step_line("metric", step, metrics(step), when)


def raw_runs(root: Path, count: int) -> None:
    """Make the twins of :func:`runs`."""
    lines = [json.dumps({"step": step, **metrics(step)}) + "\n" for step in range(STEPS)]
    for number in range(count):
        folder = _raw_run(root, number, hyper_of(number))
        (folder / "log.jsonl").write_text("".join(lines), encoding="ascii")


def wide_runs(root: Path, count: int, columns: int, live: int) -> list[str]:
    """Make runs of many columns, half of them hyperparameters; return the ids of those that live.

    A run lacks a few columns that others have, as when a script grew; the newest live.
    """
    root.mkdir(parents=True)
    for number in range(count):
        state = "running" if number >= count - live else "finish"
        write_run(root / run_id(number), meta_lines(number, state), *_wide(number, columns))
    return [run_id(number) for number in range(count - live, count)]


def _wide(number: int, columns: int) -> tuple[Mapping, Mapping]:
    hyper: Mapping = {f"option_{at}": _option(number, at) for at in range(columns // 2)}
    best = {f"set{at % 5}": {} for at in range(5)}
    for at in range(columns // 2):
        best[f"set{at % 5}"][f"score_{at}"] = round(((number * 31 + at * 17) % 9973) / 9973, 6)
    for at in range(number % 3):
        del hyper[f"option_{at}"]
    return hyper, best


def _option(number: int, at: int) -> Any:
    kind = at % 4
    if kind == 0:
        return f"choice-{(number + at) % 7}"
    return (number * 7 + at) % 100 if kind == 1 else round((number + at) % 50 / 1000 + 0.001, 4)


def append_steps(folders: list[Path], step: int) -> None:
    """Let runs that live say one step more, the time included."""
    line = step_line("metric", step, metrics(step), time.time())
    for folder in folders:
        descriptor = os.open(folder / "metric.log", os.O_WRONLY | os.O_APPEND)
        os.write(descriptor, line)
        os.close(descriptor)


def settled(root: Path) -> float:
    """Wait until a directory made just now is one whose runs ended a while ago; return how long."""
    youngest = max((folder / "meta.log").stat().st_ctime for folder in root.glob("log_*"))
    left = max(0.0, youngest + SETTLED - time.time())
    time.sleep(left)
    return left
