"""The band of long curves, window by window: each is reckoned once and told from memory then.

What is remembered of a window is what stands out in its parts, some bytes a step; it counts as
long as the stretches that the curves are kept in stay as they are, so that of runs that grow the
last window alone is reckoned again. What lies at the ends of a zoom is reckoned from all points.
"""

from __future__ import annotations

import hashlib
import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.series import Extent, Series
from fitlog_web.band_thinning import (
    BLOCK,
    SIZES,
    Parts,
    Timed,
    all_parts,
    blocks_of,
    how_many,
    joined,
    kept,
    thinned,
    together,
)
from fitlog_web.bands import axes_at, band_of

REMEMBERED = 32 << 20  # bytes, of all windows together
ENOUGH = 2  # parts for each bucket of points


class Window(NamedTuple):
    """A range of steps in which each run has no more points than two stretches can hold.

    :param most: How many points a run has there at most, by the stretches that touch it.
    :param seal: Changes whenever a point of a run in it does.
    """

    first: int
    last: int
    most: int
    seal: bytes


class Reckoned(NamedTuple):
    """What is remembered of a window.

    :param total: How many steps it has.
    :param levels: Its parts: blocks, larger ones, all of it.
    """

    total: int
    levels: list[Parts]

    @property
    def size(self) -> int:
        """How many bytes it takes, about."""
        return sum(level.points.size + 8 * len(level.ends) for level in self.levels)


class BandMemory:
    """The windows that were reckoned last, up to some size; safe to share by threads."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._windows: OrderedDict[tuple[object, ...], tuple[bytes, Reckoned]] = OrderedDict()
        self.size = 0

    def get(self, key: tuple[object, ...], seal: bytes) -> Reckoned | None:
        """Return what is remembered under a key, None where nothing is or it does not count."""
        with self._lock:
            found = self._windows.get(key)
            if found is None or found[0] != seal:
                return None
            self._windows.move_to_end(key)
            return found[1]

    def put(self, key: tuple[object, ...], seal: bytes, reckoned: Reckoned) -> None:
        """Remember a window; what was not asked for longest goes."""
        with self._lock:
            before = self._windows.pop(key, None)
            self.size += reckoned.size - (before[1].size if before else 0)
            self._windows[key] = seal, reckoned
            while self.size > self._limit:
                _, (_, oldest) = self._windows.popitem(last=False)
                self.size -= oldest.size


@dataclass(frozen=True)
class Group:
    """One curve of several runs.

    :param name: Its column key.
    :param starts: When each run began (epoch seconds), None where unknown.
    """

    name: str
    runs: Sequence[RunReader]
    starts: Sequence[float | None]

    def windows(self, first: int | None, last: int | None) -> list[Window]:
        """Return the windows that touch a range of steps."""
        curves = [run.curves.extents(self.name) for run in self.runs]
        ends = [extents[-1].last for extents in curves if extents]
        if not ends:
            return []
        cuts = cuts_of(curves)
        spans = zip(cuts, [*(cut - 1 for cut in cuts[1:]), max(ends)], strict=True)
        return [
            self._window(start, end, curves)
            for start, end in spans
            if (first is None or end >= first) and (last is None or start <= last)
        ]

    def _window(self, first: int, last: int, curves: Sequence[Sequence[Extent]]) -> Window:
        within = [_touching(extents, first, last) for extents in curves]
        most = max(sum(extent.length for extent in extents) for extents in within)
        told = repr((within, self.starts)).encode()
        return Window(first, last, most, hashlib.blake2b(told, digest_size=16).digest())

    def points(self, first: int, last: int) -> list[Series]:
        """Return all points of all runs in a range of steps."""
        parts = [run.curves.part(self.name, None, first, last) for run in self.runs]
        return [Series() if part is None else part.series for part in parts]

    def key(self, window: Window) -> tuple[object, ...]:
        """Return what a window of these runs is remembered under."""
        return (self.name, window.first, *(run.id for run in self.runs))


def cuts_of(curves: Sequence[Sequence[Extent]]) -> list[int]:
    """Return where windows begin: before a curve's second stretch since the last one did.

    They depend on what comes before them alone, so that they stay where they are as runs grow.
    """
    begins = sorted((extent.first, at) for at, extents in enumerate(curves) for extent in extents)
    cuts: list[int] = []
    since: set[int] = set()
    for first, curve in begins:
        if not cuts or curve in since:
            cuts.append(first)
            since.clear()
        since.add(curve)
    return cuts


def _touching(extents: Sequence[Extent], first: int, last: int) -> Sequence[Extent]:
    start = bisect_left(extents, first, key=lambda extent: extent.last)
    return extents[start : bisect_right(extents, last, key=lambda extent: extent.first)]


# --------------------------------------------------------------------- the band


def whole(group: Group, first: int | None, last: int | None) -> Timed:
    """Return the band of a range at all steps that a run has there."""
    spans = _spans(group.windows(first, last), first, last)
    return together([_all_of(group, *span) for span in spans])


def _all_of(group: Group, first: int, last: int) -> Timed:
    curves = group.points(first, last)
    band = band_of(curves)
    return Timed(band, *axes_at(curves, group.starts, band.steps))


def thin(
    memory: BandMemory, group: Group, points: int, first: int | None, last: int | None
) -> tuple[Timed, int]:
    """Return the band of a range in at most ``points`` points (9 at least), and its steps' number.

    Its extremes are those of all points, as of :func:`fitlog_web.band_thinning.kept`.
    """
    windows = group.windows(first, last)
    enough = ENOUGH * how_many(points)
    most = sum(window.most for window in windows)
    spans = list(_spans(windows, first, last))
    if most <= max(points, enough * BLOCK):
        return _short(group, spans, points)
    level = max(at for at, size in enumerate(SIZES) if most >= enough * size)
    found = [
        _reckoned(memory, group, window)
        if span == (window.first, window.last)
        else _reckon(group, *span)
        for window, span in zip(windows, spans, strict=True)
    ]
    total = sum(reckoned.total for reckoned in found)
    if total <= points:
        return whole(group, first, last), total
    return thinned(all_parts([reckoned.levels[level] for reckoned in found]), points), total


def _spans(
    windows: Sequence[Window], first: int | None, last: int | None
) -> Iterator[tuple[int, int]]:
    """Yield what of each window lies in a range."""
    for window in windows:
        yield (
            window.first if first is None else max(window.first, first),
            window.last if last is None else min(window.last, last),
        )


def _short(group: Group, spans: Sequence[tuple[int, int]], points: int) -> tuple[Timed, int]:
    """Return a band that is short enough to be reckoned each time; and its steps' number."""
    band = joined([band_of(group.points(*span)) for span in spans])
    shown = band.pick(kept(band, points))
    found = []
    for first, last in spans:
        low, high = bisect_left(shown.steps, first), bisect_right(shown.steps, last)
        part = shown.pick(range(low, high))
        found.append(Timed(part, *axes_at(group.points(first, last), group.starts, part.steps)))
    return together(found), len(band.steps)


def _reckoned(memory: BandMemory, group: Group, window: Window) -> Reckoned:
    found = memory.get(group.key(window), window.seal)
    if found is None:
        found = _reckon(group, window.first, window.last)
        memory.put(group.key(window), window.seal, found)
    return found


def _reckon(group: Group, first: int, last: int) -> Reckoned:
    curves = group.points(first, last)
    band = band_of(curves)
    chosen, ends = blocks_of(band)
    picked = band.pick(chosen)
    levels = [Parts(Timed(picked, *axes_at(curves, group.starts, picked.steps)), ends)]
    for smaller, larger in pairwise(SIZES):
        levels.append(levels[-1].merged(larger // smaller))
    return Reckoned(len(band.steps), levels)
