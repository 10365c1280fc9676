"""Promise number one: when a call returns, its record survives the end of the process."""

from __future__ import annotations

import json
from collections import Counter

from recording_tools import runs

from fitlog_core import log_format

# Each child acknowledges every call that returned on a pipe, and is killed at some moment.
SCRIPT = """
import json, os, random, signal, sys, time
import fitlog
fitlog.Run("warm").create_log_folder()
chance = random.Random(20261122)
killed = []

def work(out):
    run = fitlog.Run("logs")
    run.add_hyper({"pid": os.getpid()})
    for number in range(100_000):
        run.add_loss(0.5, number, "loss")
        run.add_metric({"acc": 0.5, "text": "x" * (number % 300)}, number)
        run.add_best_metric(number, f"best{number % 7}")
        run.add_to_line(f"line {number}")
        os.write(out, b"%d\\n" % number)

for _ in range(30):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        work(write)
    os.close(write)
    time.sleep(chance.random() * 0.06)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    acknowledged = b""
    while piece := os.read(read, 65536):
        acknowledged += piece
    os.close(read)
    killed.append((child, acknowledged.count(b"\\n")))
print(json.dumps(killed))
"""


def _valid(folder, kind):
    content = (folder / f"{kind}.log").read_bytes()
    assert content.count(b"\n") >= len(content.splitlines()) - 1  # at most the last one is torn
    return content.splitlines()


def test_every_acknowledged_record_survives_kill_9_at_30_moments(run_script, tmp_path):
    acknowledged = dict(json.loads(run_script(SCRIPT).stdout))
    assert len(acknowledged) == 30
    by_pid = {}
    for folder in runs(tmp_path / "logs"):
        hyper = json.loads((folder / "hyper.log").read_bytes().splitlines()[0])["hyper"]
        by_pid[hyper["pid"]] = folder
        assert all((folder / f"{kind}.log").exists() for kind in log_format.FILES)
        assert log_format.read_meta(folder)["state"] == "running"
    for pid, count in acknowledged.items():
        if count == 0:
            continue
        folder = by_pid[pid]
        for kind in ("loss", "metric"):
            records = map(log_format.parse_step_line, _valid(folder, kind))
            found = Counter(record.step for record in records if record is not None)
            assert all(found[number] == 1 for number in range(count))
        best = [log_format.parse_object_line(line) for line in _valid(folder, "best_metric")]
        assert [line["metric"] for line in best[:count]] == [
            {f"best{number % 7}": number} for number in range(count)
        ]
        text = (folder / "file.log").read_text().splitlines()
        assert text[:count] == [f"line {number}" for number in range(count)]
    assert sum(acknowledged.values()) > 100  # the children did get to work
