"""Writes the page of the docs that tells how fast fitlog is: figures, bounds, machine, commands.

    python benchmarks/page.py --results DIR [--to docs/speed.md]

What DIR already holds is taken, the rest is measured first and put there: about half an hour,
on a machine that does nothing else. fitlog must be installed in the environment of the
interpreter that runs this. The picture goes into the folder `images` beside the page.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import growth_page
from measured import HERE, Figure, Result, began
from picture import draw

PRINTING = ("imports", "one_point")  # those that print their figures and keep to a bound
MEASURING = ("reading", "board_speed", "growth")
RESULTS = {"reading": "reading.json", "board_speed": "board.json", "growth": "growth.json"}
WRITING = "writing.jsonl"
REPEATS = 5


def collect(folder: Path) -> dict[str, Result]:
    """Return every benchmark's result, measured now where the folder has none."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {name: _printed(name, folder / f"{name}.json") for name in PRINTING}
    found["writing"] = _written(folder / WRITING, folder / "writing.json")
    for name in MEASURING:
        path = folder / RESULTS[name]
        if not path.exists():
            subprocess.run([sys.executable, str(HERE / f"{name}.py"), "--json", path], check=False)
        found[name] = Result.read(path)
    return found


def _printed(name: str, path: Path) -> Result:
    """Return what a script printed, and how it ended."""
    if path.exists():
        return Result.read(path)
    result = began(f"python benchmarks/{name}.py")
    command = [sys.executable, str(HERE / f"{name}.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    result.samples = {"printed": (done.stdout + done.stderr).strip(), "ended": done.returncode}
    result.note_load()
    result.write(path)
    return result


# ---------------------------------------------------------------------- writing


def _written(rows: Path, path: Path) -> Result:
    """Return the figures of the writing calls, from the harness of the peers."""
    if path.exists():
        return Result.read(path)
    result = began(
        "python benchmarks/run.py --venv rawwrite=VENV --venv ours=VENV --work SCRATCH "
        f"--out {WRITING} --workloads W2,W3 --repeats {REPEATS}"
    )
    if not rows.exists():
        _run_harness(rows)
    result.figures = _writing_figures([json.loads(line) for line in rows.open(encoding="utf-8")])
    result.note_load()
    result.write(path)
    return result


def _run_harness(rows: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        venvs = [f"--venv={peer}={sys.prefix}" for peer in ("rawwrite", "ours")]
        asked = ["--work", scratch, "--out", str(rows), "--repeats", str(REPEATS)]
        command = [sys.executable, str(HERE / "run.py"), *venvs, *asked, "--workloads=W2,W3"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _writing_figures(rows: list[dict[str, Any]]) -> list[Figure]:
    scalar, bytes_of = "a scalar call", _column(rows, "W2", "ours", "bytes")
    points = _column(rows, "W2", "ours", "n")
    return [
        _call(rows, "W2", "p50_us", f"{scalar}, p50", 2.0),
        _call(rows, "W2", "p99_us", f"{scalar}, p99", 3.0),
        _call(rows, "W3", "p50_us", "a call with a dict of 20, p50", 2.5),
        Figure("bytes a point on disk", statistics.median(bytes_of) / points[0], "bytes", 70),
    ]


def _call(rows: list[dict[str, Any]], workload: str, key: str, work: str, bound: float) -> Figure:
    ours, raw = (
        statistics.median(_column(rows, workload, peer, key)) for peer in ("ours", "rawwrite")
    )
    return Figure(work, ours / raw, "× `rawwrite`", bound, f"{ours:.2f} µs; {raw:.2f} µs")


def _column(rows: list[dict[str, Any]], workload: str, peer: str, key: str) -> list[float]:
    return [row[key] for row in rows if (row["workload"], row["peer"]) == (workload, peer)]


# ------------------------------------------------------------------------- page


def page(found: dict[str, Result]) -> str:
    """Return the page as Markdown."""
    return (
        "\n\n".join(
            [
                "# Speed",
                "<!-- Written by benchmarks/page.py: measure again instead of editing. -->",
                "What fitlog takes, measured on one machine; [Benchmarks](benchmarks.md) tells what "
                "each bound is and how to measure it yours. `rawwrite` is the floor: bare system "
                "calls and a plain reader of JSON lines.",
                _machine(found),
                "## Writing",
                *_block(found["writing"]),
                *(part for name in PRINTING for part in _printed_block(found[name])),
                "## Reading",
                *_block(found["reading"]),
                "## The board",
                *_block(found["board_speed"]),
                "## Growth",
                *growth_page.section(found["growth"]),
                _command(found["growth"]),
            ]
        )
        + "\n"
    )


def _machine(found: dict[str, Result]) -> str:
    machine = found["reading"].machine
    loads = [load for result in found.values() for load in result.load]
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}, "
        f"{machine['kernel']}, Python {machine['python']}; 1-minute load while measuring "
        f"{min(loads)} to {max(loads)}. Medians; ratios are of runs that took turns."
    )


def _block(result: Result) -> Iterator[str]:
    yield result.table()
    yield _command(result)


def _printed_block(result: Result) -> Iterator[str]:
    verdict = "Within the bound" if result.samples["ended"] == 0 else "**Not** within the bound"
    yield f"```console\n$ {result.command}\n{result.samples['printed']}\n```"
    yield f"{verdict}."


def _command(result: Result) -> str:
    return f"```console\n$ {result.command}\n```"


def main() -> None:
    """Measure what is missing, and write the page with its picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--to", type=Path, default=HERE.parent / "docs" / "speed.md")
    options = parser.parse_args()
    found = collect(options.results.absolute())
    picture = options.to.parent / "images" / "growth.svg"
    picture.write_text(draw(found["growth"].samples), encoding="utf-8")
    options.to.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
