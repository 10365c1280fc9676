"""Columns of runs beside each other, for the page that draws one against another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from fitlog_core.reading.jobs import Job
from fitlog_core.reading.views import View
from fitlog_core.sentences import sentence
from fitlog_web.answers import plain
from fitlog_web.asked import BadRequestError
from fitlog_web.columns import Column
from fitlog_web.rows import TableRow
from fitlog_web.spelling import spelled
from fitlog_web.statistics import finite_numbers

MOST_COLUMNS = 60  # of one answer: what a page can draw, so that its bytes stay bounded
LOOKED_AT = 200  # runs whose cells tell what a column is like
_PROSE = frozenset({"id", "state", "memo", "meta-fit_msg", "meta-git_msg", "tags"})


class Columns(TypedDict):
    """Runs, column by column.

    :ivar columns: The cells of each column, None where a run has none, in the order of ``ids``.
    :ivar hidden: The places of the runs that the view hides; ``added`` and ``deleted`` likewise.
    :ivar jobs: The job of each run that is a rank of one, by its place as text.
    """

    ids: list[str]
    states: list[str | None]
    columns: dict[str, list[Any]]
    hidden: list[int]
    added: list[int]
    deleted: list[int]
    jobs: dict[str, str]


class Likeness(TypedDict):
    """What a column is like in some of the runs.

    :ivar numbers: How many cells are finite numbers; ``texts`` are something else.
    :ivar values: How many different values there are.
    """

    key: str
    numbers: int
    texts: int
    values: int


def columns_of(
    rows: Sequence[TableRow], keys: Sequence[str], view: View, jobs: Mapping[str, Job]
) -> Columns:
    """Return columns of rows.

    :param jobs: The job of every run that is a rank of one, by the run's id.
    :raises BadRequestError: if more are asked for than one answer holds.
    """
    if len(keys) > MOST_COLUMNS:
        raise BadRequestError(
            sentence(
                "relations.many",
                "columns names {n} columns, more than {most}",
                n=len(keys),
                most=MOST_COLUMNS,
            )
        )
    cells = [row.values for row in rows]
    hidden, deleted = set(view.hidden), set(view.deleted)
    return {
        "ids": [row.id for row in rows],
        "states": [values.get("state") for values in cells],
        "columns": {key: [plain(values.get(key)) for values in cells] for key in keys},
        "hidden": [at for at, row in enumerate(rows) if row.id in hidden],
        "added": [at for at, row in enumerate(rows) if row.added],
        "deleted": [at for at, row in enumerate(rows) if row.id in deleted],
        "jobs": {str(at): jobs[row.id].id for at, row in enumerate(rows) if row.id in jobs},
    }


def likenesses(rows: Sequence[TableRow], columns: Sequence[Column]) -> list[Likeness]:
    """Return what columns are like, by the cells of some hundred rows from all over."""
    some = [row.values for row in rows[:: max(1, len(rows) // LOOKED_AT)]]
    found = []
    for key in (column["key"] for column in columns):
        cells = [cell for values in some if (cell := values.get(key)) not in (None, "")]
        numbers = len(finite_numbers(cells)) if cells else 0
        found.append(_likeness(key, cells, numbers))
    return found


def _likeness(key: str, cells: list[Any], numbers: int) -> Likeness:
    values = 0 if key in _PROSE else len({spelled(plain(cell)) for cell in cells})
    return {"key": key, "numbers": numbers, "texts": len(cells) - numbers, "values": values}
