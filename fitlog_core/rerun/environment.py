"""The packages of a run beside those that are installed, and an environment of the run's own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from fitlog_core.errors import RerunError

_LIST = (
    "import importlib.metadata as m\n"
    "for d in m.distributions(): print(d.metadata['Name'], d.version, sep='==')\n"
)
_OWN = "fitlog"
_NAMED = 5  # packages in a warning


def installed_for(python: Sequence[str]) -> dict[str, str]:
    """Return the versions of the packages that an interpreter finds, by name.

    :param python: The interpreter and its options.
    :raises RerunError: if it does not run.
    """
    try:
        done = subprocess.run(  # noqa: S603  the run's interpreter and fixed words, no shell
            (python[0], "-c", _LIST), capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise RerunError(f"the interpreter {python[0]} does not run: {error}") from error
    pairs = (line.partition("==") for line in done.stdout.splitlines())
    found: dict[str, str] = {}
    for name, _, version in pairs:
        found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), version)
    return found


def drift(then: Mapping[str, str], now: Mapping[str, str]) -> str | None:
    """Return in words which packages are others than they were, None if none is.

    :param then: Versions by name, of the run.
    :param now: Those that are installed.
    """
    said = [
        f"{name} {version} is {now[name]} now" if name in now else f"{name} {version} is missing"
        for name, version in then.items()
        if now.get(name) != version
    ]
    more = f" and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    return ", ".join(said[:_NAMED]) + more if said else None


def make(folder: Path, python: Sequence[str], packages: Mapping[str, str]) -> Path:
    """Make a virtual environment of a run's packages, by uv if it is there, else by pip.

    :param folder: Where to; one that is there is completed.
    :param python: The interpreter that it is made of.
    :param packages: Versions by name.
    :return: Its interpreter.
    :raises RerunError: if it cannot be made, with the installer's own words.
    """
    wanted = [f"{name}=={version}" for name, version in packages.items() if name != _OWN]
    wanted.append(_own_source())
    uv = shutil.which("uv")
    inside = folder / ("Scripts/python.exe" if (folder / "Scripts").is_dir() else "bin/python")
    if uv is not None:
        _call(uv, "venv", "--allow-existing", "--python", python[0], str(folder))
        _call(uv, "pip", "install", "--python", str(inside), *wanted)
        return inside
    _call(python[0], "-m", "venv", str(folder))
    _call(str(inside), "-m", "pip", "install", "--quiet", "--no-input", *wanted)
    return inside


def _own_source() -> str:
    """Return what fitlog itself is installed from: what this one was, if that is here still."""
    own = metadata.distribution(_OWN)
    try:
        address = urlsplit(str(json.loads(own.read_text("direct_url.json") or "{}").get("url", "")))
    except ValueError:
        address = urlsplit("")
    source = Path(unquote(address.path))  # a folder, or a wheel
    is_there = address.scheme == "file" and source.exists()
    return str(source) if is_there else f"{_OWN}=={own.version}"


def _call(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  no shell
    except OSError as error:
        raise RerunError(f"{command[0]} cannot be started: {error.strerror}") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        why = next((line for line in lines if "error" in line.lower()), "".join(lines[-1:]))
        raise RerunError(f"the recorded packages cannot be installed: {why.strip()}")
