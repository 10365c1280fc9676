"""Promise number one: when a call returns, its record survives ``kill -9``."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import starmap
from pathlib import Path

import killed_writers
import pytest
from fault_records import Found, Span, acknowledged, call_of, invented, lost, read_by_us
from fault_trials import Tally
from faulty_training import KILL, Outcome, Plan

from fitlog_core import log_format

Read = Callable[[Path], dict[str, Found]]
OLD_ONE_IN = 10  # runs that fitlog 0.9 reads too, in a process that takes its time to start


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
        check=True, capture_output=True, encoding="utf-8", timeout=3 * trials + 120,
    )  # fmt: skip
    assert done.stderr == ""
    killed = list(starmap(Span, json.loads(done.stdout)))
    tally.trials, tally.kept = len(killed), sum(one.count for one in killed)
    assert tally.trials >= trials
    assert tally.kept > tally.trials  # the writers did get to work
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


def test_a_run_goes_on_behind_a_line_that_a_killed_writer_left_at_any_write(
    tally: Tally,
    seed: str,
    trials: int,
    tmp_path: Path,
    carry_out: Callable[[list[Plan]], list[Outcome]],
    read_by_old_fitlog: Read,
) -> None:
    """The n-th write is cut in half and the writer killed; another one goes on with the run."""
    writes = carry_out([Plan(str(tmp_path / "none"), "write", 0, 0, 0, True)])[0].seen
    chosen = random.Random(seed).sample(range(1, writes + 1), min(trials, writes))
    plans = [Plan(str(tmp_path / f"logs{n}"), "write", n, n, KILL, True) for n in chosen]
    begun: dict[str, tuple[Plan, int]] = {}
    for plan, outcome in zip(plans, carry_out(plans), strict=True):
        where = f"seed {seed}, write {plan.first}: {outcome.said}"
        assert (outcome.status, outcome.said) == (-signal.SIGKILL, ""), where
        folders = [path for path in Path(plan.logs).iterdir() if log_format.is_run(path)]
        assert folders or outcome.acknowledged == 0, where  # else killed while it was made
        begun.update({str(path): (plan, outcome.acknowledged) for path in folders})
        tally.trials += 1
    resumed = [
        plan._replace(logs=folder, first=0, last=0, worker=1) for folder, (plan, _) in begun.items()
    ]
    for outcome in carry_out(resumed):
        assert outcome.status == 0, outcome.said
    for number, (folder, (plan, count)) in enumerate(begun.items()):
        run_id, where = Path(folder).name, f"seed {seed}, write {plan.first}"
        spans = [Span(run_id, 0, 0, count), Span(run_id, 1, 0, 120)]
        for name in ("said", "struck", "done"):
            Path(f"{folder}.{name}").unlink(missing_ok=True)
        readers = [read_by_us, *([read_by_old_fitlog] if number % OLD_ONE_IN == 1 else [])]
        for read in readers:
            found = read(Path(plan.logs))
            assert not lost(acknowledged(spans, "calls"), found), where
            assert not invented(found), where
        tally.kept += count + 120
