"""Keeps what a script prints, and lets it through as it is.

Below ``sys.stdout`` and ``sys.stderr`` lies the file that their bytes go to. It is replaced by one
that writes the same bytes to the same place, and the lines into the run's folder too.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any

from fitlog_core.recording.run import Run
from fitlog_core.secrets import mask_text

FILE = "console.log"
LARGEST = 64 * 2**20  # bytes that a run's console may take
_LONGEST_LINE = 64 * 2**10  # a longer one is written in pieces
_MOST_WAITING = 2**20  # bytes kept until there is a folder
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
_FULL = f"[fitlog: {LARGEST // 2**20} MB are kept; what follows is not]\n".encode()


def keep(run: Run) -> Transcript:
    """Keep what goes through ``sys.stdout`` and ``sys.stderr`` from now on.

    :param run: Where it is kept, once it has a folder.
    :return: Where the lines go.
    """
    transcript = Transcript(run)
    sys.stdout = sys.__stdout__ = _through(sys.stdout, transcript)  # type: ignore[misc]  # for those who restore it
    sys.stderr = sys.__stderr__ = _through(sys.stderr, transcript)  # type: ignore[misc]  # as above
    return transcript


def _through(stream: Any, transcript: Transcript) -> Any:
    """Return a stream like the one given, whose bytes are kept too; or that one as it is."""
    if not isinstance(stream, io.TextIOWrapper):  # closed, or no file
        return stream
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return stream
    raw = _KeptFile(descriptor, transcript)
    raw.name = stream.name
    is_buffered = isinstance(stream.buffer, io.BufferedWriter)
    below: Any = io.BufferedWriter(raw) if is_buffered else raw
    like = io.TextIOWrapper(
        below,
        encoding=stream.encoding,
        errors=stream.errors,
        newline=None if os.name == "nt" else "\n",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    like.mode = stream.mode  # type: ignore[misc]  # as Python itself sets it for these streams
    stream.flush()
    return like


class _KeptFile(io.FileIO):
    """The file below a standard stream, which keeps what it writes.

    :param descriptor: Where it goes; not closed with this.
    :param transcript: Where it is kept.
    """

    name: Any

    def __init__(self, descriptor: int, transcript: Transcript) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._lines = Lines(transcript)
        transcript.streams.append(self._lines)

    def write(self, data: Any, /) -> int:
        """Write bytes, and keep those that were taken."""
        written = super().write(data)
        if written:
            self._lines.take(bytes(memoryview(data)[:written]))
        return written


class Lines:
    """The lines of one stream, as a terminal shows them in the end.

    A line comes when it is complete; of what a progress bar writes over itself, the last state.

    :param transcript: What takes them.
    """

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._begun = b""
        self._pid = os.getpid()

    def take(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        if os.getpid() != self._pid:  # a forked child: what was begun is its parent's
            self._pid, self._begun = os.getpid(), b""
        text = self._begun + data
        complete, _, begun = text.rpartition(b"\n")
        if len(begun) > _LONGEST_LINE:
            begun = _shown(begun)
        if len(begun) > _LONGEST_LINE:
            complete, begun = text, b""
        self._begun = begun
        if complete:
            lines = [_shown(line) for line in complete.split(b"\n")]
            self._transcript.add(b"\n".join(lines) + b"\n")

    def end(self) -> None:
        """Take what has no end as the last line."""
        if self._begun and os.getpid() == self._pid:
            begun, self._begun = self._begun, b""
            self._transcript.add(_shown(begun) + b"\n")


def _shown(line: bytes) -> bytes:
    """Return what is left of a line after its carriage returns."""
    return line.rstrip(b"\r").rpartition(b"\r")[2]


class Transcript:
    """The file that lines are appended to, each complete when the call returns.

    :param run: In whose folder it lies; until that is there, lines wait.
    :ivar streams: What brings lines.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._descriptor = -1
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self._left = LARGEST
        self.streams: list[Lines] = []

    def add(self, lines: bytes) -> None:
        """Append lines without the secrets in them; a failure is given up silently."""
        masked = mask_text(lines.decode("utf-8", "surrogateescape"))
        content = masked.encode("utf-8", "surrogateescape")
        try:
            if self._descriptor < 0 and not self._open():
                self._wait(content)
                return
            self._write(content)
        except OSError:  # a full disk: the run itself tells of it
            return

    def _open(self) -> bool:
        folder = self._run.folder_of_records()
        if folder is None:
            return False
        self._descriptor = os.open(os.path.join(folder, FILE), _FLAGS, 0o666)
        waiting, self._waiting = self._waiting, []
        self._write(b"".join(waiting))
        return True

    def _wait(self, content: bytes) -> None:
        self._waiting_size += len(content)
        if self._waiting_size <= _MOST_WAITING:
            self._waiting.append(content)

    def _write(self, content: bytes) -> None:
        if not content or self._left <= 0:
            return
        self._left -= len(content)
        os.write(self._descriptor, content if self._left > 0 else _FULL)

    def end(self) -> None:
        """Take what the standard streams still hold, and last lines that have no end."""
        for stream in (sys.__stdout__, sys.__stderr__):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()  # type: ignore[union-attr]  # None raises, and is passed over
        for lines in self.streams:
            lines.end()
        self.add(b"")
