"""Records what ``argparse`` was given, where a script reads its command line."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from fitlog_core.recording import adapter, autolog

_METHODS = (
    "parse_args",
    "parse_known_args",
    "parse_intermixed_args",
    "parse_known_intermixed_args",
)


class _Depth:
    """How many of the methods are at work, since they call one another."""

    def __init__(self) -> None:
        self.now = 0
        self.pid = os.getpid()


def attach(argparse: ModuleType) -> None:
    """Have every parser's values recorded as hyperparameters.

    :param argparse: The module.
    """
    depth = _Depth()
    for name in _METHODS:
        method = getattr(argparse.ArgumentParser, name)
        setattr(argparse.ArgumentParser, name, _recording(method, depth))


def _recording(method: Callable[..., Any], depth: _Depth) -> Callable[..., Any]:
    @functools.wraps(method)
    def parse(self: Any, args: Any = None, namespace: Any = None) -> Any:
        is_own = args is None or args is sys.argv or autolog.is_of_script()
        is_own = is_own and not autolog.is_covered()
        depth.now += 1
        try:
            parsed = method(self, args, namespace)
        finally:
            depth.now -= 1
        if depth.now == 0 and is_own and os.getpid() == depth.pid:
            _record(parsed[0] if isinstance(parsed, tuple) else parsed)
        return parsed

    return parse


@autolog.harmless
def _record(values: object) -> None:
    """Record the values into the run at hand; without one, nobody has said where to."""
    run = adapter.current_run()
    if run is not None:
        run.add_hyper(values)
