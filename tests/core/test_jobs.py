"""Runs that are the ranks of one job are found out."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fitlog_core.reading.jobs import Job, jobs_of


def row(name: str, group: Any = "a", rank: Any = 0, start: Any = 1.0) -> dict[str, Any]:
    return {"id": name, "meta-group": group, "meta-rank": rank, "meta-start": start}


def test_runs_of_one_group_are_one_job_led_by_its_lowest_rank():
    job = Job("y", ["y", "x", "z"])
    assert jobs_of([row("z", rank=2), row("x", rank=1), row("y", rank=0)]) == dict.fromkeys(
        "xyz", job
    )


def test_two_groups_are_two_jobs():
    found = jobs_of([row("x"), row("y", "b"), row("z", rank=1)])
    assert (found["x"].runs, found["y"].runs) == (["x", "z"], ["y"])


def test_a_rank_that_comes_again_begins_another_job_of_the_same_name():
    first = [row("b", rank=1, start=1.5), row("a", rank=0, start=2)]
    second = [row("d", rank=0, start=9), row("c", rank=1, start=9.5)]
    found = jobs_of([*second, *first])
    assert [found[name].runs for name in "abcd"] == [["a", "b"]] * 2 + [["d", "c"]] * 2


@pytest.mark.parametrize(
    "odd",
    [
        {}, {"meta-group": "a"}, {"meta-rank": 1}, {"meta-group": "", "meta-rank": 1},
        {"meta-group": 3, "meta-rank": 1}, {"meta-group": "a", "meta-rank": "1"},
        {"meta-group": "a", "meta-rank": True},
    ],
    ids=str,
)  # fmt: skip
def test_a_run_that_names_no_group_or_rank_is_of_no_job(odd):
    assert jobs_of([{"id": "odd", **odd}, row("x")]) == {"x": Job("x", ["x"])}


@pytest.mark.parametrize("start", [None, "soon", math.nan, 10**400], ids=range(4))
def test_a_start_that_is_no_time_stops_nothing(start):
    assert jobs_of([row("x", start=start), row("y", rank=1)])["x"].runs == ["x", "y"]
