"""Append-only files: one record, one line, one write, complete when the call returns."""

from __future__ import annotations

import _thread
import contextlib
import errno
import operator
import os
import sys
from collections.abc import Callable
from math import isfinite, nan
from time import monotonic, sleep
from time import time as clock
from typing import Any, NoReturn

import orjson

from fitlog_core.errors import ArgumentError, ArgumentTypeError
from fitlog_core.log_format import (
    LARGEST_STEP,
    PLAIN_LINE,
    PLAIN_LINE_OF_EPOCH,
    clean_argument_name,
    clean_name,
    closing_of,
    dumps,
    step_key,
    step_line,
    step_line_of,
)
from fitlog_core.recording.values import nested_values
from fitlog_core.recording.visibility import EVERY, Sync
from fitlog_core.secrets import mask_texts

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
# A step record carries the time once half a second has passed since the last that did, so that
# it is there at least once a second while records come.
TIME_EVERY = 0.5
# The descriptor is what fails: it was closed by somebody, or the server forgot it.
_NEEDS_OPENING = (errno.EBADF, errno.ESTALE)
# Of what another process is just writing, a look may see a part.
_PATIENCE = (0.001, 0.01, 0.04)  # seconds between looks
_STANDARD_STREAMS = 3  # the descriptors 0 to 2
_MOST_REMEMBERED_NAMES = 10_000
_MOST_DIGITS = 40  # of a wrong number, in a message
_DEEPEST_KNOWN = 4  # groups in groups; deeper ones take the long way

Warn = Callable[[str, OSError], None]
Look = Callable[[bytes], None]
_Identity = tuple[int, int]


class LogFile:
    """One of a run's files, opened at its first record.

    :param folder: The run's folder.
    :param kind: Which file: ``hyper`` is ``hyper.log``.
    :param warn: Told of a failure, with the path and the error.
    :param sync: What lets other machines see the records; None on a local disk, where each is
        seen at once.
    :ivar descriptor: What is written to, -1 before the first record.
    :ivar needs_care: The next record is more than one write.
    """

    def __init__(self, folder: str, kind: str, warn: Warn, sync: Sync | None = None) -> None:
        self.path = os.path.join(folder, kind + ".log")
        self.kind = kind
        self._warn = warn
        self.descriptor = -1
        self._left: list[tuple[int, _Identity | None]] = []
        self._opened: _Identity | None = None
        self._torn = b""
        self._locks: dict[int, _thread.LockType] = {}
        self._sync = sync
        self._synced = -EVERY  # by the monotonic clock
        self._is_shown = True
        self.needs_care = True

    def append(self, line: bytes) -> None:
        """Append a whole line with one write; a failure is told and the line given up."""
        try:
            if not self.needs_care:
                self._leave_what_was_deleted()
            self._write(line)
        except OSError as error:
            self.try_again(line, error)

    def _write(self, line: bytes) -> None:
        if self.needs_care:
            self._write_with_care(line)
        elif (written := os.write(self.descriptor, line)) < len(line):
            self.keep_torn(line[:written])

    def try_again(self, line: bytes, error: OSError) -> None:
        """Write through a new descriptor where the old one is what failed; else tell of it."""
        if error.errno not in _NEEDS_OPENING:
            self._warn(self.path, error)
            return
        if self.descriptor >= 0:  # else another thread has just left it
            self._leave()
        try:
            self._write(line)
        except OSError as again:
            self._warn(self.path, again)

    def _leave_what_was_deleted(self) -> None:
        """Leave a file that nobody can find any more, so that its successor is opened.

        So it is where a folder was deleted and restored from a copy. A file that was moved is
        written on.
        """
        try:
            found = os.fstat(self.descriptor)
        except OSError:  # the write tells what to think of that
            return
        if not found.st_nlink or (found.st_dev, found.st_ino) != self._opened:
            self._leave()

    def _leave(self) -> None:
        self._left.append((self.descriptor, self._opened))
        self.descriptor, self._torn = -1, b""
        self.needs_care = self._is_shown = True

    def show(self) -> None:
        """Let other machines see what they may not see yet."""
        if self._sync is not None and not self._is_shown:
            self._synced, self._is_shown = monotonic(), True
            self._sync(self.path, self.descriptor)

    def __del__(self, _is_ending: Callable[[], bool] = sys.is_finalizing) -> None:
        """Give the descriptor back once nobody can write to it any more.

        Not earlier: a thread in the middle of a record could then write into whatever file
        was given the same number in between. At the interpreter's end the system does it: what
        this module imported is gone by then, and Python would tell so on the terminal.
        """
        if _is_ending():
            return
        for descriptor, opened in (*self._left, (self.descriptor, self._opened)):
            with contextlib.suppress(OSError):
                if _identity(descriptor) == opened:  # not what somebody opened in its place
                    os.close(descriptor)

    def _open(self) -> None:
        # In a forked child nobody would release a lock that another thread of the parent held.
        with self._locks.setdefault(os.getpid(), _thread.allocate_lock()):
            if self.descriptor >= 0:  # another thread was faster
                return
            descriptor = _beyond_standard_streams(os.open(self.path, _FLAGS, 0o666))
            self._opened = _identity(descriptor)
            self._torn = self._unfinished_line(descriptor)
            self.descriptor = descriptor  # last: from now on other threads write

    def _unfinished_line(self, descriptor: int) -> bytes:
        """Return the last line if it has no end: its writer died, or its disk was full."""
        begun = self._begun_line(descriptor)
        for pause in _PATIENCE:
            if not begun:
                break
            sleep(pause)
            begun = self._begun_line(descriptor)
        return begun

    def _begun_line(self, descriptor: int) -> bytes:
        """Return what stands behind the last newline."""
        size = os.fstat(descriptor).st_size
        if not size:
            return b""
        with open(self.path, "rb") as file:
            file.seek(max(0, size - 4096))
            return file.read().rpartition(b"\n")[2]

    def _write_with_care(self, line: bytes) -> None:
        """Write the first record, one after a torn line, or any that others are to be shown."""
        if self.descriptor < 0:
            self._open()
        if self._torn:
            line = closing_of(self.kind, self._torn) + line
        written = os.write(self.descriptor, line)
        if written < len(line):
            self.keep_torn(line[:written])
        self._torn = b""
        self._is_shown = False
        if self._sync is None:
            self.needs_care = False
        elif monotonic() - self._synced >= EVERY:
            self.show()

    def keep_torn(self, written: bytes) -> NoReturn:
        """Note what stands in the file of a line that was written in part, and raise that."""
        self.needs_care = True
        before, newline, rest = (self._torn + written).rpartition(b"\n")
        self._torn = rest if newline else before + rest
        raise OSError(0, "the disk took only a part of a record")


class StepFile(LogFile):
    """``loss.log`` or ``metric.log``, with a short way for plain numbers.

    The short way is what a training loop pays: a finite float under a known name, or a dict of
    finite floats under known names, nested or not, becomes bytes without a detour and one
    ``os.write``.

    :param folder: The run's folder.
    :param kind: ``loss`` or ``metric``.
    :param warn: Told of a failure, with the path and the error.
    :param look: Shown every record that did not take the short way, if anybody is to be.
    :param sync: As for :class:`LogFile`.
    :ivar timed: When the last record was written that carries the time.
    :ivar is_left: The run opens another for its next record.
    """

    def __init__(
        self,
        folder: str,
        kind: str,
        warn: Warn,
        look: Look | None = None,
        sync: Sync | None = None,
    ) -> None:
        super().__init__(folder, kind, warn, sync)
        self._look = look
        self._key = step_key(kind)
        self._heads: dict[str | None, bytes] = {}
        self._plain_names: set[str] = set()
        self.timed = 0.0
        self.is_left = False

    def add(self, value: Any, step: Any, name: str | None, epoch: Any) -> None:
        """Record a value, or a mapping of values, of one step.

        :param value: Any value with a name, or a mapping of names to values.
        :param step: Step, from 0.
        :param name: Name of the value, or of the mapping as a whole.
        :param epoch: Epoch, from 0, or None.
        :raises UsageError: if an argument cannot be recorded; nothing is written then.
        """
        if (
            type(step) is int
            and 0 <= step <= LARGEST_STEP
            and (epoch is None or (type(epoch) is int and 0 <= epoch <= LARGEST_STEP))
        ):
            if type(value) is float:
                try:
                    head = self._heads.get(name)
                except TypeError:  # a list as name, say: the long way tells what is wrong
                    head = None
                if head is not None and value - value == 0.0:  # neither NaN nor infinite
                    self._append_plain(step, head + orjson.dumps(value) + b"}", epoch)
                    return
            elif (
                type(value) is dict
                and name is None
                and isfinite(self._sum_of_known(value, _DEEPEST_KNOWN))
            ):
                try:
                    body = orjson.dumps(value)
                except TypeError:  # a key of a subclass of str, equal to a known name
                    pass
                else:
                    self._append_plain(step, self._key + body, epoch)
                    return
        self._append_any(value, step, name, epoch)

    def _sum_of_known(self, values: dict[str, Any], depth: int) -> float:
        """Return the sum of finite floats under known names, or in groups of such; else a NaN."""
        names, total = self._plain_names, 0.0 if values else nan
        for name, value in values.items():
            if name not in names:
                return nan
            if type(value) is float:
                total += value  # a NaN or an infinity stays in the sum
            elif type(value) is dict and depth:
                total += self._sum_of_known(value, depth - 1)
            else:
                return nan
        return total

    def _append_plain(self, step: int, body: bytes, epoch: int | None) -> None:
        """Append as :meth:`append` does; among a training's cold caches each call is dear."""
        now = clock()
        if not 0.0 <= now - self.timed < TIME_EVERY:
            self.timed = now
            self.append(step_line_of(body, step, epoch, now))
            return
        if epoch is None:
            line = PLAIN_LINE % (step, body, step)
        else:
            line = PLAIN_LINE_OF_EPOCH % (step, body, step, epoch)
        if self.needs_care:
            self.append(line)
            return
        try:
            written = os.write(self.descriptor, line)
            if written < len(line):
                self.keep_torn(line[:written])
        except OSError as error:
            self.try_again(line, error)

    def _append_any(self, value: Any, step: Any, name: str | None, epoch: Any) -> None:
        line = checked_step_line(self.kind, value, step, name, epoch)
        if line is None:
            return
        self.timed = clock()
        self.append(line)
        if self._look is not None:
            self._look(line)
        if len(self._heads) + len(self._plain_names) < _MOST_REMEMBERED_NAMES:
            self._remember(value, name)

    def _remember(self, value: Any, name: str | None) -> None:
        """Keep the names of this call for the short way, where they may take it."""
        if type(value) is float and name is not None:
            self._heads[name] = self._key + b"{" + dumps(clean_argument_name(name)) + b": "
        elif type(value) is dict and name is None:
            self._remember_names(value, _DEEPEST_KNOWN)

    def _remember_names(self, values: dict[Any, Any], depth: int) -> None:
        self._plain_names.update(key for key in values if is_plain_name(key))
        for value in values.values():
            if depth and type(value) is dict:
                self._remember_names(value, depth - 1)


def _identity(descriptor: int) -> _Identity:
    """Return what tells a file from all others, while it is there."""
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino


def _beyond_standard_streams(descriptor: int) -> int:
    """Return a descriptor that nobody takes for stdout or stderr, where these were closed.

    What a library prints there would land among the records.
    """
    low = []
    try:
        while descriptor < _STANDARD_STREAMS:
            low.append(descriptor)
            descriptor = os.dup(descriptor)
    finally:
        for one in low:
            os.close(one)
    return descriptor


def checked_step_line(
    kind: str, value: Any, step: Any, name: str | None, epoch: Any
) -> bytes | None:
    """Return the record of one step, its arguments checked; None if there is nothing in it.

    :param kind: ``loss`` or ``metric``.
    :param value: Any value with a name, or a mapping of names to values.
    :param step: Anything that counts, from 0.
    :param name: Name of the value, or of the mapping as a whole.
    :param epoch: Anything that counts, from 0, or None.
    :raises UsageError: if an argument cannot be recorded.
    """
    stored_step = counted("step", step)
    stored_epoch = None if epoch is None else counted("epoch", epoch)
    values = mask_texts(nested_values(value, name))
    return step_line(kind, values, stored_step, stored_epoch, clock()) if values else None


def is_plain_name(name: object) -> bool:
    """Tell whether a name is stored as it is and is its own JSON."""
    return (
        type(name) is str
        and name.isascii()
        and name.isprintable()
        and '"' not in name
        and "\\" not in name
        and clean_name(name) == name
    )


def counted(what: str, value: Any) -> int:
    """Return a step or an epoch as an int.

    :param what: ``step`` or ``epoch``, for the message.
    :param value: Anything with ``__index__``.
    :raises ArgumentTypeError: if it does not count: a float, a text.
    :raises ArgumentError: if it is negative, or larger than a reader can hold.
    """
    try:
        count = operator.index(value)
    except TypeError:
        raise ArgumentTypeError(
            f"{what} must be a whole number, got {value!r} of type {type(value).__name__}"
        ) from None
    if not 0 <= count <= LARGEST_STEP:
        raise ArgumentError(f"{what} must be from 0 to {LARGEST_STEP}, got {_shown(count)}")
    return int(count)


def _shown(count: int) -> str:
    """Return a number for a message; Python refuses to write very long ones."""
    digits = count.bit_length() * 30_103 // 100_000 + 1  # 0.30103 is the logarithm of 2
    return str(count) if digits <= _MOST_DIGITS else f"one of about {digits} digits"
