"""One row of the run table: what the run recorded, and what was edited over it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fitlog_core.log_format import json_value
from fitlog_core.reading import diverged
from fitlog_core.reading.jobs import Job
from fitlog_core.reading.row import Path, Row
from fitlog_core.reading.state import FINAL
from fitlog_web.answers import plain

# As names are cleaned (log-format rule 6), a hyphen before a digit belongs to the name.
_JOINT = re.compile(r"-(?![0-9])")


class TableRow:
    """A run, or a row added by hand, as the table shows it.

    :ivar own: the cells without the edits.
    :ivar values: cells by column key, NaN and infinities as Python has them.
    """

    __slots__ = ("added", "edits", "id", "own", "run", "values")

    def __init__(self, row_id: str, run: Row | None, edits: Mapping[str, Any]) -> None:
        """Lay edits over what a run recorded, or over nothing."""
        self.id = row_id
        self.run = run
        self.added = run is None
        self.edits = dict(edits)
        self.own: Mapping[str, Any] = {"id": row_id} if run is None else run
        self.values: Mapping[str, Any] = {**self.own, **edits} if edits else self.own

    def edited_paths(self) -> Iterator[tuple[str, Path]]:
        """Yield the columns that were edited here, each with the names that lead to it."""
        for key in self.edits:
            yield key, tuple(_JOINT.split(key))

    @property
    def progress(self) -> dict[str, int | None] | None:
        """How far the run is, and how far it goes."""
        if self.run is None or (self.run.last_step is None and self.run.total_steps is None):
            return None
        return {"step": self.run.last_step, "total": self.run.total_steps}

    @property
    def skipped(self) -> int:
        """How many of its lines are not valid."""
        return 0 if self.run is None else self.run.skipped

    @property
    def is_in_doubt(self) -> bool:
        """Whether a file of it could not be read at the last look."""
        return self.run is not None and self.run.is_in_doubt

    @property
    def diverged(self) -> dict[str, str] | None:
        """Its series and best metrics that are at NaN or an infinity, None if none is."""
        if self.run is None or (self.run.is_plain and not self.run.diverged):
            return None
        return {**(self.run.diverged or {}), **diverged.in_cells(self.run)} or None

    @property
    def written(self) -> float | None:
        """When it was written last (epoch seconds), None for one that says that it is over."""
        if self.run is None or self.run.state in FINAL:
            return None
        return self.run.written

    def cells(self) -> dict[str, Any]:
        """Return the cells as JSON can say them."""
        return dict(zip(self.keys(), self.plain_cells(), strict=True))

    def keys(self) -> tuple[str, ...]:
        """Return the columns that the row has cells in."""
        if self.edits or self.run is None:
            return tuple(self.values)
        return self.run.shape.all_keys

    def plain_cells(self) -> list[Any]:
        """Return the cells as JSON can say them, in the order of :meth:`keys`."""
        if self.edits or self.run is None:
            return [_plain(value) for value in self.values.values()]
        if self.run.is_plain:
            return [self.id, self.run.state, *self.run.cells]
        return [self.id, self.run.state, *map(_plain, self.run.cells)]

    def flat(self, hidden: bool, deleted: bool) -> dict[str, Any]:
        """Return the row as ``GET /api/runs`` gives it: its columns, and what is true of it."""
        said = {"hidden": hidden, "added": self.added, "deleted": deleted}
        return {**self.cells(), **{key: True for key, value in said.items() if value}}

    def whole(self, hidden: bool, deleted: bool, job: Job | None = None) -> dict[str, Any]:
        """Return the row as the board's page takes it.

        :param job: The job whose rank it is, if it is one.
        """
        said = self.cells()
        said.setdefault("state", None)
        said.update(self.standing(hidden, deleted, job))
        return said

    def latest(self) -> dict[str, Any]:
        """Return what a further record of a run that lives may change; the rest of :meth:`whole`
        stays."""
        return {
            "id": self.id,
            "progress": self.progress,
            "skipped": self.skipped,
            "diverged": self.diverged,
            "written": self.written,
        }

    def standing(self, hidden: bool, deleted: bool, job: Job | None) -> dict[str, Any]:
        """Return what the board's page needs to know of the row besides its cells."""
        return {
            "hidden": hidden,
            "added": self.added,
            "deleted": deleted,
            "progress": self.progress,
            "skipped": self.skipped,
            "in_doubt": self.is_in_doubt,
            "diverged": self.diverged,
            "written": self.written,
            "job": None if job is None else {"id": job.id, "ranks": len(job.runs)},
        }


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, (list, dict)) else json_value(value)
