"""A board that cannot read, or has no memory left: it answers, makes nothing up, and recovers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from errno import EIO, EMFILE, ESTALE
from pathlib import Path
from typing import Any

import pytest
import troubled_reader
from fault_trials import Tally
from old_logs import copy_old_logs
from web_board import RUN

FOREVER = 1 << 40
SHARE = 16  # of the trials: a board that was in trouble is waited for


def look(log_dir: Path, library: Path, plans: list[list[Any]]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, troubled_reader.__file__, str(log_dir), RUN],
        input="".join(json.dumps(plan) + "\n" for plan in plans),
        env={**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": os.pathsep.join(sys.path),
             "FITLOG_CACHE_DIR": str(log_dir.with_name("cache"))},
        capture_output=True, encoding="utf-8", timeout=60 + 5 * len(plans),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def pairs(points: dict[str, list[list[Any]]]) -> set[str]:
    return {repr((name, point)) for name, found in points.items() for point in found}


def check(answer: dict[str, Any], sound: dict[str, Any], where: list[Any]) -> None:
    for during in answer["during"]:
        assert all(
            status // 100 in (2, 4) or (where[0] == "memory" and status == 500)
            for status in during["status"]
        ), (
            where,
            during["status"],
        )
        assert pairs(during.get("points", {})) <= pairs(sound["points"]), where
        told = during.get("cells", {})
        assert told.items() <= sound["cells"].items(), where
    assert answer["after"] == sound, where


@pytest.mark.parametrize("call", ["read", "open", "stat"])
def test_reads_that_fail_make_nothing_up_and_later_looks_recover(
    call: str, fault_library: Path, tally: Tally, trials: int, tmp_path: Path
) -> None:
    log_dir = copy_old_logs(tmp_path / "logs")
    codes = (EIO, ESTALE, EMFILE) if call == "open" else (EIO, ESTALE)
    plans = [[call, FOREVER, FOREVER, EIO]]
    for number in range(max(2, trials // SHARE)):
        first = 1 + number * 37 % 400
        plans += [[call, first, last, codes[number % len(codes)]] for last in (first, FOREVER)]
    sound, *answers = look(log_dir, fault_library, plans)
    for plan, answer in zip(plans[1:], answers, strict=True):
        check(answer, sound["after"], plan)
        tally.trials += 1
        tally.kept += len(pairs(answer["after"]["points"]))


def test_a_reader_without_memory_answers_and_later_looks_recover(
    fault_library: Path, tally: Tally, trials: int, tmp_path: Path
) -> None:
    log_dir = copy_old_logs(tmp_path / "logs")
    with (log_dir / RUN / "hyper.log").open("a") as file:
        file.write(json.dumps({"hyper": {"long": "x" * 4_000_000}}) + "\n")
    plans: list[list[Any]] = [["memory", 1 << 33]]
    count = max(3, trials // SHARE)
    plans += [["memory", 14_000_000 + 400_000 * (number % 40)] for number in range(count)]
    sound, *answers = look(log_dir, fault_library, plans)
    for plan, answer in zip(plans[1:], answers, strict=True):
        check(answer, sound["after"], plan)
        tally.trials += 1
        tally.kept += len(pairs(answer["after"]["points"]))


MARKED = """
import ctypes, json, sys, time
from pathlib import Path
import fitlog
from web_board import RUN, board_of
from fitlog_web import board
board.FRESH_FOR = 0.0
logs, kind, call, code = Path(sys.argv[1]), *sys.argv[2:4], int(sys.argv[4])
if kind == "live":
    run = fitlog.Run(logs)
    run.add_loss(0.5, 0)
    run_id = run.get_log_id()
else:
    run_id = RUN
client, faults = board_of(logs).test_client(), ctypes.CDLL(None)
def look():
    table = client.get("/api/runs?format=columns").json
    (row,) = [row for row in table["rows"] if row["id"] == run_id]
    return {"row": row, "marked": [row["id"] for row in table["rows"] if row["in_doubt"]],
            "page": client.get(f"/api/runs/{run_id}").json["row"]["in_doubt"],
            "rows": len(table["rows"]), "cursor": table["cursor"]}
def change(number):
    with open(logs / run_id / "hyper.log", "a") as file:
        file.write(json.dumps({"hyper": {"later": number}}) + "\\n")
    with open(logs / run_id / "meta.log", "a") as file:
        file.write(json.dumps({"meta": {"touched": number}}) + "\\n")
found = [look()]
for number in range(2):
    change(number)
    where, forever = str(logs / run_id / "hyper.log").encode(), ctypes.c_long(1 << 40)
    faults.fault_arm(where, call.encode(), ctypes.c_long(1), forever, code)
    during = [look(), look()]
    struck = faults.fault_struck()
    faults.fault_disarm()
    told = client.get(f"/api/changes?cursor={during[1]['cursor']}").json["rows"]
    found.append({"during": during, "struck": struck, "after": look(),
                  "told": [row["in_doubt"] for row in told if row["id"] == run_id]})
print(json.dumps(found))
"""


@pytest.mark.parametrize("call", ["read", "open", "stat"])
@pytest.mark.parametrize("kind", ["over", "live"])
def test_a_run_of_which_a_file_cannot_be_read_is_marked_until_it_can_be(
    kind: str, call: str, fault_library: Path, tally: Tally, tmp_path: Path
) -> None:
    log_dir = copy_old_logs(tmp_path / "logs")
    done = subprocess.run(
        [sys.executable, "-c", MARKED, str(log_dir), kind, call, str(EIO)],
        env={**os.environ, "LD_PRELOAD": str(fault_library),
             "PYTHONPATH": os.pathsep.join(sys.path), "FITLOG_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    before, *rounds = json.loads(done.stdout)
    assert before["marked"] == []
    known = {key: value for key, value in before["row"].items() if key.startswith("hyper-")}
    for number, said in enumerate(rounds):
        assert said["struck"] > 0
        for during in said["during"]:
            assert during["marked"] == [before["row"]["id"]]
            assert during["page"] is True
            assert during["rows"] == before["rows"]
            row = during["row"]
            assert {key: row[key] for key in row if key.startswith("hyper-")} == known
        assert said["told"] == [False]
        after = said["after"]
        known |= {"hyper-later": number}
        row = after["row"]
        assert {key: row[key] for key in row if key.startswith("hyper-")} == known
        assert (after["marked"], after["page"]) == ([], False)
        tally.trials += 1
        tally.kept += len(known)
