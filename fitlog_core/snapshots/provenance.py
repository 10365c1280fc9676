"""What identifies the code, the environment, the command and the machine of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from fitlog_core import log_format, machine
from fitlog_core.secrets import mask_arguments, mask_values


def facts_of_process() -> dict[str, Any]:
    """Return what the process knows of itself without asking anybody."""
    return {
        "argv": mask_arguments(list(getattr(sys, "argv", []))),
        "cwd": _working_directory(),
        "python": sys.version.split()[0],
        "executable": sys.executable,
        "platform": sys.platform,
        "host": machine.host(),
    }


def write(folder: str, facts: Mapping[str, Any], plugins: Mapping[str, Any]) -> None:
    """Write a run's ``provenance.json``, unless there is one.

    :param folder: The run's folder.
    :param facts: Facts by name, as JSON can say them.
    :param plugins: Facts of each plugin under its name.
    :raises OSError: if it cannot be written.
    """
    content = log_format.dumps({**mask_values(facts), "plugins": mask_values(plugins)}) + b"\n"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    path = os.path.join(folder, log_format.PROVENANCE_FILE)
    try:
        descriptor = os.open(path, flags, 0o666)
    except FileExistsError:
        return
    try:
        if os.write(descriptor, content) < len(content):
            raise OSError(0, "the disk took only a part of a file")
    except OSError:
        os.unlink(path)  # so that the run makes it when it goes on
        raise
    finally:
        os.close(descriptor)


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return ""
