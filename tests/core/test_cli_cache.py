"""``fitlog cache``: shows what is kept of logs that were read, and clears it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from fitlog_core.cli import main
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.logdir import LogDirectory

OLD_LOGS = Path(__file__).parents[1] / "fixtures" / "fitlog-0.9-logs"


@pytest.fixture
def logs(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("FITLOG_CACHE_DIR", str(tmp_path / "cache"))
    logs = tmp_path / "logs"
    shutil.copytree(OLD_LOGS, logs)
    directory = LogDirectory(logs, Index.of(logs))
    directory.refresh()
    directory.index.close()
    return logs


def run(*arguments: str) -> str:
    done = CliRunner().invoke(main, ["cache", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_each_log_directory_is_listed_with_its_size(logs, tmp_path):
    first, second = run().splitlines()
    assert first.startswith(f"{tmp_path / 'cache'}: 0.")
    assert first.endswith("of at most 4096.0 MB")
    assert second.endswith(str(logs))


def test_the_list_for_scripts_is_json(logs):
    (cache,) = json.loads(run("--json"))["caches"]
    assert cache["log_dir"] == str(logs)
    assert cache["bytes"] > 0


def test_clearing_deletes_the_files_and_nothing_else(logs, tmp_path):
    (tmp_path / "cache" / "mine.txt").write_text("kept")
    assert run("--clear").startswith("Deleted 1 file, 0.")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["mine.txt"]
    assert len(run().splitlines()) == 1
