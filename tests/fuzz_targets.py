"""What is fuzzed: for each kind of input a function that takes bytes and finds them a fault or not.

Each compares what ours says with what must hold, and raises AssertionError where it does not. Only
an error that a user is meant to see is caught.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import damages
from index_tools import facts
from plain_reader import read_plainly, read_steps

from fitlog_core import log_format
from fitlog_core.errors import QueryError, ViewError
from fitlog_core.reading import once, records
from fitlog_core.reading.block import Block
from fitlog_core.reading.curves import Curves
from fitlog_core.reading.extra_data import ExtraData
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.query import from_conditions, parse
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.recent import TAKEN
from fitlog_core.reading.row import Shapes
from fitlog_core.reading.seen import Marks
from fitlog_core.reading.state import State
from fitlog_core.reading.view_keys import KEYS
from fitlog_core.reading.views import View

RUN = "log_20260101_000000"
META = b'{"meta": {"state": "finish"}}\n'
ROWS: list[dict[str, Any]] = [
    {"id": RUN, "hyper-lr": 0.1, "hyper-a b": "x\0y", "metric-dev-acc": float("nan"), "memo": 1},
    {"id": "é", "hyper-lr": 10**400, "meta-state": True, "memo": "\ud800", "other-l": [1, "a"]},
]


def comparable(values: dict[Any, Any]) -> str:
    """Values as what can be compared: NaN is equal to itself then."""
    return repr(sorted(values.items(), key=repr))


def points_of(block: Block) -> dict[tuple[str, int], Any]:
    """What a block of lines says, of each step what stands last."""
    found: dict[tuple[str, int], tuple[int, Any]] = {}
    for key, points in block.curves.items():
        said = [*zip(points.steps, points.values, points.records, strict=True), *points.texts]
        for step, text_or_number, record in said:
            if record >= found.get((key, step), (0, None))[0]:
                found[key, step] = (record, text_or_number)
    return {place: value for place, (_, value) in found.items()}


def check_step_lines(text: bytes, kind: str) -> int:
    """See that lines of ``loss.log`` or ``metric.log`` are read as by a plain reader.

    :return: How many points they hold.
    """
    points, skipped = read_steps(text, kind)
    whole_lines = text[: text.rfind(b"\n") + 1]
    block = records.parse(whole_lines, kind, 0) if whole_lines else Block()
    assert comparable(points_of(block)) == comparable(points)
    assert block.skipped == skipped
    return len(points)


def check_table_files(files: dict[str, bytes]) -> None:
    """See that a run's row is what a plain reader makes of its files."""
    sizes = {name: len(text) for name, text in files.items()}
    texts = {name: text for name, text in files.items() if text}
    for name in {"loss", "metric"} & texts.keys():
        texts[name] = texts[name][-TAKEN:]  # as a listing reads them
    try:
        row = once.row_of(RUN, once.Files(Marks(1, 1, sizes, 0.0), texts), Shapes())
    except once.UnusualError:  # it does not say that it is over: left to the other reader
        return
    plain = read_plainly({**files, "loss": b"", "metric": b""})
    cells = {key: value for key, value in row.items() if key not in ("id", "state")}
    assert comparable(cells) == comparable(plain.cells)
    assert row.skipped == plain.skipped[0] + torn_at_the_ends(files)
    if row.is_plain:
        json.dumps(list(row.cells), allow_nan=False)


def torn_at_the_ends(files: dict[str, bytes]) -> int:
    """Count the faulty lines among the last of the step files that begin or end as none does."""
    found = 0
    for kind in ("loss", "metric"):
        text = files.get(kind, b"")
        lines = text[-TAKEN:].split(b"\n")[len(text) > TAKEN : -1]
        odd = (line for line in lines if not (line.startswith(b"Step:") and line.endswith(b"}")))
        found += sum(read_steps(line + b"\n", kind)[1] for line in odd)
    return found


# -------------------------------------------------------------------- targets


def step_lines(data: bytes) -> None:
    """Lines of loss.log: at once, one by one and by a plain reader."""
    check_step_lines(data, "loss")
    whole_lines = data[: data.rfind(b"\n") + 1]
    if whole_lines:
        at_once = records.parse(whole_lines, "loss", 0)
        by_lines = records.by_lines(whole_lines, "loss", 0)
        assert repr(at_once.stamps) == repr(by_lines.stamps)
        assert list(at_once.curves) == list(by_lines.curves)


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="fitlog-fuzz-")) / RUN
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    return folder


def meta_lines(data: bytes) -> None:
    """meta.log, and the state that it tells."""
    check_table_files({"meta": data, "best_metric": b""})
    damages.put(_folder(), {"meta": data})
    reader = RunReader(_folder())
    reader.refresh()
    assert isinstance(reader.state(), State)
    assert reader.segments() == sorted(reader.segments())
    merged = log_format.read_meta(_folder())
    assert all(isinstance(name, str) for name in merged)


def table_lines(data: bytes) -> None:
    """hyper.log, best_metric.log, other.log and progress.log, split at NUL."""
    hyper, best, other, progress = (*data.split(b"\0", 3), b"", b"", b"")[:4]
    files = {"hyper": hyper, "best_metric": best, "other": other, "progress": progress}
    check_table_files({"meta": META, **files})


def whole_run(data: bytes) -> None:
    """loss.log in two looks: followed, read afresh and by way of the cache."""
    before, _, after = data.partition(b"\0")
    folder = _folder().with_name("log_20260101_000001")
    damages.put(folder, {"meta": META, "loss": before, "metric": b""})
    following, index = Curves(folder), Index()
    following.refresh()
    index.curves(folder).refresh()
    with (folder / "loss.log").open("ab") as file:
        file.write(after)
    fresh = Curves(folder)
    expected = facts(fresh.series())
    assert facts(following.series()) == expected
    kept = index.curves(folder)
    assert facts(kept.series()) == expected
    assert kept.skipped == following.skipped == fresh.skipped
    for name in fresh.names():
        thinned = kept.part(name, 5)
        assert thinned is not None
        assert thinned.total == len(fresh.series()[name])
    index.close()


def view_file(data: bytes) -> None:
    """A .cfg file: opened, changed, and the change found again."""
    folder = _folder().parent / "views"
    folder.mkdir(exist_ok=True)
    path = folder / "default.cfg"
    path.write_bytes(data)
    view = View.open(folder, "default.cfg")
    assert all(isinstance(problem, str) for problem in view.problems)
    values = {key: view[key] for key in KEYS}
    again = View.open(folder, "default.cfg")
    assert repr({key: again[key] for key in KEYS}) == repr(values)
    try:
        changed = view.edit_names("hidden_logs", add=[RUN])
    except ViewError:
        assert path.read_bytes() == data
        return
    assert RUN in changed["hidden_logs"]
    assert RUN in View.open(folder, "default.cfg")["hidden_logs"]
    for damaged_copy in folder.glob("*.damaged*"):
        damaged_copy.unlink()


def search(data: bytes) -> None:
    """A search, and the conditions of a saved view."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        found = parse(text)
        chosen = found.select(ROWS, call=lambda call, row: bool(call.numbers))
        assert all(row in ROWS for row in chosen)
        assert found.names == parse(text).names
    except QueryError as refused:
        said = refused
        assert (said.text, 0 <= said.position <= len(text)) == (text, True)
    try:
        conditions = json.loads(text)
        if isinstance(conditions, dict):
            from_conditions(conditions).select(ROWS, call=lambda call, row: True)
    except (ValueError, RecursionError, QueryError):
        pass


def extra_data(data: bytes) -> None:
    """log_extra_data.txt: read, and a cell changed and found again."""
    folder = _folder().parent / "extra"
    folder.mkdir(exist_ok=True)
    path = folder / "log_extra_data.txt"
    path.write_bytes(data)
    extra = ExtraData.open(folder)
    for row_id in (*extra.ids(), *extra.added(), RUN):
        for value in extra.cells(row_id).values():
            assert value is None or isinstance(value, (str, int, float))
    others = {row_id: repr(extra.cells(row_id)) for row_id in extra.ids() if row_id != RUN}
    changed = extra.set(RUN, {"memo": "x", "metric-a": 0.5})
    assert changed.cells(RUN)["memo"] == "x"
    reopened = ExtraData.open(folder)
    assert reopened.cells(RUN)["metric-a"] == 0.5
    assert not reopened.problems or not extra._damage
    kept = {row_id: repr(reopened.cells(row_id)) for row_id in reopened.ids() if row_id != RUN}
    assert kept == others
    for damaged_copy in folder.glob("*.damaged*"):
        damaged_copy.unlink()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "step-lines": step_lines,
    "whole-run": whole_run,
    "meta-lines": meta_lines,
    "table-lines": table_lines,
    "view-file": view_file,
    "search": search,
    "extra-data": extra_data,
}
