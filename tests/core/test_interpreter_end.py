"""What outlives the modules at the interpreter's end says nothing on the user's terminal."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Modules that something still holds are emptied one by one, the first ones last.
HOLD = "import sys; sys.held = list(sys.modules.values())\n"
LATE = {
    "a run's files": """
import os
from fitlog_core.recording.writer import LogFile
os.kept = LogFile(".", "other", lambda path, error: None)
os.kept.append(b"{}\\n")
""",
    "the line to what gathers": """
import os
from fitlog_core.snapshots.provenance.line import new_line
os.kept = new_line()
""",
    "a file of SQLite": """
import os, pathlib
from fitlog_core.reading.index.database import Database
os.kept = Database(pathlib.Path("index.sqlite"))
os.kept.read(lambda connection: connection.execute("SELECT 1").fetchone())
""",
}


@pytest.mark.parametrize("name", LATE)
def test_what_is_let_go_last_is_let_go_silently(name, tmp_path):
    command = [sys.executable, "-c", LATE[name] + HOLD]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
