"""What Lightning asks for at every Trainer: callbacks of ours, if our logger is in use.

Kept apart from the adapter, so that a Trainer without it imports nothing of fitlog but this.
"""

from __future__ import annotations

import sys
from typing import Any


def for_trainer() -> list[Any]:
    """Return the callback that tells loggers of a resumed training, where there may be one."""
    adapter = sys.modules.get("fitlog_plugins.lightning")
    return [] if adapter is None else [adapter.FitlogBeginning()]
