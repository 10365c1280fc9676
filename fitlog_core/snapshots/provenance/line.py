"""The line to the process that gathers, on which a training hands it one task after another.

Of the standard library's ``socket`` only the part in C is used: a training need not wait for the
rest, and the pipe that would do without could end it by a signal.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import _socket

LONGEST = 2**15  # bytes of a task
_STANDARD_STREAMS = 3  # the descriptors 0 to 2
_NEEDED = ("socketpair", "SOCK_SEQPACKET", "MSG_NOSIGNAL", "MSG_DONTWAIT")


class Line:
    """The training's end.

    :ivar other: Descriptor of the other end, for the process that gathers; -1 once it has it.
    """

    def __init__(self, own: _socket.socket, other: _socket.socket) -> None:
        self._own, self._other = own, other
        self._is_whose = _identity(own.fileno())
        self.other = other.fileno()
        # Not __del__: at the interpreter's end it finds this module empty, and Python says so.
        weakref.finalize(self, _close, own, other, self._is_whose)

    def hand_over(self, task: dict[str, Any]) -> bool:
        """Put a task on the line, without waiting; False where nobody takes it."""
        import _socket

        text = json.dumps(task).encode("ascii")
        if len(text) > LONGEST:
            return False
        try:
            if _identity(self._own.fileno()) != self._is_whose:
                return False  # somebody closed all files and opened another
            self._own.send(text, _socket.MSG_NOSIGNAL | _socket.MSG_DONTWAIT)
        except OSError:  # it has ended, or has not read for long
            return False
        return True

    def close_other(self) -> None:
        """Leave the other end to the process that gathers."""
        self._other.close()
        self.other = -1


def new_line() -> Line | None:
    """Return a new line; None where this system has none of the kind, or no free descriptor."""
    try:
        import _socket

        if not all(hasattr(_socket, name) for name in _NEEDED):
            return None
        own, other = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    except (ImportError, OSError):
        return None
    line = Line(own, other)
    # Where stdout is closed, what somebody prints would be taken for a task.
    return line if min(own.fileno(), other.fileno()) >= _STANDARD_STREAMS else None


class Receiver:
    """The end of the process that gathers.

    :param descriptor: What it was given.
    :raises OSError: if that is no line.
    """

    def __init__(self, descriptor: int) -> None:
        import _socket

        self._socket = _socket.socket(fileno=descriptor)
        self._shut = _socket.SHUT_RD
        self.is_open = True

    def next_task(self, patience: float) -> dict[str, Any] | None:
        """Return the next task, None if none comes in time.

        The line is no longer open once the training has ended.

        :param patience: Seconds to wait.
        """
        self._socket.settimeout(max(patience, 0.001))
        try:
            text = self._socket.recv(LONGEST)
        except OSError as error:
            self.is_open = isinstance(error, TimeoutError) or error.errno == errno.EINTR
            return None
        self.is_open = bool(text)
        with contextlib.suppress(ValueError):
            task = json.loads(text)
            return task if isinstance(task, dict) else None
        return None

    def refuse_more(self) -> None:
        """Take no more than what is on the line already: the training starts another process."""
        self._socket.shutdown(self._shut)

    def __del__(self) -> None:
        """Let the other end know that nobody takes more."""
        self._socket.close()


def _close(own: _socket.socket, other: _socket.socket, is_whose: tuple[int, int]) -> None:
    """Let the other end know that no more comes."""
    other.close()
    with contextlib.suppress(OSError):
        if _identity(own.fileno()) == is_whose:
            own.close()
        else:  # it is somebody else's by now
            own.detach()


def _identity(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino
