"""The code versions from one run's to another's."""

from __future__ import annotations

from typing import NamedTuple

from fitlog_core.comparing.account import Account
from fitlog_core.comparing.places import KeptCode, kept_code
from fitlog_core.errors import RerunError
from fitlog_core.snapshots.tree import Version


class Span(NamedTuple):
    """A line of versions between a good run and a bad one.

    :param good: The good run.
    :param bad: The bad one.
    :param kept: The project that keeps the versions, and the good run's.
    :param versions: Oldest first; the two runs have the first and the last.
    :param good_is_first: Whether the good run has the first.
    """

    good: Account
    bad: Account
    kept: KeptCode
    versions: list[Version]
    good_is_first: bool

    @property
    def bad_place(self) -> int:
        """The place of the bad run's version."""
        return len(self.versions) - 1 if self.good_is_first else 0

    @property
    def good_place(self) -> int:
        """The place of the good run's version."""
        return len(self.versions) - 1 - self.bad_place


def span_between(good: Account, bad: Account) -> Span:
    """Return the versions from one run's to the other's.

    :raises RerunError: if they have the same one, or neither came of the other.
    :raises SnapshotNotFoundError: if one of the runs has none, or none that is at hand.
    :raises SnapshotError: if git cannot read them.
    """
    if good.folder == bad.folder:
        raise RerunError(f"{good.id} was given twice; name a good run and a bad one")
    first = kept_code(good)
    second = kept_code(bad, first.root)
    if second.root != first.root:
        raise RerunError(
            f"the code of {good.id} is kept in {first.root}, that of {bad.id} in {second.root}: "
            "their histories do not meet"
        )
    if first.id == second.id:
        raise RerunError(
            f"both runs have the code version {first.id[:8]}, so it was not the code; "
            f"'fitlog diff {good.id} {bad.id}' tells what differs"
        )
    trees = first.trees
    versions = trees.line(first.id, second.id)
    if versions is not None:
        return Span(good, bad, first, versions, good_is_first=True)
    versions = trees.line(second.id, first.id)
    if versions is not None:
        return Span(good, bad, first, versions, good_is_first=False)
    raise RerunError(
        f"the histories of {good.id} and {bad.id} do not meet: of their code versions "
        f"{first.id[:8]} and {second.id[:8]} neither came of the other"
    )
