"""A process with threads and forked children ends in the midst of recording, however it may."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import ending_training
import pytest
from fault_records import Span, acknowledged, invented, lost, read_by_us
from fault_trials import Tally
from recording_tools import only_run

ENDINGS = {
    "finish": (0, "finish"),
    "exit": (0, "running"),
    "_exit": (0, "running"),
    "exception": (1, "error"),
    "SIGINT": (-signal.SIGINT, "error"),
    "SIGTERM": (-signal.SIGTERM, "running"),
    "SIGHUP": (-signal.SIGHUP, "running"),
    "SIGALRM": (-signal.SIGALRM, "running"),
}
SHARE = 20  # each ending gets this part of the trials


@pytest.mark.parametrize("how", ENDINGS)
def test_an_end_in_the_midst_of_recording_loses_no_acknowledged_record(
    how: str, tally: Tally, seed: str, trials: int, tmp_path: Path
) -> None:
    code, state = ENDINGS[how]
    for trial in range(max(2, trials // SHARE)):
        logs = tmp_path / f"logs{trial}"
        done = subprocess.run(
            [sys.executable, ending_training.__file__, str(logs), how, f"{seed}-{trial}"],
            capture_output=True, encoding="utf-8", timeout=60,
        )  # fmt: skip
        where = f"seed {seed}, trial {trial}: {done.stderr}"
        assert done.returncode == code, where
        assert "fitlog: " not in done.stderr, where
        run_id = only_run(logs).name
        counts = Counter(int(line.split()[0]) for line in done.stdout.splitlines())
        spans = [Span(run_id, worker, 0, count) for worker, count in counts.items()]
        assert len(spans) == ending_training.THREADS + ending_training.CHILDREN, where
        found = read_by_us(logs)
        missing = lost(acknowledged(spans, "calls"), found)
        tally.lost += len(missing)
        assert not missing, f"{where} {missing[:5]}"
        assert not invented(found), where
        assert found[run_id].cells["meta-state"] == state, where
        tally.trials += 1
        tally.kept += counts.total()
