"""Which packages are installed, from the names of their folders, kept once per distinct set."""

from __future__ import annotations

import functools
import importlib
import os
import sys
from time import time_ns
from typing import Any

from fitlog_core.log_format import SHARED_FOLDER, packages_path

_SUFFIXES = (".dist-info", ".egg-info")
_NEW = 2_000_000_000  # nanoseconds, the coarsest time that a file system keeps of a folder
# Packages that are imported by another name than they are installed by.
_INSTALLED_AS = {
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "yaml": "pyyaml",
    "dateutil": "python-dateutil",
    "bs4": "beautifulsoup4",
    "skimage": "scikit-image",
    "google": "protobuf",
    "Crypto": "pycryptodome",
    "hydra": "hydra-core",
    "fitz": "pymupdf",
}


def installed() -> dict[str, str]:
    """Return the versions of the packages that this Python finds, by name, sorted."""
    found: dict[str, str] = {}
    for folder in dict.fromkeys(sys.path):
        for name, version in _in_folder(folder):
            found.setdefault(name, version)  # what is found first is imported
    return dict(sorted(found.items()))


def loaded(packages: dict[str, str]) -> dict[str, str]:
    """Return those of the installed packages that are imported.

    :param packages: What :func:`installed` returns.
    """
    tops = {name for name in list(sys.modules) if "." not in name and not name.startswith("_")}
    names = sorted({_INSTALLED_AS.get(top) or _normal(top) for top in tops})
    return {name: packages[name] for name in names if name in packages}


def facts(log_dir: str) -> dict[str, Any]:
    """Return what a run says of the packages, and keep their whole set in the log directory.

    :param log_dir: The log directory.
    :raises OSError: if the set cannot be written.
    """
    packages = installed()
    text = "".join(f"{name}=={version}\n" for name, version in packages.items())
    return {
        "set": _keep(log_dir, text.encode("utf-8", "backslashreplace")),
        "count": len(packages),
        "loaded": loaded(packages),
    }


def _in_folder(folder: str) -> tuple[tuple[str, str], ...]:
    """Return names and versions of the packages in a folder, read anew once it has changed.

    Its times say so, as they do to Python's own search for modules; one that has just changed
    may change again without other times.
    """
    place = folder or os.curdir
    try:
        found = os.stat(place)
        times = found.st_mtime_ns, found.st_ctime_ns
        if max(times) + _NEW >= time_ns():
            return _named_in(place)
        return _known_in(place, found.st_dev, found.st_ino, *times)
    except OSError:  # a zip file, or nothing
        return ()


@functools.lru_cache(maxsize=64)  # folders on the path
def _known_in(place: str, *_as_it_is: int) -> tuple[tuple[str, str], ...]:
    return _named_in(place)


def _named_in(place: str) -> tuple[tuple[str, str], ...]:
    packages = []
    for entry in os.listdir(place):
        if entry.endswith(_SUFFIXES):
            name, _, rest = entry[: entry.rindex(".")].partition("-")
            version = rest.partition("-py")[0]
            if version:
                packages.append((_normal(name), version))
    return tuple(packages)


def _normal(name: str) -> str:
    return name.replace("_", "-").replace(".", "-").lower()


def _keep(log_dir: str, content: bytes) -> str:
    """Write a set of packages unless it is there, whole or not at all; return its name."""
    name = sha256(content)[:12]
    path = packages_path(log_dir, name)
    if os.path.exists(path):
        return name
    os.makedirs(os.path.join(log_dir, SHARED_FOLDER), exist_ok=True)
    part = f"{path}.{os.getpid()}.part"
    try:
        with open(part, "wb") as file:
            file.write(content)
        os.replace(part, path)
    except OSError:
        if os.path.exists(part):
            os.unlink(part)
        raise
    return name


def sha256(content: bytes) -> str:
    """Return a hash without loading OpenSSL, which takes longer than all else here."""
    name = "_sha2" if sys.version_info >= (3, 12) else "_sha256"
    try:
        module = importlib.import_module(name)
    except ImportError:  # an interpreter that is built otherwise
        module = importlib.import_module("hashlib")
    digest: str = module.sha256(content).hexdigest()
    return digest
