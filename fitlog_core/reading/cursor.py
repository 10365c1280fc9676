"""A growing file read line by line, each whole line handed out once."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple, TypeAlias

from fitlog_core.reading.file_events import FileEvents
from fitlog_core.reading.seen import is_of_the_moment

BLOCK = 1 << 16  # bytes; smaller blocks stay in the processor's cache, larger ones save calls
WHOLLY_CHECKED = 1 << 16  # bytes up to which all that was read is compared, not its ends alone
WITNESS = 64  # bytes remembered from both ends of what was read, to notice a rewritten file
LONGEST_LINE = 16 << 20  # a longer "line" is no record: it is passed over, not kept in memory

Identity: TypeAlias = tuple[int, int, int, int, int]


class Change(Enum):
    """What happened to a file since it was looked at last."""

    SAME = "same"
    GROWN = "grown"
    REPLACED = "replaced"


class Place(NamedTuple):
    """How far a file was read, and what tells that it is still the same.

    :param identity: Device, inode, size and times of writing and change (ns) when it was looked
        at last. The second tells of a file that was edited and given its old time again.
    :param head: Its first bytes.
    :param end: The last bytes that were read.
    :param checksum: Of all that was read, as long as that is little; else 0.
    """

    identity: Identity | None = None
    offset: int = 0
    head: bytes = b""
    end: bytes = b""
    checksum: int = 0
    dropped: int = 0
    discarding: bool = False


class Tail:
    """A byte-offset cursor into one file of a run.

    :param path: The file; it may be missing, and may come, go or be replaced at any time. Only a
        regular file is read: a link could lead out of the log directory, a pipe would block.
    """

    __slots__ = (
        "_changes", "_checksum", "_discarding", "_end", "_events", "_head", "_seen", "dropped",
        "is_in_doubt", "is_quiet", "offset", "path",
    )  # fmt: skip

    def __init__(self, path: Path) -> None:
        self.path = os.fspath(path)  # each look at a live run's files costs less by a text
        self.place = Place()
        self.is_in_doubt = False  # whether the last look failed at what may pass
        self.is_quiet = False  # whether all was taken in, and nothing is told of the file since
        self._events: FileEvents | None = None
        self._changes = False  # whether it was another at the last look than at that before

    def listen(self, events: FileEvents | None) -> None:
        """Leave out looks at the file as long as nothing is told of it.

        One that changes from look to look is looked at each time, which takes less than to be told.
        """
        self._events, self.is_quiet, self._changes = events, False, False

    @property
    def place(self) -> Place:
        """How far the file was read; may be set, to go on where another cursor stands."""
        return Place(
            self._seen,
            self.offset,
            self._head,
            self._end,
            self._checksum,
            self.dropped,
            self._discarding,
        )

    @place.setter
    def place(self, place: Place) -> None:
        self._seen = place.identity
        self.offset = place.offset
        self._head = place.head
        self._end = place.end
        self._checksum = place.checksum
        self.dropped = place.dropped  # lines longer than LONGEST_LINE, passed over
        self._discarding = place.discarding

    @property
    def place_on_the_way(self) -> Place:
        """How far the file was read, for who stops in its midst: going on there finds it grown."""
        return self.place._replace(identity=self._seen_so_far())

    def _seen_so_far(self) -> Identity | None:
        return self._seen and (*self._seen[:2], self.offset, *self._seen[3:])

    def _rewind(self) -> None:
        self.place = Place(self._seen)

    @property
    def size(self) -> int:
        """Return the size in bytes when last looked at, 0 for a file that is not there."""
        return self._seen[2] if self._seen else 0

    @property
    def is_behind(self) -> bool:
        """Tell whether the file holds more than was read, be it the beginning of a line."""
        return self._seen is not None and self._seen[2] != self.offset

    @property
    def modified(self) -> float | None:
        """Return when the file was written last (epoch seconds), None if it is not there."""
        return self._seen[3] / 1e9 if self._seen else None

    @property
    def is_restless(self) -> bool:
        """Tell whether a file that may be told of changed at the last look, and may go on so."""
        return self._changes and self._events is not None

    def check(self, descriptor: int | None = None) -> Change:
        """Look at the file; after REPLACED reading begins again at its start.

        :param descriptor: That of the file where it was just opened, never through a link.
        """
        if self.is_quiet:
            return Change.SAME
        self.is_in_doubt = False
        if self._events is not None and not self._changes:
            self._events.watch(self)
        before = self._seen
        try:
            self._seen = _identity(self.path if descriptor is None else descriptor)
        except OSError:
            self.is_in_doubt, self.is_quiet = True, False
            return Change.SAME
        self._changes = self._seen != before
        if not self._changes:
            return Change.SAME
        if before is None:
            return Change.GROWN
        try:
            if self._seen and self._seen[:2] == before[:2] and self._is_continued(before[2]):
                return Change.GROWN
        except OSError as error:  # it cannot be read just now: looked at again the next time
            self._seen = before
            self.is_in_doubt, self.is_quiet = is_of_the_moment(error), False
            return Change.SAME
        self._rewind()
        return Change.REPLACED

    def _is_continued(self, size_before: int) -> bool:
        if not self.offset:  # nothing was read that could be another now
            return True
        if self.size < self.offset:
            return False
        with open(self.path, "rb", buffering=0) as file:
            if self.offset <= WHOLLY_CHECKED:
                return zlib.crc32(file.read(self.offset) or b"") == self._checksum
            if self.size == size_before:  # written, not appended to: by hand, in its midst
                return False
            head = file.read(len(self._head))
            file.seek(self.offset - len(self._end))
            return head == self._head and file.read(len(self._end)) == self._end

    def batches(self) -> Iterator[list[bytes]]:
        """Yield the whole lines that came since, without their ends, a block at a time."""
        for block in self.blocks():
            yield block.split(b"\n")[:-1]

    def blocks(self) -> Iterator[bytes]:
        """Yield the whole lines that came since, with their ends, a block at a time.

        A last line without an end stays where it is until it is whole.
        """
        if self._seen is None or self.size == self.offset:
            return
        try:
            with open(self.path, "rb", buffering=0) as file:
                file.seek(self.offset)
                yield from self._blocks(file.read)
        except OSError as error:  # gone, or not to be read just now: tried again at the next look
            self._seen = self._seen_so_far()
            self.is_in_doubt = is_of_the_moment(error)
        if self.is_behind:
            self.is_quiet = False

    def _blocks(self, read: Callable[[int], bytes | None]) -> Iterator[bytes]:
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
            whole = self._consume(whole)
            if whole:
                yield whole

    def _drop(self, length: int) -> None:
        self._discarding = True
        self.offset += length
        self._end = b""

    def _consume(self, whole: bytes) -> bytes:
        if not self.offset:
            self._head = whole[:WITNESS]
        self.offset += len(whole)
        self._end = whole[-WITNESS:]
        is_little = self.offset <= WHOLLY_CHECKED
        self._checksum = zlib.crc32(whole, self._checksum) if is_little else 0
        if self._discarding:  # the end of a line that was too long
            self._discarding = False
            self.dropped += 1
            return whole[whole.index(b"\n") + 1 :]
        return whole


def last_written(tails: Iterable[Tail]) -> float | None:
    """Return when one of some files was written last (epoch seconds), None if none is there."""
    times = [tail._seen[3] for tail in tails if tail._seen]
    return max(times) / 1e9 if times else None


def _identity(file: str | int) -> Identity | None:
    """Return what a regular file is known by, None for anything else.

    :param file: Its path, or a descriptor of it.
    :raises OSError: if that cannot be told just now.
    """
    try:
        found = os.lstat(file) if isinstance(file, str) else os.fstat(file)
    except (OSError, ValueError) as error:
        if is_of_the_moment(error):
            raise
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
