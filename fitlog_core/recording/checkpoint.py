"""What a checkpoint keeps of a run, for the training that goes on from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from fitlog_core import log_format
from fitlog_core.errors import ArgumentError, ArgumentTypeError
from fitlog_core.notices import say
from fitlog_core.recording import folder as folders

_KEYS = ("log_dir", "id")
_HOW = "give what fitlog.state() returned"


def state_of(log_dir: str | None, run_id: str | None) -> dict[str, Any]:
    """Return the state of a run; both values are None where nothing is recorded.

    :param log_dir: The log directory's path.
    :param run_id: The run's id.
    """
    return dict(zip(_KEYS, (log_dir, run_id), strict=True))


def folder_of(state: object, log_dir: str | None) -> str | None:
    """Return the folder of the run that a state is of, wherever it was moved to since.

    :param state: What :func:`state_of` returned.
    :param log_dir: The log directory in use, which is looked in first; or None.
    :return: None where the state is of no run. The folder of a run that is gone is none of a run.
    :raises ArgumentTypeError: if the state is no mapping.
    :raises ArgumentError: if it is of something else.
    """
    saved, run_id = _checked(state)
    if saved is None or run_id is None:
        return None
    places = [log_dir, saved] if log_dir is not None else [saved]
    found = [os.path.join(place, run_id) for place in places]
    here = next((folder for folder in found if folders.is_existing_run(folder)), None)
    if here is None:
        say(f"the run {found[-1]!r} of the checkpoint is not there; a new run begins")
    return here or found[-1]


def _checked(state: object) -> tuple[str | None, str | None]:
    if not isinstance(state, Mapping):
        raise ArgumentTypeError(f"state must be a dict, got {state!r}; {_HOW}")
    if any(key not in state for key in _KEYS):
        raise ArgumentError(f"state must have {' and '.join(_KEYS)}, got {dict(state)!r}; {_HOW}")
    log_dir, run_id = (state[key] for key in _KEYS)
    if log_dir is None and run_id is None:
        return None, None
    if not isinstance(run_id, str) or not log_format.is_run_id(run_id):
        raise ArgumentError(f"the state's id must be that of a run, got {run_id!r}; {_HOW}")
    if not isinstance(log_dir, str) or not os.path.isabs(log_dir):
        raise ArgumentError(f"the state's log_dir must be a full path, got {log_dir!r}; {_HOW}")
    return folders.absolute(log_dir), run_id
