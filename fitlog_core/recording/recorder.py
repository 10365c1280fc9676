"""The records of a run: the first makes its folder, each is appended to its file."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import time as clock
from typing import TYPE_CHECKING, Any

from fitlog_core import log_format
from fitlog_core.errors import ArgumentError
from fitlog_core.notices import say
from fitlog_core.recording import folder as folders
from fitlog_core.recording import meta
from fitlog_core.recording.run_place import RunPlace
from fitlog_core.recording.session import is_worker, rank_to_record, session
from fitlog_core.recording.values import nested_values
from fitlog_core.recording.visibility import Sync, sync_in
from fitlog_core.recording.writer import LogFile, StepFile, checked_step_line
from fitlog_core.secrets import mask_texts, mask_values
from fitlog_core.settings import environment

if TYPE_CHECKING:
    from fitlog_core.recording.run_provenance import RunProvenance

_STARTS_A_RUN = frozenset({"loss", "metric", "best_metric"})
_Record = tuple[str, bytes]


class Recorder(RunPlace):
    """Takes a run's records: keeps them until there is a folder, then appends each to its file.

    :param log_dir: As for :class:`RunPlace`.
    """

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        super().__init__(log_dir)
        self.is_of_adapter = False
        self.has_training = False
        self._pending: list[_Record] = []
        self._files: dict[str, LogFile] = {}
        self._code: tuple[str, str | None] | None = None
        self._first_hyper = b""
        self._segment: int | None = None
        self._provenance: RunProvenance | None = None
        self._has_progress = False
        self._is_guest = False
        self._is_early = False
        self._ended_as: str | None = None
        self._has_met_nan = False
        self._sync: Sync | None = None
        self._sampled_every: float | None = None
        self._loss: Callable[..., None] = self._first_loss
        self._metric: Callable[..., None] = self._first_metric

    def create_early(self) -> None:
        """Make the folder before the script imports anything; what it imports is noted later."""
        self._is_early = True
        if not session.debug:
            self._start()

    def correct_progress(self, total_steps: int) -> None:
        """Record another number of steps than the one that was said, as where a training goes on.

        :param total_steps: Number of steps, 1 or more.
        """
        if not self.is_off():
            self._record("progress", log_format.progress_line(total_steps))

    def step_file(self, kind: str) -> StepFile | None:
        """Return the file that plain records of steps go straight to, None where none may.

        :param kind: ``loss`` or ``metric``.
        """
        file = self._files.get(kind)
        is_open = self._ended_as is None and self._sync is None
        return file if is_open and isinstance(file, StepFile) else None

    def release(self) -> None:
        """Close the run's files; a record after this opens them again."""
        self._show_records()
        self._loss, self._metric = self._first_loss, self._first_metric
        for file in self._files.values():
            if isinstance(file, StepFile):
                file.is_left = True
        self._files.clear()

    def _show_records(self) -> None:
        """Let other machines see all records; the state last, for it says that there are more."""
        if self._sync is not None:
            for file in sorted(self._files.values(), key=lambda file: file.kind == "meta"):
                file.show()

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
            self._say_state_again()
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

    def _say_state_again(self) -> None:
        """Have the state of a run that has ended tell that there is a record after it."""
        if self._ended_as is not None:
            self._append("meta", meta.state_line(self._ended_as))

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
        tell_plugins("fitlog_first_nan", run=self, name=name, step=record.step)

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
                resumed = self._resume(self._existing) if self._existing else None
                self._folder = resumed or self._new_folder()
        except OSError as error:
            self._warn(self._existing or self._directory, error)
            return False
        self._started(self._folder)
        return True

    def _new_folder(self) -> str:
        number = session.made.get(self._directory, 0) + 1
        place = meta.place_in_job(rank_to_record(), number)
        opening = meta.opening(self._directory, self._code or session.code, clock(), place)
        contents = {"meta": log_format.object_line("meta", opening)}
        folder = self._take_folder()
        self._sync = sync_in(folder, self._warn_of_sync)
        for kind, line in self._pending:
            contents[kind] = contents.get(kind, b"") + line
        folders.fill(folder, contents, self._sync)
        self._first_hyper = contents.get("hyper", b"")
        session.made[self._directory] = number
        self._pending.clear()
        return folder

    def _resume(self, folder: str) -> str | None:
        """Go on with a run; None where another machine records into it: both would lose records."""
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

    def _started(self, folder: str) -> None:
        """Do what is due once the run has its folder."""
        if self._is_guest:
            self._hand_over_data()
            return
        self._begin_provenance(folder)
        tell_plugins("fitlog_run_started", run=self)
        self._sample()

    def _sample(self) -> None:
        """Have the machine sampled beside this run, if that was asked for; who joined does not."""
        every = self._sampled_every or session.sampled_every
        if every is not None and not self._is_guest:
            from fitlog_core.recording import sampling

            sampling.begin(self, every)

    def _of_provenance(self) -> RunProvenance:
        """Return what tells the provenance; it is imported when there is something to tell."""
        if self._provenance is None:
            from fitlog_core.recording.run_provenance import RunProvenance

            self._provenance = RunProvenance(self._warn)
        return self._provenance

    def _begin_provenance(self, folder: str) -> None:
        code = self._code or session.code
        hyper = self._first_hyper if code is not None and self._may_repeat() else None
        try:
            self._of_provenance().begin(self, folder, code, self._segment, hyper)
        except OSError as error:
            self._warn(os.path.join(folder, log_format.PROVENANCE_FILE), error)
        except ArgumentError as error:  # a plugin's facts are nested without end
            say(f"no {log_format.PROVENANCE_FILE} for {os.path.basename(folder)}: {error}")

    def _look_again(self) -> None:
        if self._provenance is not None:
            self._provenance.look_again(self)

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
        if self._provenance is not None:
            self._provenance.add_code(code)

    def _note_data(self, path: str) -> None:
        """Add data to the provenance, now or when the run begins."""
        self._of_provenance().note_data(path)
        self._hand_over_data(at_once=False)

    def _hand_over_data(self, *, at_once: bool = True) -> None:
        if self._folder is not None and self._provenance is not None:
            self._provenance.hand_over_data(self._folder, at_once=at_once)


def tell_plugins(hook: str, **facts: Any) -> None:
    """Call a hook; without a free descriptor to read the plugins with, do not."""
    try:
        from fitlog_core import plugins
    except OSError as error:
        say_untold(hook, error)
    else:
        plugins.notify(hook, **facts)


def say_untold(hook: str, error: OSError) -> None:
    """Say that plugins are not told of something, and why."""
    say(f"plugins are not told of {hook}: {error.strerror or error}")
