"""Which run a training records into: at its start, on a resume, in a search of many trials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fitlog_core.notices import say
from fitlog_core.recording import adapter
from fitlog_core.recording.run import Run

# Where a checkpoint's trainer_state.json says which run it belongs to. No class is called so,
# hence the Trainer takes it for no callback's state.
_NOTE = "fitlog"

# Where the state, which all callbacks of a Trainer are given, holds who records into which run;
# it is no field of the state, hence no checkpoint saves it.
_RECORDERS = "_fitlog_recorders"


def run_of_training(state: Any, run: Run | None, was_left: bool) -> Run:
    """Return the run for a training that begins.

    :param state: The Trainer's state.
    :param run: The callback's run so far.
    :param was_left: The training before was left by an exception.
    """
    if state.global_step:
        found = _run_of_checkpoint(state, run)
        return found or adapter.run_for_training(adapter.run_for(run=run))
    current = adapter.current_run()
    # This Trainer has another callback, which was here first and may have opened the next run.
    if current is not None and _NOTE in _notes(state) and _is_beside(run, current):
        return current
    run = adapter.run_for(run=run)
    if state.is_hyper_param_search and run.get_log_id() is not None:
        _finish_trial(run, was_left)
        run = adapter.next_run(run)
    elif was_left:
        run.conclude(1)
    return adapter.run_for_training(run)


def is_second(callback: object, run: Run, state: Any) -> bool:
    """Tell whether another callback of the same Trainer records into a run already.

    :param callback: The callback that asks; where there is no other, it is known from now on.
    :param run: The run it would record into.
    :param state: The Trainer's state, which all its callbacks are given.
    """
    recorders: dict[Run, object] = vars(state).setdefault(_RECORDERS, {})
    return recorders.setdefault(run, callback) is not callback


def note_callback(state: Any) -> None:
    """Let a second callback of the same Trainer know that there was one before it."""
    _notes(state).setdefault(_NOTE, [])


def note_run(state: Any, run: Run) -> None:
    """Let the checkpoints say which run they belong to, once it has a folder."""
    if run.get_log_id() is not None:
        folder = {"log_dir": run.get_log_dir(absolute=True), "id": run.get_log_id()}
        beside = [note for note in _folders(state) if note["log_dir"] != folder["log_dir"]]
        _notes(state)[_NOTE] = [*beside, folder]


def _is_beside(run: Run | None, current: Run) -> bool:
    """Tell whether a callback's run so far is none, or one opened for it in the same directory."""
    if run is None or run is current:
        return True
    directory = current.get_log_dir(absolute=True)
    return run.is_of_adapter and directory is not None and run.is_at(directory)


def _finish_trial(run: Run, was_left: bool) -> None:
    """End the run of the trial before, if it was one: nothing of it is to come any more."""
    if run.has_training:
        run.finish(1 if was_left else 0)


def _run_of_checkpoint(state: Any, run: Run | None) -> Run | None:
    """Return the run that a resumed training goes on with, None if it is not to be found."""
    run = run or adapter.current_run()
    directory = None if run is None else run.get_log_dir(absolute=True)
    note = _note_for(state, directory)
    if note is None:
        return None
    folder = Path(directory or note["log_dir"]) / note["id"]
    if run is not None and (run.get_log_id() == note["id"] or run.go_on_with(folder)):
        run.has_training = True
        return run
    if run is not None and not (run.is_of_adapter and run.has_training):
        return None
    if not (folder / "meta.log").is_file():
        say(f"the checkpoint's run {str(folder)!r} is not there; a new run begins")
        return None
    run = adapter.run_for(folder)
    run.has_training = True
    return run


def _note_for(state: Any, directory: str | None) -> dict[str, str] | None:
    """Return the checkpoint's run that is of a log directory, wherever it was moved to since."""
    noted = _folders(state)
    if directory is not None:
        for note in sorted(noted, key=lambda note: note["log_dir"] != directory):
            if (Path(directory) / note["id"] / "meta.log").is_file():
                return note
    return noted[0] if noted else None


def _folders(state: Any) -> list[dict[str, str]]:
    """Return the runs that a Trainer's callbacks record into, each in a directory of its own."""
    noted: list[dict[str, str]] = _notes(state).get(_NOTE) or []
    return noted


def _notes(state: Any) -> dict[str, Any]:
    """Return what the Trainer keeps of its callbacks in a checkpoint's trainer_state.json."""
    notes = getattr(state, "stateful_callbacks", None)
    return notes if isinstance(notes, dict) else {}
