"""Which files changed since the last look, as Linux tells it, so that the others need no look.

The bindings are inotify's, see ``inotify(7)``. A watch tells once and is over: writing costs
something for the first record after a look only, however many follow.
"""

from __future__ import annotations

import os
import struct
import sys
import weakref
from collections.abc import Callable
from typing import Protocol

MOST = 2000  # files that are watched; a user's account may have few such watches in all
_ROOM = 1 << 16  # bytes of the longest answer that is taken at once
_EVENT = struct.Struct("iIII")  # watch, kinds, cookie, length of the name; of files there is none
_MODIFY, _ATTRIB, _DELETE_SELF, _MOVE_SELF = 0x2, 0x4, 0x400, 0x800
_LOST = 0x4000  # the queue was full
_DONT_FOLLOW, _ONESHOT = 0x2000000, 0x80000000
_WANTED = _MODIFY | _ATTRIB | _DELETE_SELF | _MOVE_SELF | _DONT_FOLLOW | _ONESHOT


class Watched(Protocol):
    """A file that is looked at again and again.

    :ivar path: Where it is.
    :ivar is_quiet: Whether nothing happened to it since it was looked at, as far as is known.
    """

    path: str
    is_quiet: bool


class FileEvents:
    """Tells of files on a local disk that nothing happened to them since they were looked at.

    Not for a network file system, where nobody tells what other machines write.
    """

    def __init__(self) -> None:
        self._watched: dict[int, Watched] = {}
        self._old: dict[int, Watched] = {}
        self._descriptor = -1
        self._add: Callable[..., int] | None = None
        self._remove: Callable[..., int] | None = None
        if opened := _opened():
            self._descriptor, self._add, self._remove = opened
            weakref.finalize(self, os.close, self._descriptor)

    def take(self) -> None:
        """Take in what happened: the files that it happened to are no longer quiet."""
        while True:
            try:
                told = os.read(self._descriptor, _ROOM)
            except OSError:  # nothing is there; or no descriptor
                return
            for watch, kinds, _, _ in _EVENT.iter_unpack(told):
                if kinds & _LOST:
                    self.renew()
                file = self._watched.pop(watch, None)
                if file is not None:
                    file.is_quiet = False

    def renew(self) -> None:
        """Have every file looked at, whatever was told; those that are not asked for are given up.

        To be called now and then: for files of runs that are over, and for whatever is not told.
        """
        for watch in self._old.keys() - self._watched.keys():
            if self._remove is not None:
                self._remove(self._descriptor, watch)  # refused where it is over already
        for file in self._watched.values():
            file.is_quiet = False
        self._old, self._watched = self._watched, {}

    def watch(self, file: Watched) -> None:
        """Have a file told of from now on; to be called before it is looked at."""
        if self._add is None or len(self._watched) >= MOST:
            return
        try:
            watch = self._add(self._descriptor, os.fsencode(file.path), _WANTED)
        except ValueError:  # a NUL in the path
            return
        # Of two names of one file there is one watch: the other is looked at each time.
        if watch >= 0 and self._watched.setdefault(watch, file) is file:
            file.is_quiet = True


def _opened() -> tuple[int, Callable[..., int], Callable[..., int]] | None:
    if sys.platform != "linux":
        return None
    import ctypes  # only who looks again and again needs it

    system = ctypes.CDLL(None)
    descriptor = system.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor < 0:  # the account has no more of them
        return None
    add, remove = system.inotify_add_watch, system.inotify_rm_watch
    add.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32)
    return descriptor, add, remove
