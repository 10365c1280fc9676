"""Reads what a git directory says of its branches, straight from its files.

Starting git for this would take longer than all else that is done when a run begins.
"""

from __future__ import annotations

import os
import re

_ID = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_MAX_HOPS = 5  # what git allows for a chain of symbolic references


def read_ref(git_dir: str | os.PathLike[str], name: str = "HEAD") -> str | None:
    """Return the commit id that a reference stands for, or None.

    :param git_dir: The git directory, of a linked work tree too.
    :param name: ``HEAD``, or a full name such as ``refs/heads/master``.
    """
    common = common_dir(git_dir)
    for _ in range(_MAX_HOPS):
        text = _read(git_dir, name) or _read(common, name) or _packed(common, name)
        if text is None or not text.startswith("ref:"):
            return text if text and re.fullmatch(_ID, text) else None
        name = text[len("ref:") :].strip()
        if ".." in name.split("/"):
            return None
    return None


def common_dir(git_dir: str | os.PathLike[str]) -> str:
    """Return where the objects and branches are: a linked work tree shares those of another."""
    return os.path.join(git_dir, _read(git_dir, "commondir") or "")


def _read(folder: str | os.PathLike[str], name: str) -> str | None:
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None


def _packed(common: str, name: str) -> str | None:
    for line in (_read(common, "packed-refs") or "").splitlines():
        commit_id, _, packed_name = line.partition(" ")
        if packed_name == name:
            return commit_id
    return None
