"""A run of which a file cannot be read for a while has a mark in the table and on its page."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from errno import EIO
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

SOURCE = Path(__file__).parents[1] / "faults" / "fault.c"
RUN = "log_20261122_090445"
WORDS = "A file could not be read just now; what is shown may be old or not all"


@pytest.fixture
def fault(tmp_path: Path) -> Path:
    """While it is there, the board's reads of one file fail."""
    file = tmp_path / "fault"
    file.touch()
    return file


@pytest.fixture
def failing_board(start_board: Callable[..., str], logs: Path, tmp_path: Path, fault: Path) -> str:
    """The address of that board."""
    library = tmp_path / "fault.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    environment = {
        "LD_PRELOAD": library, "FAULT_FOLDER": logs / RUN / "other.log", "FAULT_WHILE": fault,
        "FAULT_CALL": "read", "FAULT_CODE": EIO, "FAULT_FIRST": 1, "FAULT_LAST": 10**9,
    }  # fmt: skip
    return start_board(logs, **{name: str(value) for name, value in environment.items()})


def test_the_mark_says_what_is_wrong_and_goes_when_the_file_is_read(
    failing_board: str, fault: Path, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{failing_board}/runs")
    mark = page.locator(f'#grid [row-id="{RUN}"]').get_by_title(WORDS)
    expect(mark).to_have_text("⚠")
    expect(page.get_by_title(WORDS)).to_have_count(1)
    fault.unlink()
    expect(mark).to_have_count(0, timeout=60_000)
