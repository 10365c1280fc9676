"""What identifies data on disk: its size, its time, a hash of its content.

A large file is hashed by samples and says so; a folder by the names and contents of its files.
Only the standard library is used here, as in :mod:`document`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

WHOLE_UP_TO = 256 * 2**20  # bytes; beyond, a file is hashed by samples
SAMPLES = 32  # of a large file, its beginning and its end among them
SAMPLE = 256 * 2**10  # bytes
FOLDER_UP_TO = 1024 * 2**20  # bytes of a folder that are hashed whole
MOST_FILES = 20_000  # of a folder that are opened
_BLOCK = 2**20


def first_look(path: str) -> dict[str, Any]:
    """Return size and time of a file or folder.

    :param path: Absolute.
    :raises OSError: if it is not there, or may not be read.
    """
    found = os.stat(path)
    if not os.access(path, os.R_OK):
        raise PermissionError(13, "Permission denied", path)
    said: dict[str, Any] = {"mtime": found.st_mtime}
    if not os.path.isdir(path):
        said["size"] = found.st_size
    return said


def fingerprint(path: str) -> dict[str, Any]:
    """Return what identifies the content of a file or folder, ``problem`` if it cannot be read.

    ``hash`` is ``sha256:`` of the content, or ``sampled:`` where only parts of it were read;
    ``size`` is in bytes, ``files`` how many a folder holds.

    :param path: Absolute.
    """
    try:
        if os.path.isdir(path):
            return _of_folder(path)
        size = os.stat(path).st_size
        digest, is_sampled = _of_file(path, size, WHOLE_UP_TO)
        return {"size": size, "hash": _named(digest, is_sampled)}
    except OSError as error:
        return {"problem": error.strerror or str(error)}


def _named(digest: str, is_sampled: bool) -> str:
    return f"{'sampled' if is_sampled else 'sha256'}:{digest}"


def _of_file(path: str, size: int, whole_up_to: int) -> tuple[str, bool]:
    import hashlib  # a training that only names its data does without

    digest = hashlib.sha256()
    is_sampled = size > whole_up_to
    with open(path, "rb") as file:
        if is_sampled:
            digest.update(str(size).encode("ascii"))
        for block in _samples(file, size) if is_sampled else iter(lambda: file.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest(), is_sampled


def _samples(file: Any, size: int) -> Iterator[bytes]:
    sample = min(SAMPLE, size // SAMPLES)
    for number in range(SAMPLES):
        file.seek((size - sample) * number // (SAMPLES - 1))
        yield file.read(sample)


def _of_folder(path: str) -> dict[str, Any]:
    import hashlib

    files = sorted(_files(path))
    total = sum(size for _, size in files)
    is_sampled = total > FOLDER_UP_TO or len(files) > MOST_FILES
    opened = set(range(0, len(files), -(-len(files) // MOST_FILES))) if files else set()
    digest = hashlib.sha256()
    for number, (name, size) in enumerate(files):
        digest.update(os.fsencode(name) + b"\0" + str(size).encode("ascii") + b"\0")
        if number in opened:
            whole = SAMPLES * 1024 if is_sampled else WHOLE_UP_TO
            content, in_parts = _of_file(os.path.join(path, name), size, whole)
            is_sampled = is_sampled or in_parts
            digest.update(content.encode("ascii"))
    return {"size": total, "files": len(files), "hash": _named(digest.hexdigest(), is_sampled)}


def _files(path: str) -> Iterator[tuple[str, int]]:
    """Yield the files below a folder, with ``/``, and their sizes."""

    def fail(error: OSError) -> None:
        raise error

    for parent, _, names in os.walk(path, onerror=fail):
        for name in names:
            file = os.path.join(parent, name)
            if os.path.isfile(file):  # no pipe, which would wait for ever, and no broken link
                yield os.path.relpath(file, path).replace(os.sep, "/"), os.stat(file).st_size
