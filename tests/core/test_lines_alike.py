"""Lines that differ in step, value and time alone, taken apart without an object for each."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitlog_core.log_format import step_line
from fitlog_core.reading import lines_alike, records
from fitlog_core.reading.block import Block

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)
LINES = st.lists(st.tuples(st.integers(0, 10**6), FINITE, st.booleans()), min_size=1, max_size=20)


def lines_of(values, kind="loss", name="loss", nested=None):
    said = b""
    for step, value, has_time in values:
        inner = {nested: {name: value}} if nested else {name: value}
        said += step_line(kind, inner, step, None, 1700000000.5 if has_time else None)
    return said


def same(one: Block, other: Block) -> bool:
    def told(block):
        curves = {
            key: repr((list(points.steps), list(points.values), list(points.records), points.texts))
            for key, points in block.curves.items()
        }
        return block.records, block.skipped, block.stamps, curves

    return told(one) == told(other)


@given(LINES)
def test_what_is_taken_in_one_go_is_what_the_lines_say_one_by_one(values):
    text = lines_of(values)
    assert same(records.parse(text, "loss", 7), records.by_lines(text, "loss", 7))


DAMAGE = st.tuples(
    st.sampled_from(["put", "take", "change", "move"]),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.sampled_from(b'0123456789.,:{}[]"\t\r -+eEStep\n'),
)


@settings(max_examples=500)
@given(LINES, st.lists(DAMAGE, min_size=1, max_size=3))
def test_damaged_lines_say_the_same_in_one_go_and_one_by_one(values, damages):
    text = bytearray(lines_of(values))
    for what, at, to, byte in damages:
        place, goal = at % (len(text) - 1), to % (len(text) - 1)
        if what == "put":
            text.insert(place, byte)
        elif what == "change":
            text[place] = byte
        else:
            taken = text.pop(place)
            if what == "move":
                text.insert(goal, taken)
    damaged = bytes(text).removesuffix(b"\n") + b"\n"
    assert same(records.parse(damaged, "loss", 0), records.by_lines(damaged, "loss", 0))


@pytest.mark.parametrize(
    ("kind", "name", "nested", "key"),
    [
        ("loss", "loss", None, "loss-loss"),
        ("metric", "acc", "dev", "metric-dev-acc"),
    ],
)
def test_usual_lines_are_taken_in_one_go(kind, name, nested, key):
    text = lines_of([(1, 0.5, True), (2, 0.25, False)], kind, name, nested)
    found = lines_alike.take(text, kind)
    assert found is not None
    assert (found.key, list(found.steps), list(found.values)) == (key, [1, 2], [0.5, 0.25])
    assert found.times == [(0, 1700000000.5)]


@pytest.mark.parametrize(
    "text",
    [
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1}\nStep:2\t{"loss": {"b": 1.0}, "step": 2}\n',
        b'Step:1\t{"loss": {"a": 1.0, "b": 2.0}, "step": 1}\n',
        b'Step:1\t{"loss": {"a": "NaN"}, "step": 1}\n',
        b'Step:1\t{"loss": {"a": 1}, "step": 1}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 2}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1, "epoch": 3}\n',
        b'Step:1\t{"loss": {"a": 1e300}, "step": 1}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1, "time": "now"}\n',
        b'Step:99999999999999999999\t{"loss": {"a": 1.0}, "step": 99999999999999999999}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1}, "step": 1}\nStep:2\t{"loss": {"a": 1.0\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1}\nStep: 2\t{"loss": {"a": 1.0}, "step": 2}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1}\nStep:2 \t{"loss": {"a": 1.0}, "step": 2}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1}\nStep:\t2\t{"loss": {"a": 1.0}, "step": 2}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1}\nStep:\r2\t{"loss": {"a": 1.0}, "step": 2}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1}\nStep:2\t{"loss": {"a": 1.0}, "step": 2}2\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 12\n',
        b'Step:-0\t{"loss": {"a": 1.0}, "step": 0}\n',
        b'Step:1.0\t{"loss": {"a": 1.0}, "step": 1}\n',
        b'Step:1e0\t{"loss": {"a": 1.0}, "step": 1}\n',
        b'Step:true\t{"loss": {"a": 1.0}, "step": 1}\n',
        b'Step:1\t{"loss": {"b}}": {"a": 1.0}, "step": 1}\n',
        b'Step:1\t{"loss": {"a\t": 1.0}, "step": 1}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1,7.0}\n',
        b'Step:1,true,1.0,false,1}\nStep:1\t{"loss": {"a": 1.0}, "step": 1}\n',
        b'Step:1\t{"loss": {"a": true}, "step": 1}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": true}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1.0}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1, "time": 7.0, "time": 8.0}\n',
        b'Step:1, "time": 7.0\t{"loss": {"a": 1.0}, "step": 1}\n',
        b'Step:1\t{"loss": {"a": 1.0}, "step": 1}\n'
        b'Step:1}, "step": 1.0\t{"loss": {"a": 1}\nStep:3\t{"loss": {"a": 1.0}, "step": 3}\n',
        b"",
    ],
)
def test_others_are_left_to_a_closer_look(text):
    assert lines_alike.take(text, "loss") is None
    assert same(records.parse(text, "loss", 0), records.by_lines(text, "loss", 0))
