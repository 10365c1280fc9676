"""What a run says of itself in ``meta.log``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from fitlog_core import log_format, machine
from fitlog_core.secrets import mask_arguments, mask_text
from fitlog_core.settings import environment

if TYPE_CHECKING:
    from fitlog_core.hookspecs import Rank

NOTICE_DUE = "due"
_OF_AN_END = ("end", "error", "notice")
_LONGEST_ERROR = 1000
# What a shell takes as it is.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")


def opening(
    directory: str,
    code: tuple[str, str | None] | None,
    now: float,
    place: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the first line of a new run, ``state`` last.

    :param directory: The log directory.
    :param code: Id and message of the code's snapshot, if one was made.
    :param now: Seconds since 1970.
    :param place: Which rank of a job it is of, as :func:`place_in_job` says it.
    """
    return {
        **code_version(code),
        **_user_commit(directory),
        "format": log_format.FORMAT,
        **_process(),
        **_parent(),
        **(place or {}),
        "start": now,
        "state": "running",
    }


def place_in_job(rank: Rank | None, number: int) -> dict[str, Any]:
    """Return which rank of which job a run is of, where all ranks record.

    :param rank: The rank, None if only one process records.
    :param number: Which of the runs this process has made it is, from 1: the second run of every
        rank makes a group of its own.
    """
    if rank is None:
        return {}
    said: dict[str, Any] = {"rank": rank.rank, "world_size": rank.size}
    if rank.group:
        said["group"] = mask_text(rank.group if number == 1 else f"{rank.group} #{number}")
    return said


def going_on(
    earlier: dict[str, Any], code: tuple[str, str | None] | None, now: float
) -> dict[str, Any]:
    """Return the line with which an existing run goes on, ``state`` last.

    The end and the error of the segment before are taken back.

    :param earlier: What ``meta.log`` says so far.
    """
    taken_back = {key: None for key in _OF_AN_END if earlier.get(key) is not None}
    segment = earlier.get("segment")
    return {
        **code_version(code),
        **taken_back,
        "format": log_format.FORMAT,
        **_process(),
        "segment": segment + 1 if isinstance(segment, int) else 2,
        "segment_start": now,
        "state": "running",
    }


def closing(state: str, error: str | None, now: float, *, is_final: bool = True) -> bytes:
    """Return the lines a run ends with: what the end adds, then the state alone.

    :param state: ``finish``, ``error``, or ``running`` for a script that just ended.
    :param error: ``type: message``, if an exception ended it.
    :param now: Seconds since 1970.
    :param is_final: False for an end that may be taken back, of which nobody was told: where a
        child of the process that opened the run recorded it, that process finds it so.
    """
    end: dict[str, Any] = {"end": now}
    if error is not None:
        end["error"] = error
    if not is_final:
        end["notice"] = NOTICE_DUE
    return log_format.object_line("meta", end) + state_line(state)


def reopening() -> bytes:
    """Return the lines that take an end back."""
    taken_back = dict.fromkeys(_OF_AN_END)
    return log_format.object_line("meta", taken_back) + state_line("running")


def state_line(state: str) -> bytes:
    """Return the line that must stay the last of ``meta.log``."""
    return log_format.object_line("meta", {"state": state})


def code_version(code: tuple[str, str | None] | None) -> dict[str, Any]:
    """Return a snapshot's id and message as ``meta`` holds them."""
    if code is None:
        return {}
    snapshot_id, message = code
    said = {"fit_id": snapshot_id[:8]}
    return said if message is None else {**said, "fit_msg": mask_text(message)}


def error_text(error: BaseException) -> str:
    """Return an exception as ``type: message`` on one line, its secrets masked."""
    try:
        message = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - a foreign __str__ may raise anything
        message = "(its message cannot be shown)"
    text = mask_text(f"{type(error).__name__}: {message}" if message else type(error).__name__)
    return text if len(text) <= _LONGEST_ERROR else text[: _LONGEST_ERROR - 1] + "…"


def is_elsewhere_alive(earlier: dict[str, Any]) -> bool:
    """Tell whether the process that opened a run still records into it.

    Whoever joins it then, a child or a helper, adds records and leaves its state alone.
    """
    pid = earlier.get("pid")
    if earlier.get("state") != "running" or earlier.get("end") is not None:
        return False
    here = (machine.host(), machine.boot())
    if not isinstance(pid, int) or (earlier.get("host"), earlier.get("boot")) != here:
        return False
    return machine.pid_start(pid) == earlier.get("pid_start")


def _joined(words: list[str]) -> str:
    """Return a command as a shell takes it; what quotes is imported where there is need."""
    if all(word and _PLAIN.issuperset(word) for word in words):
        return " ".join(words)
    import shlex

    return shlex.join(words)


def _process() -> dict[str, Any]:
    pid = os.getpid()
    return {
        "host": machine.host(),
        "boot": machine.boot(),
        "pid": pid,
        "pid_start": machine.pid_start(pid) or "",
        "argv": _joined(mask_arguments(list(getattr(sys, "argv", [])))),
    }


def _parent() -> dict[str, Any]:
    run_id = environment("parent")
    return {"parent": run_id} if log_format.is_run_id(run_id) else {}


def _user_commit(directory: str) -> dict[str, Any]:
    from fitlog_core.snapshots import user_git

    for place in (directory, os.curdir):
        head = user_git.head_of(place)
        if head is not None:
            return {"git_id": head[0][:8], "git_msg": mask_text(head[1])}
    return {}
