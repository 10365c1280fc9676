"""The benchmark of the board's pages does all that it tells of, and says what it took."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from board_pages import BUDGETS
from measured import Result

SCRIPT = Path(__file__).parent.parent.parent / "benchmarks" / "board_pages.py"
SMALL = (
    *("--runs", "60", "--few", "40", "--columns", "40", "--points", "20000"),
    *("--repeats", "1", "--moves", "2"),
)


def test_every_budget_is_measured_and_every_page_weighed(tmp_path: Path) -> None:
    found = tmp_path / "pages.json"
    command = [sys.executable, str(SCRIPT), *SMALL, "--at-once", "--json", str(found)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr  # 1: a busy machine misses a budget
    result = Result.read(found)
    once = {"band, again"}  # of later visits
    assert {budget.kind for budget in BUDGETS} - once <= result.samples.keys()
    assert all(sample > 0 for samples in result.samples.values() for sample in samples)
    weighed = [figure for figure in result.figures if figure.unit == "kB"]
    assert [figure.bound for figure in weighed if figure.bound] == [300, 150, 80, 80, 80]
    assert all(figure.is_within and figure.value > 20 for figure in weighed if figure.bound)
    assert all(figure.line() in done.stdout for figure in result.figures)
