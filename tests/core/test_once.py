"""A run that is over, read in one go, has the row that its reader gives it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitlog_core.reading import once
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.row import Row, Shapes
from fitlog_core.reading.seen import look

OLD_LOGS = Path(__file__).parents[1] / "fixtures" / "fitlog-0.9-logs"


def by_reader(folder: Path) -> Row:
    reader = RunReader(folder)
    reader.refresh()
    return reader.row()


def in_one_go(folder: Path) -> Row:
    return once.row_of(folder.name, once.read(str(folder)), Shapes())


def said(row: Row) -> str:
    facts = (row.last_step, row.total_steps, row.skipped, row.is_plain, row.shape.paths)
    return repr((dict(row), facts))


FINISHED = [
    path for path in sorted(OLD_LOGS.glob("log_*")) if by_reader(path)["state"] == "finished"
]


@pytest.mark.parametrize("folder", FINISHED, ids=lambda folder: folder.name)
def test_old_runs_are_the_same_either_way(folder):
    assert said(in_one_go(folder)) == said(by_reader(folder))


lines = {
    "hyper": ['{"hyper": {"a": {"b": 1, "c": "NaN"}}}', '{"hyper": {"a": {"b": 2}, "a-b": 3}}'],
    "best_metric": ['{"metric": {"dev": {"acc": "NaN"}}}', '{"metric": {"dev": {"acc": 0.5}}}'],
    "other": ['{"other": {"x": [1, 2], "y": 123456789012345678901234567890}}', "torn"],
    "progress": ['{"total_steps": 10}', '{"total_steps": "x"}', "", "   "],
    "loss": ['Step:3\t{"loss": {"a": 1.0}, "step": 3}', "torn", '{"metric": {"a": 1}}'],
    "metric": ['Step:9\t{"metric": {"a": "x"}, "step": 9}', 'Step:1\t{"metric": 1, "step": 1}'],
    "meta": ['{"meta": {"state": "finish", "end": 5.0}}', '{"meta": {"host": "\\ud800"}}', "{}"],
}
contents = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(choices), max_size=4) for name, choices in lines.items()}
)


@given(contents, st.booleans())
def test_whatever_the_files_say_it_is_the_same_either_way(tmp_path_factory, content, torn):
    folder = tmp_path_factory.mktemp("logs") / "log_20260101_000000"
    folder.mkdir()
    for name, chosen in content.items():
        end = "" if torn else "\n"
        (folder / f"{name}.log").write_text("\n".join(chosen) + end)
    meta = [json.dumps({"meta": {"state": "finish"}}), *content["meta"]]
    (folder / "meta.log").write_text("\n".join(meta) + "\n")
    assert said(in_one_go(folder)) == said(by_reader(folder))
    shutil.rmtree(folder)


def test_its_marks_are_those_of_a_look():
    folder = FINISHED[0]
    assert once.read(str(folder)).marks == look(str(folder))


def test_links_and_pipes_are_no_files_of_a_run(tmp_path):
    folder = tmp_path / "log_20260101_000000"
    shutil.copytree(FINISHED[0], folder)
    (folder / "hyper.log").unlink()
    (folder / "hyper.log").symlink_to(FINISHED[0] / "hyper.log")
    (folder / "other.log").unlink()
    os.mkfifo(folder / "other.log")
    row = in_one_go(folder)
    assert {path[0] for path in row.shape.paths} == {"meta", "metric"}
    assert once.read(str(folder)).marks == look(str(folder))


def test_the_last_step_of_a_long_file_is_found_at_its_end(tmp_path):
    folder = tmp_path / "log_20260101_000000"
    folder.mkdir()
    (folder / "meta.log").write_text('{"meta": {"state": "finish"}}\n')
    (folder / "best_metric.log").write_text("")
    steps = (f'Step:{i}\t{{"loss": {{"a": 1.0}}, "step": {i}}}\n' for i in range(1000))
    (folder / "loss.log").write_text("".join(steps))
    assert in_one_go(folder).last_step == 999


@pytest.mark.parametrize(
    "files",
    [
        {"meta": '{"meta": {"state": "running"}}\n', "best_metric": ""},
        {"meta": '{"meta": {"state": "finish"}}\n'},
        {
            "meta": '{"meta": {"state": "finish"}}\n',
            "best_metric": "",
            "hyper": '{"hyper": {"a": 1}}\n' * 20_000,
        },
    ],
    ids=["running", "very old", "very long"],
)
def test_the_unusual_is_left_to_a_reader(tmp_path, files):
    folder = tmp_path / "log_20260101_000000"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.log").write_text(text)
    with pytest.raises(once.UnusualError):
        in_one_go(folder)
