"""Whatever call on the log directory fails, and however often: only the records of that while go.

Each trial is a training of its own in which one call of a kind fails, or all from one on until the
fault has passed. Which one is drawn from all that such a training makes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from errno import EBADF, EDQUOT, EINTR, EIO, EMFILE, ENFILE, ENOSPC, EROFS, ESTALE
from pathlib import Path

import pytest
from fault_records import Span, acknowledged, invented, lost, read_by_us
from fault_trials import Tally
from faulty_training import AFTER, BEFORE, FOREVER, SHORT, Outcome, Plan

import fitlog

CODES = {
    "write": (ENOSPC, EDQUOT, EIO, EINTR, EBADF, ESTALE, SHORT),
    "open": (ENOSPC, EDQUOT, EIO, EINTR, EMFILE, ENFILE, EROFS, ESTALE),
    "close": (EIO, ENOSPC, EDQUOT),
    "mkdir": (ENOSPC, EDQUOT, EIO),
    "rename": (ENOSPC, EDQUOT, EIO, ESTALE),
    "stat": (EIO, ESTALE),
    "access": (EIO, ESTALE),
    "read": (EIO, ESTALE, EINTR),
    "sync": (EIO, ENOSPC, EDQUOT, EINTR),
}
FEWER = 2  # with each call, than other tests make trials
EVERYTHING = range(BEFORE.start, AFTER.stop)
CarryOut = Callable[[list[Plan]], list[Outcome]]


def plans(
    call: str, is_from_start: bool, count: int, chance: random.Random, tmp_path: Path, run: CarryOut
) -> list[Plan]:
    """Draw faults, at most one of a kind, from all that a training can meet.

    The log directory of every other one is there already.
    """
    is_remote = call == "sync"  # which is asked for there only
    trial = Plan(str(tmp_path / "none"), call, 0, 0, 0, is_from_start, is_remote)
    seen = run([trial])[0].seen
    drawn = [
        (first, last, code)
        for first in range(1, seen + 1)
        for last in (first, FOREVER)
        for code in CODES[call]
        if code != EINTR or last == first  # endless, it hangs whoever tries again
    ]
    chance.shuffle(drawn)
    chosen = [
        Plan(str(tmp_path / f"logs{number}"), call, *fault, is_from_start, is_remote)
        for number, fault in enumerate(drawn[:count])
    ]
    for plan in filter(was_there, chosen):
        Path(plan.logs).mkdir()
    return chosen


def was_there(plan: Plan) -> bool:
    """Tell whether the log directory was there before the training."""
    return int(Path(plan.logs).name.removeprefix("logs")) % 2 == 0


def lost_of(numbers: range, run_id: str, found: dict) -> list[str]:
    span = Span(run_id, 0, numbers.start, len(numbers))
    return lost(acknowledged([span], "calls"), found)


def is_overcome(plan: Plan) -> bool:
    """Tell whether trying once more is enough: after a signal, or with a new descriptor."""
    needs_opening = plan.code in (EBADF, ESTALE) and plan.call == "write" and not plan.from_start
    return plan.code == EINTR or (needs_opening and plan.last == plan.first)


def check(plan: Plan, outcome: Outcome, tally: Tally) -> None:
    """See that a training went on, said so, and lost what was refused and nothing else."""
    assert outcome.status == 0, outcome.said
    assert outcome.acknowledged == len(EVERYTHING)
    found = read_by_us(Path(plan.logs))
    (run_id,) = found
    refused = lost_of(EVERYTHING, run_id, found)
    needless = ("stat", "access", "write", *(["mkdir"] if was_there(plan) else []))
    may_be_overcome = plan.code in (EINTR, EBADF, ESTALE) or plan.call in needless
    is_to_be_told = bool(refused) or not may_be_overcome
    assert is_to_be_told <= outcome.said.count("\n") <= 1, outcome.said
    assert len(refused) <= outcome.struck
    assert not lost_of(AFTER, run_id, found)
    assert plan.from_start or not lost_of(BEFORE, run_id, found)
    assert not refused or not is_overcome(plan)
    assert not invented(found)
    cells = found[run_id].cells
    assert (cells["meta-state"], cells["hyper-lr"]) == ("finish", 0.1)
    assert [path.name for path in Path(plan.logs).glob("log_*")] == [run_id]
    tally.trials += 1
    tally.refused += len(refused)
    tally.kept += len(EVERYTHING) - len(refused)


@pytest.mark.parametrize(
    ("call", "is_from_start"),
    [("write", False), *((call, True) for call in CODES)],
    ids=["write-at-work", *CODES],
)
def test_a_call_that_fails_costs_only_the_records_of_that_while(
    call: str,
    is_from_start: bool,
    tally: Tally,
    seed: str,
    trials: int,
    tmp_path: Path,
    carry_out: CarryOut,
) -> None:
    chosen = plans(call, is_from_start, trials // FEWER, random.Random(seed), tmp_path, carry_out)
    for plan, outcome in zip(chosen, carry_out(chosen), strict=True):
        try:
            check(plan, outcome, tally)
        except AssertionError as error:
            pytest.fail(f"seed {seed}, {plan}: {error}")


@pytest.mark.parametrize("call", ["stat", "access", "open", "read", "write", "mkdir"])
def test_a_run_that_cannot_be_looked_at_when_it_is_gone_on_with_gets_no_run_of_its_own(
    call: str, tally: Tally, trials: int, tmp_path: Path, carry_out: CarryOut
) -> None:
    chosen = []
    for number in range(max(4, trials // (5 * FEWER))):
        with fitlog.Run(tmp_path / f"logs{number}") as run:
            run.add_loss(0.5, 10**6, "earlier")
        first = 1 + number // 2
        last = FOREVER if number % 2 else first
        chosen.append(Plan(str(run.get_log_folder(absolute=True)), call, first, last, EIO, True))
    for plan, outcome in zip(chosen, carry_out(chosen), strict=True):
        run_id = Path(plan.logs).name
        assert outcome.status == 0, f"{plan}: {outcome.said}"
        assert outcome.said.count("\n") <= 1, f"{plan}: {outcome.said}"
        assert not list(Path(plan.logs).glob("log_*")), plan
        found = read_by_us(Path(plan.logs).parent)
        assert found.keys() == {run_id}, plan
        assert found[run_id].points["loss-earlier", 10**6] == 0.5
        assert not lost_of(AFTER, run_id, found), plan
        tally.trials += 1
        tally.kept += len(AFTER) + 1
