"""The functions of the face, each the method of the same name on the current run."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from fitlog_core import settings
from fitlog_core.errors import (
    ArgumentError,
    ArgumentTypeError,
    LogDirectoryError,
    NotInitializedError,
)
from fitlog_core.notices import say
from fitlog_core.recording import checkpoint
from fitlog_core.recording import folder as folders
from fitlog_core.recording.run import Run
from fitlog_core.recording.session import is_worker, session
from fitlog_core.recording.values import nested_values

_Path = str | os.PathLike[str]


def set_log_dir(log_dir: _Path, new_log: bool = False) -> None:
    """Say where runs are recorded; to be called before anything is recorded.

    :param log_dir: The log directory, made if it is missing; or the folder of an existing run,
        which then goes on.
    :param new_log: Begin another run in the same process.
    :raises LogDirectoryError: if another directory was set before and ``new_log`` is False.
    :raises LogDirectoryIsFileError: if something that is no folder lies there.
    :raises LogDirectoryNotWritableError: if this user may not write there.
    """
    if session.debug:
        if isinstance(log_dir, (str, os.PathLike)):
            session.remembered = os.path.abspath(os.fspath(log_dir))
        if new_log:
            session.run = None
        return
    if session.surrounding is not None:
        _settle(session.surrounding, log_dir)
        return
    if session.run is not None and not new_log:
        _expect_same(session.run, log_dir)
        return
    earlier, session.run = session.run, Run(log_dir)
    if earlier is not None:
        earlier.release()


def _settle(run: Run, log_dir: _Path) -> None:
    """Let a script under ``fitlog run`` say where its run lies, while nothing is there yet."""
    if not run.settle(log_dir):
        session.also = folders.absolute(log_dir)
        say(
            f"the run is recorded in {run.get_log_dir(absolute=True)!r}, where fitlog run began "
            f"it, not in {os.fspath(log_dir)!r}; 'fitlog run --log-dir' chooses the place"
        )
    session.surrounding = None


def _expect_same(run: Run, log_dir: _Path) -> None:
    if session.also is not None and session.also == folders.absolute(log_dir):
        return
    if not run.is_at(log_dir) and not session.is_silenced():
        raise LogDirectoryError(
            f"the log directory is already {run.get_log_dir(absolute=True)!r}, so "
            f"{os.fspath(log_dir)!r} is not set; pass new_log=True to begin another run there"
        )


def _current(function: str) -> Run | None:
    """Return the run to record into, None where nothing is to be recorded.

    :raises NotInitializedError: if no log directory was set.
    """
    if session.debug:
        return None
    if session.run is None:
        if session.remembered is not None:
            session.run, session.remembered = Run(session.remembered), None
        elif session.is_silenced():
            return None
        else:
            raise NotInitializedError(
                f"{function}() was called before set_log_dir(); call "
                "fitlog.set_log_dir('logs') first"
            )
    return session.run


def add_loss(value: Any, step: int, name: str | None = None, epoch: int | None = None) -> None:
    """Record a loss, or a dict of losses, of one step.

    :param value: A number with a ``name``, or a mapping of names to numbers, nested as you like.
        Tensors and arrays of one element are numbers too.
    :param step: Step, from 0; the same step again replaces the earlier value.
    :param name: Name of the loss; of the whole mapping if ``value`` is one.
    :param epoch: Epoch, from 0.
    :raises UsageError: if an argument cannot be recorded; nothing is written then.
    """
    run = session.run or _current("add_loss")
    if run is not None:
        if name is None and type(value) is not dict:
            _expect_named(run, value)
        run.add_loss(value, step, name, epoch)


def _expect_named(run: Run, value: Any) -> None:
    """Refuse a loss without a name, as fitlog 0.9 does; a :class:`Run` has a name for it.

    :raises ArgumentError: if the value is no mapping.
    """
    if not run.is_off():
        nested_values(value, None)


def add_metric(value: Any, step: int, name: str | None = None, epoch: int | None = None) -> None:
    """Record a metric, or a dict of metrics, of one step: its curve on the board.

    :param value: As for :func:`add_loss`.
    :param step: Step, from 0; the same step again replaces the earlier value.
    :param name: Name of the metric; of the whole mapping if ``value`` is one.
    :param epoch: Epoch, from 0.
    :raises UsageError: if an argument cannot be recorded; nothing is written then.
    """
    run = session.run or _current("add_metric")
    if run is not None:
        run.add_metric(value, step, name, epoch)


def add_best_metric(value: Any, name: str | None = None) -> None:
    """Record the best value of a metric: what the board's table shows.

    :param value: A value with a ``name``, or a mapping of names to values.
    :param name: Name of the metric; of the whole mapping if ``value`` is one.
    :raises UsageError: if an argument cannot be recorded; nothing is written then.
    """
    run = _current("add_best_metric")
    if run is not None:
        run.add_best_metric(value, name)


def add_hyper(value: Any, name: str | None = None) -> None:
    """Record hyperparameters.

    :param value: A Namespace, a ConfigParser, a dataclass, a :class:`FitlogConfig`, a mapping, or
        one value with a ``name``. It is not changed.
    :param name: Name of the value, or of the group of values.
    :raises UsageError: if an argument cannot be recorded; nothing is written then.
    """
    run = _current("add_hyper")
    if run is not None:
        run.add_hyper(value, name)


def add_hyper_in_file(file_path: _Path | None = None) -> None:
    """Record the assignments between two lines of ``#####hyper`` in a Python file.

    :param file_path: The file; without it, the file of the caller.
    :raises ArgumentError: if it is missing or is no Python file.
    """
    run = _current("add_hyper_in_file")
    if run is None:
        return
    path = file_path if file_path is not None else _file_of_caller()
    if path is None:
        raise ArgumentError("add_hyper_in_file() has no calling file here; pass file_path")
    run.add_hyper_in_file(path)


def add_other(value: Any, name: str | None = None) -> None:
    """Record anything else worth a column of the table.

    :param value: A value with a ``name``, or a mapping of names to values.
    :param name: Name of the value, or of the group of values.
    :raises ReservedNameError: if a plain value is to be called meta, hyper, metric or loss.
    :raises UsageError: if an argument cannot be recorded; nothing is written then.
    """
    run = _current("add_other")
    if run is not None:
        run.add_other(value, name)


def add_progress(total_steps: int | None = None) -> None:
    """Record how many steps the run will take, for the board's progress bar.

    :param total_steps: Number of steps, 1 or more.
    :raises SecondProgressError: if it was said before.
    """
    run = _current("add_progress")
    if run is not None:
        run.add_progress(total_steps)


def add_to_line(line: str | dict[str, Any]) -> None:
    """Append text to the run's ``file.log``, which the board shows.

    :param line: Text, or a dict to be written as indented JSON.
    :raises ArgumentTypeError: if it is neither.
    """
    run = _current("add_to_line")
    if run is not None:
        run.add_to_line(line)


def add_image(image: Any, step: int | None = None, name: str = "image") -> None:
    """Record a picture.

    :param image: Path or content of a PNG, JPEG, GIF or WebP file, kept as it is; an image of
        Pillow; or an array of height x width, or with 3 or 4 channels (of a torch tensor the
        first dimension), of uint8 or floats from 0 to 1.
    :param step: Step, from 0; the same step again replaces the earlier picture, and so does a
        picture without a step one without.
    :param name: What the picture shows; the board has a row for each name.
    :raises UsageError: if an argument cannot be recorded; nothing is written then.
    """
    run = _current("add_image")
    if run is not None:
        run.add_image(image, step, name)


def add_figure(figure: Any, step: int | None = None, name: str = "figure") -> None:
    """Record a figure of matplotlib, or whatever draws itself by a ``savefig``.

    :param figure: The figure; it stays open.
    :param step: As for :func:`add_image`.
    :param name: What the figure shows.
    :raises UsageError: if an argument cannot be recorded; nothing is written then. What the
        drawing itself raises comes as it is.
    """
    run = _current("add_figure")
    if run is not None:
        run.add_figure(figure, step, name)


def add_data(path: _Path) -> None:
    """Note which data a run reads: size, time and a hash of its content, found out meanwhile.

    :param path: A file or folder. One that cannot be read is told once, and training goes on.
    :raises UsageError: if it is no path; nothing is written then.
    """
    run = _current("add_data")
    if run is not None:
        run.add_data(path)


def autolog() -> None:
    """Record what frameworks log by themselves, now or when they are imported later.

    Their trainings, searches and jobs get fitlog's adapter, and what is sent to TensorBoard is
    recorded too, without a change at the place where they are used. So do the adapters of other
    packages that name an entry point of the group ``fitlog.autolog``. In a spawned child the call
    counts where the child makes it, not where it comes to the script's top once more.
    """
    from fitlog_core.recording import autolog as attaching

    attaching.attach()


def system_metrics(every: float = 15.0) -> None:
    """Sample processor, memory, disk and GPUs in the background beside the runs of this script.

    The one that goes on, and those that begin later, whoever opens them.

    :param every: Seconds from one sample to the next, 0.1 or more.
    :raises UsageError: if it is none.
    """
    if session.debug:
        return
    from fitlog_core.recording import sampling

    session.sampled_every = sampling.seconds(every)
    if session.run is not None:
        session.run.system_metrics(every)


def create_log_folder() -> None:
    """Make the run's folder now instead of with the first record."""
    run = _current("create_log_folder")
    if run is not None:
        run.create_log_folder()


def state() -> dict[str, Any]:
    """Return what a checkpoint is to keep, so that :func:`resume` goes on with this run.

    The run's folder is made for it.

    :return: A small dict of texts, for ``torch.save``, ``json`` or ``pickle``. Where nothing is
        recorded, as under :func:`debug`, its values are None.
    """
    run = _current("state")
    return checkpoint.state_of(None, None) if run is None else run.state()


def resume(state: Mapping[str, Any]) -> None:
    """Go on with the run of a checkpoint; to be called before anything is recorded.

    It stands for ``set_log_dir``; after that the run is looked for in that directory first. Where
    it is not there any more, this says so, and a new run begins in its directory.

    :param state: What :func:`state` returned.
    :raises UsageError: if it is something else; nothing is changed then.
    :raises LogDirectoryError: if another run has begun already.
    """
    run = session.run
    if session.debug or run is None:
        directory = session.remembered if run is None else None
        folder = checkpoint.folder_of(state, directory)
        if folder is not None:
            is_there = folders.is_existing_run(folder)
            set_log_dir(folder if is_there else directory or os.path.dirname(folder))
    elif session.surrounding is not None and run.folder_of_records() is not None:
        folder = checkpoint.folder_of(state, None)
        if folder is not None:
            _settle(run, folder)
    else:
        run.resume(state)
        session.surrounding = None


def finish(status: int = 0, send_to_bot: object = None) -> None:
    """Say that the run ended. Records after it are kept.

    :param status: 0 if it ended well, 1 if something went wrong.
    :param send_to_bot: Address of a Feishu bot, or a URL of apprise, to tell about it.
    :raises ArgumentError: if the status is neither.
    """
    run = _current("finish")
    if run is not None:
        run.finish(status, send_to_bot)


def get_log_dir(absolute: bool = False) -> str | None:
    """Return the log directory: its last component, or its path.

    :param absolute: Return the path, as it was when it was set.
    """
    run = _current("get_log_dir")
    return None if run is None else run.get_log_dir(absolute)


def get_log_folder(absolute: bool = False) -> str | None:
    """Return the current run's folder: its name or its path; None before it is made.

    :param absolute: Return the path.
    """
    run = _current("get_log_folder")
    return None if run is None else run.get_log_folder(absolute)


def get_log_id() -> str | None:
    """Return the current run's id, which is its folder's name; None before it is made."""
    run = _current("get_log_id")
    return None if run is None else run.get_log_id()


def debug(flag: bool = True) -> None:
    """Switch all recording off, or on again.

    Under it nothing is created, checked, recorded or raised, and getters return None.

    :param flag: False switches recording on again.
    """
    session.debug = bool(flag)


def is_debug() -> bool:
    """Tell whether recording is switched off, by :func:`debug` or because of this rank."""
    return session.debug or session.silenced


def is_initialized() -> bool:
    """Tell whether a log directory was set."""
    return session.run is not None or (session.remembered is not None and not session.debug)


def commit(file: _Path | None = None, fit_msg: str | None = None) -> None:
    """Record the project's code as a git commit of fitlog's own, in ``.fitlog``.

    The user's own repository is not touched. Where it cannot be done, one line says why and
    training goes on.

    :param file: A file or folder of the project, usually ``__file__``; without it, the file of
        the caller.
    :param fit_msg: What is tried with this code.
    :raises ArgumentTypeError: if ``file`` is no path.
    """
    if session.debug or session.no_commit or session.is_silenced():
        return
    place = file if file is not None else (_file_of_caller() or os.curdir)
    if not isinstance(place, (str, os.PathLike)):
        raise ArgumentTypeError(f"file must be the path of a file or folder, got {file!r}")
    message = None if fit_msg is None else str(fit_msg)  # fitlog 0.9 took a number too
    code = _code_of_parent(place) if is_worker() else _captured(place, message)
    if code is not None:
        session.code = code
        if session.run is not None:
            session.run.add_code_version(*code)


def _captured(place: _Path, message: str | None) -> tuple[str, str | None] | None:
    from pathlib import Path

    from fitlog_core.snapshots.capture import capture

    log_dir = session.run.get_log_dir(absolute=True) if session.run is not None else None
    snapshot = capture(place, message, None if log_dir is None else Path(log_dir))
    if snapshot is None:
        return None
    session.project = str(snapshot.project)
    return snapshot.id, snapshot.message


def _code_of_parent(place: _Path) -> tuple[str, str | None] | None:
    """Return the snapshot that the parent process made: a forked child knows it, others look."""
    if session.code is not None:
        return session.code
    snapshot_id = get_fit_id(place)
    return None if snapshot_id == "error" else (snapshot_id, None)


def get_fit_id(file: _Path) -> str:
    """Return the id of the project's last snapshot, or ``error`` if there is none.

    :param file: A file or folder of the project.
    """
    from fitlog_core.snapshots.capture import last_snapshot_id

    return last_snapshot_id(file)


def get_commit_id(file: _Path) -> str:
    """Return the id of the last commit in the user's own repository, or ``error``.

    :param file: A file or folder in that repository.
    """
    from fitlog_core.snapshots.capture import user_commit_id

    return user_commit_id(file)


def set_rng_seed(
    rng_seed: int | None = None,
    random: bool = True,
    numpy: bool = True,
    pytorch: bool = True,
    deterministic: bool = True,
) -> int:
    """Seed Python, NumPy and PyTorch, and record the seed if a log directory is set.

    :param rng_seed: The seed; without it one from 0 to 1,000,000 is picked.
    :param random: Seed Python's own generator.
    :param numpy: Seed NumPy's, where it is installed.
    :param pytorch: Seed PyTorch's, where it is installed.
    :param deterministic: Have cuDNN use deterministic algorithms.
    :return: The seed.
    """
    from fitlog_core.recording.seeding import seed_everything

    seed = session.seed = seed_everything(rng_seed, random, numpy, pytorch, deterministic)
    if is_initialized():
        add_other(seed, "rng_seed")
    return seed


def _file_of_caller() -> str | None:
    """Return the file that called a function of this module; fitlog 0.9 let it be left out."""
    path = sys._getframe(2).f_globals.get("__file__")
    return path if isinstance(path, str) and os.path.exists(path) else None


def _heed_flag() -> None:
    flag = settings.environment("flag")
    session.debug = flag == "DEBUG"
    session.no_commit = flag == "NO_COMMIT"


_heed_flag()
