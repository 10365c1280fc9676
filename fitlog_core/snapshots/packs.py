"""Reads a commit out of git's packs, where a cloned repository has it.

Starting git for it would take longer than all else that is done when a run begins.
"""

from __future__ import annotations

import os
import zlib
from typing import BinaryIO

_VERSION_2 = b"\xfftOc\x00\x00\x00\x02"
_FANOUT = len(_VERSION_2)
_IDS = _FANOUT + 256 * 4
_ID_LENGTH = 20
_OBJECT = _ID_LENGTH + 4 + 4  # what the index has of each: its id, check sum and offset
_LARGE_OFFSET = 1 << 31  # the rest of such a one is an index into a table of 64-bit offsets
_COMMIT = 1
_MOST_READ = 1 << 16


def packed_commit(common: str, commit_id: str) -> bytes:
    """Return what a commit says.

    :param common: The git directory with the objects.
    :param commit_id: Its id.
    :return: Nothing where git must be asked: another store lends the objects, the commit is kept
        as the difference to another, is longer than 64 kB, is damaged, or the ids are of another
        kind.
    """
    folder = os.path.join(common, "objects", "pack")
    try:
        wanted = bytes.fromhex(commit_id)
        for name in os.listdir(folder):
            stem, extension = os.path.splitext(os.path.join(folder, name))
            offset = _offset_in(stem, wanted) if extension == ".idx" else -1
            if offset >= 0:
                return _commit_at(stem, offset)
    except (OSError, ValueError, IndexError, zlib.error):  # damaged, or being repacked
        return b""
    return b""


def _offset_in(stem: str, wanted: bytes) -> int:
    """Return where in a pack an object begins, -1 if it is not in there."""
    with open(stem + ".idx", "rb", buffering=0) as file:
        if len(wanted) != _ID_LENGTH or file.read(len(_VERSION_2)) != _VERSION_2:
            return -1
        before = _number(file, _FANOUT + 4 * (wanted[0] - 1)) if wanted[0] else 0
        until, total = (_number(file, _FANOUT + 4 * place) for place in (wanted[0], 255))
        if not before <= until <= total <= os.fstat(file.fileno()).st_size // _OBJECT:  # damaged
            return -1
        ids = _bytes(file, _IDS + _ID_LENGTH * before, _ID_LENGTH * (until - before))
        found = ids.find(wanted)
        while found % _ID_LENGTH:  # -1 too, of which the rest is 19
            if found < 0:
                return -1
            found = ids.find(wanted, found + 1)
        offsets = _IDS + (_ID_LENGTH + 4) * total  # behind the ids and the check sums
        offset = _number(file, offsets + 4 * (before + found // _ID_LENGTH))
        if offset < _LARGE_OFFSET:
            return offset
        return _number(file, offsets + 4 * total + 8 * (offset - _LARGE_OFFSET), 8)


def _commit_at(stem: str, offset: int) -> bytes:
    with open(stem + ".pack", "rb", buffering=0) as file:
        data = _bytes(file, offset, _MOST_READ)
    if data[0] >> 4 & 7 != _COMMIT:
        return b""
    start = 0
    while data[start] & 0x80:  # the length goes on in the next byte
        start += 1
    reader = zlib.decompressobj()
    said = reader.decompress(data[start + 1 :])
    return said if reader.eof else b""  # before its end zlib has not compared the check sum


def _number(file: BinaryIO, place: int, length: int = 4) -> int:
    return int.from_bytes(_bytes(file, place, length), "big")


def _bytes(file: BinaryIO, place: int, length: int) -> bytes:
    file.seek(place)
    return file.read(length)
