"""The reliability page is made of what the suites print of themselves."""

from __future__ import annotations

import pytest
import reliability

PRINTED = """
== faults ==
test_kill.py::test_survives[calls]: 24 trials, 480 records kept, 0 lost (seed 1)
test_kill.py::test_survives[dicts]: 26 trials, 20 records kept, 3 refused by the disk, 0 lost
test_fuzz.py::test_any[x]: 1500 inputs tried
test_soak.py::test_words_of_its_own: nothing to count
60 passed in 12.3s
"""


def test_counts_are_added_up_by_test() -> None:
    page = reliability.page(PRINTED, 24, 60.0)
    assert "| faults survived (trials) | 50 |" in page
    assert "| inputs tried | 1,500 |" in page
    assert "| **acknowledged records and snapshots lost** | **none** |" in page
    assert "| `test_kill.py`: survives | 50 |  | 500 | 3 |  |" in page
    assert "60 passed in 12.3s" in page


@pytest.mark.parametrize("printed", ["", PRINTED.replace("60 passed", "1 failed, 59 passed")])
def test_no_page_is_made_of_a_run_that_failed(printed: str) -> None:
    with pytest.raises(SystemExit, match="no page is made"):
        reliability.page(printed, 24, None)
