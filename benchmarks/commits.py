"""A code version of ours beside ``git add`` and ``git commit`` of the same files.

    python benchmarks/commits.py [--watched 500] [--files 20000] [--repeats 21] [--json FILE]

A project of many files, of which the rule ``*.py`` names some; one of them changes before each
version. git is given the same rule and a repository of its own, and both take turns. Interpreter
and imports are left out on both sides. The first versions come before the clock starts, and once
the project is a moment old, as projects are. Nothing leaves the scratch folder.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measured import Figure, Result, began

from fitlog_core.snapshots.capture import capture

FOLDER = 500  # files in one folder
SETTLED = 3.0  # seconds after which nobody takes a folder for changing
IDENTITY = {
    f"GIT_{role}_{what}": "bench" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


def make(root: Path, watched: int, files: int) -> Path:
    """Make the project, and return the file that is to change."""
    for number in range(files):
        kind, text = ("py", "x = 1\n" * 100) if number < watched else ("bin", "x" * 100)
        folder = root / f"{kind}{number // (50 if kind == 'py' else FOLDER)}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"part{number}.{kind}").write_text(f"# {number}\n{text}")
    (root / ".fitconfig").write_text("[fit_settings]\nwatched_rules = *.py\n")
    return root / "py0" / "part0.py"


def git_version(root: Path, git_dir: Path) -> Callable[[], None]:
    """Return what makes a commit by git itself, in a repository of its own."""
    place = {"GIT_DIR": str(git_dir), "GIT_WORK_TREE": str(root)}
    environment = {**os.environ, **IDENTITY, **place}

    def git(*words: str) -> None:
        subprocess.run(["git", *words], env=environment, cwd=root, check=True)

    git("init", "--quiet")

    def version() -> None:
        git("add", "--", "*.py")
        git("commit", "--quiet", "-m", "bench")

    return version


def our_version(root: Path) -> Callable[[], None]:
    """Return what makes a version by fitlog."""

    def version() -> None:
        if capture(root, "bench") is None:
            raise SystemExit("fitlog made no version")

    return version


def measure(root: Path, changing: Path, git_dir: Path, repeats: int) -> dict[str, list[float]]:
    """Return the seconds of each version."""
    kinds = {"git": git_version(root, git_dir), "ours": our_version(root)}
    taken: dict[str, list[float]] = {"git": [], "ours": [], "unchanged": []}
    for number in range(-1, repeats):
        if number == 0:
            time.sleep(SETTLED)
            kinds["ours"]()
        for name, version in kinds.items():
            changing.write_text(f"# {name} {number}\n")
            taken[name].append(seconds(version))
        taken["unchanged"].append(seconds(kinds["ours"]))
    return {name: values[1:] for name, values in taken.items()}


def seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def figures(taken: dict[str, list[float]], watched: int, files: int) -> list[Figure]:
    """Return the figures beside their bounds."""
    git, ours, same = (statistics.median(taken[name]) for name in ("git", "ours", "unchanged"))
    of = f"{watched:,} watched files among {files:,}"
    note = f"{ours * 1000:.1f} ms; git {git * 1000:.1f} ms"
    return [
        Figure(f"a version of {of}, one changed", ours / git, "× git", 1.2, note),
        Figure("the same, nothing changed", same * 1000, "ms", 150.0),
    ]


def main(arguments: list[str]) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--watched", type=int, default=500)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=21)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    result: Result = began("benchmarks/commits.py")
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "project"
        changing = make(root, options.watched, options.files)
        taken = measure(root, changing, Path(scratch) / "git", options.repeats)
    result.samples = dict(taken)
    result.figures = figures(taken, options.watched, options.files)
    result.note_load()
    return result.end(options.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
