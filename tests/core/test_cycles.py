"""Python's search for cycles is spared of thousands of objects, and of nothing else."""

from __future__ import annotations

import gc
import weakref

import pytest

from fitlog_core.reading import cycles


class Thing:
    """An object that may stand in a cycle."""


@pytest.fixture(autouse=True)
def _as_in_a_process_of_its_own():
    """The tests' own objects are frozen; here nothing is."""
    frozen, was_enabled = gc.get_freeze_count(), gc.isenabled()
    gc.unfreeze()
    gc.enable()
    yield
    (gc.enable if was_enabled else gc.disable)()
    if frozen:
        gc.freeze()


def made(count: int) -> list[list[int]]:
    with cycles.no_search_for_cycles():
        return [[each] for each in range(count)]


def is_old(thing: object) -> bool:
    return any(each is thing for each in gc.get_objects(generation=2))


def test_thousands_of_objects_that_came_count_as_old_at_once():
    gc.collect()
    assert is_old(made(2 * cycles.MANY)[-1])


def test_a_few_objects_grow_old_as_ever():
    gc.collect()
    assert not is_old(made(cycles.MANY // 2)[-1])


def test_a_cycle_among_thousands_of_objects_is_collected_in_the_end():
    with cycles.no_search_for_cycles():
        kept = [[each] for each in range(2 * cycles.MANY)]
        thing = Thing()
        thing.self = thing
        gone = weakref.ref(thing)
        del thing
    gc.collect()
    assert gone() is None
    assert kept


def test_what_the_process_froze_itself_stays_frozen():
    gc.freeze()
    frozen = gc.get_freeze_count()
    kept = made(2 * cycles.MANY)
    assert gc.get_freeze_count() == pytest.approx(frozen, abs=1000)
    assert kept
    gc.unfreeze()


def test_a_process_that_never_searches_is_left_so():
    gc.disable()
    made(10)
    assert not gc.isenabled()
