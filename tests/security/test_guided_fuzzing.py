"""Fuzzing that follows what its inputs lead into: nothing is found, from a corpus that is kept.

``FITLOG_FAULT_TRIALS`` makes it long: 200 times as many inputs for each target.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import fuzz_guided
import pytest
from fuzz_targets import TARGETS
from fuzz_tools import WANTED, tried

SLOW = ("whole-run", "view-file", "extra-data")  # each input is read or written several times
FEW = 300


def corpus(name: str) -> list[Path]:
    return sorted((fuzz_guided.CORPUS / name).iterdir())


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_holds_no_fault(name: str) -> None:
    assert corpus(name)
    for path in corpus(name):
        TARGETS[name](path.read_bytes())
        tried["inputs"] += 1


@pytest.mark.parametrize("name", TARGETS)
def test_fuzzing_that_follows_coverage_finds_no_fault(name: str) -> None:
    runs = WANTED * 200 if WANTED else FEW
    runs //= 10 if name in SLOW else 1
    # A long run begins elsewhere each time.
    chosen = (f"-runs={runs}", "-seed=1" if not WANTED else "-seed=0")
    done = subprocess.run(
        [sys.executable, fuzz_guided.__file__, name, *chosen],
        capture_output=True, encoding="utf-8", errors="replace", timeout=60 + runs / 20,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = re.search(r"stat::number_of_executed_units: (\d+)", done.stderr)
    assert found is not None
    assert int(found[1]) >= runs
    tried["inputs"] += int(found[1])


def test_a_fault_is_found_and_told_with_the_input_that_shows_it(tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text(
        "import sys, fuzz_targets, fuzz_guided\n"
        "def broken(data):\n"
        "    assert b'Step' not in data\n"
        "fuzz_targets.TARGETS['step-lines'] = broken\n"
        "fuzz_guided.fuzz('step-lines', [*sys.argv[1:], str(fuzz_guided.CORPUS / 'step-lines')])\n"
    )
    done = subprocess.run(
        [sys.executable, script, "-runs=10", f"-artifact_prefix={tmp_path}/"],
        capture_output=True, encoding="utf-8", errors="replace", timeout=60,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.returncode != 0
    assert "found by " in done.stderr
