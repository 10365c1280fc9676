"""A growing file read line by line, each whole line handed out once."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path

BLOCK = 1 << 20
WITNESS = 64  # bytes remembered from both ends of what was read, to notice a rewritten file
LONGEST_LINE = 16 << 20  # a longer "line" is no record: it is passed over, not kept in memory


class Change(Enum):
    """What happened to a file since it was looked at last."""

    SAME = "same"
    GROWN = "grown"
    REPLACED = "replaced"


class Tail:
    """A byte-offset cursor into one file of a run.

    :param path: The file; it may be missing, and may come, go or be replaced at any time. Only a
        regular file is read: a link could lead out of the log directory, a pipe would block.
    """

    __slots__ = ("_discarding", "_end", "_head", "_seen", "dropped", "offset", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.dropped = 0  # lines longer than LONGEST_LINE, passed over
        self._seen: tuple[int, int, int, int] | None = None
        self._rewind()

    def _rewind(self) -> None:
        self.offset = 0
        self.dropped = 0
        self._head = b""
        self._end = b""
        self._discarding = False

    @property
    def size(self) -> int:
        """Return the size in bytes when last looked at, 0 for a file that is not there."""
        return self._seen[2] if self._seen else 0

    @property
    def modified(self) -> float | None:
        """Return when the file was written last (epoch seconds), None if it is not there."""
        return self._seen[3] / 1e9 if self._seen else None

    def check(self) -> Change:
        """Look at the file; after REPLACED reading begins again at its start."""
        before, self._seen = self._seen, _identity(self.path)
        if self._seen == before:
            return Change.SAME
        if before is None:
            return Change.GROWN
        if self._seen is None or self._seen[:2] != before[:2] or not self._is_continued():
            self._rewind()
            return Change.REPLACED
        return Change.GROWN

    def _is_continued(self) -> bool:
        if self.size < self.offset:
            return False
        try:
            with self.path.open("rb", buffering=0) as file:
                head = file.read(len(self._head))
                file.seek(self.offset - len(self._end))
                return head == self._head and file.read(len(self._end)) == self._end
        except OSError:
            return False

    def batches(self) -> Iterator[list[bytes]]:
        """Yield the whole lines that came since, without their ends, a block at a time.

        A last line without an end stays where it is until it is whole.
        """
        if self._seen is None or self.size == self.offset:
            return
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(self.offset)
                yield from self._batches(file.read)
        except OSError:  # gone or unreadable between the look and the reading: seen next time
            return

    def _batches(self, read: Callable[[int], bytes | None]) -> Iterator[list[bytes]]:
        carry: list[bytes] = []  # pieces of a line longer than a block, joined once
        carried = 0
        while block := read(BLOCK):
            cut = block.rfind(b"\n") + 1
            if not cut:
                carry.append(block)
                carried += len(block)
                if carried > LONGEST_LINE:
                    self._drop(carried)
                    carry, carried = [], 0
                continue
            whole = b"".join([*carry, block[:cut]])
            rest = block[cut:]
            carry, carried = ([rest], len(rest)) if rest else ([], 0)
            lines = self._consume(whole)
            if lines:
                yield lines

    def _drop(self, length: int) -> None:
        self._discarding = True
        self.offset += length
        self._end = b""

    def _consume(self, whole: bytes) -> list[bytes]:
        if not self.offset:
            self._head = whole[:WITNESS]
        self.offset += len(whole)
        self._end = whole[-WITNESS:]
        lines = whole.split(b"\n")
        lines.pop()
        if self._discarding:  # the end of a line that was too long
            self._discarding = False
            self.dropped += 1
            del lines[0]
        return lines


def _identity(path: Path) -> tuple[int, int, int, int] | None:
    """Return device, inode, size and time of a regular file, None for anything else."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
