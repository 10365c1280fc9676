"""The file ``provenance.json``: made once, then completed by whoever learns more.

It is replaced as a whole by a rename, so that no reader and no kill meets a half of it. The new
version's own file is the lock: two processes that complete it at once take turns. Only the
standard library is used here, for the short-lived process that gathers has nothing else.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

ABANDONED_AFTER = 10.0  # seconds; a killed process leaves its part behind
_PAUSE = 0.01  # seconds
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def write_new(path: str, facts: Mapping[str, Any]) -> bool:
    """Write the file unless it is there.

    :param path: That of ``provenance.json``.
    :param facts: What JSON can say.
    :return: Whether it was written.
    :raises OSError: if it cannot be written; nothing is left then.
    """
    try:
        descriptor = os.open(path, _FLAGS, 0o666)
    except FileExistsError:
        return False
    try:
        _write(descriptor, facts)
    except OSError:
        os.unlink(path)  # so that the run makes it when it goes on
        raise
    finally:
        os.close(descriptor)
    return True


def nested(facts: Mapping[str, Any], under: Sequence[str]) -> dict[str, Any]:
    """Return facts below keys, the outermost first."""
    said = dict(facts)
    for key in reversed(under):
        said = {key: said}
    return said


def complete(path: str, facts: Mapping[str, Any], patience: float = 30.0) -> bool:
    """Lay facts over those in the file, key by key and deep.

    :param path: That of ``provenance.json``; nothing is written where its folder is gone.
    :param patience: Seconds to wait for other processes.
    :return: False if others kept it to the end.
    :raises OSError: if it cannot be written; it is as it was then.
    """
    part = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.part")
    descriptor = _taken(part, patience)
    if descriptor is None:
        return False
    try:
        said = read(path)
        _lay_over(said, facts)
        _write(descriptor, said)
        if os.fstat(descriptor).st_ino != os.stat(part).st_ino:
            return False  # another process took ours for abandoned
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise
    finally:
        os.close(descriptor)
    return True


def _taken(part: str, patience: float) -> int | None:
    until = time.monotonic() + patience
    while True:
        try:
            return os.open(part, _FLAGS, 0o666)
        except FileExistsError:
            if _is_abandoned(part):
                _remove(part)
                continue
        if time.monotonic() > until:
            return None
        time.sleep(_PAUSE)


def _is_abandoned(part: str) -> bool:
    try:
        return time.time() - os.stat(part).st_mtime > ABANDONED_AFTER
    except OSError:  # its owner was faster
        return False


def _remove(part: str) -> None:
    try:
        os.unlink(part)
    except FileNotFoundError:
        return


def read(path: str) -> dict[str, Any]:
    """Return what the file says, nothing if it cannot be read.

    :param path: That of ``provenance.json``.
    """
    try:
        with open(path, "rb") as file:
            said = json.loads(file.read())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _lay_over(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        earlier = below.get(key)
        if isinstance(value, dict) and isinstance(earlier, dict):
            _lay_over(earlier, value)
        else:
            below[key] = value


def _write(descriptor: int, facts: Mapping[str, Any]) -> None:
    content = json.dumps(facts, allow_nan=False).encode("ascii") + b"\n"
    if os.write(descriptor, content) < len(content):
        raise OSError(0, "the disk took only a part of a file")
