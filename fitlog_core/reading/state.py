"""What became of a run, as far as its files and this machine can tell."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from fitlog_core import machine

QUIET_AT_LEAST = 600.0  # seconds without a record before a run can be called stale
QUIET_GAPS = 10  # and this many of its usual gaps

# The meta values that a state is judged by.
JUDGED_BY = ("state", "end", "segment_start", "pid", "boot", "host", "pid_start")


class State(str, Enum):
    """The states of a run; each value is the word shown to people."""

    RUNNING = "running"
    FINISHED = "finished"
    ERROR = "error"
    ENDED = "ended"  # the script ended without finish()
    STOPPED = "stopped"  # its process, on this machine, is gone
    STALE = "stale"  # nothing written for far longer than usual

    @property
    def is_final(self) -> bool:
        """Return whether the run itself said that it is over."""
        return self in FINAL


FINAL = (State.FINISHED, State.ERROR, State.ENDED)


class Signs(NamedTuple):
    """What the state of a run is judged by.

    :param meta: The run's meta values, or those of :data:`JUDGED_BY`.
    :param last_record: When it was written last (epoch seconds), None if unknown.
    :param usual_gap: Seconds that usually lie between two of its records, None if unknown.
    """

    meta: Mapping[str, Any]
    last_record: float | None
    usual_gap: float | None


def read_state(
    meta: Mapping[str, Any],
    last_record: float | None,
    usual_gap: float | None,
    now: float,
    *,
    was_written: bool = False,
) -> State:
    """Tell the state of a run.

    The first parameters are :class:`Signs`.

    :param now: The time to judge by (epoch seconds).
    :param was_written: A record came just now, so that the next look will do to ask whether its
        process is there.
    """
    said = final_state(meta)
    if said is not None:
        return said
    if not was_written and _process_is_gone(meta):
        return State.STOPPED
    patience = max(QUIET_AT_LEAST, QUIET_GAPS * (usual_gap or 0.0))
    if last_record is not None and now - last_record > patience:
        return State.STALE
    return State.RUNNING


def final_state(meta: Mapping[str, Any]) -> State | None:
    """Return how a run said that it is over, None if it did not."""
    written = meta.get("state")
    if written == "finish":
        return State.FINISHED
    if written == "error":
        return State.ERROR
    return State.ENDED if _has_ended(meta) else None


def _has_ended(meta: Mapping[str, Any]) -> bool:
    """Return whether ``end`` stands and is not that of an earlier segment of the run."""
    end, segment_start = meta.get("end"), meta.get("segment_start")
    if not isinstance(end, (int, float)):
        return False
    return not isinstance(segment_start, (int, float)) or end >= segment_start


def _process_is_gone(meta: Mapping[str, Any]) -> bool:
    pid, boot = meta.get("pid"), meta.get("boot")
    if type(pid) is not int or not 0 < pid < 1 << 31:
        return False
    # An empty boot tells nothing: the number may be another machine's or another container's.
    if not boot or boot != machine.boot() or meta.get("host") != machine.host():
        return False
    start = machine.pid_start(pid)
    if start is None:
        return True
    written = meta.get("pid_start")
    return bool(start) and written not in (None, "") and str(written) != start
