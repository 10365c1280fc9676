"""What a checkpoint says: the best value so far, and the run it belongs to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core.log_format import is_run
from fitlog_plugins.lightning.names import nested_at, path_of


class Best(NamedTuple):
    """The best checkpoint so far.

    :param monitor: Name of the metric that decides.
    :param mode: ``min`` or ``max``.
    :param score: The metric's value.
    :param path: Where the checkpoint lies.
    """

    monitor: str
    mode: str
    score: float
    path: str

    def as_best_metric(self, step: int | None, epoch: int | None) -> dict[str, Any]:
        """Return the value, its step and its epoch side by side: ``acc``, ``acc_step``."""
        *group, name = path_of(self.monitor)
        values: dict[str, Any] = {name: self.score}
        if step is not None:
            values[f"{name}_step"] = step
        if epoch is not None:
            values[f"{name}_epoch"] = epoch
        return nested_at(tuple(group), values)

    def as_checkpoint(self, folder: str | None) -> dict[str, Any]:
        """Return mode and path under the metric's name.

        :param folder: The run's folder; a path inside is said from there.
        """
        path = Path(self.path)
        if folder is not None and path.is_relative_to(folder):
            path = path.relative_to(folder)
        return nested_at(path_of(self.monitor), {"mode": self.mode, "path": str(path)})


def best_of(callback: Any) -> Best | None:
    """Return the best checkpoint of a callback; None of one that monitors nothing.

    :param callback: A ``ModelCheckpoint``, or another ``Checkpoint`` with its attributes.
    """
    monitor = getattr(callback, "monitor", None)
    score = getattr(callback, "best_model_score", None)
    if monitor is None or score is None:
        return None
    mode, path = getattr(callback, "mode", ""), getattr(callback, "best_model_path", "")
    return Best(monitor, mode, float(score), str(path))


def run_of_checkpoint(checkpoint: object) -> Path | None:
    """Return the folder of the run in which a checkpoint lies; None where it lies elsewhere.

    :param checkpoint: Its path; a URL lies elsewhere.
    """
    if not isinstance(checkpoint, (str, os.PathLike)):
        return None
    path = Path(os.path.abspath(checkpoint))
    return next((parent for parent in path.parents if is_run(parent)), None)
