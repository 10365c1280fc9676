"""The trash of a view, and what is erased from it for good.

Moving a run to the trash writes its id into ``deleted_logs`` of the view at hand, as fitlog 0.9
does; the folder stays where it is. Only erasing removes files.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from fitlog_core.errors import ArchiveError, RunNotFoundError, ViewError
from fitlog_core.log_format import is_run_id
from fitlog_core.reading.extra_data import ExtraData
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.reader import State
from fitlog_core.reading.views import View, view_names
from fitlog_core.sentences import reason, sentence, told

LEFTOVER = ".erased-"  # how a folder is called while it is being removed
SILENT_FOR_A_DAY = 24 * 3600.0
_ALIVE = {
    State.RUNNING: sentence("state.running", "running"),
    State.STALE: sentence("state.stale", "stale"),
}


def trash(view: View, ids: Iterable[str]) -> View:
    """Put rows into the trash of a view; their files stay.

    :raises ViewError: if the view cannot be written.
    """
    return view.edit_names("deleted_logs", add=ids)


def restore(view: View, ids: Iterable[str]) -> View:
    """Take rows out of the trash of a view.

    :raises ViewError: if the view cannot be written.
    """
    return view.edit_names("deleted_logs", remove=ids)


def erase(runs: LogDirectory, view: View, ids: Iterable[str]) -> list[str]:
    """Remove rows from the disk: folder, edited cells, and the id in every view.

    All of them are looked at first: where one may not be erased, none is.

    :param runs: the log directory, freshly read.
    :param view: the view in whose trash they are.
    :returns: a sentence for each thing that could not be tidied up afterwards.
    :raises ArchiveError: for a row that is not in the trash, a run that may still be alive, or a
        folder that cannot be removed.
    :raises RunNotFoundError: for an id that no row has.
    """
    chosen = list(dict.fromkeys(ids))
    log_dir = view.log_dir
    extra = ExtraData.open(log_dir)
    folders = [_folder_to_erase(runs, view, extra, row_id) for row_id in chosen]
    _sweep(log_dir)
    for folder in folders:
        if folder is not None:
            _remove(folder)
    return _forget(log_dir, extra, chosen)


def _folder_to_erase(runs: LogDirectory, view: View, extra: ExtraData, row_id: str) -> Path | None:
    """Return the folder of a row, or None for a row without one, if it may be erased."""
    if row_id not in view.deleted:
        raise ArchiveError(
            sentence(
                "erase.not_in_trash",
                "{run} is not in the trash of {view}: only that is erased",
                run=row_id,
                view=view.name,
            )
        )
    folder = view.log_dir / row_id
    if is_run_id(row_id) and os.path.lexists(folder):
        if folder.is_symlink() or not folder.is_dir():
            raise ArchiveError(
                sentence(
                    "erase.no_folder",
                    "{folder} is a link or a file, no run's folder: remove it by hand",
                    folder=folder,
                )
            )
        _refuse_living(runs, row_id)
        return folder
    if row_id not in extra.added() and not is_run_id(row_id):
        raise RunNotFoundError(
            sentence(
                "row.unknown",
                "there is no row {row!r} in {directory}",
                row=row_id,
                directory=view.log_dir,
            )
        )
    return None


def _refuse_living(runs: LogDirectory, row_id: str) -> None:
    """Raise where a run may still write; one that said nothing for a day does not."""
    try:
        run = runs.run(row_id)
    except RunNotFoundError:
        return  # a folder without meta.log is no run, and nobody writes into it
    state = run.state()
    silent = time.time() - (run.last_record or 0.0)
    if state is State.RUNNING or (state is State.STALE and silent < SILENT_FOR_A_DAY):
        raise ArchiveError(
            sentence(
                "erase.alive",
                "{run} is {state} and may still write: end it first, then erase it",
                run=row_id,
                state=_ALIVE[state],
            )
        )


def _remove(folder: Path) -> None:
    """Take the folder out of sight in one step, then remove it."""
    doomed = folder.with_name(f"{LEFTOVER}{folder.name}-{secrets.token_hex(4)}")
    try:
        folder.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise ArchiveError(
            sentence(
                "erase.failed",
                "{folder} cannot be removed: {reason}",
                folder=folder,
                reason=reason(error),
            )
        ) from error


def _sweep(log_dir: Path) -> None:
    """Remove what an erasure that was killed left behind."""
    for leftover in log_dir.glob(f"{LEFTOVER}log_*"):
        if leftover.is_dir() and not leftover.is_symlink():
            with suppress(OSError):
                shutil.rmtree(leftover)


def _forget(log_dir: Path, extra: ExtraData, ids: list[str]) -> list[str]:
    """Take the ids out of the edited cells and out of every view that names them."""
    problems = []
    try:
        extra.remove(ids)
    except ViewError as error:
        problems.append(told(error))
    for name in view_names(log_dir):
        try:
            _forget_in_view(View.open(log_dir, name), ids)
        except ViewError as error:
            problems.append(told(error))
    return problems


def _forget_in_view(view: View, ids: list[str]) -> None:
    for key in ("hidden_logs", "deleted_logs"):
        if set(view[key]) & set(ids):
            view.edit_names(key, remove=ids)
