"""A log directory on a network file system: what a board on another machine shows of its runs.

It may lag, by what the writer has not synced and what its own machine remembers, and then shows
what was written first; it shows nothing else, and lags no longer than ten seconds.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import far_machines
import pytest
from far_machines import RIVAL, STEPS, WRITER, Sea, Writing
from fault_records import Found, Span, acknowledged, lost, read_by_us
from fault_trials import Tally

CAUGHT_UP_AFTER = 10.0  # seconds since the writer's last sync
RUNS_OF_A_ROUND = 24
ROUNDS_OF_RIVALS = 100  # one for so many trials
SHARE = 2  # of the trials, with and without stale descriptors
ENDINGS = ("finish", "end", "kill")


@pytest.fixture(scope="session")
def network_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes a folder one of a network file system, to be preloaded."""
    library = tmp_path_factory.mktemp("network") / "network.so"
    source = Path(__file__).with_name("network.c")
    flags = ("-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1")
    subprocess.run(["cc", *flags, "-o", str(library), str(source), "-ldl"], check=True)
    return library


class Machines:
    """What starts the processes of a trial."""

    def __init__(self, *libraries: Path) -> None:
        self._preloaded = " ".join(map(str, libraries))
        self.started: list[subprocess.Popen[str]] = []

    def start(self, part: str, *arguments: object) -> subprocess.Popen[str]:
        """Start a process that plays a part."""
        process = subprocess.Popen(
            [sys.executable, far_machines.__file__, part, json.dumps(arguments)],
            env={**os.environ, "LD_PRELOAD": self._preloaded},
            encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.started.append(process)
        return process

    def write(self, *several: Writing) -> list[Span]:
        """Have writers record at the same time, and return what they acknowledged."""
        with ThreadPoolExecutor(len(several)) as threads:
            ended = list(threads.map(self.write_alone, several))
        assert not [said for _, said in ended if said]
        return [span for spans, _ in ended for span in spans]

    def write_alone(self, writing: Writing) -> tuple[list[Span], str]:
        """Have a writer record, and return what it acknowledged and what it said."""
        process, spans = self.start("write", *writing), []
        out, said = process.communicate(timeout=120)
        assert process.returncode == (-9 if writing.ending == "kill" else 0), said
        told = sorted(map(json.loads, out.splitlines()))
        for (folder, worker), records in groupby(told, lambda record: tuple(record[:2])):
            numbers = [number for *_, number in records]
            assert numbers == list(range(writing.first, writing.first + len(numbers)))
            spans.append(Span(folder, worker, numbers[0], len(numbers)))
        return spans, said


@pytest.fixture
def machines(fault_library: Path, network_library: Path) -> Iterator[Machines]:
    """What starts the processes of a trial, none of which outlives it."""
    begun = Machines(network_library, fault_library)
    yield begun
    for process in begun.started:
        process.kill()
        process.communicate()


def sea(tmp_path: Path, seed: str, delay: float, stale: int = 0) -> Sea:
    """A network of this test's own, in which nothing is remembered for less than a minute."""
    logs = tmp_path / "logs"
    logs.mkdir(parents=True)
    Path(f"{logs}.mounts").write_text(f"1 0 0:1 / {logs} rw - nfs4 far rw\n")
    return Sea(str(logs), delay, 60.0, stale, random.Random(seed).randrange(1 << 30))


def wanted(spans: list[Span], found: dict[str, Found], endings: dict[str, str]) -> dict:
    """What a reader is to show of each run in the end."""
    whole: dict[str, dict] = {}
    for one in spans:
        until = one.first + one.count
        counts = {
            f"{kind}-of{one.worker}": sum(step < until for step in steps)
            for kind, steps in STEPS.items()
        }
        last = max(step for steps in STEPS.values() for step in steps if step < until)
        whole[one.folder] = {
            "counts": {name: count for name, count in sorted(counts.items()) if count},
            "state": endings[one.folder],
            "last_step": last,
        }
    assert whole.keys() == found.keys()
    return whole


def begin_to_look(machines: Machines, here: Sea, until: Path) -> subprocess.Popen[str]:
    """Start a reader, which looks until all is there that a file says is to be."""
    reader = machines.start("read", here, str(until))
    assert reader.stdout is not None
    assert reader.stdout.readline() == "looking\n"  # else it might begin after the writers
    return reader


def what_was_seen(
    reader: subprocess.Popen[str], until: Path, expected: dict, last_shown: float, where: str
) -> dict:
    """Return what a reader tells: all of it in time, nothing wrong.

    :param last_shown: When what was synced last could be seen.
    """
    part = until.with_suffix(".part")
    part.write_text(json.dumps(expected))
    part.rename(until)
    out, said = reader.communicate(timeout=120)
    assert (reader.returncode, said) == (0, ""), where
    told = json.loads(out)
    assert not told["wrong"], f"{where}: {told['wrong'][:3]}"
    assert {run_id: one["now"] for run_id, one in told["shown"].items()} == expected, where
    late = {run_id: one["since"] - last_shown for run_id, one in told["shown"].items()}
    assert max(late.values()) <= CAUGHT_UP_AFTER, f"{where}: {late}"
    assert told["lagging"] > 0, f"{where}: the reader was never behind in {told['looks']} looks"
    return told


@pytest.mark.parametrize("stale", [0, 40], ids=["", "stale-descriptors"])
def test_a_reader_far_away_shows_what_was_written_first_and_soon_all_of_it(
    stale: int, tally: Tally, seed: str, trials: int, tmp_path: Path, machines: Machines
) -> None:
    """Some writers finish, some end without it, some are killed and then gone on with."""
    for number in range(-(-trials // SHARE // RUNS_OF_A_ROUND)):
        count = max(1, min(trials, RUNS_OF_A_ROUND) // len(ENDINGS))
        chance = random.Random(f"{seed}-{number}-{stale}")
        here = sea(tmp_path / str(number), str(chance), chance.uniform(0, 3), stale)
        until = tmp_path / f"until{number}"
        reader = begin_to_look(machines, here, until)
        writings = [
            Writing(
                here, WRITER, list(range(nth * count, nth * count + count)), [], 0,
                chance.uniform(0.5, 3), ending,
            )
            for nth, ending in enumerate(ENDINGS)
        ]  # fmt: skip
        spans = machines.write(*writings)
        at_writer = read_by_us(Path(here.logs))
        assert not lost(acknowledged(spans, "calls"), at_writer)
        ended = [ENDINGS[one.worker // count] for one in spans]
        endings = {
            one.folder: "ended" if how == "end" else "finished"
            for one, how in zip(spans, ended, strict=True)
        }
        killed = [one for one, how in zip(spans, ended, strict=True) if how == "kill"]
        spans += machines.write(
            Writing(
                here, WRITER, [one.worker for one in killed],
                [f"{here.logs}/{one.folder}" for one in killed],
                killed[0].first + killed[0].count, 1.0, "finish",
            )
        )  # fmt: skip
        last_sync = time.monotonic()
        at_writer = read_by_us(Path(here.logs))
        missing = lost(acknowledged(spans, "calls"), at_writer)
        expected = wanted(spans, at_writer, endings)
        where = f"seed {seed}, round {number}, {here}"
        assert not missing, where
        told = what_was_seen(reader, until, expected, last_sync + here.delay, where)
        assert (told["stale"] > 0) == (stale > 0)
        tally.trials += len(expected)
        tally.kept += sum(one.count for one in spans)


def wait_for_runs(logs: Path, count: int) -> list[str]:
    ends = time.monotonic() + 60
    while len(found := sorted(path.parent.name for path in logs.glob("log_*/meta.log"))) < count:
        assert time.monotonic() < ends
        time.sleep(0.1)
    return found


def test_two_machines_never_append_to_one_run(
    tally: Tally, seed: str, trials: int, tmp_path: Path, machines: Machines
) -> None:
    """A run at work elsewhere is left alone, one whose writer was killed there is gone on with."""
    for number in range(max(1, trials // ROUNDS_OF_RIVALS)):
        chance = random.Random(f"{seed}-{number}-rivals")
        here = sea(tmp_path / str(number), str(chance), chance.uniform(0, 1))
        until, where = tmp_path / f"until{number}", f"seed {seed}, round {number}, {here}"
        reader = begin_to_look(machines, here, until)
        (dead,) = machines.write(Writing(here, WRITER, [0], [], 0, 1.0, "kill"))
        machines.start("close", here, f"{here.logs}/{dead.folder}").communicate(timeout=60)
        live = Writing(here, WRITER, [1], [], 0, 9.0, "finish")
        with ThreadPoolExecutor(3) as threads:
            at_work = threads.submit(machines.write_alone, live)
            (other,) = set(wait_for_runs(Path(here.logs), 2)) - {dead.folder}
            time.sleep(chance.uniform(1, 3))
            after = Writing(
                here, RIVAL, [0], [f"{here.logs}/{dead.folder}"], dead.count, 1.0, "finish"
            )
            rival = Writing(here, RIVAL, [2], [f"{here.logs}/{other}"], 0, 1.0, "finish")
            (gone_on, rivals, alone) = (
                work.result()
                for work in (
                    threads.submit(machines.write_alone, after),
                    threads.submit(machines.write_alone, rival),
                    at_work,
                )
            )
        last_sync = time.monotonic()
        assert (gone_on[1], alone[1]) == ("", ""), where
        assert rivals[1].count("\n") == rivals[1].count(f"{other} is being recorded by") == 1, where
        spans = [dead, *gone_on[0], *rivals[0], *alone[0]]
        assert [span.folder for span in gone_on[0]] == [dead.folder], where
        assert len({span.folder for span in spans}) == 3, where
        at_writer = read_by_us(Path(here.logs))
        missing = lost(acknowledged(spans, "calls"), at_writer)
        assert not missing, f"{where}: {missing[:5]}"
        expected = wanted(spans, at_writer, dict.fromkeys(at_writer, "finished"))
        what_was_seen(reader, until, expected, last_sync + here.delay, where)
        tally.trials += 2
        tally.kept += sum(span.count for span in spans)
