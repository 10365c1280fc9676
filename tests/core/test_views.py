"""The view files of fitlog 0.9: read as they were left, changed without losing anything."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from fitlog_core.errors import ViewConflictError, ViewError, ViewNotWritableError
from fitlog_core.reading import views, whole_file
from fitlog_core.reading.views import View

HIDDEN = ("log_20261122_090249", "log_20261122_090254")
READ_WITH_OLD = """
import json, sys
from fitlog.fastserver.server.server_config import read_server_config
config = read_server_config(sys.argv[1])
del config["config"]
print(json.dumps(config))
"""


def read_with_old(python: Path, path: Path) -> dict:
    """What the real fitlog 0.9.15 reads from a view file."""
    done = subprocess.run(
        [str(python), "-c", READ_WITH_OLD, str(path)],
        cwd=path.parent,  # away from our own fitlog
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_a_view_of_fitlog_0_9_opens_as_it_was_left(fixture_logs):
    view = View.open(fixture_logs)
    assert view.hidden == HIDDEN
    assert view.deleted == ("log_20261122_090321",)
    assert view.filter_condition == {"hyper-dataset": "!=conll"}
    assert view.hidden_columns == ("hyper-dropout", "metric-best_step")
    assert view.exclude_columns == ()
    assert view.editable_columns == ("memo", "meta-fit_msg", "meta-git_msg")
    assert list(view.column_order) == ["id", "metric", "meta", "hyper", "other", "memo"]
    assert list(view.column_order["metric"]["dev"]) == ["SpanFPreRecMetric", "acc"]
    assert view.drops_rows_without_the_column is True
    assert view.problems == ()


def test_opening_a_view_writes_nothing(fixture_logs, tmp_path):
    before = (fixture_logs / "default.cfg").read_bytes()
    View.open(fixture_logs)
    View.open(tmp_path)
    assert (fixture_logs / "default.cfg").read_bytes() == before
    assert not (tmp_path / "default.cfg").exists()


def test_a_change_alters_only_its_own_line(fixture_logs):
    path = fixture_logs / "default.cfg"
    before = path.read_text("utf-8").splitlines()
    View.open(fixture_logs).save({"hidden_logs": ["log_20261122_090313"]})
    after = path.read_text("utf-8").splitlines()
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert changed == [
        (f"hidden_logs = {','.join(HIDDEN)}", "hidden_logs = log_20261122_090313"),
    ]


def test_comments_unknown_keys_and_case_survive_a_change(tmp_path):
    text = "; mine\n[data_settings]\nHidden_Logs=a\n# why\nMyKey: 1\n\n[Other]\nX = Y\n"
    (tmp_path / "a.cfg").write_text(text, "utf-8")
    View.open(tmp_path, "a.cfg").edit_names("hidden_logs", add=["b"])
    assert (tmp_path / "a.cfg").read_text("utf-8") == text.replace(
        "Hidden_Logs=a", "Hidden_Logs = a,b"
    )


def test_line_ends_and_permissions_stay(tmp_path):
    path = tmp_path / "default.cfg"
    path.write_bytes(b"[data_settings]\r\nhidden_logs = a\r\n# \xe5\xa5\xbd\r\n")
    path.chmod(0o640)
    View.open(tmp_path).edit_names("hidden_logs", remove=["a"], add=["b"])
    assert path.read_bytes() == b"[data_settings]\r\nhidden_logs = b\r\n# \xe5\xa5\xbd\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_missing_view_has_the_defaults_and_is_made_by_its_first_change(tmp_path):
    view = View.open(tmp_path)
    assert not view.exists
    assert view.editable_columns == ("memo", "meta-fit_msg", "meta-git_msg")
    assert not view.edit_names("deleted_logs", remove=["none"]).exists
    assert list(tmp_path.iterdir()) == []
    assert view.edit_names("deleted_logs", add=["log_20200101_000000"]).exists
    assert View.open(tmp_path).deleted == ("log_20200101_000000",)
    assert [path.name for path in tmp_path.iterdir()] == ["default.cfg"]


def test_nothing_is_written_where_nothing_changes(fixture_logs):
    path = fixture_logs / "default.cfg"
    os.utime(path, (1, 1))
    view = View.open(fixture_logs)
    view.save({"hidden_logs": list(HIDDEN), "column_order": view.column_order})
    assert path.stat().st_mtime == 1


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_logs": ["log_20261122_090308"], "deleted_logs": []},
        {"filter_condition": {"hyper-lr%": "<0.3", "and_filters": 0, "hyper-dataset": ["a", 1]}},
        {"hidden_columns": ["metric-dev", "其他%"], "editable_columns": ["memo"]},
        {"column_order": [["memo"], ["hyper", "学习率%"], ["hyper", "optim", "name"], ["id"]]},
        {"row_order": [["论文, 50%", "log_20261122_090308"], ["log_20261122_090321", None]]},
        {"ignore_filter_condition_not_exist_log": False, "pagination": False},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("new", [False, True], ids=["of 0.9", "made by us"])
def test_fitlog_0_9_reads_what_we_write(fixture_logs, tmp_path, old_fitlog_python, change, new):
    folder = tmp_path if new else fixture_logs
    view = View.open(folder).save(change)
    old = read_with_old(old_fitlog_python, folder / "default.cfg")
    assert tuple(old["hidden_rows"]) == view.hidden
    assert tuple(old["deleted_rows"]) == view.deleted
    assert old["filter_condition"] == view.filter_condition
    assert tuple(old["hidden_columns"]) == view.hidden_columns
    assert tuple(old["editable_columns"]) == view.editable_columns
    assert old["column_order"] == view.column_order
    assert old["settings"]["Pagination"] is view["pagination"]


def test_an_order_of_rows_is_read_as_it_was_saved(fixture_logs):
    moves = [["论文, 50% [x]", "\ud800\n", "log_20261122_090308"], ["log_20261122_090321", None]]
    assert View.open(fixture_logs).row_order == []
    View.open(fixture_logs).save({"row_order": moves})
    again = View.open(fixture_logs)
    assert (again.row_order, again.problems) == (moves, ())
    assert again.hidden == HIDDEN
    again.save({"row_order": []})
    assert View.open(fixture_logs).row_order == []


def test_a_change_of_another_key_by_somebody_else_is_kept(fixture_logs):
    mine, theirs = View.open(fixture_logs), View.open(fixture_logs)
    theirs.save({"hidden_columns": ["hyper-lr"]})
    saved = mine.save({"hidden_logs": []})
    assert saved.hidden_columns == ("hyper-lr",)
    assert View.open(fixture_logs).hidden == ()


def test_a_lost_update_is_refused_with_both_values(fixture_logs):
    mine, theirs = View.open(fixture_logs), View.open(fixture_logs)
    theirs.save({"hidden_columns": ["hyper-lr"]})
    with pytest.raises(ViewConflictError) as caught:
        mine.save({"hidden_columns": ["memo"]})
    assert caught.value.key == "hidden_columns"
    assert caught.value.expected == ("hyper-dropout", "metric-best_step")
    assert caught.value.found == ("hyper-lr",)
    assert View.open(fixture_logs).hidden_columns == ("hyper-lr",)


def test_the_same_change_by_two_is_no_conflict(fixture_logs):
    mine, theirs = View.open(fixture_logs), View.open(fixture_logs)
    theirs.save({"hidden_columns": ["memo"]})
    assert mine.save({"hidden_columns": ["memo"]}).hidden_columns == ("memo",)


def test_changes_to_a_list_from_many_threads_all_arrive(tmp_path):
    view = View.open(tmp_path)
    threads = [
        threading.Thread(target=view.edit_names, args=("hidden_logs", [f"row{n}"]))
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(View.open(tmp_path).hidden) == sorted(f"row{n}" for n in range(12))
    assert [path.name for path in tmp_path.iterdir()] == ["default.cfg"]


DAMAGED = {
    "a line without a section": b"what\n[data_settings]\nhidden_logs = a\n",
    "a stray line": b"[data_settings]\nhidden_logs = a\n[unclosed\n= 3\n",
    "an option twice": b"[data_settings]\nhidden_logs = a\nhidden_logs = b\n",
    "a section twice": b"[data_settings]\nhidden_logs = a\n[data_settings]\nhidden_logs = b\n",
    "not UTF-8": b"[data_settings]\nhidden_logs = a\n# \xff\xfe\n",
    "a broken column order": b"[data_settings]\nhidden_logs = a\n[column_settings]\n"
    b"column_order = {\n",
    "an order of rows without ids": b'[data_settings]\nhidden_logs = a\nrow_order = [["b", 1]]\n',
    "a filter with an object": b"[data_settings]\nhidden_logs = a\n"
    b'filter_condition = {"hyper-lr": {"a": 1}}\n',
    "a filter that is a list": b"[data_settings]\nhidden_logs = a\nfilter_condition = [1]\n",
    "a conflict of git": b"[data_settings]\n<<<<<<< HEAD\nhidden_logs = a\n=======\n",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_view_opens_with_what_can_be_read(tmp_path, content):
    (tmp_path / "default.cfg").write_bytes(content)
    view = View.open(tmp_path)
    assert view.hidden == ("a",)
    assert view.problems


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_view_is_never_overwritten_without_a_copy(tmp_path, content, capsys):
    path = tmp_path / "default.cfg"
    path.write_bytes(content)
    changes = {"hidden_logs": [], "column_order": [["id"]], "filter_condition": {"hyper-lr": 1}}
    View.open(tmp_path).save({**changes, "row_order": [["b", "a"]]})
    assert (tmp_path / "default.cfg.damaged").read_bytes() == content
    assert "default.cfg.damaged" in capsys.readouterr().err
    mended = View.open(tmp_path)
    assert (mended.problems, mended.hidden) == ((), ())
    assert mended.filter_condition == {"hyper-lr": 1}


def test_a_damaged_value_stays_while_others_change(tmp_path):
    path = tmp_path / "default.cfg"
    path.write_text("[column_settings]\ncolumn_order = {oops\n", "utf-8")
    View.open(tmp_path).edit_names("hidden_logs", add=["a"])
    assert "column_order = {oops\n" in path.read_text("utf-8")
    assert not (tmp_path / "default.cfg.damaged").exists()


BAD_NAMES = [
    "", ".cfg", "..", "../x.cfg", "a/b.cfg", "/etc/x.cfg", "x.txt", "x.cfg/", "a\\b.cfg",
    "x\0.cfg", "x\n.cfg", "c:x.cfg", ".hidden.cfg", "x" * 200 + ".cfg",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES, ids=[repr(name[:12]) for name in BAD_NAMES])
def test_the_name_of_a_view_is_a_plain_file_name(tmp_path, name):
    with pytest.raises(ViewError, match="no name of a view"):
        View.open(tmp_path, name)


def test_a_view_that_leads_out_of_the_log_directory_is_not_opened(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    (tmp_path / "outside.cfg").write_text("[data_settings]\nhidden_logs = secret\n", "utf-8")
    (logs / "default.cfg").symlink_to("../outside.cfg")
    with pytest.raises(ViewError, match="leads out of the log directory"):
        View.open(logs)
    assert views.view_names(logs) == []


def test_a_view_that_is_a_link_in_a_circle_is_told(tmp_path):
    (tmp_path / "default.cfg").symlink_to("default.cfg")
    with pytest.raises(ViewError):
        View.open(tmp_path)


def test_a_view_that_is_a_link_inside_stays_one(tmp_path):
    (tmp_path / "real.cfg").write_text("[data_settings]\n", "utf-8")
    (tmp_path / "default.cfg").symlink_to("real.cfg")
    View.open(tmp_path).edit_names("hidden_logs", add=["a"])
    assert (tmp_path / "default.cfg").is_symlink()
    assert View.open(tmp_path, "real.cfg").hidden == ("a",)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"nonsense": 1}, "no key 'nonsense'"),
        ({"hidden_logs": "a"}, "list of names"),
        ({"hidden_logs": ["a,b"]}, "split at commas"),
        ({"hidden_logs": ["a\n[x]"]}, "split at commas"),
        ({"hidden_columns": ["a\ud800"]}, "split at commas"),
        ({"filter_condition": "lr"}, "object of columns"),
        ({"filter_condition": {"a": {"b": 1}}}, "neither text, number nor list"),
        ({"column_order": "id"}, "list of paths"),
        ({"column_order": [[]]}, "list of names"),
        ({"pagination": "no"}, "true or false"),
        ({"row_order": "a,b"}, "move 1 of an order of rows is no list of ids"),
        ({"row_order": [["a", "b"], ["a"]]}, "move 2"),
        ({"row_order": [["a", None, "b"]]}, "move 1"),
        ({"row_order": [["", "b"]]}, "move 1"),
        ({"row_order": [["a"] * 50_001]}, "at most 50000 ids, not 50001"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_value_that_a_view_cannot_hold_is_refused(tmp_path, change, sentence):
    with pytest.raises(ViewError, match=sentence):
        View.open(tmp_path).save(change)
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_view_says_so_and_stays(fixture_logs, monkeypatch):
    before = (fixture_logs / "default.cfg").read_bytes()
    # Whoever runs the tests may be root, whom no permission stops.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(ViewNotWritableError, match="cannot be written: it is read-only"):
        View.open(fixture_logs).edit_names("hidden_logs", add=["a"])
    assert (fixture_logs / "default.cfg").read_bytes() == before
    assert not list(fixture_logs.glob(".*"))


def test_a_change_between_reading_and_writing_is_noticed(fixture_logs, monkeypatch):
    path = fixture_logs / "default.cfg"
    versions = iter([path.read_bytes(), b"somebody else"])
    view = View.open(fixture_logs)
    monkeypatch.setattr(whole_file, "read", lambda *_: next(versions))
    with pytest.raises(ViewConflictError):
        view.edit_names("hidden_logs", add=["a"])


def test_a_view_is_removed_by_name_only(fixture_logs):
    View.open(fixture_logs, "second.cfg").edit_names("hidden_logs", add=["a"])
    assert views.view_names(fixture_logs) == ["default.cfg", "second.cfg"]
    views.delete_view(fixture_logs, "second.cfg")
    assert views.view_names(fixture_logs) == ["default.cfg"]
    with pytest.raises(ViewError, match="no view"):
        views.delete_view(fixture_logs, "../fitlog-0.9-logs/default.cfg")


@pytest.mark.parametrize(
    "name",
    ["CON.cfg", "nul.cfg", "aux .cfg", "Com1.cfg", "lpt9.x.cfg", "com².cfg", "conin$.cfg",
     "\ud800.cfg", "好" * 80 + ".cfg", "a" * 121 + ".cfg"],
)  # fmt: skip
def test_no_view_has_a_name_that_a_file_system_refuses(tmp_path, name):
    with pytest.raises(ViewError, match="is no name of a view"):
        View.open(tmp_path, name)
    assert View.open(tmp_path, "context.cfg").problems == ()  # begins as a device does


def test_a_long_address_that_is_refused_is_not_said_in_full(tmp_path):
    with pytest.raises(ViewError, match="at most 8000 letters") as refused:
        View.open(tmp_path).save({"address": "q=" + "y" * 9000})
    assert len(str(refused.value)) < 300
