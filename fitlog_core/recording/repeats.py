"""Tells at the start of a run that a finished one did the same before; never more than a line.

What two runs must share is hashed into a key, and each run's key stands beside its id in the log
directory (``.provenance/starts-XX.txt``, by the first two letters of the key), so that among ten
thousand runs one short file is read. Those files are disposable: without them nothing is said.

Whatever is in doubt is not said: the finished run is looked at again before it is named.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from fitlog_core import log_format
from fitlog_core.notices import say
from fitlog_core.snapshots.provenance.data import first_look
from fitlog_core.snapshots.provenance.sameness import key_of

MOST_LOOKED_AT = 5  # runs of one key, the newest first
MOST_DATA = 32  # paths that a training waits for
_LONGEST_INDEX = 2**20  # bytes of one file of the index that are read, its end
_LONGEST_FACTS = 2**20  # bytes of a provenance.json
_LONGEST_VALUE = 40
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_TRASH = rb"(?m)^deleted_logs[ \t]*[=:](.*(?:\r?\n[ \t].*)*)"


def look(
    folder: str, facts: Mapping[str, Any], hyper: bytes, data: Mapping[str, Any], *, tell: bool
) -> None:
    """Note what a run is about to do, and say if a finished one did it before.

    Nothing is raised: a file that cannot be read or written leaves the notice out.

    :param folder: The run's folder.
    :param facts: Its provenance.
    :param hyper: What its ``hyper.log`` begins with.
    :param data: What ``add_data`` was given so far, by path.
    :param tell: False for a run that repeats another one on purpose.
    """
    key = key_of(facts, hyper)
    if key is None:
        return
    log_dir, run_id = os.path.split(folder)
    earlier = _note(log_format.starts_path(log_dir, key), key, run_id)
    for other in earlier[-MOST_LOOKED_AT:][::-1] if tell else ():
        found = _finished(os.path.join(log_dir, other), data)
        if found is not None and not _is_in_trash(log_dir, other):
            say(_words(other, found))
            return


def _note(path: str, key: str, run_id: str) -> list[str]:
    """Add a run to the index; return the ids of those with the same key, oldest first."""
    try:
        descriptor = os.open(path, _FLAGS, 0o666)
    except OSError:
        return _ids(_read(path, _LONGEST_INDEX), key)  # somebody else's: read it at least
    try:
        size = os.lseek(descriptor, 0, os.SEEK_END)
        os.lseek(descriptor, max(0, size - _LONGEST_INDEX), os.SEEK_SET)
        text = os.read(descriptor, _LONGEST_INDEX)
        torn = b"\n" if text and not text.endswith(b"\n") else b""
        os.write(descriptor, torn + f"{key} {run_id}\n".encode("ascii"))
    except OSError:
        return []
    finally:
        os.close(descriptor)
    return [one for one in _ids(text, key) if one != run_id]


def _ids(text: bytes, key: str) -> list[str]:
    begin = key.encode("ascii") + b" "
    names = (line[len(begin) :] for line in text.split(b"\n") if line.startswith(begin))
    said = (name.decode("ascii", "replace") for name in names)
    return [name for name in said if log_format.is_run_id(name)]


def _finished(folder: str, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what there is to say of a run, None unless it finished and its data are as they were.

    :param data: What the run that begins has named so far, by path.
    """
    meta = log_format.read_meta(folder)
    if meta.get("state") != "finish" or meta.get("segment") is not None:
        return None  # one that was gone on with had two commands
    read = _data_of(folder)
    if read is None or len(read) > MOST_DATA or not data.keys() <= read.keys():
        return None
    if not all(_is_as_it_was(path, said) for path, said in read.items()):
        return None
    return {"has_data": bool(read), "best": _best(folder)}


def _data_of(folder: str) -> dict[str, Any] | None:
    """Return the data that a run named until its end, by path; None if nobody knows."""
    text = _read(os.path.join(folder, log_format.PROVENANCE_FILE), _LONGEST_FACTS)
    facts = log_format.parse_object_line(text)
    said = None if facts is None else facts.get("data", {})
    return said if isinstance(said, dict) else None


def _is_as_it_was(path: str, said: Any) -> bool:
    """Tell whether a file has the size and time that a run met; of a folder nobody knows."""
    if not isinstance(said, dict) or "problem" in said:
        return False
    try:
        now = first_look(path)
    except (OSError, ValueError):
        return False
    return "size" in now and all(said.get(name) == value for name, value in now.items())


def _best(folder: str) -> str:
    """Return the first best metric of a run, such as ``dev-acc = 0.91``; empty without one."""
    text = _read(os.path.join(folder, "best_metric.log"), _LONGEST_FACTS)
    best: dict[str, Any] = {}
    for line in text.splitlines():
        log_format.merge(best, log_format.parse_section(line, "metric") or {})
    for name, value in log_format.flatten(best, "metric").items():
        place = name.removeprefix("metric-")
        if place.rpartition("-")[2] not in ("step", "epoch"):  # of the best one, beside it
            words = f"{value:.6g}" if isinstance(value, float) else str(value)
            return f"{place} = {words[:_LONGEST_VALUE]}"
    return ""


def _is_in_trash(log_dir: str, run_id: str) -> bool:
    """Tell whether a run is in the trash of the view that the board opens unasked."""
    text = _read(os.path.join(log_dir, "default.cfg"), _LONGEST_INDEX)
    name = run_id.encode("ascii")
    return name in text and any(name in names for names in re.findall(_TRASH, text))


def _read(path: str, longest: int) -> bytes:
    """Return what a file says, nothing if it cannot be read or is longer."""
    try:
        with open(path, "rb") as file:
            text = file.read(longest + 1)
    except OSError:
        return b""
    return text if len(text) <= longest else b""


def _words(run_id: str, found: Mapping[str, Any]) -> str:
    what = "code, command, packages and data" if found["has_data"] else "code, command and packages"
    best = " ".join(found["best"].split())
    return (
        f"the same was run before: {run_id} finished with this {what}"
        f"{f', {best}' if best else ''}; FITLOG_REPEATS=off leaves this line out"
    )
