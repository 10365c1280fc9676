"""fitlog = fast + git + log: every run's numbers in plain text, its exact code as a commit.

::

    import fitlog

    fitlog.commit(__file__)
    fitlog.set_log_dir("logs")
    fitlog.add_hyper({"lr": 0.1})
    fitlog.add_loss(0.3, step=1, name="loss")
    fitlog.add_best_metric(0.9, name="acc")
    fitlog.finish()

``fitlog log logs`` opens the board.
"""

from fitlog_core.errors import FitlogError
from fitlog_core.recording.api import (
    add_best_metric,
    add_data,
    add_figure,
    add_hyper,
    add_hyper_in_file,
    add_image,
    add_loss,
    add_metric,
    add_other,
    add_progress,
    add_to_line,
    autolog,
    commit,
    create_log_folder,
    debug,
    finish,
    get_commit_id,
    get_fit_id,
    get_log_dir,
    get_log_folder,
    get_log_id,
    is_debug,
    is_initialized,
    resume,
    set_log_dir,
    set_rng_seed,
    state,
    system_metrics,
)
from fitlog_core.recording.hyperparameters import FitlogConfig
from fitlog_core.recording.run import Run
from fitlog_core.version import __getattr__ as __getattr__  # __version__, when it is asked for

__all__ = [
    "FitlogConfig",
    "FitlogError",
    "Run",
    "add_best_metric",
    "add_data",
    "add_figure",
    "add_hyper",
    "add_hyper_in_file",
    "add_image",
    "add_loss",
    "add_metric",
    "add_other",
    "add_progress",
    "add_to_line",
    "autolog",
    "commit",
    "create_log_folder",
    "debug",
    "finish",
    "get_commit_id",
    "get_fit_id",
    "get_log_dir",
    "get_log_folder",
    "get_log_id",
    "is_debug",
    "is_initialized",
    "resume",
    "set_log_dir",
    "set_rng_seed",
    "state",
    "system_metrics",
]
