"""``/api/bands``: runs that belong together, and the mean and spread of their curves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

from flask import Blueprint, Response, request

from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.series import Part
from fitlog_web.answers import answer, plain
from fitlog_web.api_series import Allowance, known, readers_asked_for, start_of, told, wanted
from fitlog_web.asked import MOST_POINTS, BadRequestError, board, whole_number
from fitlog_web.bands import Band, band_of, elapsed_at, epochs_at, kept, marks_of
from fitlog_web.paths import listed
from fitlog_web.seeds import BUT_SEED, alike

MOST_JOINED = 20_000_000  # points of which one band is made, 32 bytes of memory each
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
        raise BadRequestError(f"by is {BUT_SEED} or a column of hyperparameters, not {by!r}")
    return by


def _bands(readers: Sequence[RunReader]) -> dict[str, Any]:
    if not listed("names"):  # all curves of many runs in full are more than anybody waits for
        return {}
    points = whole_number("points", 1, MOST_POINTS)
    first, last = whole_number("from", -(2**63)), whole_number("to", -(2**63))
    names = dict.fromkeys(name for reader in readers for name in wanted(reader.curves.names()))
    found = {}
    in_all = Allowance(MOST_READ)
    for name in names:
        allowance = Allowance(MOST_JOINED)
        for reader in readers:
            for bound in (allowance, in_all):
                bound.take_whole(reader, name, first, last)
        parts = [(reader, reader.curves.part(name, None, first, last)) for reader in readers]
        there = [(reader, part) for reader, part in parts if part is not None]
        if there:
            found[name] = _band(name, there, points)
    return found


def _band(name: str, parts: Sequence[tuple[RunReader, Part]], points: int | None) -> dict[str, Any]:
    curves = [part.series for _, part in parts]
    whole = band_of(curves)
    band = whole if points is None else whole.pick(kept(whole, points))
    starts = [start_of(reader, name, part.series) for reader, part in parts]
    return {
        **_said(band),
        "epoch": known(epochs_at(curves, band.steps), whole=True),
        "elapsed": known(elapsed_at(curves, starts, band.steps)),
        "runs": len(parts),
        "total": len(whole.steps),
        "marks": told(marks_of(part.marks for _, part in parts)),
    }


def _said(band: Band) -> dict[str, Any]:
    lines = {"mean": band.mean, "std": band.std, "min": band.low, "max": band.high}
    return {
        "step": band.steps.tolist(),
        "n": band.n.tolist(),
        **{name: _numbers(line) for name, line in lines.items()},
    }


def _numbers(line: Iterable[float]) -> list[float | None]:
    return [value if isfinite(value) else None for value in line]
