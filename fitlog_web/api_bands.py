"""``/api/bands``: runs that belong together, and the mean and spread of their curves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

from flask import Blueprint, Response, request

from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.series import Mark, Part
from fitlog_core.sentences import sentence
from fitlog_web.answers import answer, plain
from fitlog_web.api_series import Allowance, known, readers_asked_for, start_of, told, wanted
from fitlog_web.asked import MOST_POINTS, BadRequestError, board, whole_number
from fitlog_web.band_windows import Group, thin, whole
from fitlog_web.bands import Band, marks_of
from fitlog_web.paths import listed
from fitlog_web.seeds import BUT_SEED, alike

GLANCE = 5  # points that tell whether a run has a curve, and whether it has gaps
MOST_JOINED = 20_000_000  # points of which one band is told in full, 32 bytes of memory each
MOST_READ = 100_000_000  # points of which all bands of an answer are made

bp = Blueprint("api_bands", __name__, url_prefix="/api")


@bp.get("/bands")
def of_groups() -> Response:
    """Return the groups of several runs; and mean and spread of the curves that are named."""
    board().refresh()
    cursor = board().cursor
    readers, missing = readers_asked_for()
    groups = [
        {
            "runs": group.runs,
            "shared": plain(group.shared),
            "bands": _bands([readers[run_id] for run_id in group.runs]),
        }
        for group in alike({run_id: board().row(run_id).values for run_id in readers}, _by())
    ]
    return answer({"groups": groups, "missing": missing, "cursor": cursor})


def _by() -> str:
    by = request.args.get("by") or BUT_SEED
    if by != BUT_SEED and not by.startswith("hyper-"):
        raise BadRequestError(
            sentence(
                "asked.by_seed",
                "by is {word} or a column of hyperparameters, not {given!r}",
                word=BUT_SEED,
                given=by,
            )
        )
    return by


def _bands(readers: Sequence[RunReader]) -> dict[str, Any]:
    if not listed("names"):  # all curves of many runs in full are more than anybody waits for
        return {}
    points = whole_number("points", 1, MOST_POINTS)
    first, last = whole_number("from", -(2**63)), whole_number("to", -(2**63))
    names = dict.fromkeys(name for reader in readers for name in wanted(reader.curves.names()))
    _check_size(readers, names, points, first, last)
    found = {name: _band(name, readers, points, first, last) for name in names}
    return {name: band for name, band in found.items() if band is not None}


def _check_size(
    readers: Sequence[RunReader],
    names: Iterable[str],
    points: int | None,
    first: int | None,
    last: int | None,
) -> None:
    """Refuse what would take more memory or time than an answer may.

    :raises BadRequestError: if it would.
    """
    in_all = Allowance(MOST_READ)
    for name in names:
        bounds = (in_all,) if points is not None else (in_all, Allowance(MOST_JOINED))
        for reader in readers:
            for bound in bounds:
                bound.take_whole(reader, name, first, last)


def _band(
    name: str,
    readers: Sequence[RunReader],
    points: int | None,
    first: int | None,
    last: int | None,
) -> dict[str, Any] | None:
    glances = [(reader, reader.curves.part(name, GLANCE, first, last)) for reader in readers]
    there = [(reader, part) for reader, part in glances if part is not None]
    if not there:
        return None
    starts = [start_of(reader, name, part.series) for reader, part in there]
    group = Group(name, [reader for reader, _ in there], starts)
    if points is None:
        found = whole(group, first, last)
        total = len(found)
    else:
        found, total = thin(board().bands, group, points, first, last)
    marks = [_marks(reader, name, part, points, first, last) for reader, part in there]
    return {
        **_said(found.band),
        "epoch": known(found.epochs, whole=True),
        "elapsed": known(found.elapsed),
        "runs": len(there),
        "total": total,
        "marks": told(marks_of(marks)),
    }


def _marks(
    reader: RunReader,
    name: str,
    glance: Part,
    points: int | None,
    first: int | None,
    last: int | None,
) -> list[Mark]:
    """Return the gaps of a run as finely as its own curve would tell them."""
    if not glance.marks:
        return []
    part = reader.curves.part(name, points, first, last)
    return glance.marks if part is None else part.marks


def _said(band: Band) -> dict[str, Any]:
    lines = {"mean": band.mean, "std": band.std, "min": band.low, "max": band.high}
    return {
        "step": band.steps.tolist(),
        "n": band.n.tolist(),
        **{name: _numbers(line) for name, line in lines.items()},
    }


def _numbers(line: Iterable[float]) -> list[float | None]:
    return [value if isfinite(value) else None for value in line]
