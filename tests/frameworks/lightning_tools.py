"""What programs and tests of Lightning share."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

from fitlog_core import plugins
from fitlog_core.hookspecs import hookimpl


def _framework() -> Any:
    """Return the package at hand, ``pytorch_lightning`` where there are both."""
    names = ("pytorch_lightning", "lightning")
    name = next(name for name in names if importlib.util.find_spec(name))
    return importlib.import_module("lightning.pytorch" if name == "lightning" else name)


lightning = _framework()


class _Counter:
    def __init__(self) -> None:
        self.endings: list[Any] = []

    @hookimpl
    def fitlog_run_finished(self, ending: Any) -> None:
        self.endings.append(ending)
        print(f"a plugin was told of the end: {ending.state}", file=sys.stderr, flush=True)


def count_notices() -> list[Any]:
    """Return a list that grows with every end that plugins are told of; each is printed too."""
    counter = _Counter()
    plugins.host().register(counter, "counter")
    return counter.endings
