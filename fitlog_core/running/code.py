"""Keeps the code of a script in a process beside it, which ends before the script begins.

What that takes is loaded there, while the rest of what records the script is loaded here.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from fitlog_core.settings import environment

# Where one of these is set, the script's own process asks whether it is to record at all.
_OF_A_RANK = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")


def keep_beside(
    script: str, arguments: Sequence[str], message: str | None, *, is_module: bool
) -> int:
    """Have the code around a script kept.

    The process is nobody's child once this returns, so that the script never meets it.

    :param script: Path of the script, or name of the module.
    :param arguments: What stands after it, for the list of versions.
    :param message: What is tried with this code.
    :param is_module: It is a module's name.
    :return: A descriptor for :func:`kept`, -1 where this is left to the script's own process.
    """
    is_off = environment("flag") in ("DEBUG", "NO_COMMIT")
    if is_off or not hasattr(os, "fork") or any(name in os.environ for name in _OF_A_RANK):
        return -1
    place = os.curdir if is_module or _is_installed(script) else script
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        os.waitpid(child, 0)
        return reading
    status = 1
    try:
        os.close(reading)
        sys.argv = [script, *arguments]
        if os.fork() == 0:
            os.write(writing, _captured(place, message))
        status = 0
    finally:
        os._exit(status)


def kept(descriptor: int) -> tuple[tuple[str, str], str] | None:
    """Wait for a snapshot and return its id and message, and the project's root.

    :param descriptor: What :func:`keep_beside` returned.
    """
    os.set_inheritable(descriptor, False)
    with open(descriptor, "rb") as file:
        said = file.read()
    if not said:
        return None
    snapshot_id, message, project = json.loads(said)
    return (snapshot_id, message), project


def _captured(place: str, message: str | None) -> bytes:
    from fitlog_core.snapshots.capture import capture

    snapshot = capture(place, message)
    if snapshot is None:
        return b""
    return json.dumps([snapshot.id, snapshot.message, str(snapshot.project)]).encode("ascii")


def _is_installed(script: str) -> bool:
    """Tell whether a script came with a package, and so is no file of the user's project."""
    path = os.path.abspath(script)
    return path.startswith(os.path.dirname(os.path.abspath(sys.executable)) + os.sep)
