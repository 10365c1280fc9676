"""Curves of one run, or of several beside each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Any

from flask import Blueprint, Response

from fitlog_core.errors import RunNotFoundError
from fitlog_core.log_format import json_value
from fitlog_core.reading.numbers import as_float
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.series import Mark, Part, Series
from fitlog_core.sentences import sentence
from fitlog_web.answers import answer
from fitlog_web.asked import MOST_POINTS, BadRequestError, board, whole_number
from fitlog_web.paths import chosen

MOST_RUNS = 200
MOST_TOLD = 2_000_000  # points of one answer, about 200 bytes of memory each while it is made

bp = Blueprint("api_series", __name__, url_prefix="/api")

_ALIKE = str.maketrans("- ", "__")


@bp.get("/runs/<run_id>/series")
def of_one(run_id: str) -> Response:
    """Return curves of a run, whole, or thinned to ``points`` with their extremes kept."""
    board().refresh()
    board().row(run_id)
    cursor, reader = board().cursor, board().run(run_id)
    return answer({"series": _curves(reader, Allowance(MOST_TOLD)), "cursor": cursor})


@bp.get("/series")
def of_many() -> Response:
    """Return curves of several runs; those that there are not are named."""
    board().refresh()
    cursor = board().cursor
    readers, missing = readers_asked_for()
    allowance = Allowance(MOST_TOLD)
    found = {run_id: _curves(reader, allowance) for run_id, reader in readers.items()}
    return answer({"runs": found, "missing": missing, "cursor": cursor})


def compared_ids(there: Callable[[str], bool]) -> list[str]:
    """Return the ids that the address names.

    :param there: Tells whether there is a run of an id.
    :raises BadRequestError: if they are more than can be compared.
    """
    ids = chosen("runs", there)
    if len(ids) > MOST_RUNS:
        raise BadRequestError(
            sentence(
                "compare.many",
                "at most {most} runs are compared, not {n}",
                most=MOST_RUNS,
                n=len(ids),
            )
        )
    return ids


def readers_asked_for() -> tuple[dict[str, RunReader], list[str]]:
    """Return the runs that the address names, and the ids that are none."""
    ids = compared_ids(set(board().runs.ids()).__contains__)
    found: dict[str, RunReader] = {}
    missing = []
    for run_id in ids:
        try:
            found[run_id] = board().run(run_id)
        except RunNotFoundError:
            missing.append(run_id)
    return found, missing


class Allowance:
    """How many points one answer may still be made of.

    :param most: So many in all.
    """

    def __init__(self, most: int) -> None:
        """Begin with all of them."""
        self._most, self._left = most, most

    def take(self, count: int, what: str) -> None:
        """Take off the points of a curve.

        :param what: Whose they are.
        :raises BadRequestError: if they are more than is left.
        """
        self._left -= count
        if self._left < 0:
            raise BadRequestError(
                sentence(
                    "series.many",
                    "at most {most:,} points are told at once, and {curve} goes beyond that: ask "
                    "for fewer runs or names, for a stretch of steps (from=, to=), or thinned "
                    "(points=800)",
                    most=self._most,
                    curve=what,
                )
            )

    def take_whole(self, reader: RunReader, name: str, *stretch: int | None) -> None:
        """Take off a curve that is to be told in full, before it is read.

        :param stretch: Its first and last step.
        :raises BadRequestError: as :meth:`take` does.
        """
        there = reader.curves.part(name, 1, *stretch)
        if there is not None:
            self.take(there.total, f"{name} of {reader.id}")


def _curves(reader: RunReader, allowance: Allowance) -> dict[str, Any]:
    points = whole_number("points", 1, MOST_POINTS)
    first, last = whole_number("from", -(2**63)), whole_number("to", -(2**63))
    found = {}
    for name in wanted(reader.curves.names()):
        if points is None:
            allowance.take_whole(reader, name, first, last)
        part = reader.curves.part(name, points, first, last)
        if part is not None:  # replaced by another file meanwhile
            if points is not None:
                allowance.take(len(part.series.steps), f"{name} of {reader.id}")
            start = start_of(reader, name, part.series)
            found[name] = _said(part, gaps=points is not None) | {"start": start}
    return found


def wanted(there: Collection[str]) -> Iterable[str]:
    """Return the curves that the address names, all where it names none.

    ``-``, ``_`` and space are alike in names, as everywhere.
    """
    alike = {name.translate(_ALIKE): name for name in there}
    names = chosen("names", lambda name: name in there or name.translate(_ALIKE) in alike)
    if not names:
        return there
    meant = [name if name in there else alike.get(name.translate(_ALIKE)) for name in names]
    return dict.fromkeys(name for name in meant if name is not None)


def _said(part: Part, gaps: bool) -> dict[str, Any]:
    series = part.series
    said: dict[str, Any] = {
        "step": series.steps.tolist(),
        "value": _values(series, gaps),
        "epoch": known(series.epochs, whole=True),
        "time": known(series.times),
        "total": part.total,
        "marks": told(part.marks),
    }
    if series.texts:
        said["texts"] = {str(step): text for step, text in series.texts.items()}
    return said


def _values(part: Series, gaps: bool) -> list[Any]:
    """Return the values as JSON can say them.

    :param gaps: Whether what is not finite is a gap, as a chart draws it; else it is its word.
    """
    values = part.values.tolist()
    if math.isfinite(sum(values)):
        return values
    if gaps:
        return [value if math.isfinite(value) else None for value in values]
    return [json_value(value) for value in values]


def start_of(reader: RunReader, name: str, curve: Series) -> float | None:
    """Return when a run began, else the time of the first point of one of its curves, if known.

    :param curve: Some points of that curve.
    """
    start = as_float(reader.meta.get("start"))
    if start is not None or not any(map(math.isfinite, curve.times)):
        return start
    ends = reader.curves.part(name, 5)
    times = ends.series.times if ends is not None else curve.times
    return next((time for time in times if math.isfinite(time)), None)


def told(marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """Return marks as JSON has them."""
    return [{"step": mark.step, "kind": mark.kind, "count": mark.count} for mark in marks]


def known(values: Iterable[float], whole: bool = False) -> list[Any] | None:
    """Return numbers with None where unknown; None where none is known at all."""
    found = [value if math.isfinite(value) else None for value in values]
    if not any(value is not None for value in found):
        return None
    return [int(value) if whole and value is not None else value for value in found]
