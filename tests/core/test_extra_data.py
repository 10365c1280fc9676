"""``log_extra_data.txt`` of fitlog 0.9: edited cells and rows added by hand."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path

import pytest

from fitlog_core.errors import ViewConflictError, ViewError
from fitlog_core.reading.extra_data import FILE_NAME, ExtraData

EDITED = "log_20261122_090313"
RELABELLED = "log_20261122_090317"
PAPER = "paper_SOTA_2024"
TABLE_OF_OLD = """
import json, sys
from fitlog.fastlog import log_reader
from fitlog.fastserver.server.table_utils import prepare_data
print(json.dumps(prepare_data(log_reader, sys.argv[1], "default.cfg")["data"]))
"""


def table_of_old(python: Path, log_dir: Path) -> dict:
    """The rows that the table of the real fitlog 0.9.15 shows."""
    done = subprocess.run(
        [str(python), "-c", TABLE_OF_OLD, str(log_dir)],
        cwd=log_dir,  # away from our own fitlog
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def stored(log_dir: Path) -> dict:
    return json.loads((log_dir / FILE_NAME).read_text("ascii"))


def test_edits_and_added_rows_of_fitlog_0_9_are_read(fixture_logs):
    extra = ExtraData.open(fixture_logs)
    assert extra.cells(EDITED) == {"memo": "warm-up too long, 再试一次"}
    assert extra.cells(RELABELLED) == {"meta-fit_msg": "baseline"}
    assert extra.added() == [PAPER]
    assert extra.cells(PAPER)["memo"] == "from the paper, table 3"
    assert extra.problems == ()


def test_a_metric_of_an_added_row_is_a_number_even_where_0_9_kept_text(fixture_logs):
    cells = ExtraData.open(fixture_logs).cells(PAPER)
    assert cells["metric-test-SpanFPreRecMetric-f"] == 0.951
    assert cells["hyper-encoder"] == "bert"


def test_an_edit_is_kept_beside_the_others(fixture_logs):
    extra = ExtraData.open(fixture_logs).set(
        EDITED, {"memo": "好"}, was={"memo": "warm-up too long, 再试一次"}
    )
    assert extra.cells(EDITED) == {"memo": "好"}
    assert ExtraData.open(fixture_logs).cells(RELABELLED) == {"meta-fit_msg": "baseline"}


def test_an_empty_edit_takes_the_edit_back(fixture_logs):
    ExtraData.open(fixture_logs).set(EDITED, {"memo": ""})
    assert EDITED not in stored(fixture_logs)
    ExtraData.open(fixture_logs).set(PAPER, {"memo": None})
    assert "memo" not in stored(fixture_logs)[PAPER]
    assert ExtraData.open(fixture_logs).added() == [PAPER]


def test_the_prompt_of_an_empty_cell_is_never_data(tmp_path):
    path = tmp_path / FILE_NAME
    path.write_text('{"a": {"memo": "Click to edit", "note": "x"}}', "ascii")
    extra = ExtraData.open(tmp_path)
    assert extra.cells("a") == {"note": "x"}
    extra.set("a", {"memo": "y"}, was={"memo": ""}).set("a", {"memo": "Click to edit"})
    extra.set("b", {"memo": "Click to edit"})
    assert stored(tmp_path) == {"a": {"note": "x"}}


def test_an_edit_of_a_cell_that_changed_meanwhile_is_refused(fixture_logs):
    mine = ExtraData.open(fixture_logs)
    ExtraData.open(fixture_logs).set(EDITED, {"memo": "theirs"})
    with pytest.raises(ViewConflictError) as caught:
        mine.set(EDITED, {"memo": "mine"}, was={"memo": "warm-up too long, 再试一次"})
    assert (caught.value.key, caught.value.found) == ("memo", "theirs")
    assert stored(fixture_logs)[EDITED] == {"memo": "theirs"}


def test_the_first_edit_of_a_recorded_cell_starts_from_what_was_recorded(tmp_path):
    extra = ExtraData.open(tmp_path)
    shown = {"meta-fit_msg": "try 4", "metric-dev-acc": math.nan}
    extra.set("log_20200101_000000", {"meta-fit_msg": "x"}, {"meta-fit_msg": "try 4"}, shown)
    extra.set("log_20200101_000000", {"metric-dev-acc": 1}, {"metric-dev-acc": "NaN"}, shown)
    with pytest.raises(ViewConflictError):
        extra.set("log_20200101_000000", {"meta-fit_msg": "y"}, {"meta-fit_msg": "try 4"}, shown)


def test_an_added_row_keeps_the_types_of_its_values(tmp_path):
    values = {"hyper-lr": 0.1, "hyper-big": 2**70, "metric-acc": math.nan, "hyper-on": True}
    ExtraData.open(tmp_path).add("论文 2026", values)
    cells = ExtraData.open(tmp_path).cells("论文 2026")
    assert math.isnan(cells.pop("metric-acc"))
    assert cells == {"hyper-lr": 0.1, "hyper-big": 2**70, "hyper-on": True}
    assert stored(tmp_path)["论文 2026"]["metric-acc"] == "NaN"


@pytest.mark.parametrize(
    ("row_id", "values"),
    [
        (PAPER, {"memo": "again"}),
        ("", {"memo": "x"}),
        (" x", {"memo": "x"}),
        ("a,b", {"memo": "x"}),
        ("a\nb", {"memo": "x"}),
        (None, {"memo": "x"}),
        ("x", {}),
        ("x", {"memo": "Click to edit"}),
        ("x", {"state": "finished"}),
        ("x", {"": 1}),
        ("x", {"hyper-list": [1]}),
        ("x", {"hyper": {"lr": 1}}),
    ],
    ids=repr,
)
def test_a_row_that_cannot_be_kept_is_refused(fixture_logs, row_id, values):
    before = (fixture_logs / FILE_NAME).read_bytes()
    with pytest.raises(ViewError):
        ExtraData.open(fixture_logs).add(row_id, values)
    assert (fixture_logs / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize("content", [b"{torn", b"[1]", b"\xff\xfe", b'"text"'], ids=repr)
def test_a_damaged_file_is_kept_aside_and_told(tmp_path, capsys, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    extra = ExtraData.open(tmp_path)
    assert extra.problems
    assert extra.added() == []
    extra.set("a", {"memo": "x"})
    assert (tmp_path / f"{FILE_NAME}.damaged").read_bytes() == content
    assert f"{FILE_NAME}.damaged" in capsys.readouterr().err
    assert stored(tmp_path) == {"a": {"memo": "x"}}


def test_bare_nan_of_0_9_is_read_and_an_entry_that_is_no_object_is_kept(tmp_path):
    (tmp_path / FILE_NAME).write_text('{"a": {"metric-x": NaN}, "odd": 3}', "ascii")
    extra = ExtraData.open(tmp_path)
    assert math.isnan(extra.cells("a")["metric-x"])
    assert "'odd'" in extra.problems[0]
    extra.set("b", {"memo": "x"})
    assert stored(tmp_path) == {"a": {"metric-x": "NaN"}, "odd": 3, "b": {"memo": "x"}}


def test_a_file_that_leads_out_of_the_log_directory_is_not_read(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    (tmp_path / "secret").write_text('{"a": {"memo": "secret"}}', "ascii")
    (logs / FILE_NAME).symlink_to("../secret")
    with pytest.raises(ViewError, match="leads out"):
        ExtraData.open(logs)


def test_fitlog_0_9_shows_our_edits_and_rows(fixture_logs, old_fitlog_python):
    extra = ExtraData.open(fixture_logs)
    extra.set("log_20261122_090419", {"memo": "写于新板", "meta-fit_msg": "renamed"})
    extra.add("ours", {"hyper-dataset": "weibo", "metric-dev-acc": 0.5, "memo": "by hand"})
    rows = table_of_old(old_fitlog_python, fixture_logs)
    assert rows["log_20261122_090419"]["memo"] == "写于新板"
    assert rows["log_20261122_090419"]["meta-fit_msg"] == "renamed"
    assert rows["ours"]["metric-dev-acc"] == 0.5


def test_fitlog_0_9_shows_a_row_of_every_type(fixture_logs, old_fitlog_python):
    cells = {"hyper-dataset": "weibo", "hyper-lr": 1e-5, "hyper-crf": True, "hyper-layers": 12}
    cells |= {"metric-test-f1": 0.93, "hyper-clip": "Infinity", "venue": "ACL 2026"}
    ExtraData.open(fixture_logs).add("paper", cells)
    shown = table_of_old(old_fitlog_python, fixture_logs)["paper"]
    assert {key: shown[key] for key in cells} == cells


@pytest.mark.parametrize("cells", [{"id-x": 1}, {"a": 1, "a-b": 2}, {"metric": 1, "metric-f": 2}])
def test_columns_that_fitlog_0_9_cannot_show_are_refused(tmp_path, cells):
    with pytest.raises(ViewError):
        ExtraData.open(tmp_path).add("ours", cells)
    assert not (tmp_path / FILE_NAME).exists()
