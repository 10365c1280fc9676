"""Saved filters let through what the real fitlog 0.9.15 lets through."""

from __future__ import annotations

import json
import subprocess

import pytest

from fitlog_core.errors import QueryError
from fitlog_core.reading.extra_data import ExtraData
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.saved_filter import exactly, kept
from fitlog_core.reading.views import View

IDS_OF_OLD = """
import json, sys
from fitlog.fastlog import log_reader
from fitlog.fastserver.server.table_utils import get_log_and_extra_based_on_config
names = json.loads(sys.argv[2])
found = [get_log_and_extra_based_on_config(log_reader, sys.argv[1], name)[0] for name in names]
runs = [[log['id'] for log in logs if log['id'].startswith('log_')] for logs in found]
print(json.dumps([sorted(ids) for ids in runs]))
"""

FILTERS = [
    {},
    {"hyper-dataset": "!=conll"},
    {"hyper-dataset": "con"},  # inside a cell: conll
    {"hyper-dataset": ["weibo", "onto"]},
    {"hyper-dataset": "=onto"},  # the whole cell, and there is none
    {"hyper-lr": 0.1},
    {"hyper-lr": "<0.03"},
    {"hyper-lr": "0.03>"},
    {"hyper-lr": "0.001<&&<0.1"},
    {"hyper-lr": [0.1, "<0.003"]},
    {"hyper-lr": "0.1", "hyper-dataset": "weibo"},
    {"metric-dev-acc": ">0.9", "hyper-encoder": "lstm"},
    {"hyper-max_len": "12"},
    {"id": "090"},
    {"meta-fit_msg": "try"},  # not every run has one
    {"nowhere": "x"},
]


def ours(log_dir, name):
    runs = LogDirectory(log_dir)
    runs.refresh()
    view, extra = View.open(log_dir, name), ExtraData.open(log_dir)
    rows = [{**row, **extra.cells(row["id"])} for row in runs.rows()]
    stays = zip(rows, kept(view, rows), strict=True)
    return sorted(row["id"] for row, passes in stays if passes and row["id"] not in view.deleted)


def theirs(python, log_dir, names):
    done = subprocess.run(
        [str(python), "-c", IDS_OF_OLD, str(log_dir), json.dumps(names)],
        cwd=log_dir,  # away from our own fitlog
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_saved_filters_mean_what_they_mean_to_fitlog_0_9(fixture_logs, old_fitlog_python):
    names = []
    for drops in (True, False):
        for number, condition in enumerate(FILTERS):
            names.append(f"{drops}-{number}.cfg")
            changes = {
                "filter_condition": condition,
                "ignore_filter_condition_not_exist_log": drops,
            }
            View.open(fixture_logs, names[-1]).save(changes)
    old = theirs(old_fitlog_python, fixture_logs, names)
    found = {name: ours(fixture_logs, name) for name in names}
    expected = dict(zip(names, old, strict=True))
    assert [name for name in names if found[name] != expected[name]] == []
    assert len({len(ids) for ids in old}) > 6


def test_a_filter_of_any_condition_lets_through_what_its_readme_says(fixture_logs):
    # fitlog 0.9 lets everything through where and_filters is 0, against its own README.
    rows = [{"id": "a", "hyper-lr": 0.1}, {"id": "b", "hyper-lr": 1, "x": 1}, {"id": "c", "x": 1}]
    view = View.open(fixture_logs)
    either = {"and_filters": 0, "hyper-lr": 0.1, "x": 2}
    assert kept(view.save({"filter_condition": either}), rows) == [True, False, False]


SAVED = [
    ("weibo", "=weibo"),
    (["weibo", 1, "<2"], ["=weibo", 1, "<2"]),
    ("<=0.01", ["<0.01", "=0.01"]),
    ("0.003<=&&<=0.1", ["0.003<&&<0.1", "=0.003", "=0.1"]),
    ([">=0.1", 0.001], [">0.1", "=0.1", 0.001]),
    (0.1, 0.1),
    ("!=conll", "!=conll"),
    ("128", "=128"),
]


@pytest.mark.parametrize(("said", "spelled"), SAVED, ids=str)
def test_a_condition_is_saved_so_that_0_9_understands_it(said, spelled):
    assert exactly(said) == spelled


def test_a_range_with_its_ends_is_the_same_to_both(fixture_logs, old_fitlog_python):
    condition = {"hyper-lr": exactly("0.003<=&&<=0.03")}
    View.open(fixture_logs, "range.cfg").save({"filter_condition": condition})
    found = ours(fixture_logs, "range.cfg")
    assert len(found) > 10
    assert theirs(old_fitlog_python, fixture_logs, ["range.cfg"]) == [found]


def test_a_filter_that_cannot_be_understood_is_told(fixture_logs):
    view = View.open(fixture_logs).save({"filter_condition": {"hyper-lr": "<"}})
    with pytest.raises(QueryError):
        kept(view, [{"id": "x", "hyper-lr": 1}])
