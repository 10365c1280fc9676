"""What the writers of the fault suite record, and whether a reader finds it again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core import log_format
from fitlog_core.reading.logdir import LogDirectory

_VERBS = (
    *("add_loss", "add_metric", "add_loss", "add_metric", "add_best_metric", "add_loss"),
    *("add_metric", "add_hyper", "add_loss", "add_metric", "add_other", "add_to_line"),
)

SECTIONS = {"add_best_metric": "metric", "add_hyper": "hyper", "add_other": "other"}
KINDS = {"add_loss": "loss", "add_metric": "metric"}


class Span(NamedTuple):
    """Records that follow one another, acknowledged by one writer.

    :param folder: Name of the run's folder, empty if it had none yet.
    :param worker: Which of the writers at work at the same time it was.
    :param first: The number of the first record.
    :param count: How many they are.
    """

    folder: str
    worker: int
    first: int
    count: int


class Found(NamedTuple):
    """What a reader found in a run, or is to find.

    :param cells: Values of the table by column.
    :param points: Values of the curves by name and step.
    """

    cells: dict[str, Any]
    points: dict[tuple[str, int], Any]


def value_of(worker: int, number: int) -> float:
    """The value a writer records at a step; no other writer records it at any."""
    return number + worker / 16


def call_of(worker: int, number: int, style: str) -> tuple[str, tuple[Any, ...]]:
    """The verb and the arguments of a writer's n-th record.

    A dict is often longer than a page of memory, after which the kernel may stop for a kill.
    """
    verb, value = _VERBS[number % len(_VERBS)], value_of(worker, number)
    if verb == "add_to_line":
        return verb, (f"line {worker} {number}",)
    if verb in ("add_loss", "add_metric"):
        if style == "calls":
            return verb, (value, number, f"of{worker}")
        long = {"text": "x" * (number * 37 % 9000)} if number % 5 == 0 else {}
        return verb, ({f"of{worker}": {"a": value, "b": {"c": value}, **long}}, number)
    if style == "calls":
        return verb, (value, f"of{worker}_{number}")
    return verb, ({f"of{worker}": {f"at{number}": value, "text": "x" * (number * 37 % 9000)}},)


def read_by_us(logs: Path) -> dict[str, Found]:
    """What our reader finds in each run."""
    directory = LogDirectory(logs)
    directory.refresh()
    return {row.id: Found(dict(row), _points(directory, row.id)) for row in directory.rows()}


def _points(directory: LogDirectory, run_id: str) -> dict[tuple[str, int], Any]:
    points: dict[tuple[str, int], Any] = {}
    for name, series in directory.run(run_id).series().items():
        points.update({(name, step): text for step, text in series.texts.items()})
        points.update(
            {(name, step): value for step, value in zip(series.steps, series.values, strict=True)}
        )
    return points


def acknowledged(spans: Iterable[Span], style: str) -> dict[str, Found]:
    """What is to be found in each run: all that its writers acknowledged."""
    expected: dict[str, Found] = defaultdict(lambda: Found({}, {}))
    for one in spans:
        for number in range(one.first, one.first + one.count):
            verb, (value, *more) = call_of(one.worker, number, style)
            into = expected[one.folder]
            if verb in KINDS:
                step, *name = more
                named = {name[0]: value} if name else value
                flat = log_format.flatten(named, KINDS[verb])
                into.points.update({(key, step): told for key, told in flat.items()})
            elif verb in SECTIONS:
                named = {more[0]: value} if more else value
                into.cells.update(log_format.flatten(named, SECTIONS[verb]))
    return expected


def lost(expected: dict[str, Found], found: dict[str, Found]) -> list[str]:
    """Name every acknowledged value that a reader did not find, or found to be another."""
    missing = []
    for run_id, wanted in expected.items():
        cells, points = found.get(run_id, Found({}, {}))
        missing += [
            f"{run_id} {name}"
            for name, value in wanted.cells.items()
            if (name not in cells if name.endswith("-text") else cells.get(name) != value)
        ]
        missing += [
            f"{run_id} {name} at {step}"
            for (name, step), value in wanted.points.items()
            if points.get((name, step)) != value
        ]
    return missing


def invented(found: dict[str, Found]) -> list[str]:
    """Name every point that no writer recorded so: glued from two lines, or cut."""
    return [
        f"{run_id} {name} at {step}: {value}"
        for run_id, run in found.items()
        for (name, step), value in run.points.items()
        if not name.endswith("-text")
        and value != value_of(int(name.split("-")[1].removeprefix("of")), step)
    ]
