"""Python's search for cycles of objects, kept away from where thousands of objects are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

MANY = 10_000  # objects that a search is spared of: it would take a millisecond and more


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Keep Python from looking for cycles among objects that come, or come and go, together.

    The search would take a tenth of the time and more. Of those that stay it is spared as well:
    they count as old at once, and are looked through when all others of the process are.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            _let_grow_old()
            gc.enable()


def _let_grow_old() -> None:
    """Count all objects as old that came since the last search, if they are many."""
    if gc.get_count()[0] > MANY and not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()


def leave_out_of_searches() -> None:
    """Have Python look for cycles among what comes from now on alone.

    For where thousands of objects without any have just come to stay: a search would go through
    them again and again, for tens of milliseconds each time. What is not used any more is given
    back all the same.
    """
    gc.freeze()
