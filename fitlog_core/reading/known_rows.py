"""What is known of the runs of a directory, in columns: thousands of runs come and go by few calls.

An object a run would be made, looked through for cycles and given back ten thousand times.
"""

from __future__ import annotations

from collections.abc import Iterable

from fitlog_core.reading.row import Row
from fitlog_core.reading.seen import IN_DOUBT, Marks
from fitlog_core.reading.state import Signs


class KnownRows:
    """Runs as they were when their files were read, by id.

    :ivar rows: What each of them says.
    :ivar meta_marks: What tells whether its ``meta.log`` is still the same.
    :ivar file_marks: What tells whether all its files are still the same.
    :ivar settles_at: When all its files are to be compared once more (epoch seconds), if they are.
    :ivar signs: What its state is to be judged by, if it did not say itself that it is over.
    """

    __slots__ = ("file_marks", "meta_marks", "rows", "settles_at", "signs")

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.meta_marks: dict[str, int] = {}
        self.file_marks: dict[str, int] = {}
        self.settles_at: dict[str, float] = {}
        self.signs: dict[str, Signs] = {}

    def take(self, other: KnownRows) -> None:
        """Take in all runs that are known elsewhere and not here."""
        self.meta_marks.update(other.meta_marks)
        self.file_marks.update(other.file_marks)
        self.settles_at.update(other.settles_at)
        self.signs.update(other.signs)
        self.rows.update(other.rows)

    def of(self, ids: list[str]) -> KnownRows:
        """Return what is known of some of these runs."""
        if len(ids) == len(self.rows):
            return self
        some, chosen = KnownRows(), set(ids)
        some.rows = {run_id: self.rows[run_id] for run_id in ids}
        some.meta_marks = {run_id: self.meta_marks[run_id] for run_id in ids}
        some.file_marks = {run_id: self.file_marks[run_id] for run_id in ids}
        some.settles_at = {one: at for one, at in self.settles_at.items() if one in chosen}
        some.signs = {one: signs for one, signs in self.signs.items() if one in chosen}
        return some

    def leave(self, ids: Iterable[str]) -> None:
        """Leave out runs, as far as they are known."""
        for run_id in ids:
            for name in self.__slots__:
                getattr(self, name).pop(run_id, None)

    def note(self, run_id: str, row: Row, marks: Marks, signs: Signs | None = None) -> None:
        """Note what a run says now.

        :param marks: Those from before it was read, so that what came meanwhile is seen.
        """
        self.rows[run_id] = row
        self.meta_marks[run_id], self.file_marks[run_id] = marks.meta, marks.files
        if signs is not None:
            self.signs[run_id] = signs
        else:
            self.signs.pop(run_id, None)

    def doubt(self, run_id: str) -> None:
        """Note that the files of a run cannot be read just now, so that the next look differs."""
        self.meta_marks[run_id] = self.file_marks[run_id] = IN_DOUBT

    def settle(self, run_id: str, settles_at: float | None) -> None:
        """Note when all files of a run are to be compared once more, None for never."""
        if settles_at is not None:
            self.settles_at[run_id] = settles_at
        else:
            self.settles_at.pop(run_id, None)
