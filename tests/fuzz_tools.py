"""How long a suite that makes up its trials goes on: short in CI, long where a variable says so."""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

VARIABLE = "FITLOG_FAULT_TRIALS"
WANTED = int(os.environ.get(VARIABLE, "0"))  # read before a test cleans the environment
tried: Counter[str] = Counter()  # the inputs of this process's tests


def trials(few: int) -> int:
    """How many trials to make: ``few``, unless the variable asks for a number of them."""
    return WANTED or few


def fuzz(few: int) -> Callable[[Any], Any]:
    """Have a property tried: the same trials each time in CI, new ones in a long run."""

    def decorate(test: Any) -> Any:
        inner = test.hypothesis.inner_test

        @functools.wraps(inner)
        def counted(*args: Any, **kwargs: Any) -> None:
            tried["inputs"] += 1
            inner(*args, **kwargs)

        test.hypothesis.inner_test = counted
        return settings(
            max_examples=trials(few),
            derandomize=not WANTED,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )(test)

    return decorate
