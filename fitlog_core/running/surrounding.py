"""The run around a script: opened before it, ended by its exit code."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import re
import sys
from typing import NoReturn

from fitlog_core.errors import UsageError
from fitlog_core.notices import say
from fitlog_core.recording import adapter, autolog
from fitlog_core.recording.run import Run
from fitlog_core.recording.session import Outcome, session
from fitlog_core.running import console
from fitlog_core.running.code import kept
from fitlog_core.running.console import Transcript
from fitlog_core.running.options import Options

WRONG_USE = 2  # exit code, as of every wrong command line
_OF_A_BEGINNING = (
    "fitlog_core.recording.run_provenance",
    "fitlog_core.snapshots.provenance.record",
    "fitlog_core.snapshots.run_refs",
)
_NAMES_US = re.compile(rb"\bfitlog\b")


def surround(options: Options, script: str) -> Outcome:
    """Open the run, and have everything attached that records into it.

    :param options: What was said on the command line.
    :param script: The script's path, or the module's name.
    :return: Where the caller is to note how the script ended.
    """
    outcome = session.outcome = Outcome()
    for name in options.stand_ins:
        autolog.stand_in(name)
    if session.debug or session.is_silenced():
        return outcome
    session.no_commit = session.no_commit or not options.commits
    if options.code < 0:
        adapter.record_script(options.message)
    is_new = not os.path.isdir(options.log_dir)
    try:
        run = Run(options.log_dir)
    except UsageError as error:
        say(str(error))
        sys.exit(WRONG_USE)
    session.run = session.surrounding = run
    run.is_of_adapter = True  # a second training in the script has a run of its own
    transcript = console.keep(run) if options.console else None
    _end_with_the_process(run, transcript, options.log_dir if is_new else None)
    autolog.attach()
    if options.code >= 0:
        _take_over_code(options.code)
    if not _uses_fitlog(script):
        run.create_early()
    return outcome


def _take_over_code(descriptor: int) -> None:
    """Wait for the snapshot; what the run's beginning needs is loaded meanwhile."""
    for name in _OF_A_BEGINNING:
        importlib.import_module(name)
    snapshot = kept(descriptor)
    if snapshot is not None:
        session.code, session.project = snapshot


def _uses_fitlog(script: str) -> bool:
    """Tell whether a script speaks of fitlog, and so may choose its log directory itself."""
    try:
        with open(script, "rb") as file:
            return _NAMES_US.search(file.read()) is not None
    except OSError:  # a module, or a folder
        return False


def _end_with_the_process(run: Run, transcript: Transcript | None, made: str | None) -> None:
    """Have a run that nobody has recorded into made all the same; and no end be missed.

    :param made: The log directory, where it was made for this run.
    """
    pid = os.getpid()

    def end() -> None:
        if os.getpid() == pid:
            _end(run, transcript, made)

    atexit.register(end)
    leave = os._exit

    def leave_at_once(status: int) -> NoReturn:
        if os.getpid() == pid and session.outcome is not None:
            session.outcome.error = SystemExit(status)
            for each in {run, session.run or run}:
                each.end_now()
            _end(run, transcript, made)
        leave(status)

    os._exit = leave_at_once  # no atexit comes after it


def _end(run: Run, transcript: Transcript | None, made: str | None) -> None:
    """Make the folder of a run that has none yet, unless the script has recorded elsewhere."""
    current = session.run or run
    has_none = current.folder_of_records() is None and (current is run or not session.made)
    if has_none and not session.debug:
        current.create_log_folder()
        current.end_now()
    if transcript is not None:
        transcript.end()
    if made is not None:  # the script records elsewhere, or nothing
        with contextlib.suppress(OSError):
            os.rmdir(made)
