"""``/api/statistics``: the metrics of several runs, told in a few figures; two groups compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from fitlog_core.sentences import sentence
from fitlog_web import contrasts
from fitlog_web.answers import answer, plain
from fitlog_web.asked import BadRequestError, board, body, rows_in, view_of
from fitlog_web.statistics import shared, spreads

bp = Blueprint("api_statistics", __name__, url_prefix="/api")


@bp.post("/statistics")
def figures() -> Response:
    """Return mean, spread and extremes of each metric; a POST, for it may name many ids."""
    said = body()
    rows, keys = _rows(said), _keys(said)
    metrics = [key for key in keys if key.startswith("metric-")]
    settings = [key for key in keys if key.startswith("hyper-")]
    others = [key for key in keys if not key.startswith("metric-")]
    return answer(
        {
            "columns": spreads(rows, metrics),
            "shared": plain(shared(rows, settings)),
            "splits": contrasts.splits(rows, others),
        }
    )


@bp.post("/statistics/groups")
def compared() -> Response:
    """Compare the runs that have one value in a column with those that have another."""
    said = body()
    by = said.get("by")
    if not isinstance(by, str) or not {"a", "b"} <= said.keys():
        raise BadRequestError(
            sentence("asked.groups", "by is a column, a and b are two values in it")
        )
    rows, keys = _rows(said), _keys(said)
    first, second = _group(rows, by, said, "a"), _group(rows, by, said, "b")
    metrics = [key for key in keys if key.startswith("metric-")]
    return answer(
        {
            "a": [row["id"] for row in first],
            "b": [row["id"] for row in second],
            "columns": contrasts.contrasts(first, second, metrics),
            "resamples": contrasts.RESAMPLES,
            "confidence": contrasts.CONFIDENCE,
            "seed": contrasts.SEED,
            "largest": contrasts.LARGEST,
            "install": None if contrasts.can_test() else contrasts.INSTALL,
        }
    )


def _group(
    rows: list[Mapping[str, Any]], by: str, said: Mapping[str, Any], name: str
) -> list[Mapping[str, Any]]:
    """Return the rows that have the value in a column that a request gives a name."""
    found = contrasts.with_value(rows, by, said[name])
    if not found:
        raise BadRequestError(
            sentence(
                "statistics.none",
                "none of the runs has {value!r}, as {name} says, in {column!r}",
                value=said[name],
                name=name,
                column=by,
            )
        )
    return found


def _rows(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the cells of the rows that are meant.

    :raises RunNotFoundError: for an id that no row has.
    """
    board().refresh()
    return [row.values for row in rows_in(said, view_of(said))]


def _keys(said: Mapping[str, Any]) -> list[str]:
    return [column["key"] for column in board().columns(view_of(said)).columns]
