"""Promise number one: when a call returns, its record survives ``kill -9``."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import starmap
from pathlib import Path
from typing import Any

import killed_writers
import pytest
from fault_records import SECTIONS, Found, Span, acknowledged, call_of, invented, lost, read_by_us
from fault_trials import Tally

from fitlog_core import log_format

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


Read = Callable[[Path], dict[str, Found]]


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


def lost_lines(killed: list[Span], logs: Path, is_shared: bool) -> list[str]:
    """Name every acknowledged line of ``file.log`` that is not there as a line of its own.

    In a run of several processes it may stand behind another one that was torn.
    """
    there: dict[str, str] = {}
    missing = []
    for one in killed:
        if one.folder and one.folder not in there:
            there[one.folder] = "\n" + (logs / one.folder / "file.log").read_text("utf-8")
        calls = [call_of(one.worker, one.first + n, "calls") for n in range(one.count)]
        texts = [f"{arguments[0]}\n" for verb, arguments in calls if verb == "add_to_line"]
        missing += [
            text for text in texts if (text if is_shared else f"\n{text}") not in there[one.folder]
        ]
    return missing


def behind_torn(logs: Path) -> int:
    """Count the records that stand behind a line that a killed process left torn."""
    lines = [line for path in logs.glob("*/*.log") for line in path.read_bytes().splitlines()]
    start = re.compile(rb'(?:Step:[0-9]+\t)?\{"(?:loss|metric|hyper|other)": ')
    return sum(any(found.start() for found in start.finditer(line)) for line in lines)


@pytest.mark.parametrize(
    ("place", "workers"),
    [("own", 1), ("own", 8), ("shared", 8), ("own", 64)],
    ids=["one", "eight", "eight-in-one", "sixty-four-at-one-instant"],
)
@pytest.mark.parametrize("style", ["calls", "dicts"])
def test_every_acknowledged_record_survives_kill_9_at_a_random_moment(
    style: str,
    place: str,
    workers: int,
    tally: Tally,
    seed: str,
    trials: int,
    tmp_path: Path,
    read_by_old_fitlog: Read,
) -> None:
    """Most writers go on with a run whose writer was killed, maybe in the middle of a line."""
    logs = tmp_path / "logs"
    how = (str(logs), seed, str(trials), style, place, str(workers))
    done = subprocess.run(
        [sys.executable, killed_writers.__file__, *how],
        check=True, capture_output=True, encoding="utf-8", timeout=trials + 60,
    )  # fmt: skip
    assert done.stderr == ""
    killed = list(starmap(Span, json.loads(done.stdout)))
    tally.trials, tally.kept = len(killed), sum(one.count for one in killed)
    assert tally.trials >= trials
    assert tally.kept > trials  # the writers did get to work
    expected = acknowledged(killed, style)
    found = read_by_us(logs)
    missing = lost(expected, found) + lost_lines(killed, logs, place == "shared")
    tally.lost = len(missing)
    assert not missing, f"seed {seed}: {missing[:5]}"
    assert not invented(found), f"seed {seed}: {invented(found)[:5]}"
    found = read_by_old_fitlog(logs)
    missing = lost(expected, found)
    # It passes over what stands behind a line that another process of the same run left torn.
    most = 3 * behind_torn(logs) if place == "shared" else 0
    assert len(missing) <= most, f"seed {seed}: {missing[:5]}"
    assert not invented(found), f"seed {seed}: {invented(found)[:5]}"
