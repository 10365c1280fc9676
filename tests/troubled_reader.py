"""A board whose reads fail, or whose memory runs out, and which then is left in peace again.

Arguments: the log directory, a run, the cache's folder. On stdin come lists of what fails: call,
first, last, errno (as of fault.c), or ``memory``, bytes. For each a line of JSON is printed.
"""

from __future__ import annotations

import ctypes
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from web_board import board_of

from fitlog_web import board

FAULTS = ctypes.CDLL(None)
FRESH_FOR = 0.05  # seconds within which this board does not look again


def ask(client: Any, run_id: str) -> dict[str, Any]:
    """Ask for what the pages ask for; the statuses, and what was answered."""
    said: dict[str, Any] = {"status": []}
    for address in ("/api/runs", f"/api/runs/{run_id}/series", f"/run/{run_id}", "/runs"):
        answer = client.get(address)
        said["status"].append(answer.status_code)
        if address == "/api/runs" and answer.status_code == 200:
            found = {row["id"]: row for row in answer.json["runs"]}
            said["runs"] = sorted(found)
            said["cells"] = {k: v for k, v in found.get(run_id, {}).items() if k[:6] == "metric"}
        if address.endswith("series") and answer.status_code == 200:
            series = answer.json["series"]
            said["points"] = {
                name: [*zip(one["step"], one["value"], strict=True)] for name, one in series.items()
            }
    return said


def used() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def main(log_dir: str, run_id: str) -> None:
    board.FRESH_FOR = FRESH_FOR
    ask(board_of(Path(log_dir)).test_client(), run_id)  # what is imported late is
    for line in sys.stdin:
        call, *how = json.loads(line)
        client = board_of(Path(log_dir)).test_client()
        if call == "memory":
            resource.setrlimit(resource.RLIMIT_AS, (used() + how[0], resource.RLIM_INFINITY))
        else:
            FAULTS.fault_arm(log_dir.encode(), call.encode(), *map(ctypes.c_long, how[:2]), how[2])
        during = [ask(client, run_id) for _ in range(2)]
        FAULTS.fault_disarm()
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        struck = FAULTS.fault_struck() if call != "memory" else 1
        for path in (Path(log_dir) / run_id).iterdir():  # what comes next
            path.touch()
        time.sleep(FRESH_FOR)  # within which it does not look again
        after = ask(client, run_id)
        print(json.dumps({"during": during, "after": after, "struck": struck}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
