"""When a run went on after it had stopped."""

from __future__ import annotations

import json

import pytest

from fitlog_core.reading.reader import RunReader


def meta(**values) -> str:
    return json.dumps({"meta": values}) + "\n"


@pytest.fixture
def reader(tmp_path):
    """Give a function that writes ``meta.log`` and reads the run."""

    def of(text: str) -> RunReader:
        (tmp_path / "meta.log").write_text(text)
        found = RunReader(tmp_path)
        found.refresh()
        return found

    return of


def test_a_run_that_never_stopped_has_no_further_segments(reader):
    assert reader(meta(start=1.0, state="running")).segments() == []


def test_every_segment_is_told_though_the_last_one_wins_in_the_values(reader):
    text = meta(start=1.0, state="running") + meta(segment=2, segment_start=5.5)
    text += meta(state="running") + meta(segment=3, segment_start=9, state="running")
    found = reader(text)
    assert found.segments() == [5.5, 9.0]
    assert found.meta["segment_start"] == 9


def test_torn_and_strange_lines_are_passed_over(reader):
    text = meta(segment_start=5) + '{"meta": 3}\n{"torn\n' + meta(segment_start="x")
    assert reader(text + meta(segment_start=True) + '{"meta": {"segment_start": 7').segments() == [
        5.0
    ]
