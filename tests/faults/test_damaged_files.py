"""Every byte of a run's files cut, flipped, doubled: read as a plain reader reads them.

There is no checksum in the format, so a digit that became another one is another number. What a
reader can do, ours does: it shows what whole lines say and nothing else, counts the lines that say
nothing, and says the same whether it reads afresh, goes on reading, or asks the cache.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import damages
import pytest
from damages import DAMAGES, HONEST, Files, put
from fault_trials import Tally
from fuzz_targets import RUN, check_step_lines, check_table_files, comparable
from fuzz_tools import WANTED, fuzz
from hypothesis import given
from hypothesis import strategies as st
from index_tools import facts
from plain_reader import Plain, read_plainly, read_steps

from fitlog_core.reading.curves import Curves
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.reader import RunReader

FEW = 15 if WANTED else 6  # lines of a file of fitlog 0.9 whose every byte is damaged
APART = 1 if WANTED else 3  # bytes from one damage to the next; the first is drawn
BITS = {f"flipped-{bit}": partial(damages.flipped, bit=bit) for bit in range(8)}
EVERY_BYTE = {**DAMAGES, **(BITS if WANTED else {})}
KINDS = ("loss", "metric")
SOURCES = ("fitlog-0.9", "ours")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """Runs whose every byte is looked at."""
    old = damages.old_run(most=FEW)
    return {"fitlog-0.9": old, "ours": damages.our_run(tmp_path_factory.mktemp("ours"))}


@pytest.fixture(scope="module")
def whole(small: dict[str, Files]) -> dict[str, Files]:
    """Runs as they were written."""
    return {"fitlog-0.9": damages.old_run(), "ours": small["ours"]}


def recorded(text: bytes, kind: str) -> Iterator[tuple[tuple[str, int], Any]]:
    """Every point of a file, those too that a later line replaces."""
    for line in text.splitlines(True):
        yield from read_steps(line, kind)[0].items()


@pytest.mark.parametrize("how", EVERY_BYTE)
@pytest.mark.parametrize("source", SOURCES)
def test_a_damage_at_any_byte_leaves_what_the_whole_lines_say(
    source: str, how: str, small: dict[str, Files], tally: Tally, seed: str
) -> None:
    chance = random.Random(f"{seed}-{source}-{how}")
    files = small[source]
    written = {repr(one) for kind in KINDS for one in recorded(files[kind], kind)}
    for name, text in files.items():
        for at in range(chance.randrange(APART), len(text), APART):
            harmed = EVERY_BYTE[how](text, at)
            try:
                if name in KINDS:
                    tally.kept += check_step_lines(harmed, name)
                elif name != "file":
                    check_table_files({**files, name: harmed})
            except AssertionError as error:
                pytest.fail(f"{name}.log, byte {at}: {error}")
            if name in KINDS and how in HONEST:
                assert {repr(one) for one in read_steps(harmed, name)[0].items()} <= written
            tally.trials += 1


class Looks:
    """The readers of one run, which look again and again at what becomes of it."""

    def __init__(self, log_dir: Path) -> None:
        self.log_dir, self.folder = log_dir, log_dir / RUN
        self.cache = log_dir.with_name("cache.sqlite")
        self.following = RunReader(self.folder)
        self.board = LogDirectory(log_dir, Index(self.cache))

    def check(self, files: Files) -> Plain:
        """See that all say what stands in the files."""
        plain = read_plainly(files)
        fresh = Curves(self.folder)
        curves = facts(fresh.series())
        assert comparable(self.points(fresh)) == comparable(plain.points)
        assert fresh.skipped == plain.skipped[1]
        self.following.refresh()
        assert facts(self.following.series()) == curves
        self.check_row(self.following.row(), plain)
        self.board.refresh()
        self.check_directory(self.board, curves, plain)
        reopened = LogDirectory(self.log_dir, Index(self.cache))  # as after a restart
        reopened.refresh()
        self.check_directory(reopened, curves, plain)
        reopened.index.close()
        return plain

    def check_directory(self, directory: LogDirectory, curves: dict, plain: Plain) -> None:
        assert facts(directory.run(RUN).series()) == curves
        self.check_row(directory.reread(RUN), plain)

    @staticmethod
    def points(curves: Curves) -> dict[tuple[str, int], Any]:
        found: dict[tuple[str, int], Any] = {}
        for key, series in curves.series().items():
            pairs = [*zip(series.steps, series.values, strict=True), *series.texts.items()]
            found |= {(key, step): value for step, value in pairs}
            assert len(pairs) == len({step for step, _ in pairs})
        return found

    @staticmethod
    def check_row(row: Any, plain: Plain) -> None:
        cells = {key: value for key, value in row.items() if key not in ("id", "state")}
        assert comparable(cells) == comparable(plain.cells)
        assert row.skipped == sum(plain.skipped)


@pytest.mark.parametrize("is_watched", [False, True], ids=["closed", "under-the-readers-eyes"])
@pytest.mark.parametrize("source", SOURCES)
def test_every_reader_says_the_same_of_a_damaged_run(
    source: str, is_watched: bool, whole: dict[str, Files], tally: Tally
) -> None:
    @fuzz(25)
    @given(st.randoms(use_true_random=False), st.integers(1, 4))
    def damage(chance: random.Random, times: int) -> None:
        with tempfile.TemporaryDirectory() as place:
            looks = Looks(Path(place) / "logs")
            if is_watched:
                put(looks.folder, whole[source])
                looks.check(whole[source])
            harmed = damages.damaged(whole[source], chance, times)
            put(looks.folder, harmed)
            tally.kept += len(looks.check(harmed).points)
            looks.board.index.close()
            tally.trials += 1

    damage()


def test_the_readers_lose_nothing_of_what_is_not_damaged(
    whole: dict[str, Files], tally: Tally, tmp_path: Path
) -> None:
    for source in SOURCES:
        looks = Looks(tmp_path / source / "logs")
        put(looks.folder, whole[source])
        plain = looks.check(whole[source])
        torn = 0 if source == "fitlog-0.9" else 3
        assert sum(plain.skipped) == torn
        assert len(plain.points) > 10
        tally.trials += 1
        tally.kept += len(plain.points)
