"""How long a suite that makes up its trials goes on: short in CI, long where a variable says so."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

VARIABLE = "FITLOG_FAULT_TRIALS"
WANTED = int(os.environ.get(VARIABLE, "0"))  # read before a test cleans the environment


def trials(few: int) -> int:
    """How many trials to make: ``few``, unless the variable asks for a number of them."""
    return WANTED or few


def fuzz(few: int) -> settings:
    """The settings of a property: the same trials each time in CI, new ones in a long run."""
    return settings(
        max_examples=trials(few),
        derandomize=not WANTED,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
