"""Damaged lines of step files are counted where a listing sees them, without reading the curves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fitlog_core.reading import records
from fitlog_core.reading.logdir import LogDirectory

RUN = "log_20260101_000000"


def line(step: int) -> str:
    return f"Step:{step}\t" + json.dumps({"loss": {"Loss": 0.5}, "step": step}) + "\n"


def logs_with(folder: Path, loss: str, state: str) -> Path:
    run = folder / RUN
    run.mkdir(parents=True)
    (run / "meta.log").write_text(json.dumps({"meta": {"state": state}}) + "\n", "utf-8")
    (run / "best_metric.log").write_text('{"metric": {"dev": {"acc": 0.9}}}\n', "utf-8")
    (run / "loss.log").write_text(loss, "utf-8", newline="")
    return folder


def listed(folder: Path) -> int:
    runs = LogDirectory(folder)
    runs.refresh()
    return runs.row(RUN).skipped


ENDS = [line(1), line(2)]


@pytest.mark.parametrize("state", ["finish", "running"])
@pytest.mark.parametrize(
    ("loss", "count"),
    [
        ("".join(ENDS), 0),
        ("".join(ENDS).replace("\n", "\r\n"), 0),
        (ENDS[0] + "\n" + ENDS[1], 0),
        ('{"metric": {"dev": {"acc": 0.9}}, "step": 3}\n' + ENDS[0], 0),
        (ENDS[0] + '{"loss": {"Lo' + "\n" + ENDS[1], 1),
        (ENDS[0][:9] + "\n" + ENDS[1][-5:] + ENDS[1], 2),
        ("\0" * 40 + "\n" + ENDS[1], 1),
        (ENDS[0] + ENDS[1][:9], 0),  # it may be written on
        ("".join(map(line, range(400))) + "damaged\n" + ENDS[1], 1),
        ("".join(map(line, range(400))), 0),
        ("damaged\n" + "".join(map(line, range(400))), 0),  # known once its curves are read
    ],
)
def test_a_listing_counts_the_torn_lines_at_the_end_of_a_step_file(tmp_path, loss, count, state):
    assert listed(logs_with(tmp_path / "logs", loss, state)) == count


def test_a_line_that_is_torn_while_the_run_is_looked_at_is_counted_once(tmp_path):
    logs = logs_with(tmp_path / "logs", "".join(ENDS), "running")
    runs = LogDirectory(logs)
    runs.refresh()
    counts = []
    for text in ["damaged\n", line(3), "".join(map(line, range(4, 400))), "torn\n" + line(400)]:
        with (logs / RUN / "loss.log").open("a", encoding="utf-8") as file:
            file.write(text)
        runs.refresh()
        counts.append(runs.row(RUN).skipped)
    assert counts == [1, 1, 1, 2]
    runs.run(RUN).curves.series()
    assert runs.reread(RUN).skipped == 2
    (logs / RUN / "loss.log").write_text("".join(ENDS), "utf-8")
    runs.refresh()
    runs.run(RUN).curves.series()
    assert runs.reread(RUN).skipped == 0


def test_pieces_that_begin_within_a_line_leave_it_out():
    text = ("x" * 9 + "\n" + line(1) + line(2)).encode()
    assert (records.torn_in(text, is_cut=True), records.torn_in(text, is_cut=False)) == (0, 1)
