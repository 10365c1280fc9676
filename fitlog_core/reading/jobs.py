"""Which runs are the ranks of one job: those that ``FITLOG_RANKS=all`` let every rank record."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fitlog_core.reading.numbers import as_float

Row = Mapping[str, Any]


class Job(NamedTuple):
    """The runs of one job.

    :param id: The first of them, which stands for all.
    :param runs: Their ids, by rank.
    """

    id: str
    runs: list[str]


def jobs_of(rows: Iterable[Row]) -> dict[str, Job]:
    """Return the job of every run that is a rank of one, by the run's id.

    Launchers may call two jobs alike, such as by a fixed address. So a rank that comes a second
    time begins another job.

    :param rows: Runs as flat rows.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        group = row.get("meta-group")
        if isinstance(group, str) and group and _rank(row) is not None:
            groups.setdefault(group, []).append(row)
    found: dict[str, Job] = {}
    for members in groups.values():
        for ranks in _starts(members):
            ids = [ranks[rank] for rank in sorted(ranks)]
            found.update(dict.fromkeys(ids, Job(ids[0], ids)))
    return found


def _starts(members: list[Row]) -> list[dict[int, str]]:
    """Part the runs of one group into jobs, each as ids by rank."""
    started: list[dict[int, str]] = []
    for row in sorted(members, key=lambda row: (_start(row), row["id"])):
        rank = _rank(row)
        assert rank is not None  # noqa: S101 - the caller looked
        if not started or rank in started[-1]:
            started.append({})
        started[-1][rank] = row["id"]
    return started


def _rank(row: Row) -> int | None:
    rank = row.get("meta-rank")
    return rank if isinstance(rank, int) and not isinstance(rank, bool) else None


def _start(row: Row) -> float:
    start = as_float(row.get("meta-start"))
    return start if start is not None and not math.isnan(start) else 0.0
