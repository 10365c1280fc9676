"""Tags of runs: names with commas between them in one cell, which fitlog 0.9 shows as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from fitlog_core.errors import ViewError
from fitlog_core.sentences import sentence

COLUMN = "tags"
LONGEST = 100  # characters of one tag
_COMMAS = re.compile("[,\uff0c]")  # the second is the comma of Chinese keyboards


def tags_in(cell: Any) -> tuple[str, ...]:
    """Return the tags that a cell names, each once, in its order."""
    if cell is None:
        return ()
    names = (name.strip() for name in _COMMAS.split(str(cell)))
    return tuple(dict.fromkeys(name for name in names if name))


def joined(tags: Iterable[str]) -> str:
    """Return the cell that names tags."""
    return ", ".join(tags)


def changed(cell: Any, tag: str, on: bool) -> str:
    """Return what a cell says once a tag was put on it, or taken off."""
    others = [name for name in tags_in(cell) if name != tag]
    return joined([*others, tag] if on else others)


def checked(tag: Any) -> str:
    """Return a tag without the blanks around it.

    :raises ViewError: for what is no tag.
    """
    name = tag.strip() if isinstance(tag, str) else ""
    if not name or len(name) > LONGEST or _COMMAS.search(name) or not name.isprintable():
        raise ViewError(
            sentence(
                "tag.none",
                "a tag is a text of 1 to {most} characters without commas and line ends, not "
                "{given!r:.120}",
                most=LONGEST,
                given=tag,
            )
        )
    return name
