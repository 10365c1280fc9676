"""Hugging Face's Trainer: a callback that records what it logs into one run.

Importing this package registers the name, so that ``report_to="fitlog"`` works.
"""

from fitlog_plugins.transformers.callback import FitlogCallback
from fitlog_plugins.transformers.registration import register

__all__ = ["FitlogCallback"]

register(FitlogCallback)
