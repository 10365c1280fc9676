"""Blocks of step lines: taken apart at once, they say what each line says by itself."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fitlog_core import log_format
from fitlog_core.reading import lines_at_once
from fitlog_core.reading.block import Block
from fitlog_core.reading.records import by_lines, parse


def line(step: int, values: dict, kind: str = "metric", **more: object) -> bytes:
    return b"Step:%d\t%s\n" % (step, json.dumps({kind: values, "step": step, **more}).encode())


def said(block: Block) -> tuple:
    """Return a block as what can be compared: NaN is equal to itself then."""
    curves = {
        key: repr(
            (
                list(points.steps),
                list(points.values),
                list(points.records),
                [math.nan] * len(points.steps) if points.epochs is None else list(points.epochs),
                points.texts,
            )
        )
        for key, points in block.curves.items()
    }
    return block.records, block.skipped, block.stamps, list(curves.items())


def is_at_once(text: bytes, kind: str = "metric") -> bool:
    try:
        lines_at_once.parse(text, kind, 0)
    except (lines_at_once.UnusualError, ValueError):
        return False
    return True


PLAIN = b"".join(line(i, {"dev": {"acc": i / 7, "f1": 1.0}, "n": i}, time=1.5e9) for i in range(50))


def test_what_a_plain_loop_wrote_is_taken_apart_at_once():
    assert is_at_once(PLAIN)
    block = parse(PLAIN, "metric", 10)
    assert said(block) == said(by_lines(PLAIN, "metric", 10))
    assert list(block.curves) == ["metric-dev-acc", "metric-dev-f1", "metric-n"]
    assert list(block.curves["metric-n"].records) == list(range(11, 61))


@pytest.mark.parametrize(
    "usual",
    [
        line(1, {"a": 0.5}) + line(2, {"b": 0.5}) + line(3, {"a": 1.5, "b": 2.5}),
        line(1, {"a": 0.5}, epoch=1) + line(2, {"a": 0.5}),
        line(5, {"a": 0.5}) + line(2, {"a": 0.25}) + line(5, {"a": 1.0}),
        line(1, {"a": "NaN"}) + line(2, {"a": "Infinity"}) + line(3, {"a": "words"}),
        line(1, {"a": None}) + line(2, {"a": True}) + line(3, {"a": 2**63}),
        line(1, {"a": {"b": 1.0}}) + line(2, {"a": 1.0}),
        line(1, {"loss": 1.0}),
        line(1, {}),
        line(1, {"a[0]": 1.0}),
    ],
)
def test_these_too_are_taken_apart_at_once(usual):
    assert is_at_once(usual)
    assert said(parse(usual, "metric", 0)) == said(by_lines(usual, "metric", 0))


@pytest.mark.parametrize(
    "unusual",
    [
        b"Step:1\t{}\n",
        b"\n" + line(1, {"a": 1.0}),
        line(1, {"a": 1.0}, kind="loss"),
        line(1, {"a": [1.0]}),
        line(1, {"a": 2**70}),
        line(1, {"a": 1e300}),
        line(1, {"a": {"b": 1.0}, "a-b": 2.0}),
        line(-1, {"a": 1.0}),
        line(2**63, {"a": 1.0}),
        line(1, {"a": 1.0}, time=-1.0),
        line(1, {"a": 1.0}, epoch="x"),
        line(1, {"a": 1.0}).replace(b"Step:1", b"Step:2"),
        line(1, {"a": 1}).replace(b"Step:1", b"Step: 1"),
        line(1, {"a": 1}).replace(b"Step:1", b"Step:1 "),
        line(1, {"a": 1}).replace(b"Step:1", b"Step:\r1"),
        b'Step:1\t{"metric": {"a": NaN}, "step": 1}\n',
        b'Step:1\t{"metric": {"a": 1.0}, "step": 1.0}\n',
        b'Step:1\t{"metric": {"a": 1.0}, "step": true}\n',
        b'Step:1\t{"metric": 1.0, "step": 1}\n',
        b"Step:1\t5\n",
        b'Step:1\t{"metric": {"}\nStep:2\t{a": 1.0}, "step": 1}\n',
        line(1, {"a": 1.0})[:-1] + line(2, {"a": 2.0}) + b"\n",
        b'Step:1,{"metric": {"a": [1.0\t{}]}, "step": 1}\n' + line(2, {"a": 1.0}),
        b'Step:1,{"metric": {"a": 1.0\t"b": 2.0}, "step": 1}\n' + line(2, {"a": 1.0}),
        line(1, {"a": 1.0})[:-5] + b"\n" + line(2, {"a": 1.0}),
        b"\xff\n",
        line(1, {"a": 1.0}) + b'{"metric": {"best": 1.0}}\n',
        b'Step:1\t{"metric": {"a": %s1.0%s}, "step": 1}\n' % (b'{"b":' * 150, b"}" * 150),
    ],
)
def test_what_is_unusual_is_left_to_the_lines(unusual):
    assert not is_at_once(unusual)
    assert said(parse(unusual, "metric", 0)) == said(by_lines(unusual, "metric", 0))


def test_a_line_decides_by_itself_whether_it_counts():
    block = by_lines(line(1, {"a": 1.0}) + b"torn\n" + line(2, {"a": 2.0}), "metric", 0)
    assert (block.records, block.skipped) == (2, 1)


names = st.sampled_from(["a", "b", "loss", "a-b", "Step:", "é", "x[1]", "t\t"])
leaf = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**70), 2**70),
    st.sampled_from(["NaN", "Infinity", "-Infinity", "_Infinity", "text", None, True, [1], {}]),
)
value = st.recursive(leaf, lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=6)
extra = st.fixed_dictionaries(
    {},
    optional={
        "epoch": st.sampled_from([0, 3, None, -1, "x", 1.5]),
        "time": st.sampled_from([1.5e9, 1, -2.0, None, "x", 1e300]),
        "loss": st.just({"a": 1.0}),
    },
)
whole_line = st.builds(
    lambda step, values, more: line(step, values, **more),
    st.one_of(st.integers(0, 20), st.just(2**63 - 1), st.just(-1)),
    st.dictionaries(names, value, max_size=4),
    extra,
)
damage = st.sampled_from([b"", b"\n", b"Step:3\t\n", b"Step:3,", b"\t", b"[", b"{}\n", b"NaN\n"])


@given(st.lists(st.one_of(whole_line, damage), max_size=8))
@example([b"Step:3,", line(1, {"a": 1.0}), b"\t"])
@example([line(0, {"a": {}, "b": {}, "c": 0.0}), line(0, {"a": 0.0, "b": {"a": 0.0}, "c": {}})])
@example([line(0, {"a": {}, "b": {}}), line(0, {"b": {"c": 0.0}, "a": {"d": 0.0}})])
def test_at_once_and_by_lines_agree(parts):
    text = b"".join(parts)
    if not text.endswith(b"\n"):
        text += b"\n"
    for kind in log_format.STEP_FILES:
        block = parse(text, kind, 5)
        assert said(block) == said(by_lines(text, kind, 5))
