"""The short-lived process that finds out what takes longer than a training may wait for.

Started by :mod:`child` with a task as argument, a JSON object: ``path`` of the run's
``provenance.json``, ``under``, the keys that lead to where the answers go, ``work_tree`` and
``commit`` of the user's repository, ``gpu``, and ``data`` by path. It writes each answer when it
has it. Whatever fails leaves its answer out. A second argument is the descriptor of a
:class:`~fitlog_core.snapshots.provenance.line.Receiver`, on which more tasks may come.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from time import monotonic
from typing import Any

from fitlog_core.snapshots.provenance.child import NVIDIA, NVIDIA_SMI
from fitlog_core.snapshots.provenance.data import fingerprint, first_look
from fitlog_core.snapshots.provenance.line import Receiver
from fitlog_core.snapshots.provenance.sharing import SharedLooks, tell
from fitlog_core.snapshots.user_git import answer_of_git, head_of

LIFETIME = 600  # seconds, after which it ends whatever it does
LINGER = 30.0  # seconds that it waits for another task
GIT_TIMEOUT = 60.0  # seconds
GPU_TIMEOUT = 20.0  # seconds; nvidia-smi waits for a driver that hangs
MOST_CHANGED = 100  # changed files that are named
_QUERY = ("--query-gpu=name,memory.total,driver_version", "--format=csv,noheader")


def main() -> None:
    """Gather what the first argument asks for, then what comes on the line."""
    if hasattr(os, "nice"):
        os.nice(10)  # training goes first
    looks = SharedLooks(state_of, gpus)
    _do(json.loads(sys.argv[1]), looks)
    if len(sys.argv) > 2:
        with contextlib.suppress(OSError):  # that is no line
            _serve(Receiver(int(sys.argv[2])), looks)
    _live_on()
    looks.answer(is_last=True)


def _serve(receiver: Receiver, looks: SharedLooks) -> None:
    """Do what comes on the line, until nothing came for a while or the training has ended."""
    os.chdir(os.sep)  # whoever waits stands in nobody's way
    until = monotonic() + LINGER
    while receiver.is_open:
        patience = looks.seconds_to_wait()
        task = receiver.next_task(LINGER if patience is None else patience)
        _live_on()
        if task is not None:
            until = monotonic() + LINGER
            _do(task, looks)
        elif receiver.is_open:
            looks.answer()
            if monotonic() >= until:
                receiver.refuse_more()  # what came meanwhile is still done


def _do(task: dict[str, Any], looks: SharedLooks) -> None:
    _live_on()
    looks.take(task)
    data: dict[str, Any] = task.get("data") or {}
    for path, said in data.items():
        tell(task, _of_data(path, said))


def _live_on() -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(LIFETIME)


def _of_data(path: str, said: dict[str, Any]) -> dict[str, Any]:
    if "problem" in said:
        return {"data": {path: said}}
    found = fingerprint(path)
    try:
        is_as_named = first_look(path)["mtime"] == said.get("mtime")
    except OSError:
        is_as_named = False
    if not is_as_named and "problem" not in found:  # what is there now is not what was read
        found = {"problem": "changed before it was hashed"}
    return {"data": {path: {**said, **found}}}


def state_of(work_tree: str) -> dict[str, Any]:
    """Return whether a work tree differs from its commit, and where its submodules stand.

    :param work_tree: Top folder of the user's repository, in which nothing is changed.
    """
    said: dict[str, Any] = {}
    status = _git(work_tree, "status", "--porcelain=v1", "-z", "--untracked-files=normal")
    if status is not None:
        changed = _changed(status)
        said["dirty"] = bool(changed)
        if changed:
            said |= {"changed": changed[:MOST_CHANGED], "changed_count": len(changed)}
    if os.path.isfile(os.path.join(work_tree, ".gitmodules")):
        said["submodules"] = _submodules(work_tree)
    return said


def _changed(status: bytes) -> list[str]:
    """Return the changed files that ``git status -z`` names; a renamed one has its old name too."""
    words = iter(status.split(b"\0"))
    changed = []
    for word in words:
        if len(word) > 3:
            changed.append(os.fsdecode(word))
            if word[:1] in (b"R", b"C"):
                next(words, None)
    return [name.encode("utf-8", "backslashreplace").decode("utf-8") for name in changed]


def _submodules(work_tree: str) -> dict[str, Any]:
    """Return, by path, the commit that the user's repository asks for and the one checked out."""
    listed = _git(work_tree, "ls-files", "--stage", "-z") or b""
    found: dict[str, Any] = {}
    for line in listed.split(b"\0"):
        facts, _, path = line.partition(b"\t")
        if facts.startswith(b"160000 "):
            name = os.fsdecode(path)
            folder = os.path.join(work_tree, name)
            is_there = os.path.exists(os.path.join(folder, ".git"))
            head = head_of(folder) if is_there else None
            found[name] = {"wanted": facts.split(b" ")[1].decode("ascii"), "at": head and head[0]}
    return found


def _git(work_tree: str, *arguments: str) -> bytes | None:
    calm = ("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false")
    return answer_of_git((*calm, *arguments), work_tree, GIT_TIMEOUT)


def gpus(nvidia: str = NVIDIA) -> dict[str, Any]:
    """Return the graphics cards and their driver, empty if there is none.

    :param nvidia: Where the driver tells of itself.
    """
    names = list(_models(nvidia))
    version = _read(os.path.join(nvidia, "version"))
    if names and version:
        return {"names": names, "driver": _version_in(version)}
    answer = _told_by_nvidia_smi()
    rows = [line.split(", ") for line in (answer or b"").decode("utf-8", "replace").splitlines()]
    rows = [row for row in rows if len(row) == 3]
    if not rows:
        return {}
    return {
        "names": [row[0] for row in rows],
        "memory": [row[1] for row in rows],
        "driver": rows[0][2],
    }


def _models(nvidia: str) -> list[str]:
    folder = os.path.join(nvidia, "gpus")
    try:
        cards = sorted(os.listdir(folder))
    except OSError:
        return []
    said = [_read(os.path.join(folder, card, "information")) for card in cards]
    lines = (line for text in said for line in text.splitlines() if line.startswith("Model:"))
    return [line.partition(":")[2].strip() for line in lines]


def _version_in(text: str) -> str:
    """Return 535.54.03 from a line such as ``NVRM version: NVIDIA ... Module  535.54.03  Tue``."""
    words = text.partition("\n")[0].split()
    return next((word for word in words if word[:1].isdigit() and "." in word), "")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(100_000)
    except OSError:
        return ""


def _told_by_nvidia_smi() -> bytes | None:
    try:
        done = subprocess.run(  # noqa: S603  fixed words, no shell
            (NVIDIA_SMI, *_QUERY),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GPU_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
