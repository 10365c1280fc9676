"""What the stand-in has not: it says so once, and takes whatever is done with it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from fitlog_core.recording.autolog import say_once

_RAISED = ("Error", "Exception")


class _Kind(type):
    """The class of a class that does not exist; what is asked of it is not there either."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return absent(f"{cls.__name__}.{name}")

    def __bool__(cls) -> bool:
        return False  # ``if wandb.run.resumed:`` is to load no checkpoint


class Absent(metaclass=_Kind):
    """Takes any call, attribute, item or block, gives itself, and does nothing."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        say_absent(type(self).__name__)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> Any:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __enter__(self) -> Absent:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def __call__(self, *arguments: Any, **named: Any) -> Absent:
        """Take whatever is given."""
        return self

    def __bool__(self) -> bool:
        return False


@functools.cache  # a script may ask whether a thing is of a class
def absent(name: str) -> Any:
    """Return what stands for a part of wandb that is not recorded.

    :param name: What it is called after ``wandb.``. An error's is one that can be caught.
    """
    if name.endswith(_RAISED):
        return type(name.rpartition(".")[2], (Exception,), {"__module__": "wandb"})
    return _Kind(name, (Absent,), {"__module__": "wandb"})


def say_absent(name: str) -> None:
    """Say once that a part of wandb is not recorded."""
    say_once(f"wandb.{name} is not recorded by fitlog; the call does nothing")
