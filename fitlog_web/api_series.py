"""Curves of one run, or of several beside each other."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response

from fitlog_core.errors import RunNotFoundError
from fitlog_core.log_format import json_value
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.series import Series, marks, thin
from fitlog_web.answers import answer
from fitlog_web.asked import MOST_POINTS, BadRequestError, board, whole_number
from fitlog_web.paths import chosen

MOST_RUNS = 200

bp = Blueprint("api_series", __name__, url_prefix="/api")

_ALIKE = str.maketrans("- ", "__")


@bp.get("/runs/<run_id>/series")
def of_one(run_id: str) -> Response:
    """Return curves of a run, whole, or thinned to ``points`` with their extremes kept."""
    board().refresh()
    board().row(run_id)
    reader = board().run(run_id)
    return answer({"series": _curves(reader), "cursor": board().runs.cursor})


@bp.get("/series")
def of_many() -> Response:
    """Return curves of several runs; those that there are not are named."""
    board().refresh()
    known = set(board().runs.ids())
    ids = chosen("runs", known.__contains__)
    if len(ids) > MOST_RUNS:
        raise BadRequestError(f"at most {MOST_RUNS} runs are compared, not {len(ids)}")
    found: dict[str, Any] = {}
    missing = []
    for run_id in ids:
        try:
            found[run_id] = _curves(board().run(run_id))
        except RunNotFoundError:
            missing.append(run_id)
    return answer({"runs": found, "missing": missing, "cursor": board().runs.cursor})


def _curves(reader: RunReader) -> dict[str, Any]:
    points = whole_number("points", 1, MOST_POINTS)
    first, last = whole_number("from", -(2**63)), whole_number("to", -(2**63))
    series = reader.series()
    return {name: _said(series[name], points, first, last) for name in _wanted(series)}


def _wanted(series: dict[str, Series]) -> Iterable[str]:
    """Return the curves that the address names, all where it names none.

    ``-``, ``_`` and space are alike in names, as everywhere.
    """
    alike = {name.translate(_ALIKE): name for name in series}
    names = chosen("names", lambda name: name in series or name.translate(_ALIKE) in alike)
    if not names:
        return series
    meant = [name if name in series else alike.get(name.translate(_ALIKE)) for name in names]
    return dict.fromkeys(name for name in meant if name is not None)


def _said(
    series: Series, points: int | None, first: int | None, last: int | None
) -> dict[str, Any]:
    low, high = series.span(first, last)
    part = series.between(first, last) if points is None else thin(series, points, first, last)
    said: dict[str, Any] = {
        "step": part.steps.tolist(),
        "value": _values(part, gaps=points is not None),
        "epoch": _known(part.epochs, whole=True),
        "time": _known(part.times),
        "total": high - low,
        "marks": [
            {"step": mark.step, "kind": mark.kind, "count": mark.count}
            for mark in marks(series, first=first, last=last)
        ],
    }
    if part.texts:
        said["texts"] = {str(step): text for step, text in part.texts.items()}
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


def _known(values: Iterable[float], whole: bool = False) -> list[Any] | None:
    """Return epochs or times with None where unknown; None where none is known at all."""
    known = [value if math.isfinite(value) else None for value in values]
    if not any(value is not None for value in known):
        return None
    return [int(value) if whole and value is not None else value for value in known]
