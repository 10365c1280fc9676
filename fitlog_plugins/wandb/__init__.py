"""Stands in for the common part of wandb's API, and records into a run of fitlog.

::

    import fitlog_plugins.wandb as wandb

    wandb.init(project="digits", config={"lr": 0.1})
    wandb.log({"train/loss": 0.3})
    wandb.finish()

Nothing leaves this machine. What is not recorded says so once, and never raises.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from fitlog_plugins.wandb.absent import absent
from fitlog_plugins.wandb.config import Config, Summary
from fitlog_plugins.wandb.image import Image
from fitlog_plugins.wandb.parts import Part
from fitlog_plugins.wandb.run import WandbRun
from fitlog_plugins.wandb.session import Session
from fitlog_plugins.wandb.sweeps import Sweeps
from fitlog_plugins.wandb.table import Table

__all__ = [
    "Config",
    "Image",
    "Summary",
    "Table",
    "WandbRun",
    "agent",
    "define_metric",
    "finish",
    "init",
    "log",
    "login",
    "sweep",
    "unwatch",
    "watch",
]

_session = Session()
init = _session.init
log = _session.log
finish = _session.finish
define_metric = _session.define_metric
login = _session.login
watch = _session.watch
unwatch = _session.unwatch
_sweeps = Sweeps(_session)
sweep = _sweeps.sweep
agent = _sweeps.agent
Run = WandbRun
util = Part("wandb.util")
part = Part  # of what is imported below the stand-in
__version__ = "0.20.0"  # of wandb: scripts look whether theirs is new enough


# Modules that are there without being imported, so that ``wandb.keras.WandbCallback`` is.
_PARTS = ("data_types", "errors", "integration", "keras", "sdk", "xgboost")


class _Module(ModuleType):
    """The module, whose run, configuration and summary are those of the moment."""

    @property
    def run(self) -> WandbRun | None:
        return _session.run

    @property
    def config(self) -> Config:
        return _session.config

    @config.setter
    def config(self, values: object) -> None:
        _session.config.update(values)

    @property
    def summary(self) -> Summary:
        return _session.summary

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return Part(f"wandb.{name}") if name in _PARTS else absent(name)


sys.modules[__name__].__class__ = _Module
