"""Fixtures of the fault suite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import starmap
from pathlib import Path

import fault_trials
import faulty_training
import pytest
from faulty_training import Outcome, Plan

CarryOut = Callable[[list[Plan]], list[Outcome]]


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


@pytest.fixture(scope="session")
def fault_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes calls fail, to be preloaded."""
    library = tmp_path_factory.mktemp("fault") / "fault.so"
    source = Path(__file__).with_name("fault.c")
    flags = ("-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1")
    subprocess.run(["cc", *flags, "-o", str(library), str(source), "-ldl"], check=True)
    return library


@pytest.fixture
def carry_out(fault_library: Path, tmp_path: Path) -> CarryOut:
    """Return a function that trains once for each plan, and tells what came of each."""

    def run(plans: list[Plan]) -> list[Outcome]:
        for plan in plans:
            if plan.is_remote:
                Path(f"{plan.logs}.mounts").write_text(f"1 0 0:1 / {plan.logs} rw - nfs4 far rw\n")
        done = subprocess.run(
            [sys.executable, faulty_training.__file__, str(tmp_path / "warm")],
            input=json.dumps(plans), env={**os.environ, "LD_PRELOAD": str(fault_library)},
            check=True, capture_output=True, encoding="utf-8", timeout=60 + len(plans),
        )  # fmt: skip
        assert done.stderr == ""
        return list(starmap(Outcome, json.loads(done.stdout)))

    return run
