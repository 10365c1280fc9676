"""How a run ends, and how that is recorded and told to plugins."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from time import monotonic
from time import time as clock
from typing import Any

from fitlog_core import log_format
from fitlog_core.recording import meta
from fitlog_core.recording.recorder import Recorder, say_untold, tell_plugins
from fitlog_core.recording.session import Outcome, is_worker, session


class EndRecorder(Recorder):
    """Records the end of a run: the one that is said, or else that of its script.

    :param log_dir: As for :class:`Recorder`.
    """

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        super().__init__(log_dir)
        self._error: str | None = None
        self._notified = False
        self._pid = os.getpid()
        self._began = monotonic()  # a clock may be set back

    def _started(self, folder: str) -> None:
        """Have the end of this process recorded, too; who joined a run leaves that to others."""
        if not self._is_guest:
            self._pid = os.getpid()
            _at_exit(self._script_ended)
        elif self._sync is not None:
            _at_exit(self._show_records)
        super()._started(folder)
        if self._ended_as is not None:  # declared before there was a folder
            state, self._ended_as = self._ended_as, None
            self._write_end(state, self._error)

    def end_now(self) -> None:
        """Do what is done when the process ends, for one that will not come to it."""
        self._script_ended()

    def _end(self, state: str, error: str | None, send_to: object) -> None:
        """Write the end and tell plugins; ``running`` stands for a script that just ended."""
        self._write_end(state, error)
        if not self._is_silent and (self._folder is not None or send_to is not None):
            self._notify(state, send_to)

    def _write_end(self, state: str, error: str | None, *, is_final: bool = True) -> None:
        if self._existing is not None:  # a run that goes on ends even if nothing was added
            self._start()
        if self._is_silent or self._ended_as == state:
            return
        if self._folder is None:  # declared before the first record, which will be kept
            self._give_back()
            if state != "running" and self._existing is None:
                self._ended_as, self._error = state, error
            return
        self._ended_as = None
        if self._is_early:
            self._is_early = False
            self._look_again()
        cost = _hours(monotonic() - self._began)
        self._append("other", log_format.object_line("other", {"cost_time": cost}))
        self._hand_over_data()
        self._show_records()
        self._append("meta", meta.closing(state, error, clock(), is_final=is_final))
        self._ended_as, self._error = state, error
        self.release()

    def _notify(self, state: str, send_to: object) -> None:
        if self._notified:
            return
        self._notified = True
        try:
            from fitlog_core.hookspecs import Ending
        except OSError as error:
            say_untold("fitlog_run_finished", error)
            return
        said = "ended" if state == "running" else state
        ending = Ending(said, self._error, monotonic() - self._began, send_to)
        tell_plugins("fitlog_run_finished", run=self, ending=ending)

    def _script_ended(self) -> None:
        """Record how the script ended, where nobody has; a forked child leaves it alone."""
        if os.getpid() == self._pid:
            if session.outcome is not None and session.outcome.pid == self._pid:
                self._end_by(session.outcome)
            elif not self._notified and not session.debug:
                self._end_unsaid()
        self._hand_over_data()
        self._show_records()

    def _end_by(self, outcome: Outcome) -> None:
        """Record the end by the exit code; a good end that the script declared stays as it is.

        A failure is that of the run at work: those that had ended well before it, such as the
        earlier trials of a search, did so.
        """
        failure = outcome.failure()
        had_ended = self._ended_as == "finish" and not session.is_at_work(self)
        if failure is not None and not had_ended:
            self._end("error", meta.error_text(failure), None)
        elif self._ended_as is not None:
            self._notify(self._ended_as, None)
        else:
            self._end("finish", None, None)

    def _end_unsaid(self) -> None:
        error = _uncaught_exception()
        if error is not None:
            self._end("error", meta.error_text(error), None)
        elif self._ended_as is not None:  # an adapter's word, which nobody has taken back
            self._notify(self._ended_as, None)
        else:
            self._settle(log_format.read_meta(self._folder) if self._folder else {})

    def _settle(self, said: dict[str, Any]) -> None:
        """End what nobody has ended, and tell of an end that a child recorded and did not tell.

        :param said: What ``meta.log`` says at the end of the script.
        """
        if said.get("state") == "running":
            self._end("running", None, None)
        elif said.get("notice") == meta.NOTICE_DUE:
            self._error = said.get("error")
            self._notify(said["state"], None)


def _at_exit(call: Callable[[], None]) -> None:
    """Have something called when this process ends; a forked worker never comes to ``atexit``."""
    atexit.register(call)
    util = sys.modules.get("multiprocessing.util")
    if util is not None and is_worker():
        util.Finalize(None, call, exitpriority=0)


def _uncaught_exception() -> BaseException | None:
    """Return the exception that ends the script; a shell's last one did not end it."""
    if hasattr(sys, "ps1"):
        return None
    # A worker of multiprocessing comes here while its exception is still on its way.
    error = sys.exc_info()[1] or getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    is_one = isinstance(error, BaseException) and not isinstance(error, SystemExit)
    return error if is_one else None


def _hours(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{rest}s"
