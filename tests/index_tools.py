"""Runs and caches for the tests of the index."""

from __future__ import annotations

import json
from pathlib import Path

from fitlog_core.reading.curves import Curves
from fitlog_core.reading.index import (
    curves,
)
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.logdir import LogDirectory

OLD_LOGS = Path(__file__).parent / "fixtures" / "fitlog-0.9-logs"
RUN = "log_20260101_000000"


def make_run(logs: Path, run_id: str = RUN, state: str = "finish") -> Path:
    folder = logs / run_id
    folder.mkdir(parents=True)
    (folder / "meta.log").write_text(json.dumps({"meta": {"state": state}}) + "\n")
    return folder


def line(step: int, value: object, name: str = "a", **more: object) -> str:
    return f"Step:{step}\t{json.dumps({'loss': {name: value}, 'step': step, **more})}\n"


def append(folder: Path, text: str, name: str = "loss.log") -> None:
    with (folder / name).open("a") as file:
        file.write(text)


def facts(found: dict) -> dict:
    """Return curves as what can be compared: NaN is equal to itself then."""
    return {
        key: repr([list(x) for x in (one.steps, one.values, one.epochs, one.times)])
        + str(sorted(one.texts.items()))
        for key, one in found.items()
    }


def cached(folder: Path, tmp_path: Path) -> curves.IndexedCurves:
    return Index(tmp_path / "cache.sqlite").curves(folder)


def assert_same(folder: Path, index: Index) -> None:
    afresh = Curves(folder)
    kept = index.curves(folder)
    assert facts(kept.series()) == facts(afresh.series())
    assert kept.skipped == afresh.skipped
    assert sorted(kept.names()) == sorted(afresh.names())


def opened(logs: Path, path: Path) -> LogDirectory:
    directory = LogDirectory(logs, Index(path))
    directory.refresh()
    return directory
