"""Matches paths against patterns written as in ``.gitignore``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WILDCARD = re.compile(r"[*?\[]")
_ENDING = re.compile(r"\*([^*?\[\]\\/!]+)")  # *.py, which needs no more than the end of a name


class Rules:
    """A list of patterns; the last one that matches a path decides.

    A pattern without a slash matches at any depth, one with a slash from the project's root;
    ``**`` stands for any number of folders, a leading ``!`` takes back what an earlier
    pattern said, and a folder's name stands for all that is in it.

    :param patterns: As in ``.gitignore``.
    :ivar endings: What the names of matching files end with, one of them; ``""`` says nothing.
    :param whole_folders: Let a pattern with wildcards name folders too, as what is left out
        does; a file to be recorded is meant when somebody writes ``*.py``.
    """

    def __init__(self, patterns: Sequence[str], *, whole_folders: bool = False) -> None:
        self._rules = [
            (not pattern.startswith("!"), _compile(pattern, whole_folders)) for pattern in patterns
        ]
        endings = [
            _ENDING.fullmatch(pattern) for pattern in patterns if not pattern.startswith("!")
        ]
        self.endings = tuple("" if ending is None else ending[1] for ending in endings)

    def match(self, path: str) -> bool:
        """Tell whether a path matches.

        :param path: Relative to the root, with ``/``; a folder ends with one.
        """
        for says, expression in reversed(self._rules):
            if expression.fullmatch(path):
                return says
        return False


def watched(patterns: Sequence[str], default: Iterable[str]) -> Rules:
    """Return the rules for files to record.

    :param patterns: If all of them only take back, they take back from the default.
    :param default: Patterns used then.
    """
    if all(pattern.startswith("!") for pattern in patterns):
        return Rules([*default, *patterns])
    return Rules(patterns)


def _compile(pattern: str, whole_folders: bool) -> re.Pattern[str]:
    body = pattern.removeprefix("!")
    inner = body.strip("/")
    anchored = body.startswith("/") or "/" in inner
    if body.endswith("/"):
        end = "/.*"
    elif whole_folders or pattern.startswith("!") or not _WILDCARD.search(inner):
        end = "(?:/.*)?"
    else:
        end = ""
    return re.compile(("" if anchored else "(?:.*/)?") + _segments(inner) + end, re.DOTALL)


def _segments(inner: str) -> str:
    parts = inner.split("/")
    text = ""
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if part == "**":
            text += ".+" if last else "(?:.*/)?"
        else:
            text += _segment(part) + ("" if last else "/")
    return text


def _segment(part: str) -> str:
    """Return the expression for one component: ``*``, ``?`` and ``[...]`` do not cross a slash."""
    text = ""
    position = 0
    while position < len(part):
        character = part[position]
        position += 1
        if character == "*":
            text += "[^/]*"
        elif character == "?":
            text += "[^/]"
        elif character == "[" and (end := part.find("]", position + 1)) > 0:
            inside = part[position:end].replace("\\", "\\\\").replace("[", "\\[")
            text += "[^" + inside[1:] + "]" if inside[0] in "!^" else "[" + inside + "]"
            position = end + 1
        elif character == "\\" and position < len(part):
            text += re.escape(part[position])
            position += 1
        else:
            text += re.escape(character)
    return text
