"""What the fuzzing tests tell of themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fault_trials import REPORTED_AS
from fuzz_tools import tried


@pytest.fixture(autouse=True)
def report(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Tell at the end of the run of all tests how many inputs a test tried, if it tries any."""
    before = tried["inputs"]
    yield
    count = tried["inputs"] - before
    if count:
        record_property(REPORTED_AS, f"{count} inputs tried")
