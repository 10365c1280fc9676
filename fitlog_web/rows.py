"""One row of the run table: what the run recorded, and what was edited over it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fitlog_core.log_format import json_value
from fitlog_core.reading.jobs import Job
from fitlog_core.reading.reader import RunReader
from fitlog_web.answers import plain

# As names are cleaned (log-format rule 6), a hyphen before a digit belongs to the name.
_JOINT = re.compile(r"-(?![0-9])")

Path = tuple[str, ...]


class TableRow:
    """A run, or a row added by hand, as the table shows it.

    :ivar values: cells by column key, NaN and infinities as Python has them.
    :ivar own: the cells without the edits.
    :ivar paths: the names that lead to each column, by its key.
    """

    def __init__(self, row_id: str, run: RunReader | None, cells: Mapping[str, Any]) -> None:
        """Read a row from a run, or from nothing but its edited cells."""
        self.id = row_id
        self.added = run is None
        self.own: dict[str, Any] = {"id": row_id} if run is None else run.row()
        self.values: dict[str, Any] = {**self.own, **cells}
        self.paths: dict[str, Path] = {} if run is None else dict(_paths_of(run))
        for key in cells:
            self.paths.setdefault(key, tuple(_JOINT.split(key)))
        self.progress = None if run is None else _progress(run)
        self.skipped = 0 if run is None else run.skipped
        self.cells = {key: _plain(value) for key, value in self.values.items()}

    def flat(self, hidden: bool, deleted: bool) -> dict[str, Any]:
        """Return the row as ``GET /api/runs`` gives it: its columns, and what is true of it."""
        said = {"hidden": hidden, "added": self.added, "deleted": deleted}
        return {**self.cells, **{key: True for key, value in said.items() if value}}

    def whole(self, hidden: bool, deleted: bool, job: Job | None = None) -> dict[str, Any]:
        """Return the row as the board's page takes it.

        :param job: The job whose rank it is, if it is one.
        """
        return {
            "state": None,
            **self.cells,
            "hidden": hidden,
            "added": self.added,
            "deleted": deleted,
            "progress": self.progress,
            "skipped": self.skipped,
            "job": None if job is None else {"id": job.id, "ranks": len(job.runs)},
        }


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, (list, dict)) else json_value(value)


def _progress(run: RunReader) -> dict[str, int | None] | None:
    if run.last_step is None and run.total_steps is None:
        return None
    return {"step": run.last_step, "total": run.total_steps}


def _paths_of(run: RunReader) -> Iterator[tuple[str, Path]]:
    groups = {
        "meta": run.meta,
        "hyper": run.hyper,
        "metric": run.best_metric,
        "other": run.other,
    }
    for name, nested in groups.items():
        yield from _leaves(nested, (name,))


def _leaves(nested: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Path]]:
    for name, value in nested.items():
        below = (*path, str(name))
        if isinstance(value, Mapping):
            yield from _leaves(value, below)
        else:
            yield "-".join(below), below
