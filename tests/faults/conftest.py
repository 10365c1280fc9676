"""Fixtures of the fault suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import fault_trials
import pytest


@pytest.fixture
def tally(
    record_property: Callable[[str, object], None], seed: str
) -> Iterator[fault_trials.Tally]:
    """What this test counts; told at the end of the run of all tests."""
    counted = fault_trials.Tally()
    yield counted
    record_property(fault_trials.REPORTED_AS, f"{counted} (seed {seed})")


@pytest.fixture
def seed() -> str:
    """What the random choices of this test come from; told where it fails."""
    print(f"to repeat: FITLOG_FAULT_SEED={fault_trials.SEED}")
    return fault_trials.SEED


@pytest.fixture
def trials() -> int:
    """How many trials this test is to make."""
    return fault_trials.TRIALS
