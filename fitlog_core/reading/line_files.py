"""Files of key-value lines, which live runs append to: each refresh takes only what is new."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from fitlog_core import log_format
from fitlog_core.reading.cursor import Change, Tail

# The files of key-value lines, and the key their lines carry.
GROUPS = {"meta": "meta", "hyper": "hyper", "best_metric": "metric", "other": "other"}


class LineFile:
    """A file of JSON objects, one a line.

    :ivar skipped: How many of its lines are not valid.
    """

    def __init__(self, path: Path) -> None:
        self.tail = Tail(path)
        self._forget()

    def _forget(self) -> None:
        self.skipped = 0

    def refresh(self) -> bool:
        """Take in what was appended; return whether anything changed."""
        change = self.tail.check()
        if change is Change.SAME and not self.tail.is_behind:
            return False
        changed = change is Change.REPLACED
        if changed:
            self._forget()
        for lines in self.tail.batches():
            changed = True
            self._take([line for line in lines if line.strip()])
        return changed

    def _take(self, lines: list[bytes]) -> None:
        raise NotImplementedError


class ObjectFile(LineFile):
    """A file whose lines carry values under one key; later lines win, deep.

    :param key: The key.
    :ivar merged: The values, nested; not to be changed.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._key = key
        super().__init__(path)

    def _forget(self) -> None:
        super()._forget()
        self.merged: dict[str, Any] = {}

    def _take(self, lines: list[bytes]) -> None:
        # Merged in a copy, so that another thread reads either the old values or the new.
        merged = deepcopy(self.merged)
        self.skipped += merge_lines(merged, lines, self._key)
        self.merged = merged


def merge_lines(into: dict[str, Any], lines: list[bytes], key: str) -> int:
    """Lay what lines say over what earlier ones did.

    :param key: The key that their values stand under.
    :return: How many lines are not valid.
    """
    skipped = 0
    for line in lines:
        values = log_format.parse_section(line, key)
        if values is None:
            skipped += 1
        elif into:
            log_format.merge(into, values)
        else:
            into.update(values)
    return skipped


class OldBestFile(ObjectFile):
    """metric.log of a very old run: its best metrics are the lines that are no steps."""

    def _take(self, lines: list[bytes]) -> None:
        super()._take([line for line in lines if not line.startswith(b"S")])


class ProgressFile(LineFile):
    """``progress.log``.

    :ivar total_steps: How many steps the run will have, None if it did not say.
    """

    def _forget(self) -> None:
        super()._forget()
        self.total_steps: int | None = None

    def _take(self, lines: list[bytes]) -> None:
        total, skipped = total_in(lines)
        self.skipped += skipped
        if total is not None:
            self.total_steps = total


def total_in(lines: list[bytes]) -> tuple[int | None, int]:
    """Return the number of steps that ``progress.log`` tells, and how many lines are not valid."""
    total, skipped = None, 0
    for line in lines:
        found = log_format.parse_object_line(line)
        said = found.get("total_steps") if found is not None else None
        if isinstance(said, int) and not isinstance(said, bool):
            total = said
        else:
            skipped += 1
    return total, skipped
