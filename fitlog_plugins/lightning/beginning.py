"""What loggers are not told by Lightning: that there are others, and that training resumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fitlog_core.log_format import is_run_id
from fitlog_plugins.lightning import bases
from fitlog_plugins.lightning.checkpoints import run_of_checkpoint
from fitlog_plugins.lightning.logger import FitlogLogger

_FOLDER = "checkpoints"  # where Lightning puts them, in save_dir/name/version


class FitlogBeginning(*bases.callbacks()):  # type: ignore[misc]  # known when it is imported only
    """Tells each :class:`FitlogLogger` of a Trainer with which run it goes on.

    Lightning adds this callback to every Trainer through the entry point
    ``callbacks_factory`` once ``fitlog_plugins.lightning`` is imported.
    """

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:  # noqa: ARG002 - Lightning's
        """Let one logger a run record."""
        loggers = _loggers_of(trainer)
        for position, logger in enumerate(loggers):
            for earlier in loggers[:position]:
                logger.leave_to(earlier)

    def on_load_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: Any) -> None:  # noqa: ARG002
        """Go on with the checkpoint's run, before other callbacks take up their state."""
        folder = run_of_checkpoint(trainer.ckpt_path)
        if trainer.state.fn != "fit" or folder is None:
            return
        went_on = [logger.go_on_with(folder) for logger in _loggers_of(trainer)]
        if any(went_on):
            _follow(trainer.checkpoint_callbacks, folder)


def _loggers_of(trainer: Any) -> list[FitlogLogger]:
    return [logger for logger in trainer.loggers if isinstance(logger, FitlogLogger)]


def _follow(callbacks: list[Any], folder: Path) -> None:
    """Have checkpoints lie in the run's folder that a logger had put into the new one.

    Those to which the user gave a folder stay there.
    """
    for callback in callbacks:
        place = Path(getattr(callback, "dirpath", None) or "")
        is_ours = place.name == _FOLDER and place.parent.parent == folder.parent
        if is_ours and is_run_id(place.parent.name):
            callback.dirpath = str(folder / _FOLDER)
