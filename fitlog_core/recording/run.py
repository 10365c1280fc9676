"""One run, and the verbs that record into it."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from fitlog_core import log_format
from fitlog_core.errors import (
    ArgumentError,
    ArgumentTypeError,
    LogDirectoryError,
    ReservedNameError,
    SecondProgressError,
)
from fitlog_core.recording import checkpoint, hyperparameters, meta
from fitlog_core.recording.images import ImageRecorder
from fitlog_core.recording.session import session
from fitlog_core.recording.values import document
from fitlog_core.recording.writer import counted
from fitlog_core.secrets import mask_text, mask_values

_RESERVED = ("meta", "hyper", "metric", "loss")


class Run(ImageRecorder):
    """One run: a folder of text files that every call appends to.

    The folder appears with the first loss, metric or best metric, so that a script that fails
    before training leaves nothing behind. As a context manager it finishes itself, as an error
    if an exception leaves it. Several may be open at once, also in threads::

        with fitlog.Run("logs") as run:
            run.add_hyper({"lr": 0.1})
            run.add_loss(0.3, step=1)

    :param log_dir: The log directory, made if it is missing; or the folder of an existing run,
        which then goes on.
    :ivar is_of_adapter: An adapter opened it, not the script.
    :ivar has_training: An adapter has begun a training in it.
    :raises LogDirectoryIsFileError: if something that is no folder lies there.
    :raises LogDirectoryNotWritableError: if this user may not write there.
    """

    # ------------------------------------------------------------ recording

    def add_loss(
        self, value: Any, step: int, name: str | None = None, epoch: int | None = None
    ) -> None:
        """Record a loss, or a dict of losses, of one step.

        :param value: A number with a ``name``, or a mapping of names to numbers, nested as you
            like. Tensors and arrays of one element are numbers too.
        :param step: Step, from 0; the same step again replaces the earlier value.
        :param name: Name of the loss, ``loss`` unless given; of the whole mapping if ``value`` is
            one.
        :param epoch: Epoch, from 0.
        :raises UsageError: if an argument cannot be recorded; nothing is written then.
        """
        if session.debug:
            return
        if name is None and type(value) is not dict and not isinstance(value, Mapping):
            name = "loss"
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
        if not self.is_off():
            self._add_values("hyper", "hyper", hyperparameters.as_mapping(value), name)

    def add_hyper_in_file(self, file_path: str | os.PathLike[str]) -> None:
        """Record the assignments between two lines of ``#####hyper`` in a Python file.

        :param file_path: The file.
        :raises ArgumentError: if it is missing or is no Python file.
        """
        if self.is_off():
            return
        if not isinstance(file_path, (str, os.PathLike)):
            raise ArgumentTypeError(f"file_path must be the path of a file, got {file_path!r}")
        values = hyperparameters.in_file(os.fsdecode(file_path))
        if values:
            self.add_hyper(values)

    def add_other(self, value: Any, name: str | None = None) -> None:
        """Record anything else worth a column of the table.

        :param value: A value with a ``name``, or a mapping of names to values.
        :param name: Name of the value, or of the group of values.
        :raises ReservedNameError: if a plain value is to be called meta, hyper, metric or loss.
        :raises UsageError: if an argument cannot be recorded; nothing is written then.
        """
        if not self.is_off() and name in _RESERVED and not isinstance(value, dict):
            use = "" if name == "meta" else f", or use add_{name}()"  # there is no add_meta()
            raise ReservedNameError(
                f"other values cannot be called {name!r}; choose another name{use}"
            )
        self._add_values("other", "other", value, name)

    def add_progress(self, total_steps: int | None = None) -> None:
        """Record how many steps the run will take, for the board's progress bar.

        :param total_steps: Number of steps, 1 or more.
        :raises SecondProgressError: if it was said before.
        """
        if self.is_off():
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
        if self.is_off():
            return
        if not isinstance(line, (str, dict)):
            raise ArgumentTypeError(
                f"add_to_line takes text or a dict, got {line!r} of type {type(line).__name__}"
            )
        if isinstance(line, dict):
            text = json.dumps(mask_values(document(line)), indent=2)
        else:
            text = mask_text(line)
        self._record("file", text.encode("utf-8", "backslashreplace") + b"\n")

    def add_data(self, path: str | os.PathLike[str]) -> None:
        """Note which data this run reads: size, time and a hash of its content.

        They stand in ``provenance.json``. Reading the content takes long, so a process of its
        own does it meanwhile; a file above 256 MB is hashed by samples.

        :param path: A file or folder. One that cannot be read is told once, and training goes on.
        :raises ArgumentTypeError: if it is no path.
        :raises ArgumentError: if no file can have it.
        """
        if self.is_off():
            return
        name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
        if not isinstance(name, str):
            raise ArgumentTypeError(f"path must be the path of a file or folder, got {path!r}")
        if not name or "\0" in name:
            raise ArgumentError(f"path is no path that a file can have: {path!r}")
        self._note_data(name)

    def system_metrics(self, every: float = 15.0) -> None:
        """Sample processor, memory, disk and GPUs in the background while this run goes on.

        :param every: Seconds from one sample to the next, 0.1 or more.
        :raises UsageError: if it is none.
        """
        if self.is_off():
            return
        from fitlog_core.recording import sampling

        self._sampled_every = sampling.seconds(every)
        if self._folder is not None:
            self._sample()

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
            self._note_code(self._code)

    # ------------------------------------------------------------- the folder

    def create_log_folder(self) -> None:
        """Make the run's folder now instead of with the first record."""
        if not session.debug:
            self._start()

    def get_log_dir(self, absolute: bool = False) -> str | None:
        """Return the log directory: its last component, or its path.

        :param absolute: Return the path, as it was when the run was opened.
        """
        if session.debug or self._is_silent:
            return None
        return self._directory if absolute else os.path.basename(self._directory)

    def get_log_folder(self, absolute: bool = False) -> str | None:
        """Return the run's folder: its name or its path; None before it is made.

        :param absolute: Return the path.
        """
        folder = self._folder or self._existing
        if session.debug or self._is_silent or folder is None:
            return None
        return folder if absolute else os.path.basename(folder)

    def get_log_id(self) -> str | None:
        """Return the run's id, which is its folder's name; None before it is made."""
        return self.get_log_folder()

    # ---------------------------------------------------------- checkpoints

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint is to keep, for :meth:`resume`; the folder is made for it.

        :return: A small dict of texts, for ``torch.save``, ``json`` or ``pickle``.
        """
        self.create_log_folder()
        return checkpoint.state_of(self.get_log_dir(absolute=True), self.get_log_id())

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on with the run of a checkpoint, before anything is recorded here.

        Where that run is not there any more, this says so, and a new one begins.

        :param state: What :meth:`state` returned.
        :raises UsageError: if it is something else.
        :raises LogDirectoryError: if this run has begun already.
        """
        folder = checkpoint.folder_of(state, self._directory)
        if folder is None or self.is_off() or self.is_at(folder):
            return
        if self.get_log_id() is not None:
            raise LogDirectoryError(
                f"the run {self.get_log_id()} has begun, so {os.path.basename(folder)} cannot be "
                "gone on with; call resume() before the first record"
            )
        self.go_on_with(folder)

    # ---------------------------------------------------------------- the end

    def finish(self, status: int = 0, send_to_bot: object = None) -> None:
        """Say that the run ended. Records after it are kept.

        :param status: 0 if it ended well, 1 if something went wrong.
        :param send_to_bot: Address of a Feishu bot, or a URL of apprise, to tell about it.
        :raises ArgumentError: if the status is neither.
        """
        if self.is_off():
            return
        if not _is_status(status):
            raise ArgumentError(f"status must be 0 (finished) or 1 (error), got {status!r}")
        self._end("error" if status else "finish", None, send_to_bot)

    def conclude(self, status: int = 0, error: BaseException | None = None) -> None:
        """Record an end that may be taken back, as adapters do when a trainer says it is done.

        Plugins are told once, by :meth:`finish` or when the script ends, so that training and
        the test after it make one notice.

        :param status: 0 if it ended well, 1 if something went wrong.
        :param error: The exception that ended it, if there was one.
        :raises UsageError: if they are something else.
        """
        if not self.is_off():
            if not _is_status(status):
                raise ArgumentError(f"status must be 0 (finished) or 1 (error), got {status!r}")
            if error is not None and not isinstance(error, BaseException):
                raise ArgumentTypeError(f"error must be an exception or None, got {error!r}")
            state = "error" if status or error is not None else "finish"
            text = None if error is None else meta.error_text(error)
            self._write_end(state, text, is_final=False)

    @property
    def has_ended(self) -> bool:
        """Tell whether an end was recorded and not taken back."""
        return self._ended_as is not None

    def reopen(self) -> None:
        """Take an end back: the run goes on."""
        if self.is_off() or self._ended_as is None:
            return
        if self._folder is not None:
            self._append("meta", meta.reopening())
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
        if self.is_off() or (error is None and self._ended_as is not None):
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
        return Run, (self._folder or self._existing or self._directory,)


def _is_status(status: int) -> bool:
    try:
        return operator.index(status) in (0, 1)
    except TypeError:  # a float, a text, an array of several
        return False
