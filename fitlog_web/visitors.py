"""The connections of a board's visitors: how many there may be, and none that holds up the rest.

A few threads answer all of them. Long answers have threads of their own, so that a look is not
behind a hundred whole tables, and a thread that waits for a slow reader is replaced meanwhile.
Who sends a request forever, reads nothing for a minute or says nothing is sent away, the latter at
once where the room is needed.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Collection, Iterator
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]
from waitress.task import ErrorTask, ThreadedTaskDispatcher  # type: ignore[import-untyped]

from fitlog_web.headers import FIXED, NOTHING

QUICK, LONG = 6, 2  # threads that answer
LONG_ANSWERS = (
    *("/api/runs", "/series", "/api/bands", "/api/export", "/api/groups", "/api/statistics"),
    *("/statistics/groups", "/api/relations", "/relations/importance"),
)
WANTED = 2000  # visitors at once
RESERVED = 256  # open files for all else: logs that are read, the index
WITHOUT_POLL = 400  # Windows asks its sockets by select(), which takes 512
STANDING_IN = 1000  # threads beside those that wait for a reader
WAITING = 256 * 1024  # bytes of an answer that wait for one
SILENCE = 60.0  # seconds after which who neither reads nor asks is sent away
REQUEST = 120.0  # seconds that a request may take to come in
TIDYING = 5.0  # seconds between two looks at all of them
AT_ONCE = 64  # visitors that come in with one turn
CROWDED = 100  # visitors from which on several are served in one turn
PAUSE = 0.004  # seconds that such a turn waits for more of them


def room() -> int:
    """Return how many visitors there may be at once; open files are allowed for them if need be."""
    if os.name != "posix":
        return WITHOUT_POLL
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * WANTED + RESERVED  # a connection, and a file for an answer that waits
    if soft != resource.RLIM_INFINITY and soft < needed:
        allowed = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
        with contextlib.suppress(OSError, ValueError):  # the system's own limit may be lower
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY:
        return WANTED
    return max(16, min(WANTED, (soft - RESERVED) // 2))


class Refusal(ErrorTask):  # type: ignore[misc]
    """The answer to what is no request, which never reaches the app: hardened as all others."""

    def execute(self) -> None:
        """Send the error with the headers of every answer."""
        hardened = {**FIXED, "Content-Security-Policy": NOTHING, "Cache-Control": "no-store"}
        self.response_headers.extend(hardened.items())
        super().execute()


class Team:
    """Threads that answer, and one more for each of them that waits for a slow reader.

    :param size: How many work at a time.
    """

    def __init__(self, size: int) -> None:
        """Start the threads."""
        self.dispatcher = ThreadedTaskDispatcher()
        self.dispatcher.set_thread_count(size)
        self.desks = threading.Semaphore(size)
        self._size = size
        self._lock = threading.Lock()
        self._waiting = 0
        self._ended = False

    @contextlib.contextmanager
    def stand_in(self) -> Iterator[None]:
        """Let another thread work in place of this one, as long as the block lasts."""
        self.desks.release()
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)
            self.desks.acquire()

    def end(self) -> None:
        """Send all threads home."""
        with self._lock:
            self._ended = True
        self.dispatcher.shutdown(timeout=1)

    def _count(self, more: int) -> None:
        with self._lock:
            self._waiting += more
            if not self._ended:
                with contextlib.suppress(RuntimeError):  # the system gives no thread: wait, then
                    self.dispatcher.set_thread_count(self._size + min(self._waiting, STANDING_IN))


class Crew:
    """The two teams of a server, in the place of a dispatcher of waitress."""

    def __init__(self) -> None:
        """Start the threads."""
        self._quick, self._long = Team(QUICK), Team(LONG)

    def add_task(self, visit: Visit) -> None:
        """Have a visitor's next request answered."""
        path = str(getattr(visit.requests[0], "path", "")).rstrip("/")
        visit.team = self._long if path.endswith(LONG_ANSWERS) else self._quick
        visit.team.dispatcher.add_task(visit)

    def shutdown(self) -> None:
        """Send all threads home."""
        self._quick.end()
        self._long.end()


class Visit(HTTPChannel):  # type: ignore[misc]
    """The connection of one visitor."""

    error_task_class = Refusal
    team: Team  # whose thread answers, once there is a request

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Begin a visit as waitress does."""
        self.began = time.time()
        super().__init__(*arguments, **options)

    def received(self, data: bytes) -> bool:
        """Take what the visitor sends, and note when a request begins."""
        if self.request is None:
            self.began = time.time()
        taken: bool = super().received(data)
        return taken

    def service(self) -> None:
        """Answer a request."""
        team = self.team  # of the next one it may be another
        with team.desks:
            super().service()

    def _flush_outbufs_below_high_watermark(self) -> None:
        if self.total_outbufs_len > self.adj.outbuf_high_watermark:
            with self.team.stand_in():
                super()._flush_outbufs_below_high_watermark()

    def is_silent(self) -> bool:
        """Tell whether nothing is being answered here, and no answer on its way."""
        return not self.requests and not self.total_outbufs_len

    def is_stuck(self, now: float) -> bool:
        """Tell whether the visitor has read nothing for long, or sends a request for too long."""
        if self.total_outbufs_len:
            return bool(now - self.last_activity > SILENCE)
        return self.request is not None and now - self.began > REQUEST


class Door(TcpWSGIServer):  # type: ignore[misc]
    """Where visitors come in, several in one turn."""

    channel_class = Visit

    def handle_accept(self) -> None:
        """Let in who waits, as many as there is room for."""
        for _ in range(AT_ONCE):
            before = len(self.active_channels)
            super().handle_accept()
            inside = len(self.active_channels)
            if inside == before or len(self._map) >= self.adj.connection_limit:
                return


def is_full(visits: Collection[object], most: int) -> bool:
    """Tell whether nobody more can come in."""
    return len(visits) >= most - 2  # the socket that listens, and what wakes the loop, count too


def tidy(visits: list[Visit], most: int) -> None:
    """Send away who is stuck, and where it is full the tenth that was silent for longest.

    Called by the thread of the event loop, which alone may close a connection.
    """
    now = time.time()
    for visit in visits:
        if visit.is_stuck(now):
            visit.handle_close()
    if is_full(visits, most):
        silent = sorted(
            (visit for visit in visits if visit.connected and visit.is_silent()),
            key=lambda visit: visit.last_activity,
        )
        for visit in silent[: max(1, most // 10)]:
            visit.handle_close()
