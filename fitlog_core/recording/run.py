"""One run's life: from what is given before it has a folder to the line that ends it."""

from __future__ import annotations

import _thread
import atexit
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import time as clock
from types import TracebackType
from typing import Any

from .. import log_format
from ..errors import (
    ArgumentError,
    ArgumentTypeError,
    ReservedNameError,
    SecondProgressError,
)
from ..notices import say
from . import folder as folders
from . import hyperparameters, meta
from .session import is_worker, session
from .values import document, nested_values
from .writer import LogFile, StepFile, checked_step_line, counted

_STARTS_A_RUN = frozenset({"loss", "metric", "best_metric"})
_RESERVED = ("meta", "hyper", "metric", "loss")
_Record = tuple[str, bytes]


class Run:
    """One run: a folder of text files that every call appends to.

    The folder appears with the first loss, metric or best metric, so that a script that fails
    before training leaves nothing behind. As a context manager it finishes itself, as an error
    if an exception leaves it. Several may be open at once, also in threads::

        with fitlog.Run("logs") as run:
            run.add_hyper({"lr": 0.1})
            run.add_loss(0.3, step=1, name="loss")

    :param log_dir: The log directory, made if it is missing; or the folder of an existing run,
        which then goes on.
    :ivar is_of_adapter: An adapter opened it, not the script.
    :ivar has_training: An adapter has begun a training in it.
    :raises LogDirectoryIsFileError: if something that is no folder lies there.
    :raises LogDirectoryNotWritableError: if this user may not write there.
    """

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        self.is_of_adapter = False
        self.has_training = False
        self._folder: Path | None = None
        self._existing: Path | None = None
        self._reserved: Path | None = None
        self._pending: list[_Record] = []
        self._files: dict[str, LogFile] = {}
        self._code: tuple[str, str | None] | None = None
        self._has_progress = False
        self._is_guest = False
        self._is_silent = not session.debug and session.is_silenced()
        self._ended_as: str | None = None
        self._error: str | None = None
        self._notified = False
        self._warned = False
        self._pid = os.getpid()
        self._began = clock()
        self._lock = _thread.allocate_lock()
        self._loss: Callable[..., None] = self._first_loss
        self._metric: Callable[..., None] = self._first_metric
        self._directory = self._resolved(log_dir)

    def _resolved(self, log_dir: str | os.PathLike[str]) -> Path:
        path = folders.absolute(log_dir)
        if not session.debug and not self._is_silent:
            folders.make_usable(path)
        if folders.is_existing_run(path):
            self._existing = path
            return path.parent
        return path

    def go_on_with(self, folder: str | os.PathLike[str]) -> bool:
        """Go on with an existing run instead of making a new one, as training that resumes does.

        What was recorded here so far goes to that run.

        :param folder: The folder of the run.
        :return: False if nothing changed: this run has its folder already, or records nothing,
            or no run lies there.
        """
        path = folders.absolute(folder)
        if self._is_off() or not folders.is_existing_run(path):
            return False
        with self._lock:
            if self._folder is not None or self._existing is not None:
                return False
            self._existing, self._directory = path, path.parent
            reserved, self._reserved = self._reserved, None
        if reserved is not None:
            folders.give_back(reserved)
        return True

    # ------------------------------------------------------------ recording

    def add_loss(
        self, value: Any, step: int, name: str | None = None, epoch: int | None = None
    ) -> None:
        """Record a loss, or a dict of losses, of one step.

        :param value: A number with a ``name``, or a mapping of names to numbers, nested as you
            like. Tensors and arrays of one element are numbers too.
        :param step: Step, from 0; the same step again replaces the earlier value.
        :param name: Name of the loss; of the whole mapping if ``value`` is one.
        :param epoch: Epoch, from 0.
        :raises UsageError: if an argument cannot be recorded; nothing is written then.
        """
        if not session.debug:
            self._loss(value, step, name, epoch)

    def add_metric(
        self, value: Any, step: int, name: str | None = None, epoch: int | None = None
    ) -> None:
        """Record a metric, or a dict of metrics, of one step: its curve on the board.

        :param value: As for :meth:`add_loss`.
        :param step: Step, from 0; the same step again replaces the earlier value.
        :param name: Name of the metric; of the whole mapping if ``value`` is one.
        :param epoch: Epoch, from 0.
        :raises UsageError: if an argument cannot be recorded; nothing is written then.
        """
        if not session.debug:
            self._metric(value, step, name, epoch)

    def add_best_metric(self, value: Any, name: str | None = None) -> None:
        """Record the best value of a metric: what the board's table shows.

        :param value: A value with a ``name``, or a mapping of names to values.
        :param name: Name of the metric; of the whole mapping if ``value`` is one.
        :raises UsageError: if an argument cannot be recorded; nothing is written then.
        """
        self._add_values("best_metric", "metric", value, name)

    def add_hyper(self, value: Any, name: str | None = None) -> None:
        """Record hyperparameters.

        :param value: A Namespace, a ConfigParser, a dataclass, a :class:`FitlogConfig`, a
            mapping, or one value with a ``name``. It is not changed.
        :param name: Name of the value, or of the group of values.
        :raises UsageError: if an argument cannot be recorded; nothing is written then.
        """
        if not self._is_off():
            self._add_values("hyper", "hyper", hyperparameters.as_mapping(value), name)

    def add_hyper_in_file(self, file_path: str | os.PathLike[str]) -> None:
        """Record the assignments between two lines of ``#####hyper`` in a Python file.

        :param file_path: The file.
        :raises ArgumentError: if it is missing or is no Python file.
        """
        if self._is_off():
            return
        if not isinstance(file_path, (str, os.PathLike)):
            raise ArgumentTypeError(f"file_path must be the path of a file, got {file_path!r}")
        values = hyperparameters.in_file(Path(file_path))
        if values:
            self.add_hyper(values)

    def add_other(self, value: Any, name: str | None = None) -> None:
        """Record anything else worth a column of the table.

        :param value: A value with a ``name``, or a mapping of names to values.
        :param name: Name of the value, or of the group of values.
        :raises ReservedNameError: if a plain value is to be called meta, hyper, metric or loss.
        :raises UsageError: if an argument cannot be recorded; nothing is written then.
        """
        if not self._is_off() and name in _RESERVED and not isinstance(value, dict):
            raise ReservedNameError(
                f"other values cannot be called {name!r}; choose another name, or use add_{name}()"
            )
        self._add_values("other", "other", value, name)

    def add_progress(self, total_steps: int | None = None) -> None:
        """Record how many steps the run will take, for the board's progress bar.

        :param total_steps: Number of steps, 1 or more.
        :raises SecondProgressError: if it was said before.
        """
        if self._is_off():
            return
        total = counted("total_steps", total_steps)
        if total == 0:
            raise ArgumentError("total_steps must be 1 or more, got 0")
        if self._has_progress:
            raise SecondProgressError(
                f"add_progress was called before in this run; {total} is not recorded"
            )
        self._has_progress = True
        self._record("progress", log_format.progress_line(total))

    def add_to_line(self, line: str | dict[str, Any]) -> None:
        """Append text to the run's ``file.log``, which the board shows.

        :param line: Text, or a dict to be written as indented JSON.
        :raises ArgumentTypeError: if it is neither.
        """
        if self._is_off():
            return
        if not isinstance(line, (str, dict)):
            raise ArgumentTypeError(
                f"add_to_line takes text or a dict, got {line!r} of type {type(line).__name__}"
            )
        text = line if isinstance(line, str) else json.dumps(document(line), indent=2)
        self._record("file", text.encode("utf-8", "backslashreplace") + b"\n")

    def add_code_version(self, snapshot_id: str, message: str | None) -> None:
        """Record which snapshot of the code this run executes.

        :param snapshot_id: The snapshot's id, 40 hexadecimal digits.
        :param message: What was said of it, or None.
        """
        self._code = (snapshot_id, message)
        if self._folder is not None and not self._is_silent:
            line = log_format.object_line("meta", meta.code_version(self._code))
            state = self._ended_as or "running"
            self._append("meta", line + meta.state_line(state))

    # ------------------------------------------------------------- the folder

    def create_log_folder(self) -> None:
        """Make the run's folder now instead of with the first record."""
        if not session.debug:
            self._start()

    def reserve_log_folder(self) -> str | None:
        """Take the run's folder, empty until something is recorded, and return its name.

        For whoever must know it before it is certain that no earlier run is gone on with.

        :return: None where nothing is recorded, or the folder cannot be made.
        """
        if self._is_off() or session.is_silenced():
            return None
        known = self._folder or self._existing or self._reserved
        if known is None:
            try:
                known = self._reserved = folders.take(self._directory)
            except OSError as error:
                self._warn(str(self._directory), error)
        return None if known is None else known.name

    def get_log_dir(self, absolute: bool = False) -> str | None:
        """Return the log directory: its last component, or its path.

        :param absolute: Return the path, as it was when the run was opened.
        """
        if session.debug or self._is_silent:
            return None
        return str(self._directory) if absolute else self._directory.name

    def get_log_folder(self, absolute: bool = False) -> str | None:
        """Return the run's folder: its name or its path; None before it is made.

        :param absolute: Return the path.
        """
        folder = self._folder or self._existing
        if session.debug or self._is_silent or folder is None:
            return None
        return str(folder) if absolute else folder.name

    def is_at(self, log_dir: str | os.PathLike[str]) -> bool:
        """Tell whether a path is this run's log directory or its folder.

        :raises ArgumentTypeError: if it is no path.
        """
        return folders.absolute(log_dir) in (self._directory, self._folder, self._existing)

    def get_log_id(self) -> str | None:
        """Return the run's id, which is its folder's name; None before it is made."""
        return self.get_log_folder()

    # ---------------------------------------------------------------- the end

    def finish(self, status: int = 0, send_to_bot: object = None) -> None:
        """Say that the run ended. Records after it are kept.

        :param status: 0 if it ended well, 1 if something went wrong.
        :param send_to_bot: Address of a Feishu bot to tell about it.
        :raises ArgumentError: if the status is neither.
        """
        if self._is_off():
            return
        if isinstance(status, float) or status not in (0, 1):
            raise ArgumentError(f"status must be 0 (finished) or 1 (error), got {status!r}")
        self._end("error" if status else "finish", None, send_to_bot)

    def conclude(self, status: int = 0, error: BaseException | None = None) -> None:
        """Record an end that may be taken back, as adapters do when a trainer says it is done.

        Plugins are told once, by :meth:`finish` or when the script ends, so that training and
        the test after it make one notice.

        :param status: 0 if it ended well, 1 if something went wrong.
        :param error: The exception that ended it, if there was one.
        """
        if not self._is_off():
            state = "error" if status or error is not None else "finish"
            self._write_end(state, None if error is None else meta.error_text(error))

    @property
    def has_ended(self) -> bool:
        """Tell whether an end was recorded and not taken back."""
        return self._ended_as is not None

    def reopen(self) -> None:
        """Take an end back: the run goes on."""
        if self._is_off() or self._ended_as is None:
            return
        taken_back = log_format.object_line("meta", {"end": None, "error": None})
        self._append("meta", taken_back + meta.state_line("running"))
        self._ended_as = self._error = None

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the run; as an error if an exception leaves the block.

        Who opened the run ends it: a forked child that leaves the block, or a process that joined
        a run at work, leaves its state alone.
        """
        if self._is_off() or (error is None and self._ended_as is not None):
            return
        if self._existing is not None:
            self._start()
        if self._is_guest or os.getpid() != self._pid:
            return
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self._end("finish", None, None)
        else:
            self._end("error", meta.error_text(error), None)

    def __deepcopy__(self, memo: dict[int, Any]) -> Run:
        """Return the run itself: like an open file, it is a handle."""
        return self

    def __reduce__(self) -> tuple[Callable[[str], Run], tuple[str]]:
        """Let another process join this run, whose folder is made now if it is not there yet."""
        self.create_log_folder()
        return Run, (str(self._folder or self._existing or self._directory),)

    def release(self) -> None:
        """Close the run's files; a record after this opens them again."""
        self._loss, self._metric = self._first_loss, self._first_metric
        self._files.clear()

    # ------------------------------------------------------------- the inside

    def _is_off(self) -> bool:
        """Tell whether nothing is recorded here, and so nothing checked."""
        return session.debug or self._is_silent

    def _first_loss(self, *arguments: Any) -> None:
        if not self._is_silent:
            self._record("loss", checked_step_line("loss", *arguments))

    def _first_metric(self, *arguments: Any) -> None:
        if not self._is_silent:
            self._record("metric", checked_step_line("metric", *arguments))

    def _add_values(self, kind: str, section: str, value: Any, name: str | None) -> None:
        if self._is_off():
            return
        values = nested_values(value, name)
        if values:
            self._record(kind, log_format.object_line(section, values))

    def _record(self, kind: str, line: bytes | None) -> None:
        if line is None or self._is_silent:
            return
        if kind not in _STARTS_A_RUN and self._keep(kind, line):
            return
        if self._start():
            self._append(kind, line)
            if self._ended_as is not None:
                self._append("meta", meta.state_line(self._ended_as))

    def _keep(self, kind: str, line: bytes) -> bool:
        """Keep a record until there is a folder; False where there is one."""
        if self._folder is not None or self._existing is not None:
            return False
        with self._lock:
            if self._folder is None:  # no other thread just made it
                self._pending.append((kind, line))
            return self._folder is None

    def _append(self, kind: str, line: bytes) -> None:
        file = self._files.get(kind)
        if file is None:
            make = StepFile if kind in log_format.STEP_FILES else LogFile
            file = self._files.setdefault(kind, make(str(self._folder), kind, self._warn))
        file.append(line)
        if self._ended_as is None and isinstance(file, StepFile):
            setattr(self, f"_{kind}", file.add)  # from now on a call goes straight to the file

    def _start(self) -> bool:
        """Make the run's folder if it has none; False where nothing is to be recorded."""
        if self._folder is not None:
            return not self._is_silent
        if self._is_silent or session.is_silenced():
            self._is_silent = True
            self._pending.clear()
            return False
        try:
            with self._lock:
                if self._folder is not None:  # another thread was faster
                    return True
                self._folder = self._resume() if self._existing else self._new_folder()
        except OSError as error:
            self._warn(str(self._existing or self._directory), error)
            return False
        self._started()
        return True

    def _new_folder(self) -> Path:
        reserved, self._reserved = self._reserved, None
        is_there = reserved is not None and reserved.is_dir()
        folder = reserved if reserved and is_there else folders.take(self._directory)
        opening = meta.opening(self._directory, self._code or session.code, clock())
        contents = {"meta": log_format.object_line("meta", opening)}
        for kind, line in self._pending:
            contents[kind] = contents.get(kind, b"") + line
        folders.fill(folder, contents)
        self._pending.clear()
        self._watch_end()
        return folder

    def _resume(self) -> Path:
        folder = self._existing
        assert folder is not None  # noqa: S101 - the caller asked
        folders.complete(folder)
        earlier = log_format.read_meta(folder)
        self._is_guest = meta.is_elsewhere_alive(earlier)
        if not self._is_guest:
            opening = meta.going_on(earlier, self._code or session.code, clock())
            LogFile(str(folder), "meta", self._warn).append(log_format.object_line("meta", opening))
            self._watch_end()
        for kind, line in self._pending:
            LogFile(str(folder), kind, self._warn).append(line)
        self._pending.clear()
        return folder

    def _watch_end(self) -> None:
        """Have the end of this process recorded; a forked worker never comes to ``atexit``."""
        self._pid = os.getpid()
        atexit.register(self._script_ended)
        util = sys.modules.get("multiprocessing.util")
        if util is not None and is_worker():
            util.Finalize(None, self._script_ended, exitpriority=0)

    def _started(self) -> None:
        if self._is_guest or self._folder is None:
            return
        from .. import plugins
        from ..snapshots import provenance

        answers = plugins.collect("fitlog_environment", run=self)
        facts = {name: document(answer) for name, answer in answers}
        try:
            provenance.write(self._folder, provenance.facts_of_process(), facts)
        except OSError as error:
            self._warn(str(self._folder / log_format.PROVENANCE_FILE), error)
        plugins.notify("fitlog_run_started", run=self)

    def _end(self, state: str, error: str | None, send_to: object) -> None:
        """Write the end and tell plugins; ``running`` stands for a script that just ended."""
        self._write_end(state, error)
        if not self._is_silent and (self._folder is not None or send_to is not None):
            self._notify(state, send_to)

    def _write_end(self, state: str, error: str | None) -> None:
        if self._existing is not None:  # a run that goes on ends even if nothing was added
            self._start()
        if self._is_silent or self._folder is None or self._ended_as == state:
            return
        self._ended_as = None
        cost = _hours(clock() - self._began)
        self._append("other", log_format.object_line("other", {"cost_time": cost}))
        self._append("meta", meta.closing(state, error, clock()))
        self._ended_as, self._error = state, error
        self.release()

    def _notify(self, state: str, send_to: object) -> None:
        if self._notified:
            return
        self._notified = True
        from .. import plugins
        from ..hookspecs import Ending

        said = "ended" if state == "running" else state
        ending = Ending(said, self._error, clock() - self._began, send_to)
        plugins.notify("fitlog_run_finished", run=self, ending=ending)

    def _script_ended(self) -> None:
        """Record how the script ended, where nobody has; a forked child leaves it alone."""
        if self._notified or os.getpid() != self._pid or session.debug:
            return
        error = _uncaught_exception()
        if error is not None:
            self._end("error", meta.error_text(error), None)
        elif self._ended_as is not None:  # an adapter's word, which nobody has taken back
            self._notify(self._ended_as, None)
        elif self._is_open_on_disk():
            self._end("running", None, None)

    def _is_open_on_disk(self) -> bool:
        """Tell whether nobody else, a child that joined, has recorded the end."""
        folder = self._folder
        return folder is not None and log_format.read_meta(folder).get("state") == "running"

    def _warn(self, path: str, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            reason = error.strerror or str(error)
            say(f"cannot write {path}: {reason}; training goes on, records are lost until it can")


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
