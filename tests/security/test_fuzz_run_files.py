"""A run's files cut, flipped, doubled and mixed: every page answers, and no number is made up."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from fuzz_tools import fuzz
from hypothesis import given
from hypothesis import strategies as st
from web_board import board_of

RUN = "log_20260101_000000"
FILES = {
    "meta": b'{"meta": {"state": "finished", "start": "2026-01-01"}}\n',
    "hyper": b'{"hyper": {"lr": 0.1, "optim": {"name": "adamw"}}}\n{"hyper": {"lr": 0.2}}\n',
    "best_metric": b'{"metric": {"dev": {"acc": 0.5}}}\n{"metric": {"dev": {"acc": NaN}}}\n',
    "other": b'{"other": {"note": "\xe5\xa5\xbd"}}\n',
    "progress": b'{"total_steps": 100}\n',
    "loss": b"".join(
        b'Step:%d\t{"loss": {"Loss": %d.25}, "step": %d, "epoch": 0}\n' % (n, 1000 + n, n)
        for n in range(1, 9)
    ),
    "metric": b'Step:1\t{"metric": {"dev": {"acc": "NaN"}}, "step": 1, "epoch": 0}\n',
    "file": b"what the console showed\n",
}
ROUTES = ("/api/runs", "/api/runs?format=columns", f"/api/runs/{RUN}", f"/api/runs/{RUN}/series")
PAGES = ("/runs", f"/run/{RUN}", f"/compare?runs={RUN}", f"/api/runs/{RUN}/series?points=2")


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, bytes]:
    """The files of a run after a few accidents."""
    files = dict(FILES)
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(sorted(files)))
        content = files[name]
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, len(content)))
        middle = draw(
            st.one_of(
                st.just(b""),  # cut out
                st.just(content[start:end] * 2),  # doubled
                st.binary(max_size=4),
                st.sampled_from([b"\0" * 9, b"\n", b"\xff", b'"', b"}", b"{" * 300, b"[" * 3000]),
                st.sampled_from(sorted(FILES)).map(FILES.__getitem__),  # of another file
            )
        )
        kept = draw(st.sampled_from([content[end:], content[start:], b""]))
        files[name] = content[:start] + middle + kept
    return files


def written(files: dict[str, bytes]) -> set[float]:
    """Every loss that stands in a whole line, perhaps behind a torn one; JSON holds no tab."""
    found = set()
    for line in b"".join(files[name] for name in ("loss", "metric")).split(b"\n"):
        try:
            said: Any = json.loads(line.rpartition(b"\t")[2])
            found.add(float(said["loss"]["Loss"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
    return found


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / f"{name}.log").write_bytes(content)


@fuzz(25)
@given(damaged(), st.booleans())
def test_a_damaged_run_is_shown_with_no_number_that_was_not_written(
    files: dict[str, bytes], while_open: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / RUN
        run.mkdir()
        put(run, FILES if while_open else files)
        client = board_of(Path(folder)).test_client()
        if while_open:  # damaged under the eyes of the board
            assert client.get(f"/api/runs/{RUN}/series").status_code == 200
            put(run, files)
        for address in (*ROUTES, *PAGES):
            assert client.get(address).status_code == 200, address
        series = client.get(f"/api/runs/{RUN}/series").json["series"]
        values = series.get("loss-Loss", {"value": []})["value"]
        assert {value for value in values if isinstance(value, float)} <= written(files)


def test_an_undamaged_run_shows_all_that_was_written(tmp_path: Path) -> None:
    (tmp_path / RUN).mkdir()
    put(tmp_path / RUN, FILES)
    series = board_of(tmp_path).test_client().get(f"/api/runs/{RUN}/series").json["series"]
    assert set(series["loss-Loss"]["value"]) == written(FILES)
    assert len(written(FILES)) == 8
