"""Tags of runs: put on and taken off, found one by one, readable by fitlog 0.9."""

from __future__ import annotations

import json

import pytest

from fitlog_core.errors import ViewError
from fitlog_core.reading.extra_data import ExtraData
from fitlog_core.reading.query import parse
from fitlog_core.reading.tags import tags_in

ROWS = (
    {"id": "a", "tags": "baseline, paper"},
    {"id": "b", "tags": "paper\uff0c 1.0"},
    {"id": "c", "tags": "paperwork"},
    {"id": "d"},
)


def found(search):
    return [row["id"] for row in parse(search).select(ROWS)]


def test_a_cell_names_each_tag_once_whichever_comma_parts_them():
    assert tags_in(" a,b \uff0ca,, ") == ("a", "b")


def test_a_search_finds_runs_by_a_single_tag():
    assert found("tags:paper") == ["a", "b"]
    assert found("tags:baseline,1.0") == ["a", "b"]
    assert found("tags:1") == []
    assert found("tags!=paper") == ["c"]
    assert found("-tags:paper") == ["c", "d"]
    assert found("${'tags': 'paper'}$") == ["a", "b"]


def test_a_tag_joins_the_others_of_each_run_and_leaves_as_it_came(tmp_path):
    data = ExtraData.open(tmp_path)
    data.set("a", {"tags": "old", "memo": "kept"})
    _, changed = data.tag(["a", "b"], " paper ", on=True)
    assert changed == ["a", "b"]
    assert ExtraData.open(tmp_path).cells("a") == {"tags": "old, paper", "memo": "kept"}
    _, changed = data.tag(["b", "a"], "old", on=False)
    assert changed == ["a"]
    data.tag(["a", "b"], "paper", on=False)
    stored = json.loads((tmp_path / "log_extra_data.txt").read_text("ascii"))
    assert stored == {"a": {"memo": "kept"}}


@pytest.mark.parametrize("tag", ["", " ", "a,b", "a\uff0cb", "a\nb", "x" * 101, 3, None])
def test_what_is_no_tag_is_refused(tmp_path, tag):
    with pytest.raises(ViewError, match="a tag is a text"):
        ExtraData.open(tmp_path).tag(["a"], tag, on=True)
