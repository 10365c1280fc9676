"""What a process knows of itself without asking anybody: its command, its place, its code."""

from __future__ import annotations

import functools
import itertools
import os
import sys
from collections.abc import Iterator
from typing import Any

from fitlog_core import machine
from fitlog_core.secrets import mask_arguments
from fitlog_core.snapshots.names import CONFIG_NAME, GIT_DIR_NAME

MOST_SOURCES = 2000
PYTHON_SUFFIXES = (".py", ".pyi", ".pyw")
# What changes a training's numbers from outside, or which device it runs on.
VARIABLES = (
    *("CUDA_VISIBLE_DEVICES", "CUBLAS_WORKSPACE_CONFIG", "NVIDIA_TF32_OVERRIDE"),
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONHASHSEED", "TF_DETERMINISTIC_OPS"),
    *("TOKENIZERS_PARALLELISM", "XLA_FLAGS", "CONDA_DEFAULT_ENV", "WORLD_SIZE"),
)
_MARKS = ((CONFIG_NAME, GIT_DIR_NAME), (".git",), ("pyproject.toml", "setup.py", "setup.cfg"))
_INSTALLED = ("site-packages", "dist-packages")
_NOT_OWN = frozenset((*_INSTALLED, ".venv", "venv"))  # names of folders


def facts_of_process(project: str | None = None) -> dict[str, Any]:
    """Return what the process knows of itself.

    :param project: The project's root, where a snapshot was made of it.
    """
    place, script = _working_directory(), _script()
    root = project or root_around(os.path.dirname(script) if script else place)
    facts: dict[str, Any] = {
        "argv": mask_arguments(list(getattr(sys, "argv", []))),
        "orig_argv": mask_arguments(list(getattr(sys, "orig_argv", []))),
        "cwd": place,
        "project": root,
        "place": relative(place, root),
        "script": relative(script, root) if script else None,
        "module": _module(),
        "python": sys.version.split()[0],
        "executable": sys.executable,
        "prefix": sys.prefix,
        "platform": sys.platform,
        "machine": _machine(),
        "host": machine.host(),
        "cpus": os.cpu_count(),
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "sources": list(_sources(root)),
    }
    return {name: value for name, value in facts.items() if value not in (None, {}, [])}


def root_around(folder: str) -> str | None:
    """Return the project around a folder: what ``find_root`` says, without reading settings.

    :param folder: Absolute.
    """
    if not folder or any(part in _INSTALLED for part in folder.split(os.sep)):
        return None
    home = os.path.expanduser("~")
    for marks in _MARKS:
        below, place = "", folder
        while place not in (below, home):
            if any(os.path.exists(os.path.join(place, mark)) for mark in marks):
                return place
            below, place = place, os.path.dirname(place)
    return folder


def relative(path: str, root: str | None) -> str | None:
    """Return a path from a root on, with ``/``; as it is where it lies elsewhere.

    :param path: Absolute.
    :param root: The root's path, or None.
    """
    if not path or not root:
        return path or None
    if path == root:
        return "."
    inside = path.startswith(root.rstrip(os.sep) + os.sep)
    return path[len(root.rstrip(os.sep)) + 1 :].replace(os.sep, "/") if inside else path


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return ""


def _script() -> str | None:
    """Return the file that was started, None in a shell or a notebook."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    try:
        return os.path.realpath(file) if isinstance(file, str) else None
    except (OSError, ValueError):
        return None


def _module() -> str | None:
    """Return what was started with ``python -m``."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    name = getattr(spec, "name", None)
    return name.removesuffix(".__main__") if isinstance(name, str) else None


def _machine() -> str | None:
    if not hasattr(os, "uname"):
        return None
    system = os.uname()
    return f"{system.sysname} {system.release} {system.machine}"


def _sources(root: str | None) -> tuple[str, ...]:
    """Return the project's files that are loaded, the script first."""
    if not root:
        return ()
    main = sys.modules.get("__main__")
    return _sources_among(root, id(main), tuple(map(id, sys.modules.values())))


# A framework is thousands of modules, and each run of a search asks for the same ones.
@functools.lru_cache(maxsize=1)
def _sources_among(root: str, *_as_they_are: object) -> tuple[str, ...]:
    inside = root.rstrip(os.sep) + os.sep
    files = dict.fromkeys(file for file in _loaded_files() if file.startswith(inside))
    own = (file[len(inside) :] for file in files if _is_own(file[len(inside) :]))
    return tuple(file.replace(os.sep, "/") for file in itertools.islice(own, MOST_SOURCES))


def _loaded_files() -> Iterator[str]:
    for module in [sys.modules.get("__main__"), *sys.modules.values()]:
        # What others put into sys.modules may be anything, and importing may hide behind getattr.
        if isinstance(module, type(sys)):
            file = module.__dict__.get("__file__")
            if isinstance(file, str):
                yield file if _is_plain(file) else os.path.abspath(file)


def _is_plain(path: str) -> bool:
    """Tell whether ``abspath`` would change nothing, in a fraction of its time."""
    whole = path + "/"
    return path[:1] == "/" and not ("//" in whole or "/./" in whole or "/../" in whole)


def _is_own(path: str) -> bool:
    return path.endswith(PYTHON_SUFFIXES) and _NOT_OWN.isdisjoint(path.split(os.sep))
