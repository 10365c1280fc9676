"""A second reader of a run's files, as plain as can be: what the real one is compared with.

It takes every line by itself with the standard library's JSON, knows neither blocks nor cursors nor
a cache, and says what stands in the files and how many lines of them are not valid.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

SECTIONS = {"meta": "meta", "hyper": "hyper", "best_metric": "metric", "other": "other"}
WORDS = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf", "_Infinity": "-inf"}
DEEPEST = 100
LARGEST = 2**63 - 1


class Plain(NamedTuple):
    """What the files of a run say.

    :param cells: Values of the table by column.
    :param points: By curve and step, the number or the text that the last such line tells.
    :param skipped: How many lines are not valid, of the table's files and of the curves'.
    """

    cells: dict[str, Any]
    points: dict[tuple[str, int], float | str]
    skipped: tuple[int, int]


def read_plainly(files: Mapping[str, bytes]) -> Plain:
    """Read the files of a run, by their names without ``.log``."""
    cells: dict[str, Any] = {}
    of_table = 0
    for name, section in SECTIONS.items():
        merged, faulty = _merged(files.get(name, b""), section)
        of_table += faulty
        cells |= {
            key: _number(value) if section == "metric" else value
            for key, value in _leaves(merged, section)
        }
    of_table += sum(_total(line) is None for line in _lines(files.get("progress", b"")))
    points: dict[tuple[str, int], float | str] = {}
    of_curves = 0
    for kind in ("loss", "metric"):
        found, faulty = read_steps(files.get(kind, b""), kind)
        points |= found
        of_curves += faulty
    return Plain(cells, points, (of_table, of_curves))


def read_steps(text: bytes, kind: str) -> tuple[dict[tuple[str, int], float | str], int]:
    """Read ``loss.log`` or ``metric.log``: the points, and how many lines are not valid."""
    points: dict[tuple[str, int], float | str] = {}
    faulty = 0
    for line in _lines(text):
        record = _step(line) or _step(_behind_a_torn_one(line))
        if record is None or ("loss" if "loss" in record else "metric") != kind:
            faulty += not _is_old_best(line)
            continue
        for key, value in _leaves(record[kind], kind):
            points[key, record["step"]] = _point(value)
    return points, faulty


def _lines(text: bytes) -> list[bytes]:
    return [line for line in text.split(b"\n")[:-1] if line.strip()]


def _merged(text: bytes, section: str) -> tuple[dict[str, Any], int]:
    merged: dict[str, Any] = {}
    faulty = 0
    for line in _lines(text):
        said = _loads(line)
        if not isinstance(said, dict):
            at = line.rfind(b'{"%b": ' % section.encode())
            said = _loads(line[at:]) if at > 0 and line[:at][-2:] != b": " else None
        values = said.get(section) if isinstance(said, dict) else None
        if isinstance(values, dict):
            _merge(merged, values)
        else:
            faulty += 1
    return merged, faulty


def _merge(into: dict[str, Any], later: dict[str, Any]) -> None:
    for key, value in later.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _total(line: bytes) -> int | None:
    said = _loads(line)
    total = said.get("total_steps") if isinstance(said, dict) else None
    return total if type(total) is int else None


def _step(line: bytes) -> dict[str, Any] | None:
    before, _, body = line.partition(b"\t")
    record = _loads(body)
    if not line.startswith(b"Step:") or not isinstance(record, dict):
        return None
    step, kind = record.get("step"), "loss" if "loss" in record else "metric"
    is_step = type(step) is int and 0 <= step <= LARGEST and before == b"Step:%d" % step
    return record if is_step and isinstance(record.get(kind), dict) else None


def _behind_a_torn_one(line: bytes) -> bytes:
    at = line.rfind(b"Step:", 0, line.rfind(b"\t") + 1)
    return line[at:] if at > 0 else b""


def _is_old_best(line: bytes) -> bool:
    said = None if line.strip().startswith(b"S") else _loads(line)
    return isinstance(said, dict) and "metric" in said


def _loads(text: bytes) -> Any:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        try:
            said = json.loads(re.sub(rb"(?<=[ :,\[])_Infinity", b"-Infinity", text))
        except (ValueError, RecursionError):
            return None
    return None if _depth(said) > DEEPEST + 1 else said


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [one for one in level if isinstance(one, (dict, list))]:
        depth += 1
        level = [
            inner for one in level for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return depth


def _leaves(nested: dict[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}-{name}")
        else:
            yield f"{path}-{name}", value


def _number(value: Any) -> Any:
    return float(WORDS[value]) if isinstance(value, str) and value in WORDS else value


def _point(value: Any) -> float | str:
    value = _number(value)
    if type(value) in (int, float):
        try:
            return float(value)
        except OverflowError:
            pass
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
