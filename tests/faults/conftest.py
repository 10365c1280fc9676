"""Fixtures of the fault suite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import starmap
from pathlib import Path
from typing import Any

import fault_trials
import faulty_training
import pytest
from fault_records import SECTIONS, Found
from faulty_training import Outcome, Plan

from fitlog_core import log_format

Read = Callable[[Path], dict[str, Found]]
CarryOut = Callable[[list[Plan]], list[Outcome]]


OLD_READER = """
import json, os, sys
from fitlog.fastlog.log_read import LogReader, StandbyStepLogReader
reader = LogReader()
reader.set_log_dir(sys.argv[1])
found = {}
for row in reader.read_logs():
    curves = StandbyStepLogReader(os.path.join(sys.argv[1], row["id"]), "x")
    found[row["id"]] = [row, curves.read_update(only_once=True)]
sys.stdout.write("\\nANSWER" + json.dumps(found))
"""


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


@pytest.fixture
def read_by_old_fitlog(old_fitlog_python: Path) -> Read:
    """What the real fitlog 0.9.15 finds in each run."""

    def read(logs: Path) -> dict[str, Found]:
        done = subprocess.run(
            [str(old_fitlog_python), "-I", "-c", OLD_READER, str(logs)],
            check=True, capture_output=True, encoding="utf-8", timeout=300,
        )  # fmt: skip
        answer = json.loads(done.stdout.partition("ANSWER")[2])
        return dict(starmap(_found_by_old, answer.items()))

    return read


def _found_by_old(run_id: str, answer: list[dict[str, Any]]) -> tuple[str, Found]:
    row, curves = answer
    cells: dict[str, Any] = {}
    for section in SECTIONS.values():
        cells.update(log_format.flatten(row.get(section, {}), section))
    points = {
        (name, record["step"]): value
        for kind in log_format.STEP_FILES
        for record in curves.get(kind, [])
        for name, value in log_format.flatten(record[kind], kind).items()
    }
    return run_id, Found(cells, points)
