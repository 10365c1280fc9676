"""Gives every Trainer the callback, where a script has none of ours."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from fitlog_core.recording.autolog import covers, harmless, is_owner
from fitlog_core.recording.tracebacks import own_frame
from fitlog_plugins.transformers.callback import FitlogCallback


def autolog(trainer: ModuleType) -> None:
    """Have each Trainer record.

    :param trainer: ``transformers.trainer``.
    """
    init = trainer.Trainer.__init__

    @functools.wraps(init)
    def with_callback(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        _add_callback(self)

    trainer.Trainer.__init__ = own_frame(with_callback)


@harmless
def _add_callback(trainer: Any) -> None:
    if not is_owner():
        return
    covers("transformers")
    if not any(isinstance(each, FitlogCallback) for each in trainer.callback_handler.callbacks):
        trainer.add_callback(FitlogCallback())
