"""The files of a run: whole lines, one write each, and torn ones closed."""

from __future__ import annotations

import json
import math
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recording_tools import lines, only_run, said, steps, valid_steps

from fitlog_core import log_format
from fitlog_core.errors import ArgumentError
from fitlog_core.recording import writer
from fitlog_core.recording.writer import LogFile, StepFile, counted


def _fail(path: str, error: OSError) -> None:
    raise AssertionError(f"{path}: {error}")


floats = st.floats()
names = st.text(min_size=1, max_size=8).filter(lambda name: "-" not in name)
records = st.one_of(
    st.tuples(floats, names.filter(lambda name: " " not in name)),
    st.tuples(st.dictionaries(names, floats, min_size=1, max_size=4), st.none()),
    st.tuples(
        st.dictionaries(st.sampled_from(["a", "b", "null", "c d"]), floats, min_size=1), st.none()
    ),
)
step_numbers = st.one_of(st.integers(0, 20), st.integers(0, log_format.LARGEST_STEP))


def _given(value: object, name: str | None) -> dict[str, object]:
    return {name: value} if name is not None else value  # type: ignore[return-value]


def _same(stored: dict[str, object], wanted: dict[str, float]) -> bool:
    numbers = {key: log_format.number(value) for key, value in stored.items()}
    return numbers.keys() == wanted.keys() and all(
        type(found) is float
        and (found == wanted[key] or (math.isnan(found) and math.isnan(wanted[key])))
        and math.copysign(1, found) == math.copysign(1, wanted[key] if found == found else found)
        for key, found in numbers.items()
    )


@settings(max_examples=150)
@given(st.lists(st.tuples(records, step_numbers, st.none() | st.integers(0, 9)), max_size=12))
def test_the_short_way_and_the_long_way_write_what_reads_back_equal(calls):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = StepFile(name, "loss", _fail)
        for _ in range(2):  # the second time round every name is known
            for (value, label), step, epoch in calls:
                file.add(value, step, label, epoch)
        found = steps(folder) if calls else []
        assert len(found) == 2 * len(calls)
        for record, ((value, label), step, epoch) in zip(found, calls * 2, strict=True):
            assert _same(record.values, _given(value, label))
            assert (record.kind, record.step, record.epoch) == ("loss", step, epoch)
        for line in lines(folder, "loss") if calls else []:
            head, _, body = line.partition(b"\t")
            assert line.isascii()
            assert head == b"Step:%d" % json.loads(body)["step"]


@pytest.mark.parametrize("value", [1.0, 0.1, -0.0, 5e-324, 1.7976931348623157e308, 1e16, 1e22])
def test_a_number_is_spelled_so_that_it_is_read_as_the_same_float(value, new_run, tmp_path):
    run = new_run()
    for step in range(3):
        run.add_loss(value, step, "loss")
        run.add_metric({"acc": value}, step)
    folder = only_run(tmp_path / "logs")
    for kind in ("loss", "metric"):
        for line in lines(folder, kind):
            (found,) = json.loads(line.partition(b"\t")[2])[kind].values()
            assert type(found) is float
            assert str(found) == str(value)


def test_a_key_of_a_subclass_of_str_equal_to_a_known_name_is_recorded(new_run, tmp_path):
    class Name(str):
        pass

    run = new_run()
    run.add_loss({"a": 0.5}, 0)
    run.add_loss({"a": 0.5}, 1)
    for key in (Name("a"), np.str_("a")):
        run.add_loss({key: 0.25}, 2)
    values = [record.values for record in steps(only_run(tmp_path / "logs"))]
    assert values == [{"a": 0.5}, {"a": 0.5}, {"a": 0.25}, {"a": 0.25}]


def test_a_nan_after_many_plain_numbers_is_spelled(new_run, tmp_path):
    run = new_run()
    for step, value in enumerate([0.5, 0.5, math.nan, math.inf, -math.inf, 0.5]):
        run.add_loss(value, step, "loss")
        run.add_metric({"a": 0.5, "b": value}, step)
    folder = only_run(tmp_path / "logs")
    spelled = [0.5, 0.5, "NaN", "Infinity", "-Infinity", 0.5]
    assert [record.values["loss"] for record in steps(folder)] == spelled
    assert [record.values["b"] for record in steps(folder, "metric")] == spelled


STEPS = (True, np.int64(3), np.int32(3), np.array(3), 0, log_format.LARGEST_STEP)


@pytest.mark.parametrize("step", STEPS, ids=repr)
def test_a_step_or_epoch_is_anything_that_counts(step, new_run, tmp_path):
    run = new_run()
    for _ in range(2):
        run.add_loss(0.5, step, "loss", epoch=step)
    found = steps(only_run(tmp_path / "logs"))
    assert [(record.step, record.epoch) for record in found] == [(int(step), int(step))] * 2
    assert type(counted("step", step)) is int


@pytest.mark.parametrize("sign", [1, -1])
def test_a_step_of_thousands_of_digits_is_refused_in_a_few_words(sign, new_run):
    with pytest.raises(ArgumentError) as refused:
        new_run().add_loss(0.5, sign * 10**5000, "loss")
    assert str(refused.value).startswith("step must be from 0 to ")
    assert str(refused.value).endswith("got one of about 5001 digits")


@pytest.mark.parametrize("what", ["step", "epoch"])
@pytest.mark.parametrize(
    "wrong", [-1, 1.0, "3", np.float32(3), [1], math.nan, 2**63, np.array([1, 2])], ids=repr
)
def test_a_wrong_step_or_epoch_is_refused_by_name_and_value(what, wrong, new_run, tmp_path):
    run = new_run()
    run.add_loss(0.5, 0, "loss")
    arguments = {"step": 1, what: wrong}
    for verb in (run.add_loss, run.add_metric):
        with pytest.raises((TypeError, ValueError), match=f"^{what} must be") as refused:
            verb(0.5, name="loss", **arguments)
        assert str(wrong) in str(refused.value) or repr(wrong) in str(refused.value)
    folder = only_run(tmp_path / "logs")
    assert len(steps(folder)) == 1
    assert steps(folder, "metric") == []


def test_a_step_that_is_missing_is_refused(new_run):
    with pytest.raises(TypeError, match="step"):
        new_run().add_loss(0.5, None, "loss")


def test_the_same_step_again_and_steps_out_of_order_are_all_kept(new_run, tmp_path):
    run = new_run()
    for step in (5, 0, 5, 3):
        run.add_loss(0.5, step, "loss")
    assert [record.step for record in steps(only_run(tmp_path / "logs"))] == [5, 0, 5, 3]


def test_a_record_is_one_write(run_python):
    """Counted by the kernel, in ``/proc/self/io``: 3,000 records, 3,000 writes."""
    done = run_python(
        "import fitlog\n"
        "def writes():\n"
        "    with open('/proc/self/io') as file:\n"
        "        return int(next(line for line in file if line.startswith('syscw')).split()[1])\n"
        "fitlog.set_log_dir('logs')\n"
        "fitlog.add_loss(0.5, 0, 'loss'); fitlog.add_metric({'a': 0.5}, 0)\n"
        "fitlog.add_hyper(1, 'a'); fitlog.add_to_line('x')\n"
        "before = writes()\n"
        "for step in range(1000):\n"
        "    fitlog.add_loss(0.5, step, 'loss')\n"
        "    fitlog.add_metric({'a': 0.5, 'b': {'c': 'x'}}, step, epoch=1)\n"
        "for step in range(500):\n"
        "    fitlog.add_hyper(step, 'a')\n"
        "    fitlog.add_to_line('several\\nlines ' * 100)\n"
        "print(writes() - before)\n"
    )
    assert done.stdout.strip() == "3000"


def test_who_follows_a_live_file_never_sees_a_part_of_a_record(new_run, tmp_path):
    run = new_run()
    run.add_loss({"a": 0.5}, 0)
    seen = 0
    with (only_run(tmp_path / "logs") / "loss.log").open("rb") as tail:
        for step in range(300):
            run.add_loss({"a": 0.5, "text": "x" * (step * 10)}, step)
            fresh = tail.read()
            assert fresh.endswith(b"\n")
            seen += fresh.count(b"\n")
    assert seen == 301


def test_the_time_is_there_at_least_once_a_second(new_run, tmp_path):
    run = new_run()
    called = []
    started = time.time()
    while time.time() < started + 2.2:
        called.append(time.time())
        run.add_loss(0.5, 1, "loss")
        run.add_metric({"a": 0.5}, 1)
        time.sleep(0.001)
    for kind in ("loss", "metric"):
        last, stamps = 0.0, 0
        for moment, record in zip(called, steps(only_run(tmp_path / "logs"), kind), strict=True):
            if record.time is not None:
                last, stamps = record.time, stamps + 1
            assert moment - last <= 1
        assert last <= time.time() + 0.001
        assert stamps < len(called) / 2  # and not on every record


LINE = b'Step:12\t{"loss": {"a": 0.5}, "step": 12}\n'


@pytest.mark.parametrize("tear", range(len(LINE)))
def test_a_line_torn_anywhere_is_closed_and_the_next_record_is_whole(tear, tmp_path):
    (tmp_path / "loss.log").write_bytes(LINE + LINE[:tear])
    StepFile(str(tmp_path), "loss", _fail).add(0.25, 13, "a", None)
    content = (tmp_path / "loss.log").read_bytes()
    assert content.endswith(b"\n")
    assert content.startswith(LINE + LINE[:tear])
    whole = [12, 12, 13] if tear == len(LINE) - 1 else [12, 13]
    assert [record.step for record in valid_steps(tmp_path)] == whole
    for line in content.splitlines():  # what fitlog 0.9 does outside of its try
        if line.startswith(b"S"):
            int(line[line.index(b":") + 1 : line.index(b"\t")])


@pytest.mark.parametrize("kind", ["meta", "hyper", "best_metric", "other", "progress", "file"])
def test_elsewhere_a_torn_line_is_closed_by_the_newline_alone(kind, tmp_path):
    (tmp_path / f"{kind}.log").write_bytes(b'{"a": 1}\nStep')
    LogFile(str(tmp_path), kind, _fail).append(b'{"a": 2}\n')
    assert (tmp_path / f"{kind}.log").read_bytes() == b'{"a": 1}\nStep\n{"a": 2}\n'


def test_a_line_that_another_process_is_just_writing_is_not_taken_for_a_torn_one(
    tmp_path, monkeypatch
):
    path = tmp_path / "loss.log"
    path.write_bytes(LINE + LINE[:20])

    def go_on(seconds: float) -> None:  # what the other process does meanwhile
        with path.open("ab") as file:
            file.write(LINE[20:])

    monkeypatch.setattr(writer, "sleep", go_on)
    StepFile(str(tmp_path), "loss", _fail).add(0.25, 13, "a", None)
    assert [record.step for record in steps(tmp_path)] == [12, 12, 13]


def test_a_torn_line_longer_than_what_is_looked_at_is_closed(tmp_path):
    torn = b'Step:12\t{"loss": {"a": "' + b"S" * 10_000
    (tmp_path / "loss.log").write_bytes(LINE + torn)
    StepFile(str(tmp_path), "loss", _fail).add(0.25, 13, "a", None)
    assert [record.step for record in valid_steps(tmp_path)] == [12, 13]


def test_threads_that_open_a_torn_file_at_once_lose_nothing(tmp_path):
    import threading

    for attempt in range(20):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        (folder / "loss.log").write_bytes(LINE + LINE[:20])
        file = StepFile(str(folder), "loss", _fail)
        barrier = threading.Barrier(4)

        def work(number: int, file: StepFile = file, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            file.add(0.25, number, "a", None)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(record.step for record in valid_steps(folder)) == [0, 1, 2, 3, 12]


def test_every_file_but_the_free_text_is_ascii(new_run, tmp_path):
    run = new_run()
    run.add_hyper({"名": "值"})
    run.add_other("é", "ü")
    run.add_to_line("文字")
    run.add_best_metric({"准确率": "很好"})
    run.add_loss({"损失": 0.5}, 0)
    run.add_loss({"损失": 0.5}, 1)
    folder = only_run(tmp_path / "logs")
    for kind in set(log_format.FILES) - {"file"}:
        assert (folder / f"{kind}.log").read_bytes().isascii()
    assert (folder / "file.log").read_text(encoding="utf-8") == "文字\n"
    assert said(folder, "hyper") == {"名": "值"}


def test_free_text_that_is_no_valid_unicode_is_kept_readable(new_run, tmp_path):
    run = new_run()
    run.add_to_line("a\udcffb")
    run.create_log_folder()
    text = (only_run(tmp_path / "logs") / "file.log").read_text(encoding="utf-8")
    assert text == "a\\udcffb\n"
