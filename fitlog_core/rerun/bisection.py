"""The search for the place at which a line of versions changed, by halves."""

from __future__ import annotations

from collections.abc import Container


class Bisection:
    """Narrows a line of places down to two neighbours, of which the first is as the beginning.

    :param last: The last place, which is unlike the first, place 0.
    :ivar low: The last place that is known to be as the first one.
    :ivar high: The first place that is known to be unlike it.
    """

    def __init__(self, last: int) -> None:
        self.low = 0
        self.high = last
        self._skipped: set[int] = set()

    @property
    def is_exact(self) -> bool:
        """Whether the two places are neighbours: nothing that was skipped lies between."""
        return self.high - self.low == 1

    @property
    def open(self) -> list[int]:
        """The places in between that were not skipped."""
        between = range(self.low + 1, self.high)
        return [place for place in between if place not in self._skipped]

    @property
    def most_steps(self) -> int:
        """How many places are to be tried at most, if none is skipped."""
        return len(self.open).bit_length()

    def next(self, known: Container[int] = ()) -> int | None:
        """Return the place to try next, the one nearest to the middle; None at the end.

        :param known: Places that cost nothing to try, and are tried first.
        """
        candidates = self.open
        candidates = [place for place in candidates if place in known] or candidates
        middle = self.low + self.high
        return min(candidates, key=lambda place: abs(2 * place - middle), default=None)

    def take(self, place: int, *, is_as_first: bool) -> None:
        """Note how a place turned out.

        :param place: What :meth:`next` returned.
        """
        if is_as_first:
            self.low = place
        else:
            self.high = place

    def skip(self, place: int) -> None:
        """Note that a place cannot be told."""
        self._skipped.add(place)
