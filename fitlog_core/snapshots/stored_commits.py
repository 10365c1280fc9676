"""Reads a commit straight from git's objects, loose or packed.

Starting git for it would take longer than all else that is done when a run begins.
"""

from __future__ import annotations

import os


def stored_commit(common: str, commit_id: str) -> bytes:
    """Return what a commit says.

    :param common: The git directory with the objects.
    :param commit_id: Its id.
    :return: Nothing where git must be asked: see :func:`packs.packed_commit`.
    """
    raw = _loose_commit(common, commit_id)
    if raw:
        return raw
    from fitlog_core.snapshots.packs import packed_commit  # not where it is loose

    return packed_commit(common, commit_id)


def _loose_commit(common: str, commit_id: str) -> bytes:
    import zlib  # most scratch folders lie in no repository

    try:
        with open(os.path.join(common, "objects", commit_id[:2], commit_id[2:]), "rb") as file:
            data = zlib.decompress(file.read())
    except (OSError, zlib.error):
        return b""
    return data.partition(b"\0")[2]
