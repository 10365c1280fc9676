"""What is to be known of a Trainer before its logger makes a run's folder."""

from __future__ import annotations

from typing import Any

from . import bases
from .logger import FitlogLogger


class FitlogBeginning(*bases.callbacks()):  # type: ignore[misc]  # known when it is imported only
    """Tells each :class:`FitlogLogger` of a Trainer which checkpoint it resumes from.

    Loggers are not told that; Lightning adds this callback to every Trainer through the
    entry point ``callbacks_factory`` once ``fitlog_plugins.lightning`` is imported.
    """

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:  # noqa: ARG002 - Lightning's
        """Let loggers go on with the checkpoint's run, and one logger a run record."""
        loggers = [logger for logger in trainer.loggers if isinstance(logger, FitlogLogger)]
        for position, logger in enumerate(loggers):
            if stage == "fit":
                logger.go_on_from(trainer.ckpt_path)
            for earlier in loggers[:position]:
                logger.leave_to(earlier)
