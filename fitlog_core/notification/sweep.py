"""One notice for many runs that end together, without a process that waits for them.

The rule, for the notices of one log directory to one target:

1. An error, a first NaN and a start are told at once, always.
2. So is an end if none was told in the last ``window`` seconds.
3. An end within the window is held back if somebody is left to tell of it: this process, which
   then does it when the window is over or when it exits; or another run of the directory that
   is still alive, has the same target and began not much earlier than the one that ended.
   Otherwise, for the last of a sweep, it is told at once.
4. Whatever goes out takes along, as a list, all that is held.

Held notices lie in a file (:mod:`.mailbox`), so whichever process speaks next can take them.
"""

from __future__ import annotations

import atexit
import functools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path

from fitlog_core.notices import say
from fitlog_core.notification.facts import Brief, Facts, of_several
from fitlog_core.notification.mailbox import Mailbox, Post
from fitlog_core.notification.options import Options

HELD = frozenset({"finish", "ended"})
Send = Callable[[Facts], "str | None"]
MOST_NAMED = 3
LAST_WAIT = 20.0  # seconds that the exit waits for a notice that is just on its way


def mailbox_for(target: str, log_dir: str | None, options: Options) -> Mailbox | None:
    """Return the mailbox of a target; None where nothing is ever held back.

    :param target: What tells the target from others, such as its address.
    :param log_dir: The log directory, None if there is none.
    :param options: What is configured; ``coalesce`` is the window, 0 for none.
    """
    text = options.get("coalesce")
    try:
        window = float(text)
    except ValueError:
        window = -1.0
    if not isfinite(window) or window < 0:
        _warn_once(options.where("coalesce"), text)
        return None
    return Mailbox(target, Path(log_dir), window) if window and log_dir is not None else None


@functools.cache
def _warn_once(where: str, text: str) -> None:
    say(f"{where} must be a number of seconds, got {text!r}; no notice is held back")


def started(mailbox: Mailbox | None, run_id: str | None) -> None:
    """Note that a run began which will tell of its end.

    :param mailbox: The mailbox of its target.
    :param run_id: The run.
    """
    if mailbox is None or run_id is None:
        return
    with mailbox.opened() as post:
        if post is not None:
            post.live[run_id] = time.time()
    _process().watch_exit()


def tell(facts: Facts, mailbox: Mailbox | None, send: Send) -> str | None:
    """Send a notice, with what was held back, or hold it back by the rule above.

    :param facts: What to tell.
    :param mailbox: The mailbox of the target, None if nothing is held back.
    :param send: Sends a notice and returns what went wrong, None if it was taken. It is called
        at once or, from another thread or at the exit, later; what goes wrong then is told on
        stderr.
    :return: What went wrong, None if nothing did.
    """
    if mailbox is None:
        return send(facts)
    if facts.state == "finish":
        _process().watch_exit()
    taken: list[Brief] = []
    with mailbox.opened() as post:
        if post is not None:
            if facts.state in HELD or facts.state == "error":
                post.live.pop(facts.id, None)
            if _is_held(facts, mailbox, post):
                post.held.append(facts.brief())
                due = post.sent + mailbox.window
                _process().take_over(mailbox, send, due, facts)
                return None
            taken, post.held = post.held, []
            post.sent = time.time() if facts.state in HELD else post.sent
    return _send(facts._replace(others=taken), mailbox, send)


def _is_held(facts: Facts, mailbox: Mailbox, post: Post) -> bool:
    if facts.state not in HELD or not facts.id or not mailbox.is_busy(post):
        return False
    return _process().goes_on() or mailbox.has_heir(post, facts.seconds or 0.0)


def _send(facts: Facts, mailbox: Mailbox, send: Send) -> str | None:
    """Send; what was to be taken along is put back if that fails."""
    problem = send(facts)
    if problem is not None and facts.others:
        with mailbox.opened() as post:
            if post is not None:
                post.held = [*facts.others, *post.held]
    return problem


class _Held:
    """What this process has to tell later, of one mailbox."""

    def __init__(self, mailbox: Mailbox, send: Send) -> None:
        self.mailbox = mailbox
        self.send = send
        self.last: Facts | None = None
        self.longest = 0.0
        self.timer: threading.Timer | None = None

    def hold(self, facts: Facts, due: float) -> None:
        """Send when the window is over, if nobody did before.

        The run that was held last is told of in full, the others in a line each.
        """
        self.last = facts
        self.longest = max(self.longest, facts.seconds or 0.0)
        if self.timer is None or not self.timer.is_alive():
            self._arm(due)

    def at_exit(self) -> None:
        """Send now, unless another run is left to do it."""
        if self.timer is not None and self.timer.is_alive():
            self.timer.cancel()
            self.timer.join(LAST_WAIT)  # it may be just sending
        with self.mailbox.opened() as post:
            if post is None or not post.held or self.mailbox.has_heir(post, self.longest):
                return
            taken = _take(post)
        self._send(taken)

    def _arm(self, due: float) -> None:
        timer = threading.Timer(max(due - time.time(), 0.05), self._window_is_over)
        timer.name, timer.daemon = "fitlog-notice", True
        try:
            timer.start()
        except RuntimeError:  # the interpreter shuts down: the exit tells of it
            return
        self.timer = timer

    def _window_is_over(self) -> None:
        with _told_not_raised():
            self._send_what_is_due()

    def _send_what_is_due(self) -> None:
        with self.mailbox.opened() as post:
            if post is None or not post.held:
                return
            if self.mailbox.is_busy(post):  # another run told of its end since
                self._arm(post.sent + self.mailbox.window)
                return
            taken = _take(post)
        self._send(taken)

    def _send(self, taken: list[Brief]) -> None:
        problem = _send(self._notice(taken), self.mailbox, self.send)
        if problem is not None:
            names = ", ".join(brief.id for brief in taken[:MOST_NAMED])
            names += f" and {len(taken) - MOST_NAMED} more" if len(taken) > MOST_NAMED else ""
            say(f"the notice of {names} was not taken: {problem}")

    def _notice(self, taken: list[Brief]) -> Facts:
        last = self.last
        if last is None or last.brief() not in taken:  # another run has told of it
            return of_several(taken)
        return last._replace(others=[brief for brief in taken if brief != last.brief()])


def _take(post: Post) -> list[Brief]:
    taken, post.held, post.sent = post.held, [], time.time()
    return taken


@contextmanager
def _told_not_raised() -> Iterator[None]:
    """Tell of an error in one line; nobody would catch it, and its traceback may show much."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the border to a plugin, as where hooks are called
        say(f"a notice that was held back is lost: {type(error).__name__}")


class _Process:
    """What this process holds, and whether it will be there to tell of it."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._held: dict[str, _Held] = {}
        self._is_watching = False
        self._is_exiting = False

    def watch_exit(self) -> None:
        """Have what is held sent at the exit.

        Handlers run last in, first out: this one comes in while a run starts, after the run's
        own, so it runs before the run records that the script ended.
        """
        if not self._is_watching:
            self._is_watching = True
            atexit.register(self._exit)

    def goes_on(self) -> bool:
        """Tell whether this process can tell of something later.

        A worker of multiprocessing may end without any handler, and so may a fork.
        """
        multiprocessing = sys.modules.get("multiprocessing.process")
        is_child = multiprocessing is not None and multiprocessing.parent_process() is not None
        return self._is_watching and not (self._is_exiting or is_child or self._pid != os.getpid())

    def take_over(self, mailbox: Mailbox, send: Send, due: float, facts: Facts) -> None:
        """Tell of what is held when the window is over, or at the exit."""
        if not self.goes_on():
            return
        held = self._held.setdefault(mailbox.key, _Held(mailbox, send))
        held.hold(facts, due)

    def _exit(self) -> None:
        self._is_exiting = True
        if self._pid == os.getpid():
            for held in self._held.values():
                with _told_not_raised():
                    held.at_exit()


@functools.cache
def _process() -> _Process:
    return _Process()
