"""Known faults of what fitlog depends on: ``python3 scripts/check_dependencies.py``.

Asks PyPI by pip-audit about every package of this Python, and npm's registry by ``npm audit`` about
the lock of the board's bundles. It ends with 0 where both know of no fault, with 1 where one does,
and with 2 where one could not be asked: that is no answer, and is not taken for a good one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 300
OWN = {"fitlog"}  # a checkout is on no registry


class Asked(NamedTuple):
    """What came of asking.

    :param faults: One line a known fault.
    :param unasked: Why somebody could not be asked, or about what.
    """

    faults: list[str]
    unasked: list[str]


def main() -> int:
    """Print what is known; return the exit code."""
    asked = {"PyPI": python_packages(), "npm": npm_lock(ROOT)}
    for registry, (faults, unasked) in asked.items():
        for line in faults:
            print(f"{registry}: {line}")
        for line in unasked:
            print(f"{registry} could not be asked: {line}")
        if not faults and not unasked:
            print(f"{registry} knows of no fault.")
    if any(found.faults for found in asked.values()):
        return 1
    return 2 if any(found.unasked for found in asked.values()) else 0


def python_packages() -> Asked:
    """Ask about the packages of this Python."""
    said = _json_of(
        [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner=off"]
    )
    if not isinstance(said, dict) or "dependencies" not in said:
        return Asked([], ["pip-audit is not installed or failed; pip install pip-audit"])
    faults, unasked = [], []
    for package in said["dependencies"]:
        name = package["name"]
        if package.get("skip_reason"):
            unasked += [] if name in OWN else [package["skip_reason"]]
        for fault in package.get("vulns", []):
            fixed = ", ".join(fault.get("fix_versions", [])) or "no version"
            faults.append(f"{name} {package['version']}: {fault['id']}, mended in {fixed}")
    return Asked(faults, unasked)


def npm_lock(folder: Path) -> Asked:
    """Ask about the packages of a ``package-lock.json``.

    :param folder: Where it lies.
    """
    said = _json_of(["npm", "audit", "--package-lock-only", "--json"], folder)
    if not isinstance(said, dict) or "vulnerabilities" not in said:
        why = said.get("message") if isinstance(said, dict) else None
        return Asked([], [str(why or "npm is not installed or its registry does not answer")])
    faults = [
        f"{name} {fault['range']}: {fault['severity']}, {_reasons(fault)}"
        for name, fault in said["vulnerabilities"].items()
    ]
    return Asked(faults, [])


def _reasons(fault: dict[str, Any]) -> str:
    return "; ".join(
        via if isinstance(via, str) else f"{via['title']} ({via['url']})" for via in fault["via"]
    )


def _json_of(command: list[str], folder: Path = ROOT) -> Any:
    """Return what a command prints, whatever code it ends with; None if it is no JSON."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        return json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


if __name__ == "__main__":
    sys.exit(main())
