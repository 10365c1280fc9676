"""What is behind a run's verbs: its folder, its files, its end."""

from __future__ import annotations

import _thread
import atexit
import os
import sys
from collections.abc import Callable
from time import monotonic
from time import time as clock
from typing import TYPE_CHECKING, Any

from fitlog_core import log_format
from fitlog_core.errors import ArgumentError
from fitlog_core.notices import say
from fitlog_core.recording import folder as folders
from fitlog_core.recording import meta
from fitlog_core.recording.session import Outcome, is_worker, rank_to_record, session
from fitlog_core.recording.values import document, nested_values
from fitlog_core.recording.visibility import Sync, sync_in
from fitlog_core.recording.writer import LogFile, StepFile, checked_step_line
from fitlog_core.secrets import mask_text, mask_texts, mask_values
from fitlog_core.settings import environment

if TYPE_CHECKING:
    from fitlog_core.snapshots.provenance.record import ProvenanceRecord

_STARTS_A_RUN = frozenset({"loss", "metric", "best_metric"})
_Record = tuple[str, bytes]


class Recorder:
    """Takes a run's records: keeps them until there is a folder, then appends each to its file.

    :param log_dir: The log directory, made if it is missing; or the folder of an existing run.
    :raises LogDirectoryIsFileError: if something that is no folder lies there.
    :raises LogDirectoryNotWritableError: if this user may not write there.
    """

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        self.is_of_adapter = False
        self.has_training = False
        self._folder: str | None = None
        self._existing: str | None = None
        self._reserved: str | None = None
        self._pending: list[_Record] = []
        self._files: dict[str, LogFile] = {}
        self._code: tuple[str, str | None] | None = None
        self._data: dict[str, Any] = {}
        self._first_hyper = b""
        self._segment: int | None = None
        self._provenance: ProvenanceRecord | None = None
        self._has_progress = False
        self._is_guest = False
        self._is_early = False
        self._is_silent = not session.debug and session.is_silenced()
        self._ended_as: str | None = None
        self._error: str | None = None
        self._notified = False
        self._has_met_nan = False
        self._warned = False
        self._told_of_sync = False
        self._told_of_data = False
        self._sync: Sync | None = None
        self._pid = os.getpid()
        self._began = monotonic()  # a clock may be set back
        self._locks: dict[int, _thread.LockType] = {}
        self._loss: Callable[..., None] = self._first_loss
        self._metric: Callable[..., None] = self._first_metric
        self._directory = self._resolved(log_dir)

    def _resolved(self, log_dir: str | os.PathLike[str]) -> str:
        path = folders.absolute(log_dir)
        if not session.debug and not self._is_silent:
            folders.make_usable(path, self._warn)
        if folders.is_existing_run(path):
            self._existing = path
            return os.path.dirname(path)
        return path

    def _lock(self) -> _thread.LockType:
        """Return the lock of this process: in a forked child nobody would release the parent's."""
        return self._locks.setdefault(os.getpid(), _thread.allocate_lock())

    def create_early(self) -> None:
        """Make the folder before the script imports anything; what it imports is noted later."""
        self._is_early = True
        if not session.debug:
            self._start()

    def settle(self, log_dir: str | os.PathLike[str]) -> bool:
        """Lie in another log directory, or go on with another run, while there is no folder yet.

        :param log_dir: As for the class.
        :return: False if the folder is there already, somewhere else.
        """
        with self._lock():
            if self._folder is None:
                self._existing = None
                self._directory = self._resolved(log_dir)
                return True
        return self.is_at(log_dir)

    def folder_of_records(self) -> str | None:
        """Return the path of the folder that records go to, None before there is one."""
        return self._folder

    def end_now(self) -> None:
        """Do what is done when the process ends, for one that will not come to it."""
        self._script_ended()

    def is_at(self, log_dir: str | os.PathLike[str]) -> bool:
        """Tell whether a path is this run's log directory or its folder.

        :raises ArgumentTypeError: if it is no path.
        """
        path = folders.absolute(log_dir)
        own = [place for place in (self._directory, self._folder, self._existing) if place]
        return path in own or os.path.realpath(path) in map(os.path.realpath, own)

    def go_on_with(self, folder: str | os.PathLike[str]) -> bool:
        """Go on with an existing run instead of making a new one, as training that resumes does.

        What was recorded here so far goes to that run.

        :param folder: The folder of the run.
        :return: False if nothing changed: this run has its folder already, or records nothing,
            or no run lies there.
        """
        path = folders.absolute(folder)
        if self.is_off() or not folders.is_existing_run(path):
            return False
        with self._lock():
            if self._folder is not None or self._existing is not None:
                return False
            self._existing, self._directory = path, os.path.dirname(path)
        self._give_back()
        return True

    def _give_back(self) -> None:
        """Take away the folder that was reserved, if there is one still without a record."""
        with self._lock():
            reserved, self._reserved = self._reserved, None
        if reserved is not None:
            folders.give_back(reserved)

    def reserve_log_folder(self) -> str | None:
        """Take the run's folder, empty until something is recorded, and return its name.

        For whoever must know it before it is certain that no earlier run is gone on with.

        :return: None where nothing is recorded, or the folder cannot be made.
        """
        if self.is_off() or session.is_silenced():
            return None
        known = self._folder or self._existing or self._reserved
        if known is None:
            try:
                known = self._reserved = folders.take(self._directory)
            except OSError as error:
                self._warn(self._directory, error)
        return None if known is None else os.path.basename(known)

    def release(self) -> None:
        """Close the run's files; a record after this opens them again."""
        self._show_records()
        self._loss, self._metric = self._first_loss, self._first_metric
        self._files.clear()

    def _show_records(self) -> None:
        """Let other machines see all records; the state last, for it says that there are more."""
        if self._sync is not None:
            for file in sorted(self._files.values(), key=lambda file: file.kind == "meta"):
                file.show()

    def is_off(self) -> bool:
        """Tell whether nothing is recorded here, and so nothing checked."""
        return session.debug or self._is_silent

    def _first_loss(self, *arguments: Any) -> None:
        if not self._is_silent:
            self._record("loss", checked_step_line("loss", *arguments))

    def _first_metric(self, *arguments: Any) -> None:
        if not self._is_silent:
            self._record("metric", checked_step_line("metric", *arguments))

    def _add_values(self, kind: str, section: str, value: Any, name: str | None) -> None:
        if self.is_off():
            return
        values = nested_values(value, name)
        values = mask_texts(values) if kind == "best_metric" else mask_values(values)
        if values:
            self._record(kind, log_format.object_line(section, values))

    def _record(self, kind: str, line: bytes | None) -> None:
        if line is None or self._is_silent:
            return
        if kind not in _STARTS_A_RUN and self._keep(kind, line):
            return
        if self._start():
            if self._is_early:
                self._look_again()
                self._is_early = kind not in _STARTS_A_RUN
            self._append(kind, line)
            if self._ended_as is not None:
                self._append("meta", meta.state_line(self._ended_as))
            if kind in log_format.STEP_FILES:
                self._look_for_nan(line)

    def _keep(self, kind: str, line: bytes) -> bool:
        """Keep a record until there is a folder; False where there is one."""
        if self._folder is not None or self._existing is not None:
            return False
        with self._lock():
            if self._folder is None:  # no other thread just made it
                self._pending.append((kind, line))
            return self._folder is None

    def _append(self, kind: str, line: bytes) -> None:
        file = self._files.get(kind)
        if file is None:
            file = self._files.setdefault(kind, self._file(kind))
        file.append(line)
        if self._ended_as is None and isinstance(file, StepFile):
            setattr(self, f"_{kind}", file.add)  # from now on a call goes straight to the file

    def _file(self, kind: str) -> LogFile:
        if kind in log_format.STEP_FILES:
            return StepFile(str(self._folder), kind, self._warn, self._look_for_nan, self._sync)
        return LogFile(str(self._folder), kind, self._warn, self._sync)

    def _look_for_nan(self, line: bytes) -> None:
        """Tell plugins of the run's first NaN; plain numbers never come here."""
        if self._has_met_nan or b'"NaN"' not in line:
            return
        record = log_format.parse_step_line(line)
        if record is None or self._is_guest:
            return
        self._has_met_nan = True
        values = log_format.flatten(record.values, record.kind)
        name = next((key for key, value in values.items() if value == "NaN"), record.kind)
        _tell_plugins("fitlog_first_nan", run=self, name=name, step=record.step)

    def _start(self) -> bool:
        """Make the run's folder if it has none; False where nothing is to be recorded."""
        if self._folder is not None:
            return not self._is_silent
        if self._is_silent or session.is_silenced():
            self._is_silent = True
            self._pending.clear()
            return False
        try:
            with self._lock():
                if self._folder is not None:  # another thread was faster
                    return True
                resumed = self._resume() if self._existing else None
                self._folder = resumed or self._new_folder()
        except OSError as error:
            self._warn(self._existing or self._directory, error)
            return False
        self._started()
        if self._ended_as is not None:  # declared before there was a folder
            state, self._ended_as = self._ended_as, None
            self._write_end(state, self._error)
        return True

    def _new_folder(self) -> str:
        number = session.made.get(self._directory, 0) + 1
        place = meta.place_in_job(rank_to_record(), number)
        opening = meta.opening(self._directory, self._code or session.code, clock(), place)
        contents = {"meta": log_format.object_line("meta", opening)}
        reserved, self._reserved = self._reserved, None
        is_there = reserved is not None and os.path.isdir(reserved)
        folder = reserved if reserved and is_there else folders.take(self._directory)
        self._sync = sync_in(folder, self._warn_of_sync)
        for kind, line in self._pending:
            contents[kind] = contents.get(kind, b"") + line
        folders.fill(folder, contents, self._sync)
        self._first_hyper = contents.get("hyper", b"")
        session.made[self._directory] = number
        self._pending.clear()
        self._watch_end()
        return folder

    def _resume(self) -> str | None:
        """Go on with a run; None where another machine records into it: both would lose records."""
        folder = self._existing
        assert folder is not None  # noqa: S101 - the caller asked
        earlier = log_format.read_meta(folder)
        if self._is_recorded_elsewhere(folder, earlier):
            self._existing = None
            return None
        folders.complete(folder)
        self._sync = sync_in(folder, self._warn_of_sync)
        self._is_guest = meta.is_elsewhere_alive(earlier)
        if not self._is_guest:
            opening = meta.going_on(earlier, self._code or session.code, clock())
            self._segment = opening["segment"]
            line = log_format.object_line("meta", opening)
            LogFile(folder, "meta", self._warn, self._sync).append(line)
            self._watch_end()
        elif self._sync is not None:
            _at_exit(self._show_records)
        for kind, line in self._pending:
            LogFile(folder, kind, self._warn, self._sync).append(line)
        self._pending.clear()
        return folder

    @staticmethod
    def _is_recorded_elsewhere(folder: str, said: dict[str, Any]) -> bool:
        from fitlog_core.recording import rivals

        if not rivals.is_recorded_elsewhere(folder, said):
            return False
        say(
            f"{os.path.basename(folder)} is being recorded by {said.get('host')!r}; two machines "
            "that append to one file overwrite each other's records, so a new run is begun here"
        )
        return True

    def _watch_end(self) -> None:
        """Have the end of this process recorded."""
        self._pid = os.getpid()
        _at_exit(self._script_ended)

    def _started(self) -> None:
        if self._folder is None:
            return
        if self._is_guest:
            self._hand_over_data()
            return
        try:
            self._write_provenance(self._folder)
        except OSError as error:
            self._warn_of_provenance(error)
        except ArgumentError as error:  # a plugin's facts are nested without end
            say(f"no {log_format.PROVENANCE_FILE} for {os.path.basename(self._folder)}: {error}")
        _tell_plugins("fitlog_run_started", run=self)

    def _write_provenance(self, folder: str) -> None:
        from fitlog_core import plugins
        from fitlog_core.snapshots.provenance.record import ProvenanceRecord

        answers = plugins.collect("fitlog_environment", run=self)
        facts = {name: document(answer) for name, answer in answers}
        self._provenance = ProvenanceRecord(folder)
        code, data = self._code or session.code, self._data
        self._data = {}
        project, seed = session.project, session.seed
        known = self._provenance.begin(code, project, seed, facts, data, self._segment)
        self._refer_to(code)
        if known and code is not None and self._may_repeat():
            from fitlog_core.recording import repeats

            is_again = bool(environment("parent"))
            repeats.look(folder, known, self._first_hyper, data, tell=not is_again)

    def _look_again(self) -> None:
        """Note what was imported since the run began."""
        from fitlog_core import plugins

        answers = plugins.collect("fitlog_environment", run=self)
        facts = {name: document(answer) for name, answer in answers}
        try:
            if self._provenance is not None:
                self._provenance.look_again(session.project, session.seed, facts)
        except OSError as error:
            self._warn_of_provenance(error)

    def _may_repeat(self) -> bool:
        """Tell whether it is of use to ask for a finished run that did the same.

        Of several runs of one script the first stands for all; which of them a worker has, and
        when, is chance.
        """
        rank = rank_to_record()
        is_first = session.made.get(self._directory) == 1 and self._existing is None
        is_one_of_many = is_worker() or (rank is not None and rank.rank > 0)
        return is_first and not is_one_of_many and environment("repeats").strip().lower() != "off"

    def _note_code(self, code: tuple[str, str | None]) -> None:
        """Add a snapshot to the provenance of a run that has begun."""
        if self._provenance is not None:
            try:
                self._provenance.add_code(code, session.project)
                self._refer_to(code)
            except OSError as error:
                self._warn_of_provenance(error)

    def _refer_to(self, code: tuple[str, str | None] | None) -> None:
        """Let the run's id lead to its snapshot, in the project's ``.fitlog``."""
        if code is None or session.project is None or self._folder is None:
            return
        from fitlog_core.snapshots import run_refs
        from fitlog_core.snapshots.project import GIT_DIR_NAME

        git_dir = os.path.join(session.project, GIT_DIR_NAME)
        run_refs.keep(git_dir, os.path.basename(self._folder), code[0])

    def _note_data(self, path: str) -> None:
        """Add data to the provenance, now or when the run begins."""
        from fitlog_core.snapshots.provenance.data import first_look

        name = path if "://" in path else os.path.abspath(path)
        try:
            said = first_look(name)
        except (OSError, ValueError) as error:
            said = {"problem": getattr(error, "strerror", None) or str(error)}
            if not self._told_of_data:
                self._told_of_data = True
                say(f"the data {path} cannot be read: {said['problem']}; training goes on")
        self._data[mask_text(name)] = said
        if self._folder is not None:
            self._hand_over_data(at_once=False)

    def _hand_over_data(self, *, at_once: bool = True) -> None:
        if self._folder is None or (self._provenance is None and not self._data):
            return
        data, self._data = self._data, {}
        try:
            if self._provenance is None:  # it joined a run that another process began
                from fitlog_core.snapshots.provenance.record import ProvenanceRecord

                self._provenance = ProvenanceRecord(self._folder)
            self._provenance.add_data(data)
            if at_once:
                self._provenance.flush()
        except OSError as error:
            self._warn_of_provenance(error)

    def _warn_of_provenance(self, error: OSError) -> None:
        self._warn(os.path.join(str(self._folder), log_format.PROVENANCE_FILE), error)

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
            _say_untold("fitlog_run_finished", error)
            return
        said = "ended" if state == "running" else state
        ending = Ending(said, self._error, monotonic() - self._began, send_to)
        _tell_plugins("fitlog_run_finished", run=self, ending=ending)

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
        """Record the end by the exit code; a good end that the script declared stays as it is."""
        failure = outcome.failure()
        if failure is not None:
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

    def _warn(self, path: str, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            reason = error.strerror or str(error)
            say(f"cannot write {path}: {reason}; training goes on, records are lost until it can")

    def _warn_of_sync(self, path: str, error: OSError) -> None:
        if not self._told_of_sync:
            self._told_of_sync = True
            reason = error.strerror or str(error)
            say(
                f"cannot sync {path}: {reason}; training goes on, "
                "but other machines may see records late or not at all"
            )


def _tell_plugins(hook: str, **facts: Any) -> None:
    """Call a hook; without a free descriptor to read the plugins with, do not."""
    try:
        from fitlog_core import plugins
    except OSError as error:
        _say_untold(hook, error)
    else:
        plugins.notify(hook, **facts)


def _say_untold(hook: str, error: OSError) -> None:
    say(f"plugins are not told of {hook}: {error.strerror or error}")


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
