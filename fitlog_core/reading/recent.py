"""The latest step of a run and its usual pace, from the ends of its step files alone."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import NamedTuple

from fitlog_core import log_format
from fitlog_core.reading import diverged
from fitlog_core.reading.cursor import WITNESS, Change, Tail
from fitlog_core.reading.records import torn_among
from fitlog_core.reading.seen import is_of_the_moment

TAKEN = 1 << 12  # bytes read from the end of a file: some tens of records
PARSED = 16  # and how many of them are looked into
MOST_TAKEN = 1 << 20  # where one record alone is longer than that
# Where a link or a pipe stands by now, it is neither followed nor waited for.
_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK")
)


class _Looked(NamedTuple):
    """What a look at a step file found.

    :param is_same: Whether there is nothing to read.
    :param text: The new bytes and some before them, None where they are to be read otherwise.
    """

    change: Change
    is_same: bool
    has_grown: bool
    text: bytes | None


class Recent:
    """What the last records of one step file tell, read again only when the file changed.

    A table of a thousand runs needs the last step of each, and must not read their whole curves.

    :param kind: ``loss`` or ``metric``.
    :ivar diverged: The series whose last value is NaN or infinite, with the word for it.
    :ivar last_step: The largest step among the last records, which may come in any order.
    :ivar torn: How many of the lines that were looked into are none, as far as their ends tell.
    """

    __slots__ = (
        "_kind", "_looked", "_read_to", "_steps", "_times", "_witness", "bytes_per_record",
        "diverged", "is_in_doubt", "last_step", "tail", "torn",
    )  # fmt: skip

    def __init__(self, path: Path, kind: str) -> None:
        self._kind = kind
        self.diverged: dict[str, str] = {}
        self.tail = Tail(path)
        self._looked: _Looked | None = None
        self._steps: deque[int] = deque(maxlen=PARSED)
        self._times: deque[float | None] = deque(maxlen=PARSED)
        self._read_to = 0  # end of the last whole line that was looked into
        self._witness = b""  # and the bytes before it, to notice a rewritten file
        self.bytes_per_record = 0.0
        self.last_step: int | None = None
        self.torn = 0
        self.is_in_doubt = False  # whether the last look failed at what may pass

    @property
    def stamps(self) -> list[float]:
        """Return the times that the last records tell (epoch seconds)."""
        return [time for time in self._times if time is not None]

    @property
    def is_quiet(self) -> bool:
        """Tell whether there is nothing to refresh, as far as is known."""
        return self._looked is None and self.tail.is_quiet

    def look(self) -> None:
        """Ask the system for what the next :meth:`refresh` needs.

        Python's own work is far slower between two calls of the system than after many, so that
        who follows many files looks at all of them first.
        """
        # Where nobody took in the last one, the file is not told of once more.
        if self._looked is not None or self.tail.is_quiet:
            return
        descriptor = _opened(self.tail.path) if self.tail.is_restless else None
        try:
            self._looked = self._look(descriptor)
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _look(self, descriptor: int | None) -> _Looked:
        """Look at the file, through its descriptor where it is open already."""
        before = self.tail.size
        change = self.tail.check(descriptor)
        has_grown = change is Change.GROWN and self.tail.size > before
        was_in_doubt, self.is_in_doubt = self.is_in_doubt, self.tail.is_in_doubt
        is_same = self.is_in_doubt or (change is Change.SAME and not was_in_doubt)
        text = self._new_text(descriptor) if has_grown and self._steps and not is_same else None
        return _Looked(change, is_same, has_grown, text)

    def refresh(self) -> bool:
        """Look at the file, unless :meth:`look` just did; return whether it changed."""
        self.look()
        looked, self._looked = self._looked, None
        if looked is None or looked.is_same:
            return False
        if looked.text is None or not self._read_on(looked.text):
            if not looked.has_grown or self.tail.size - self._read_to <= TAKEN:
                self.torn = 0  # else what is read now lies behind all that was
            self._read_the_end()
        if self.is_in_doubt:
            self.tail.is_quiet = False
            return looked.change is not Change.SAME
        self.last_step = max(self._steps, default=None)
        return True

    def _new_text(self, descriptor: int | None) -> bytes | None:
        """Return the bytes since the last look with the witness before them, None if many."""
        if not 0 <= self.tail.size - self._read_to <= TAKEN:
            return None
        start = self._read_to - len(self._witness)
        return self._text(start, len(self._witness) + TAKEN, descriptor)

    def _read_on(self, text: bytes) -> bool:
        """Look into the new lines alone; False where they do not follow the old."""
        witness = self._witness
        if not text.startswith(witness):
            return False
        start = self._read_to - len(witness)
        self._read(self._lines_of(text, start)[witness.count(b"\n") :], text)
        return True

    def _read_the_end(self) -> None:
        self._steps.clear()
        self._times.clear()
        self.diverged.clear()
        self.bytes_per_record = 0.0
        taken, torn = TAKEN, self.torn
        self._read(*self._last_lines(taken))
        while not self._steps and taken < min(self.tail.size, MOST_TAKEN):
            taken *= 16
            self.torn = torn  # those are read once more
            self._read(*self._last_lines(taken))

    def _last_lines(self, taken: int) -> tuple[list[bytes], bytes]:
        """Return the whole lines at the end, and the text that they were taken from."""
        start = max(0, self.tail.size - taken)
        text = self._text(start, taken) if self.tail.size else b""
        lines = self._lines_of(text, start)
        return lines[1:] if start else lines, text

    def _text(self, start: int, taken: int, descriptor: int | None = None) -> bytes:
        """Return bytes of the file, read through its descriptor where it is open already."""
        own = None
        try:
            # Without a file object, as each look at each live run does this.
            if descriptor is None:
                descriptor = own = os.open(self.tail.path, _FLAGS)
            os.lseek(descriptor, start, os.SEEK_SET)
            return os.read(descriptor, taken)
        except OSError as error:
            self.is_in_doubt = is_of_the_moment(error)
            return b""
        finally:
            if own is not None:
                os.close(own)

    def _lines_of(self, text: bytes, start: int) -> list[bytes]:
        """Return the whole lines of what was read from a place on, and note how far that is."""
        end = text.rfind(b"\n") + 1
        self._read_to = start + end
        self._witness = text[max(0, end - WITNESS) : end]
        return text.split(b"\n")[:-1]

    def _read(self, lines: list[bytes], text: bytes) -> None:
        """Look into lines.

        :param text: They stand in it.
        """
        unknown = lines[:-PARSED]  # whether they are records
        for line in lines[-PARSED:]:
            told = log_format.step_and_time(line)
            if told is None:
                unknown.append(line)
            else:
                self._steps.append(told[0])
                self._times.append(told[1])
        if unknown:
            self.torn += torn_among(unknown)
        if self.diverged or diverged.may_hold(text):
            diverged.take(self.diverged, lines, self._kind)
        if lines:
            self.bytes_per_record = sum(map(len, lines)) / len(lines) + 1

    @property
    def records(self) -> float:
        """Return about how many records the file holds."""
        return self.tail.size / self.bytes_per_record if self.bytes_per_record else 0.0


def _opened(path: str) -> int | None:
    """Return the descriptor of a file, None where it cannot be opened, or is a link by now.

    To open a file and to look at it through that takes less than to look and to open it then.
    """
    try:
        return os.open(path, _FLAGS)
    except OSError:
        return None


def usual_gap(files: list[Recent], start: float | None, end: float | None) -> float | None:
    """Return the seconds that usually lie between records, None if nothing tells.

    :param start: When the run began, for logs whose records carry no time (fitlog 0.9).
    :param end: When it was written last.
    """
    gaps = [
        later - earlier
        for file in files
        for earlier, later in zip(file.stamps, file.stamps[1:], strict=False)
        if later >= earlier
    ]
    if gaps:
        return sorted(gaps)[len(gaps) // 2]
    records = max((file.records for file in files), default=0.0)
    if start is None or end is None or records < 2 or end <= start:
        return None
    return (end - start) / records
