"""The pictures of a copy of the board: small ones only, of each name the last."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from fitlog_core.errors import RunNotFoundError
from fitlog_core.image_files import MAGIC, kind_of
from fitlog_core.log_format import IMAGES_FOLDER
from fitlog_core.reading.files import RunFile
from fitlog_core.reading.reader import RunReader

LARGEST = 200_000  # bytes of one picture
LARGEST_IN_ALL = 2_000_000
_KINDS = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}


class Picture(NamedTuple):
    """A picture of a run.

    :param name: Where it lies in the run's folder, below ``images``.
    :param kind: One of ``png``, ``jpg``, ``gif`` and ``webp``.
    """

    name: str
    kind: str
    content: bytes

    def as_address(self) -> str:
        """Return an address that holds the picture itself."""
        return f"data:{_KINDS[self.kind]};base64,{base64.b64encode(self.content).decode('ascii')}"


class Pictures(NamedTuple):
    """Pictures of several runs, by the runs' places, and how many there is no room for."""

    taken: dict[int, list[Picture]]
    left_out: int


def pictures_of(readers: Mapping[int, RunReader]) -> Pictures:
    """Return the pictures of runs, as far as they are small.

    :param readers: The runs, by their place in the table.
    """
    taken: dict[int, list[Picture]] = {}
    left_out, room = 0, LARGEST_IN_ALL
    for place, reader in readers.items():
        files, before = _last_of_each(reader.files())
        left_out += before
        for file in files:
            picture = _read(reader, file) if file.size <= min(LARGEST, room) else None
            if picture is None:
                left_out += 1
                continue
            room -= len(picture.content)
            taken.setdefault(place, []).append(picture)
    return Pictures(taken, left_out)


def _last_of_each(files: Iterable[RunFile]) -> tuple[list[RunFile], int]:
    """Return the picture of the highest step of each name, and how many others there are."""
    found: dict[str, tuple[int, RunFile]] = {}
    count = 0
    for file in files:
        folder, _, name = file.path.rpartition("/")
        stem, _, ending = name.rpartition(".")
        if not folder.startswith(f"{IMAGES_FOLDER}/") or ending not in MAGIC:
            continue
        count += 1
        step = int(stem) if stem.isascii() and stem.removeprefix("-").isdigit() else -1
        if folder not in found or step > found[folder][0]:
            found[folder] = (step, file)
    return [file for _, file in found.values()], count - len(found)


def _read(reader: RunReader, file: RunFile) -> Picture | None:
    """Return a picture; None where it went meanwhile, grew, or is none in truth."""
    try:
        with reader.open_file(file.path).open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except (OSError, RunNotFoundError):
        return None
    kind = kind_of(content[:16])
    if kind is None or len(content) > LARGEST:
        return None
    return Picture(file.path.partition("/")[2], kind, content)
