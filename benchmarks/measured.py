"""What the benchmarks share: fresh interpreters, figures beside their bounds, the machine."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MARK = "@@BENCH "
MIB = 1024.0  # KiB
Sample = dict[str, float]


@dataclass(frozen=True)
class Figure:
    """One figure of a table.

    :param work: What was done.
    :param bound: At most this; None where the figure stands there to compare with.
    """

    work: str
    value: float
    unit: str
    bound: float | None = None
    note: str = ""

    @property
    def is_within(self) -> bool:
        return self.bound is None or self.value <= self.bound

    def line(self) -> str:
        """Return it as a line of a Markdown table."""
        bound = "" if self.bound is None else said(self.bound, self.unit)
        verdict = "" if self.bound is None else ("yes" if self.is_within else "**no**")
        return (
            f"| {self.work} | {said(self.value, self.unit)} | {bound} | {verdict} | {self.note} |"
        )


@dataclass
class Result:
    """What one benchmark found, as its JSON file holds it."""

    command: str
    figures: list[Figure] = field(default_factory=list)
    machine: dict[str, Any] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)
    samples: dict[str, Any] = field(default_factory=dict)

    def note_load(self) -> None:
        self.load.append(round(os.getloadavg()[0], 1))

    def write(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Result:
        known = json.loads(path.read_text("utf-8"))
        return cls(**known | {"figures": [Figure(**figure) for figure in known["figures"]]})

    def table(self) -> str:
        """Return the figures as a Markdown table."""
        head = "| work | measured | at most | within | |\n|---|---|---|---|---|\n"
        return head + "\n".join(figure.line() for figure in self.figures)

    def end(self, path: Path | None) -> int:
        """Write and print what was found; return 0 if every figure is within its bound."""
        self.write(path)
        print(f"{self.table()}\n\n1-minute load while measuring: {self.load}")
        return 0 if all(figure.is_within for figure in self.figures) else 1


def began(command: str) -> Result:
    """Return a result without figures yet."""
    result = Result(command, machine=machine())
    result.note_load()
    return result


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def said(value: float, unit: str) -> str:
    """Return a figure as people read it."""
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 3
    return f"{value:,.{places}f} {unit}".strip()


def child(what: str, *arguments: str, cache: Path | None = None) -> Sample:
    """Measure one kind of reading (see ``readers.py``) in an interpreter of its own.

    :param cache: Folder for the caches of fitlog.
    """
    command = [sys.executable, str(HERE / "readers.py"), what, *arguments]
    known = dict(os.environ) if cache is None else os.environ | {"FITLOG_CACHE_DIR": str(cache)}
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
    for line in reversed(done.stdout.splitlines()):
        if line.startswith(MARK):
            found: Sample = json.loads(line.removeprefix(MARK))
            return found
    raise SystemExit(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr}")


def median(samples: Iterable[Mapping[str, float]], key: str) -> float:
    """Return the median of one column of samples."""
    return statistics.median(sample[key] for sample in samples)
