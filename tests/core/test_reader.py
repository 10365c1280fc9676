"""One run read from its folder, whole or torn, old or new, still or growing."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitlog_core import log_format
from fitlog_core.errors import RunNotFoundError
from fitlog_core.reading import cursor, records
from fitlog_core.reading.reader import RunReader, State

OLD_LOGS = Path(__file__).parents[1] / "fixtures" / "fitlog-0.9-logs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run = tmp_path / "log_20260427_205559"
    run.mkdir()
    for name in log_format.FILES:
        (run / f"{name}.log").touch()
    append(run, "meta", '{"meta": {"state": "running"}}\n')
    return run


def append(folder: Path, name: str, text: str | bytes) -> None:
    data = text.encode() if isinstance(text, str) else text
    with (folder / f"{name}.log").open("ab") as file:
        file.write(data)


def step(kind: str, number: int, values: dict, **more: object) -> bytes:
    body = json.dumps({kind: values, "step": number, **more})
    return f"Step:{number}\t{body}\n".encode()


def read(folder: Path) -> RunReader:
    reader = RunReader(folder)
    reader.refresh()
    return reader


# ---------------------------------------------------------------- rows


def test_later_lines_win_key_by_key_and_deep(folder):
    append(folder, "hyper", '{"hyper": {"optim": {"lr": 0.1, "name": "sgd"}, "seed": 1}}\n')
    append(folder, "hyper", '{"hyper": {"optim": {"lr": 0.2}}}\n')
    reader = read(folder)
    assert reader.hyper == {"optim": {"lr": 0.2, "name": "sgd"}, "seed": 1}
    row = reader.row()
    assert (row["hyper-optim-lr"], row["hyper-optim-name"], row["hyper-seed"]) == (0.2, "sgd", 1)
    assert row["id"] == "log_20260427_205559"
    assert row["state"] == "running"
    assert row["meta-state"] == "running"


def test_best_metrics_keep_full_precision_and_words_for_numbers_become_numbers(folder):
    append(folder, "best_metric", '{"metric": {"acc": 0.12345678901234567, "f": "NaN"}}\n')
    append(folder, "best_metric", '{"metric": {"p": -Infinity, "q": _Infinity}}\n')
    row = read(folder).row()
    assert row["metric-acc"] == 0.12345678901234567
    assert math.isnan(row["metric-f"])
    assert row["metric-p"] == row["metric-q"] == -math.inf


def test_words_for_numbers_stay_words_among_the_hyperparameters(folder):
    append(folder, "hyper", '{"hyper": {"clip": "Infinity"}}\n')
    assert read(folder).row()["hyper-clip"] == "Infinity"


def test_a_torn_last_line_is_taken_up_when_it_is_whole(folder):
    append(folder, "hyper", '{"hyper": {"lr": 0')
    reader = read(folder)
    assert reader.hyper == {}
    assert reader.skipped == 0
    append(folder, "hyper", ".5}}\n")
    assert reader.refresh()
    assert reader.hyper == {"lr": 0.5}


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense\n",
        b"\xff\xfe\x00\n",
        b"[1, 2]\n",
        b'{"hyper": 3}\n',
        b'{"other": {"lr": 1}}\n',
        b'{"hyper": {"lr": 1}\n',
        b'{"hyper": ' * 5000 + b"1" + b"}" * 5000 + b"\n",
        b'{"hyper": ' * 150 + b"1" + b"}" * 150 + b"\n",
        b'{"hyper": {"a": ' + b"[" * 3000 + b"]" * 3000 + b"}}\n",
        b'{"hyper": {"a": ' + b"9" * 5000 + b"}}\n",
    ],
)
def test_an_invalid_line_is_skipped_and_counted(folder, line):
    append(folder, "hyper", b'{"hyper": {"seed": 1}}\n' + line + b'{"hyper": {"lr": 0.1}}\n')
    reader = read(folder)
    assert reader.hyper == {"seed": 1, "lr": 0.1}
    assert reader.skipped == 1


def test_empty_lines_are_no_fault(folder):
    append(folder, "hyper", b'\n{"hyper": {"seed": 1}}\r\n\n')
    reader = read(folder)
    assert reader.hyper == {"seed": 1}
    assert reader.skipped == 0


def test_a_run_with_meta_log_alone_is_read(tmp_path):
    run = tmp_path / "log_20260427_205559"
    run.mkdir()
    append(run, "meta", '{"meta": {"state": "finish"}}\n')
    reader = read(run)
    assert reader.row() == {"id": run.name, "state": "finished", "meta-state": "finish"}
    assert reader.series() == {}
    assert reader.console() == ""
    assert reader.total_steps is None
    assert reader.last_step is None


def test_a_folder_without_any_file_is_read_as_nothing(tmp_path):
    reader = RunReader(tmp_path / "log_20260427_205559")
    assert reader.refresh() is False
    assert reader.series() == {}
    assert reader.files() == []
    assert reader.last_record is None


def test_very_old_runs_keep_best_metrics_among_the_steps(folder):
    (folder / "best_metric.log").unlink()
    append(folder, "metric", step("metric", 10, {"acc": 0.5}))
    append(folder, "metric", '{"metric": {"dev": {"acc": 0.5}}}\n')
    append(folder, "metric", '{"metric": {"dev": {"acc": 0.7}}}\n')
    reader = read(folder)
    assert reader.row()["metric-dev-acc"] == 0.7
    assert list(reader.series()["metric-acc"].values) == [0.5]
    assert reader.skipped == 0


def test_progress_is_the_total_and_the_latest_step(folder):
    append(folder, "progress", '{"total_steps": 1000}\n')
    append(folder, "loss", step("loss", 10, {"Loss": 1.0}) + step("loss", 20, {"Loss": 1.0}))
    append(folder, "metric", step("metric", 15, {"acc": 1.0}))
    reader = read(folder)
    assert (reader.total_steps, reader.last_step) == (1000, 20)


def test_of_steps_out_of_order_the_largest_is_how_far_the_run_is(folder):
    append(folder, "loss", step("loss", 20, {"Loss": 1.0}) + step("loss", 10, {"Loss": 1.0}))
    assert read(folder).last_step == 20


def test_the_latest_step_is_found_behind_a_line_longer_than_the_part_looked_at(folder):
    wide = {f"name{i}": float(i) for i in range(2000)}
    append(folder, "loss", step("loss", 1, {"Loss": 1.0}) + step("loss", 7, wide))
    assert read(folder).last_step == 7


def test_refresh_tells_whether_anything_changed(folder):
    reader = RunReader(folder)
    assert reader.refresh()
    assert not reader.refresh()
    for name, line in [("loss", step("loss", 1, {"Loss": 1.0})), ("file", b"a line\n")]:
        append(folder, name, line)
        assert reader.refresh()
        assert not reader.refresh()


def test_reading_leaves_the_folder_as_it_was(folder):
    append(folder, "loss", b"Step:1\ttorn")
    (folder / "best_metric.log").unlink()
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    reader = read(folder)
    reader.row(), reader.series(), reader.files(), reader.console(), reader.state()
    after = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    assert before == after


# ---------------------------------------------------------------- curves


def test_steps_are_sorted_and_the_last_of_a_step_counts(folder):
    for number, value in [(5, 0.5), (1, 0.1), (3, 0.3), (5, 0.55), (1, 0.11)]:
        append(folder, "loss", step("loss", number, {"Loss": value}))
    curve = read(folder).series()["loss-Loss"]
    assert list(curve.steps) == [1, 3, 5]
    assert list(curve.values) == [0.11, 0.3, 0.55]


def test_curves_are_named_by_their_path(folder):
    append(folder, "loss", step("loss", 1, {"Loss": 1.0, "aux": {"kl": 2.0}}))
    append(folder, "metric", step("metric", 1, {"dev": {"acc": 0.5}}))
    assert set(read(folder).series()) == {"loss-Loss", "loss-aux-kl", "metric-dev-acc"}


def test_what_is_no_number_is_kept_as_text_and_not_plotted(folder):
    values = ["good", True, None, 10**400, 2.0, [1, "a"]]
    for number, value in enumerate(values):
        append(folder, "metric", step("metric", number, {"m": value}))
    curve = read(folder).series()["metric-m"]
    assert list(curve.values) == [2.0]
    assert curve.texts.keys() == {0, 1, 2, 3, 5}
    assert [curve.texts[i] for i in (0, 1, 2, 5)] == ["good", "true", "null", '[1, "a"]']


def test_of_a_number_and_a_text_at_one_step_the_later_counts(folder):
    for number, value in [(1, 1.0), (1, "a"), (2, "b"), (2, 2.0)]:
        append(folder, "metric", step("metric", number, {"m": value}))
    curve = read(folder).series()["metric-m"]
    assert (list(curve.steps), list(curve.values), curve.texts) == ([2], [2.0], {1: "a"})


@pytest.mark.parametrize("spelled", ["NaN", '"NaN"'])
def test_nan_is_a_point(folder, spelled):
    append(folder, "loss", f'Step:1\t{{"loss": {{"Loss": {spelled}}}, "step": 1}}\n')
    assert math.isnan(read(folder).series()["loss-Loss"].values[0])


@pytest.mark.parametrize("spelled", ["-Infinity", '"-Infinity"', "_Infinity", '"_Infinity"'])
def test_minus_infinity_is_a_point_however_it_was_spelled(folder, spelled):
    append(folder, "loss", f'Step:1\t{{"loss": {{"Loss": {spelled}}}, "step": 1}}\n')
    assert read(folder).series()["loss-Loss"].values[0] == -math.inf


@pytest.mark.parametrize(
    "line",
    [
        b"Step:2\t{\n",
        b"Step:2:0\t\n",
        b"S:0\t\n",
        b"Step:2\n",
        b"\x00\x00\x00\n",
        b"\xff\n",
        step("metric", 2, {"Loss": 1.0}),
        b'Step:2\t{"loss": {"Loss": 1.0}}\n',
        b'Step:2\t{"loss": {"Loss": 1.0}, "step": 99999999999999999999}\n',
        b'Step:2\t{"loss": {"Loss": 1.0}, "step": "2"}\n',
        b'Step:2\t{"loss": 1.0, "step": 2}\n',
        b'Step:2\t{"loss": ' + b'{"a": ' * 4000 + b"1" + b"}" * 4000 + b', "step": 2}\n',
    ],
)
def test_an_invalid_step_line_is_skipped_and_counted(folder, line):
    good = step("loss", 1, {"Loss": 1.0})
    append(folder, "loss", good + line + step("loss", 3, {"Loss": 3.0}))
    reader = read(folder)
    assert list(reader.series()["loss-Loss"].steps) == [1, 3]
    assert reader.skipped == 1


def test_times_between_two_that_were_written_follow_the_order_in_the_file(folder):
    append(folder, "loss", step("loss", 9, {"a": 1.0}))  # before the first time: unknown
    append(folder, "loss", step("loss", 4, {"a": 1.0}, time=100.0))
    append(folder, "loss", step("loss", 3, {"a": 1.0}))
    append(folder, "loss", step("loss", 2, {"b": 1.0}))
    append(folder, "loss", step("loss", 1, {"a": 1.0}))
    append(folder, "loss", step("loss", 5, {"b": 1.0}, time=104.0))
    append(folder, "loss", step("loss", 6, {"a": 1.0}))
    reader = read(folder)
    curve = reader.series()["loss-a"]
    times = dict(zip(curve.steps, curve.times, strict=True))
    assert math.isnan(times.pop(9))
    assert times == {4: 100.0, 3: 101.0, 1: 103.0, 6: 104.0}
    append(folder, "loss", step("loss", 7, {"b": 1.0}, time=108.0))
    curve = reader.series()["loss-a"]
    assert dict(zip(curve.steps, curve.times, strict=True))[6] == 106.0


@pytest.mark.parametrize("time", [math.nan, math.inf, 10**400, True, "noon"])
def test_a_time_that_is_none_is_passed_over(folder, time):
    append(folder, "loss", step("loss", 1, {"a": 1.0}, time=50.0))
    append(folder, "loss", step("loss", 2, {"a": 2.0}, time=time))
    append(folder, "loss", step("loss", 3, {"a": 3.0}, time=54.0))
    reader = read(folder)
    assert list(reader.series()["loss-a"].values) == [1.0, 2.0, 3.0]
    assert reader.state(now=reader.last_record) is State.RUNNING


def test_epochs_come_with_the_points(folder):
    append(folder, "loss", step("loss", 1, {"a": 1.0}, epoch=2) + step("loss", 2, {"a": 1.0}))
    epochs = read(folder).series()["loss-a"].epochs
    assert epochs[0] == 2
    assert math.isnan(epochs[1])


def test_only_what_is_new_is_read(folder, monkeypatch):
    append(folder, "loss", b"".join(step("loss", i, {"a": 1.0}) for i in range(100)))
    reader = read(folder)
    assert len(reader.series()["loss-a"]) == 100
    taken: list[int] = []
    parse = records.parse
    monkeypatch.setattr(
        records,
        "parse",
        lambda text, *place: taken.append(text.count(b"\n")) or parse(text, *place),
    )
    append(folder, "loss", step("loss", 100, {"a": 1.0}))
    assert len(reader.series()["loss-a"]) == 101
    assert taken == [1]


def test_a_curve_handed_out_is_not_changed_by_later_points(folder):
    append(folder, "loss", step("loss", 1, {"a": 1.0}))
    reader = read(folder)
    before = reader.series()["loss-a"]
    append(folder, "loss", step("loss", 2, {"a": 1.0}))
    assert len(reader.series()["loss-a"]) == 2
    assert len(before) == 1


@pytest.mark.parametrize("how", ["replaced", "truncated", "rewritten", "removed"])
def test_a_file_that_is_not_continued_is_read_anew(folder, how):
    path = folder / "loss.log"
    append(folder, "loss", b"".join(step("loss", i, {"a": 1.0}) for i in range(50)))
    append(folder, "hyper", '{"hyper": {"lr": 0.1}}\n')
    reader = read(folder)
    reader.series()
    fresh = step("loss", 7, {"a": 9.0})
    if how == "replaced":
        (folder / "new").write_bytes(fresh)
        os.replace(folder / "new", path)
    elif how == "truncated":
        path.write_bytes(fresh)
    elif how == "rewritten":
        path.write_bytes(fresh + b"".join(step("loss", 7, {"a": 9.0}) for _ in range(99)))
    else:
        path.unlink()
    (folder / "hyper.log").write_text('{"hyper": {"seed": 1}}\n')
    os.utime(folder / "hyper.log", ns=(1, 1))
    assert reader.refresh()
    assert reader.hyper == {"seed": 1}
    curves = reader.series()
    if how == "removed":
        assert curves == {}
    else:
        assert list(curves["loss-a"].steps) == [7]
        assert list(curves["loss-a"].values) == [9.0]


def test_a_line_too_long_to_be_one_is_passed_over(folder, monkeypatch):
    monkeypatch.setattr(cursor, "BLOCK", 64)
    monkeypatch.setattr(cursor, "LONGEST_LINE", 1000)
    append(folder, "loss", step("loss", 1, {"a": 1.0}) + b"x" * 5000)
    reader = read(folder)
    assert list(reader.series()["loss-a"].steps) == [1]
    append(folder, "loss", b"x" * 5000 + b"\n" + step("loss", 2, {"a": 2.0}))
    assert list(reader.series()["loss-a"].steps) == [1, 2]
    assert reader.skipped == 1


@settings(max_examples=60, deadline=None)
@given(
    points=st.lists(
        st.tuples(
            st.integers(0, 20),
            st.sampled_from(["a", "b"]),
            st.one_of(st.floats(allow_nan=False), st.text(max_size=3), st.none()),
            st.one_of(st.none(), st.floats(0, 1e9)),
        ),
        max_size=25,
    ),
    cuts=st.lists(st.integers(0, 3000), max_size=8),
    junk=st.binary(max_size=20),
)
def test_a_file_read_piece_by_piece_gives_what_it_gives_at_once(
    tmp_path_factory, points, cuts, junk
):
    folder = tmp_path_factory.mktemp("pieces") / "log_20260101_000000"
    folder.mkdir()
    lines = [
        step("loss", number, {name: value}, **({} if time is None else {"time": time}))
        for number, name, value, time in points
    ]
    data = b"".join([*lines[::2], junk.replace(b"\n", b"") + b"\n", *lines[1::2]])
    reader = RunReader(folder)
    start = 0
    for cut in [*sorted(cuts), len(data)]:
        append(folder, "loss", data[start:cut])
        start = max(start, min(cut, len(data)))
        reader.refresh()
        reader.series()
    whole = RunReader(folder)
    ours, theirs = reader.series(), whole.series()
    assert repr(ours) == repr(theirs)  # repr: NaN times are equal to themselves in it
    assert reader.skipped == whole.skipped


@settings(max_examples=80, deadline=None)
@given(name=st.sampled_from(log_format.FILES), data=st.binary(max_size=300))
def test_any_bytes_in_any_file_are_read_without_an_error(tmp_path_factory, name, data):
    folder = tmp_path_factory.mktemp("bytes") / "log_20260101_000000"
    folder.mkdir()
    append(folder, name, data)
    reader = read(folder)
    reader.series(), reader.row(), reader.state(), reader.console()


# ---------------------------------------------------------------- console and files


def test_the_console_is_the_text_of_file_log(folder):
    append(folder, "file", "起步\n".encode() + b"\xff end\n")
    assert read(folder).console() == "起步\n� end\n"
    assert read(folder).console(limit=5) == " end\n"


def test_files_are_listed_with_their_folders_but_links_are_not(folder, tmp_path):
    (folder / "images").mkdir()
    (folder / "images" / "a.png").write_bytes(b"12345")
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "out").symlink_to(tmp_path)
    found = {file.path: file.size for file in read(folder).files()}
    assert found["images/a.png"] == 5
    assert set(found) == {"images/a.png"} | {f"{name}.log" for name in log_format.FILES}


def test_a_file_of_the_run_is_opened_by_its_path(folder):
    (folder / "images").mkdir()
    (folder / "images" / "a.png").write_bytes(b"12345")
    assert read(folder).open_file("images/a.png").read_bytes() == b"12345"


@pytest.mark.parametrize(
    "path",
    ["", ".", "..", "../secret", "/etc/passwd", "images", "link", "out/secret", "a\0b", "x" * 5000,
     "%2e%2e/secret", "..\\secret", "circle", "images/../../secret"],
)  # fmt: skip
def test_nothing_outside_the_run_is_opened(folder, tmp_path, path):
    (tmp_path / "secret").write_text("secret")
    (folder / "images").mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "out").symlink_to(tmp_path)
    (folder / "circle").symlink_to(folder / "circle")
    with pytest.raises(RunNotFoundError):
        read(folder).open_file(path)


@pytest.mark.parametrize("name", ["hyper", "loss", "file", "progress"])
def test_a_log_file_that_is_a_link_to_elsewhere_is_not_followed(folder, tmp_path, name):
    outside = tmp_path / "outside"
    lines = b'{"hyper": {"token": 1}}\n{"total_steps": 5}\n' + step("loss", 1, {"a": 1.0})
    outside.write_bytes(lines)
    (folder / f"{name}.log").unlink()
    (folder / f"{name}.log").symlink_to(outside)
    reader = read(folder)
    assert (reader.hyper, reader.series(), reader.console()) == ({}, {}, "")
    assert reader.total_steps is None


def test_a_pipe_in_place_of_a_file_does_not_block(folder):
    (folder / "loss.log").unlink()
    os.mkfifo(folder / "loss.log")
    reader = read(folder)
    assert reader.series() == {}


# ---------------------------------------------------------------- logs of fitlog 0.9


def test_all_runs_of_fitlog_09_are_read_without_a_line_skipped():
    folders = sorted(path for path in OLD_LOGS.iterdir() if log_format.is_run(path))
    assert len(folders) == 30
    for folder in folders:
        reader = read(folder)
        curves = reader.series()
        assert len(curves["loss-Loss"]) > 0
        assert reader.row()["hyper-lr"] in (0.001, 0.003, 0.01, 0.03, 0.1)
        assert reader.skipped == 0


def test_the_old_run_that_diverged_keeps_its_whole_curve():
    curve = read(OLD_LOGS / "log_20261122_090321").series()["loss-Loss"]
    assert len(curve) == 200
    assert sum(map(math.isnan, curve.values)) == 80
