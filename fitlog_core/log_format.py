"""The grammar of a run's files, and the only place that knows it.

Version 1 is the format of fitlog 0.9 made exact; ``docs/log-format.md`` describes it for
people. Recording builds lines here, reading takes them apart here, and they share nothing else.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from fitlog_core.errors import ArgumentError, ArgumentTypeError

FORMAT = 1
FILES = ("meta", "hyper", "best_metric", "other", "progress", "loss", "metric", "file")
STEP_FILES = ("loss", "metric")
PROVENANCE_FILE = "provenance.json"
# Beside the runs: what several of them share, above all the sets of installed packages.
SHARED_FOLDER = ".provenance"
IMAGES_FOLDER = "images"
LARGEST_STEP = 2**63 - 1
# Levels of nesting that are written and read; a deeper object is an attack on the reader.
DEEPEST = 100
_ORJSON_INTEGERS = 2.0**63
_DIGITS = bytes.maketrans(b"123456789", b"000000000")

_HYPHEN = r"-(?![0-9])"
_STRING_OR_OLD_INFINITY = rb'"(?:[^"\\]|\\.)*"?|_Infinity'
_SPELLED = {
    "NaN": math.nan,
    "Infinity": math.inf,
    "-Infinity": -math.inf,
    "_Infinity": -math.inf,  # the hyphen rule of fitlog 0.9 at work on its own numbers
}


class StepRecord(NamedTuple):
    """One line of ``loss.log`` or ``metric.log``.

    :param kind: ``loss`` or ``metric``.
    :param values: Nested values by name.
    :param step: Step of the record, from 0.
    :param epoch: Epoch, if it was given.
    :param time: Seconds since 1970, if the line carries them.
    """

    kind: str
    values: dict[str, Any]
    step: int
    epoch: int | None
    time: float | None


# ------------------------------------------------------------------ folders


def is_run_id(name: str) -> bool:
    """Tell whether a folder's name is the id of a run."""
    # By hand: asked of every entry of a log directory, and of a regular expression's first use
    # the start of every run would pay.
    is_made_so = len(name) == 19 and name[:4] == "log_" and name[12] == "_" and name.isascii()
    return is_made_so and name[4:12].isdigit() and name[13:].isdigit()


def is_run(folder: str | os.PathLike[str]) -> bool:
    """Tell whether a folder is a run: named like one, with a ``meta.log``."""
    name = os.path.basename(os.fspath(folder))
    return is_run_id(name) and os.path.isfile(os.path.join(folder, "meta.log"))


def packages_path(log_dir: str | os.PathLike[str], name: str) -> str:
    """Return where a set of installed packages lies in a log directory.

    :param name: The set's name, made of its content.
    """
    return os.path.join(log_dir, SHARED_FOLDER, f"packages-{name}.txt")


def starts_path(log_dir: str | os.PathLike[str], key: str) -> str:
    """Return where a log directory keeps which runs had a key, a line ``KEY RUN_ID`` each.

    :param key: What runs of the same code, command and packages share.
    """
    return os.path.join(log_dir, SHARED_FOLDER, f"starts-{key[:2]}.txt")


# -------------------------------------------------------------------- names


def clean_name(name: str) -> str:
    """Return a name as it is stored: ``-`` not followed by a digit becomes ``_``.

    fitlog 0.9 stored names so; keeping to it lets new runs share columns with old ones.

    :raises ArgumentTypeError: if it is no text.
    :raises ArgumentError: if it is empty.
    """
    if not isinstance(name, str):
        raise ArgumentTypeError(f"name must be text, got {name!r} of type {type(name).__name__}")
    if not name:
        raise ArgumentError("name is empty; give the value a name such as 'loss'")
    return re.sub(_HYPHEN, "_", name) if "-" in name else name


def clean_argument_name(name: str) -> str:
    """Return the name given beside a value as it is stored: spaces become ``_`` too."""
    return clean_name(name).replace(" ", "_")


def flatten(nested: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return nested values by their path joined with ``-``, as in ``hyper-optim-lr``.

    :param nested: Values by name, to any depth.
    :param prefix: First part of every path.
    """
    flat: dict[str, Any] = {}
    open_mappings = [(prefix, iter(nested.items()))]
    while open_mappings:
        path, items = open_mappings[-1]
        for name, value in items:
            key = f"{path}-{name}"
            if isinstance(value, Mapping):
                open_mappings.append((key, iter(value.items())))
                break
            flat[key] = value
        else:
            open_mappings.pop()
    return flat


def merge(into: dict[str, Any], later: Mapping[str, Any]) -> None:
    """Lay later values over earlier ones, key by key and deep."""
    todo: list[tuple[dict[str, Any], Mapping[str, Any]]] = [(into, later)]
    while todo:  # no recursion: a line may be nested as deep as the parser allows
        below, above = todo.pop()
        for key, value in above.items():
            earlier = below.get(key)
            if isinstance(value, dict) and isinstance(earlier, dict):
                todo.append((earlier, value))
            else:
                below[key] = value


# ------------------------------------------------------------------ numbers


def number(value: Any) -> Any:
    """Return ``"NaN"``, ``"Infinity"`` and ``"-Infinity"`` as numbers, all else as it is.

    For losses and metrics only: elsewhere these words are the text that was given.
    """
    return _SPELLED.get(value, value) if isinstance(value, str) else value


def json_value(value: Any) -> Any:
    """Return a number that JSON cannot say as its word, all else as it is."""
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):
            return "NaN"
        return "Infinity" if value > 0 else "-Infinity"
    return value


# ------------------------------------------------------------------ writing


def dumps(value: Any) -> bytes:
    """Return JSON in ASCII, so that a torn line is still valid UTF-8.

    The standard library's encoder: it keeps integers of any size and lone surrogates, and
    refuses a NaN that somebody forgot to spell out.
    """
    return json.dumps(value, allow_nan=False).encode("ascii")


def object_line(section: str, values: Mapping[str, Any]) -> bytes:
    """Return a line of ``meta``, ``hyper``, ``best_metric`` or ``other``.

    :param section: ``meta``, ``hyper``, ``metric`` (for best metrics) or ``other``.
    :param values: Values that JSON can say.
    """
    return dumps({section: values}) + b"\n"


def progress_line(total_steps: int) -> bytes:
    """Return the line of ``progress.log``."""
    return dumps({"total_steps": total_steps}) + b"\n"


def step_line(
    kind: str, values: Mapping[str, Any], step: int, epoch: int | None, time: float | None
) -> bytes:
    """Return a line of ``loss.log`` or ``metric.log``.

    :param kind: ``loss`` or ``metric``.
    :param values: Values that JSON can say, by name.
    :param step: Step, from 0.
    :param epoch: Epoch, if known.
    :param time: Seconds since 1970, or None to leave them out.
    """
    return step_line_of(step_key(kind) + dumps(values), step, epoch, time)


def step_key(kind: str) -> bytes:
    """Return the key under which a step's line holds its values, with the colon."""
    return b'"%b": ' % kind.encode("ascii")


def step_line_of(body: bytes, step: int, epoch: int | None, time: float | None) -> bytes:
    """Return a step's line around a body of key and values that is JSON already."""
    parts = [b'Step:%d\t{%b, "step": %d' % (step, body, step)]
    if epoch is not None:
        parts.append(b', "epoch": %d' % epoch)
    if time is not None:
        parts.append(b', "time": %.3f' % time)
    return b"".join((*parts, b"}\n"))


# What step_line_of returns without a time, to be filled with step, body, step and the epoch: what
# most records of a loop are.
PLAIN_LINE = b'Step:%d\t{%b, "step": %d}\n'
PLAIN_LINE_OF_EPOCH = b'Step:%d\t{%b, "step": %d, "epoch": %d}\n'


def closing_of(kind: str, rest: bytes) -> bytes:
    """Return what closes a torn last line so that every reader passes over it.

    fitlog 0.9 looks for a colon and a tab in lines that begin with ``S`` before it tries to
    parse them, and would stop at a line without.

    :param kind: Which of :data:`FILES` the line is in.
    :param rest: The torn line.
    """
    if kind in STEP_FILES and rest.startswith(b"S"):
        if b":" not in rest:
            return b":0\t\n"
        if b"\t" not in rest:
            return b"0\t\n"
    return b"\n"


# ------------------------------------------------------------------ reading


def parse_object_line(line: bytes) -> dict[str, Any] | None:
    """Return what a line of a file without steps says, None if it is not valid."""
    try:
        parsed = orjson.loads(line)
    except orjson.JSONDecodeError:
        parsed = _loads(line)
    if isinstance(parsed, dict) and _is_rounded(line, parsed):
        parsed = _loads(line)
    return parsed if isinstance(parsed, dict) and not _is_too_deep(line, parsed) else None


def parse_section(line: bytes, section: str) -> dict[str, Any] | None:
    """Return the values that a line holds under one key, None if it is not valid.

    One of several processes that share a run may be killed in the middle of its line; the next
    line, of one that lives, then stands behind the torn one, and is taken from there.

    :param section: ``meta``, ``hyper``, ``metric`` (for best metrics) or ``other``.
    """
    parsed = parse_object_line(line)
    if parsed is None:
        at = line.rfind(b'{"%b": ' % section.encode("ascii"))
        if at > 0 and not line.endswith(b": ", 0, at):  # a nested value of that name
            parsed = parse_object_line(line[at:])
    values = None if parsed is None else parsed.get(section)
    return values if isinstance(values, dict) else None


def parse_step_line(line: bytes) -> StepRecord | None:
    """Return what a line of ``loss.log`` or ``metric.log`` says, None if it is not valid.

    Numbers that JSON cannot say stay words here; :func:`number` makes them numbers. What stands
    behind a torn line is taken from there, as by :func:`parse_section`. A line says its step twice:
    where the two differ one of them is damaged, and nobody can tell which.
    """
    record = _whole_step_line(line)
    if record is None:
        at = line.rfind(b"Step:", 0, line.rfind(b"\t") + 1)  # JSON holds no plain tab
        if at > 0:
            record = _whole_step_line(line[at:])
    return record


def step_and_time(line: bytes) -> tuple[int, float | None] | None:
    """Return the step and the time of what :func:`parse_step_line` finds, in half the time."""
    if not may_be_deep(line):  # of what orjson rounds nothing is a step or a time either way
        head, _, body = line.partition(b"\t")
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError:
            parsed = None
        step = step_in(parsed)
        if step is not None and head == b"Step:%d" % step:
            return step, _time(parsed.get("time"))
    record = parse_step_line(line)
    return None if record is None else (record.step, record.time)


def _whole_step_line(line: bytes) -> StepRecord | None:
    if not line.startswith(b"Step:"):
        return None
    body = line.partition(b"\t")[2]
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        parsed = _loads(body)
    record = _step_record(parsed)
    if record is None or not line.startswith(b"Step:%d\t" % record.step):
        return None
    if _is_too_deep(body, parsed):
        return None
    if _is_rounded(body, record.values):
        return _step_record(_loads(body))
    return record


def may_be_deep(text: bytes) -> bool:
    """Tell whether JSON may be nested deeper than :data:`DEEPEST`, by its brackets alone."""
    return len(text) >= 2 * DEEPEST and text.count(b"{") + text.count(b"[") > DEEPEST


def _is_too_deep(text: bytes, parsed: dict[str, Any]) -> bool:
    """Tell whether the values of a line are nested deeper than :data:`DEEPEST`.

    How deep a parser goes depends on its version, so it is not left to the parser.
    """
    if not may_be_deep(text):
        return False
    level: list[Any] = [parsed]
    for _ in range(DEEPEST + 1):  # the line's own object comes on top of its values
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True


def _is_rounded(text: bytes, values: dict[str, Any]) -> bool:
    """Tell whether orjson may have lost digits: it makes floats of integers beyond 64 bits."""
    if not has_long_number(text):
        return False
    todo: list[Any] = [values]
    while todo:
        value = todo.pop()
        if type(value) is dict:
            todo.extend(value.values())
        elif type(value) is list:
            todo.extend(value)
        elif type(value) is float and not -_ORJSON_INTEGERS < value < _ORJSON_INTEGERS:
            return True
    return False


def has_long_number(text: bytes) -> bool:
    """Tell whether 19 digits follow each other, so that orjson may lose some of them."""
    return b"0000000000000000000" in text.translate(_DIGITS)  # far quicker than a search


def step_in(parsed: Any) -> int | None:
    """Return the step of what a line of a step file holds behind its tab, None if it is not valid.

    :param parsed: What orjson made of it.
    """
    if type(parsed) is not dict:
        return None
    step, values = parsed.get("step"), parsed.get("loss" if "loss" in parsed else "metric")
    is_valid = type(step) is int and 0 <= step <= LARGEST_STEP and isinstance(values, dict)
    return step if is_valid else None


def _step_record(parsed: Any) -> StepRecord | None:
    step = step_in(parsed)
    if step is None:
        return None
    kind = "loss" if "loss" in parsed else "metric"
    epoch = parsed.get("epoch")
    has_epoch = type(epoch) is int and 0 <= epoch <= LARGEST_STEP
    time = _time(parsed.get("time"))
    return StepRecord(kind, parsed[kind], step, epoch if has_epoch else None, time)


def _time(value: Any) -> float | None:
    """Return the seconds a line carries, None if they are no moment a clock can show."""
    is_moment = type(value) in (int, float) and 0 <= value < LARGEST_STEP
    return float(value) if is_moment else None


def _loads(text: bytes) -> Any:
    """Parse JSON with all that fitlog ever wrote; None where that fails."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # ValueError: not JSON, not UTF-8, too many digits
        if b"_Infinity" not in text:
            return None
    try:
        return json.loads(_with_old_infinity_mended(text))
    except (ValueError, RecursionError):
        return None


def _with_old_infinity_mended(text: bytes) -> bytes:
    """Give ``_Infinity`` outside of strings the minus sign that fitlog 0.9 took from it."""
    return re.sub(
        _STRING_OR_OLD_INFINITY,
        lambda found: b"-Infinity" if found.group() == b"_Infinity" else found.group(),
        text,
    )


def read_meta(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a run's ``meta.log`` says, its lines merged; empty if there is none."""
    meta: dict[str, Any] = {}
    try:
        with open(os.path.join(folder, "meta.log"), "rb") as file:
            text = file.read()
    except OSError:
        return meta
    for line in text.splitlines():
        said = (parse_object_line(line) or {}).get("meta")
        if isinstance(said, dict):
            merge(meta, said)
    return meta
