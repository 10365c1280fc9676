"""The modules below the stand-in, such as ``wandb.errors`` or ``wandb.integration.keras``."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from fitlog_plugins.wandb.absent import absent, say_absent
from fitlog_plugins.wandb.image import Image
from fitlog_plugins.wandb.run import WandbRun, new_id
from fitlog_plugins.wandb.table import Table

_KNOWN: dict[str, Any] = {"Image": Image, "Table": Table, "Run": WandbRun, "generate_id": new_id}
# Frameworks that take no callback but one of their own class.
_CALLBACKS = {
    "xgboost": ("xgboost.callback", "TrainingCallback"),
    "keras": ("keras.callbacks", "Callback"),
    "sb3": ("stable_baselines3.common.callbacks", "BaseCallback"),
}


class Part(ModuleType):
    """A module of wandb's: it has what the stand-in has by that name, else what does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if name in _KNOWN:
            return _KNOWN[name]
        path = self.__name__.partition(".")[2]
        framework = path.rpartition(".")[2]
        if framework in _CALLBACKS and name.startswith("Wandb"):
            return callback(framework, name)
        return absent(f"{path}.{name}")


def callback(framework: str, name: str) -> Any:
    """Return a class of callbacks that a framework takes, and that do nothing.

    Without the framework it is as absent as all else.

    :param framework: A name of :data:`_CALLBACKS`.
    :param name: What it is called.
    """
    module, base = _CALLBACKS[framework]
    try:
        kind = getattr(importlib.import_module(module), base)
    except (ImportError, AttributeError):
        return absent(f"{framework}.{name}")

    def begin(self: Any, *arguments: Any, **named: Any) -> None:
        kind.__init__(self)
        say_absent(f"{framework}.{name}")

    def step(self: Any) -> bool:
        return True  # the training goes on

    return type(name, (kind,), {"__init__": begin, "_on_step": step})
