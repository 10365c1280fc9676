"""Gives every Trainer a logger, where a script has none of ours."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from fitlog_core.recording.autolog import covers, harmless, is_owner
from fitlog_core.recording.tracebacks import own_frame
from fitlog_plugins.lightning.logger import FitlogLogger


class _Alone(FitlogLogger):
    """The logger of a Trainer that was to have none: checkpoints lie where they would then."""

    @property
    def save_dir(self) -> str | None:
        """None: Lightning takes the Trainer's own folder then."""
        return None

    @property
    def version(self) -> str:
        """Empty, as the name is."""
        return ""


def autolog(lightning: ModuleType) -> None:
    """Have each Trainer record.

    :param lightning: ``pytorch_lightning`` or ``lightning.pytorch``.
    """
    init = lightning.Trainer.__init__

    @functools.wraps(init)
    def with_logger(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        _add_logger(self)

    lightning.Trainer.__init__ = own_frame(with_logger)


@harmless
def _add_logger(trainer: Any) -> None:
    """Add a logger behind the script's own, which stay what they are to Lightning."""
    if not is_owner():
        return
    covers("pytorch_lightning", "lightning", "lightning_fabric")
    loggers = list(trainer.loggers)
    if not any(isinstance(each, FitlogLogger) for each in loggers):
        trainer.loggers = [*loggers, FitlogLogger() if loggers else _Alone()]
