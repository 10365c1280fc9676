"""How many trials the fault suite makes, from which seed, and what it reports of them.

``FITLOG_FAULT_TRIALS`` is the number for each test, ``FITLOG_FAULT_SEED`` the seed to repeat.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass

import pytest

# Read at import, before the tests' clean environment takes them away.
TRIALS = int(os.environ.get("FITLOG_FAULT_TRIALS", "24"))
SEED = os.environ.get("FITLOG_FAULT_SEED") or str(random.randrange(10**9))
REPORTED_AS = "fault trials"


@dataclass
class Tally:
    """What a fault test tells of itself.

    :ivar trials: How many times something went wrong.
    :ivar what: What is kept.
    :ivar kept: How many of them were acknowledged and found again.
    :ivar refused: How many records the disk did not take, as the one warning says.
    :ivar lost: How many acknowledged ones were not found; there is to be none.
    """

    trials: int = 0
    kept: int = 0
    refused: int = 0
    lost: int = 0
    what: str = "records"

    def __str__(self) -> str:
        refused = f", {self.refused} refused by the disk" if self.refused else ""
        return f"{self.trials} trials, {self.kept} {self.what} kept{refused}, {self.lost} lost"


def named(node_id: str) -> str:
    """Return a test's name behind that of its file; there may be a slash in its parameters."""
    path, colons, name = node_id.partition("::")
    return f"{path.rpartition('/')[2]}{colons}{name}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print one line for each fault test: its trials, and the records kept and lost."""
    reports = [report for some in terminalreporter.stats.values() for report in some]
    lines = [
        f"{named(report.nodeid)}: {told}"
        for report in reports
        if getattr(report, "when", None) == "teardown"
        for name, told in report.user_properties
        if name == REPORTED_AS
    ]
    if lines:
        terminalreporter.section("faults")
        terminalreporter.write_line("\n".join(sorted(lines)))
