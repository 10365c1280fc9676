"""What the tests of recording share: reading a run back strictly, and runs of scripts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fitlog_core import log_format
from fitlog_core.log_format import StepRecord
from fitlog_core.reading.provenance import read_provenance

SECTIONS = {"meta": "meta", "hyper": "hyper", "best_metric": "metric", "other": "other"}


def runs(log_dir: Path) -> list[Path]:
    """The folders of a log directory that are runs, oldest first."""
    return sorted(path for path in log_dir.iterdir() if log_format.is_run(path))


def only_run(log_dir: Path) -> Path:
    """The one run of a log directory that holds nothing else."""
    (folder,) = (path for path in log_dir.iterdir() if path.name != log_format.SHARED_FOLDER)
    assert log_format.is_run(folder)
    return folder


def lines(folder: Path, kind: str) -> list[bytes]:
    """The lines of one of a run's files, all of them whole."""
    content = (folder / f"{kind}.log").read_bytes()
    assert content == b"" or content.endswith(b"\n")
    return content.splitlines()


def said(folder: Path, kind: str) -> dict[str, Any]:
    """What a file without steps says, its lines merged; every line must be valid."""
    merged: dict[str, Any] = {}
    for line in lines(folder, kind):
        log_format.merge(merged, json.loads(line)[SECTIONS[kind]])
    return merged


def meta_lines(folder: Path) -> list[dict[str, Any]]:
    """What each line of ``meta.log`` says."""
    return [json.loads(line)["meta"] for line in lines(folder, "meta")]


def steps(folder: Path, kind: str = "loss") -> list[StepRecord]:
    """The records of ``loss.log`` or ``metric.log``; every line must be valid."""
    records = [log_format.parse_step_line(line) for line in lines(folder, kind)]
    assert None not in records
    return [record for record in records if record is not None]


def valid_steps(folder: Path, kind: str = "loss") -> list[StepRecord]:
    """The records of a file in which torn lines may lie."""
    content = (folder / f"{kind}.log").read_bytes()
    records = map(log_format.parse_step_line, content.splitlines())
    return [record for record in records if record is not None]


def facts_when(folder: Path, is_there: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The facts of a run once they hold what a process gathers meanwhile."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        facts = read_provenance(folder)
        if is_there(facts):
            return facts
        time.sleep(0.02)
    pytest.fail(f"still not there: {read_provenance(folder)}")


def is_gathered(facts: dict[str, Any]) -> bool:
    """Tell whether the process that gathers for a run below a repository has told all it finds."""
    return "dirty" in facts.get("git", {})


def write_facts(folder: Path, text: str) -> None:
    """Put a text in place of a run's facts once nobody writes them any more."""
    facts_when(folder, is_gathered)
    (folder / log_format.PROVENANCE_FILE).write_text(text)
