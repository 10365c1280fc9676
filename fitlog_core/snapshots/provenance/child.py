"""Starts the process that gathers what takes longer, and forgets about it."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fitlog_core.snapshots.provenance.line import Line

NVIDIA = "/proc/driver/nvidia"  # where the driver tells of itself
NVIDIA_SMI = "nvidia-smi"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
_CODE = (
    "import sys; sys.path.append(sys.argv.pop()); "
    "from fitlog_core.snapshots.provenance.gathering import main; main()"
)
# The shell ends at once and init takes over its child, so that a training that waits for its own
# children never meets ours; nothing of the terminal is held open.
_SHELL = ("/bin/sh", "-c", '"$@" </dev/null >/dev/null 2>&1 &', "sh")
_OTHER_END = 3  # the descriptor of the line in the process that gathers


def has_gpu(nvidia: str = NVIDIA) -> bool:
    """Tell whether there is a graphics card to ask about, from the file system alone.

    :param nvidia: Where the driver tells of itself.
    """
    if os.path.exists(nvidia):
        return True
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return any(os.access(os.path.join(folder, NVIDIA_SMI), os.X_OK) for folder in folders if folder)


def start(task: dict[str, Any]) -> None:
    """Have a task done by a process of its own, which outlives this one if need be.

    Where one was started a short while ago, it is handed the task instead. Data are read by one
    that does nothing else, for it takes long.

    :param task: What :mod:`gathering` takes.
    :raises OSError: if no process can be started.
    """
    if not _is_python():
        return  # an application with Python inside: it would start itself once more
    if task.get("data"):
        _start(task, None)
    else:
        _helper(os.getpid()).do(task)


class _Helper:
    """The process that gathers for this one."""

    def __init__(self) -> None:
        self._line: Line | None = None

    def do(self, task: dict[str, Any]) -> None:
        line = self._line  # another thread may start another process meanwhile
        if line is None or not line.hand_over(task):
            from fitlog_core.snapshots.provenance.line import new_line  # many runs need none

            line = new_line() if hasattr(os, "posix_spawn") else None
            _start(task, line)
            self._line = line


@functools.lru_cache(maxsize=1)
def _helper(_pid: int) -> _Helper:
    """Return what gathers for this process: a forked child leaves its parent's alone."""
    return _Helper()


def _start(task: dict[str, Any], line: Line | None) -> None:
    command = [sys.executable, "-I", "-S", "-c", _CODE, json.dumps(task)]
    if not hasattr(os, "posix_spawn"):
        _start_on_windows([*command, _PACKAGE])
    elif line is None:
        _spawn([*_SHELL, *command, _PACKAGE])
    else:
        _spawn([*_SHELL, *command, str(_OTHER_END), _PACKAGE], line.other)
        line.close_other()


def _is_python() -> bool:
    name = os.path.basename(sys.executable or "").lower()
    return name.startswith(("python", "pypy")) and not getattr(sys, "frozen", False)


def _spawn(command: list[str], line: int | None = None) -> None:
    """Start a process in the background.

    :param line: Descriptor that it has as :data:`_OTHER_END`.
    """
    given = [] if line is None else [(os.POSIX_SPAWN_DUP2, line, _OTHER_END)]
    try:
        # Ctrl-C in the terminal is for the training.
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=given, setsid=True)
    except NotImplementedError:
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=given)
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
