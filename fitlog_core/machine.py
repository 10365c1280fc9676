"""Which machine and process this is, so that a reader can tell whether a run still lives."""

from __future__ import annotations

import os
import sys


def host() -> str:
    """Return the name of this machine."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "")


def boot() -> str:
    """Return what tells this boot and process namespace from all others.

    :return: Boot id and pid namespace, or an empty string where the system tells neither:
        a process id then means nothing to a reader.
    """
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot_id = file.read().strip()
        return f"{boot_id} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def pid_start(pid: int) -> str | None:
    """Return when a process started, in the system's own unit.

    A process id is given out again after a while; the id and the start together are not.

    :param pid: Process id.
    :return: The start, empty where the system does not tell it, None if there is no such process.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The second field is the program's name in brackets and may hold anything.
            fields = file.read().rpartition(b")")[2].split()
        is_dead = fields[0] in (b"Z", b"X")  # killed, and its parent has not asked yet
        return None if is_dead else fields[19].decode("ascii")
    except (OSError, IndexError):
        return None if sys.platform == "linux" else _exists(pid)


def _exists(pid: int) -> str | None:
    if os.name != "posix":  # os.kill would end the process on Windows
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return ""
    return ""
