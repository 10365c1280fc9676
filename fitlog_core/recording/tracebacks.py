"""Leaves frames of ours out of the traceback that ends a script.

A function that is called in place of a framework's has a frame in every exception that passes it.
It tells the user nothing, and is not there without us.
"""

from __future__ import annotations

from types import CodeType, TracebackType
from typing import Any

# What is called in a framework's place stays there, and code takes no mark of its own.
_own: set[CodeType] = set()


def own_frame(function: Any) -> Any:
    """Have the frames of a function left out; those of what it calls are shown.

    :param function: One of ours that stands in for a framework's, or for the script's.
    :return: The same.
    """
    _own.add(function.__code__)
    return function


def import_frame(function: Any) -> Any:
    """Have Python leave out the frames of a function that imports, as those of its own.

    It cuts what leads from an import to the module's first line by the names of its files; ours
    in the middle would have it show all of them.

    :param function: One of ours that stands in for a part of the import system.
    :return: The same.
    """
    function.__code__ = function.__code__.replace(co_filename="<frozen importlib._bootstrap>")
    return function


def hide_own_frames(error: BaseException) -> None:
    """Take frames of ours out of an exception's traceback, and of those that led to it.

    :param error: The exception.
    """
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = _without_own(each.__traceback__)
        waiting += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]


def _without_own(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while trace is not None:
        if trace.tb_frame.f_code not in _own:
            kept.append(trace)
        trace = trace.tb_next
    following: TracebackType | None = None
    for each in reversed(kept):
        if each.tb_next is not following:
            each.tb_next = following
        following = each
    return following
