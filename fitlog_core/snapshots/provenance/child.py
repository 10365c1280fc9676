"""Starts the process that gathers what takes longer, and forgets about it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any

NVIDIA_SMI = "nvidia-smi"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
_CODE = (
    "import sys; sys.path.append(sys.argv.pop()); "
    "from fitlog_core.snapshots.provenance.gathering import main; main()"
)
# The shell ends at once and init takes over its child, so that a training that waits for its own
# children never meets ours; nothing of the terminal is held open.
_DETACHED = '"$@" </dev/null >/dev/null 2>&1 &'


def has_gpu(nvidia: str = "/proc/driver/nvidia") -> bool:
    """Tell whether there is a graphics card to ask about, from the file system alone.

    :param nvidia: Where the driver tells of itself.
    """
    if os.path.exists(nvidia):
        return True
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return any(os.access(os.path.join(folder, NVIDIA_SMI), os.X_OK) for folder in folders if folder)


def start(task: dict[str, Any]) -> None:
    """Have a task done by a process of its own, which outlives this one if need be.

    :param task: What :mod:`gathering` takes.
    :raises OSError: if no process can be started.
    """
    if not _is_python():
        return  # an application with Python inside: it would start itself once more
    command = [sys.executable, "-I", "-S", "-c", _CODE, json.dumps(task), _PACKAGE]
    if hasattr(os, "posix_spawn"):
        _spawn(["/bin/sh", "-c", _DETACHED, "sh", *command])
    else:
        _start_on_windows(command)


def _is_python() -> bool:
    name = os.path.basename(sys.executable or "").lower()
    return name.startswith(("python", "pypy")) and not getattr(sys, "frozen", False)


def _spawn(command: list[str]) -> None:
    try:
        # Ctrl-C in the terminal is for the training.
        pid = os.posix_spawn(command[0], command, os.environ, setsid=True)
    except NotImplementedError:
        pid = os.posix_spawn(command[0], command, os.environ)
    with contextlib.suppress(ChildProcessError):  # this process does not care for its children
        os.waitpid(pid, 0)


def _start_on_windows(command: list[str]) -> None:
    import subprocess

    process = subprocess.Popen(  # noqa: S603  fixed words and paths, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "DETACHED_PROCESS", 0),
    )
    process.returncode = 0  # nobody waits for it
