"""Sizes of files, as people write and read them."""

from __future__ import annotations

import re

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?)b?", re.IGNORECASE)


def parse_size(text: str) -> int:
    """Return a size in bytes.

    :param text: Such as ``50 MB``, ``1.5g`` or ``2000``.
    :raises ValueError: for anything else.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no size; write it as '50 MB', '2 GB' or '800 KB'")
    return int(float(found[1]) * _UNITS[found[2].lower()])


def size_words(size: int) -> str:
    """Return a size in bytes as ``1.2 GB``."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "KB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"
