"""Code versions of large projects, packed and searched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fitlog_core.errors import SnapshotNotFoundError
from fitlog_core.snapshots import run_refs
from fitlog_core.snapshots.capture import capture
from fitlog_core.snapshots.listing import list_runs
from fitlog_core.snapshots.project import find_project
from fitlog_core.snapshots.repository import Repository
from fitlog_core.snapshots.sizes import parse_size, size_words
from fitlog_core.snapshots.tidying import tidy
from tests.snapshot_tools import kept, kept_files, user_repository, write

RUN = "log_20260101_120000"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return user_repository(tmp_path / "work", {"train.py": "1\n", "log.py": "1\n"})


def version(project: Path, code: str, message: str = "") -> str:
    write(project, {"train.py": code})
    snapshot = capture(project, message or code)
    assert snapshot is not None
    return snapshot.id


def fitlog(project: Path, *words: str) -> str:
    command = [sys.executable, "-m", "fitlog", *words]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_twenty_thousand_watched_files_are_all_kept(tmp_path):
    files = {f"part{number // 500}/m{number}.py": f"{number}\n" for number in range(20_000)}
    project = user_repository(tmp_path / "work", {"train.py": ""})
    write(project, files)
    first = version(project, "1\n")
    assert set(kept_files(project)) == {"train.py", *files}
    (project / "part3" / "m1700.py").unlink()
    write(project, {"part3/m1701.py": "changed\n"})
    version(project, "1\n")
    changed = kept(project, "diff", "--name-status", first, "HEAD").split()
    assert changed == ["D", "part3/m1700.py", "M", "part3/m1701.py"]


def test_a_file_above_the_limit_is_left_out_and_the_notice_says_how_to_keep_it(project, capfd):
    write(project, {".fitconfig": "[fit_settings]\nlargest_file = 1 KB\n", "big.py": "x" * 1234})
    version(project, "1\n")
    assert "big.py" not in kept_files(project)
    said = capfd.readouterr().err
    assert "larger than 1 KB: big.py (1.23 KB); to keep them, write 'largest_file = 2 KB'" in said
    assert str(project / ".fitconfig") in said
    write(project, {".fitconfig": "[fit_settings]\nlargest_file = 2 KB\n"})
    version(project, "1\n")
    assert "big.py" in kept_files(project)


def test_a_file_that_outgrew_the_limit_is_no_longer_in_the_version(project):
    write(project, {".fitconfig": "[fit_settings]\nlargest_file = 1 KB\n", "data.py": "x"})
    version(project, "1\n")
    assert "data.py" in kept_files(project)
    write(project, {"data.py": "x" * 2000})
    version(project, "1\n")
    assert "data.py" not in kept_files(project)


def test_a_limit_that_is_no_size_is_named_and_the_usual_one_holds(project, capfd):
    write(project, {".fitconfig": "[fit_settings]\nlargest_file = much\n"})
    version(project, "1\n")
    assert "'much' is no size; write it as '50 MB'" in capfd.readouterr().err
    assert "train.py" in kept_files(project)


@pytest.mark.parametrize(
    ("text", "size"),
    [("50 MB", 50_000_000), ("1.5g", 1_500_000_000), ("2000", 2000), ("3kb", 3000)],
)
def test_a_size_is_read_as_people_write_it(text, size):
    assert parse_size(text) == size
    assert parse_size(size_words(size)) == size


@pytest.mark.parametrize("text", ["", "MB", "-1 MB", "1e3", "1 TBq"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)


def test_odd_names_links_and_executables_come_back_as_they_were(project, tmp_path):
    odd = [os.fsdecode(b"caf\xe9.py"), "a\nb.py", "-x.py", "\u4e2d\u6587.py"]
    write(project, dict.fromkeys(odd, "odd\n"))
    (project / "link.py").symlink_to("train.py")
    (project / "run.py").write_text("#!/bin/sh\n")
    (project / "run.py").chmod(0o755)
    commit_id = version(project, "1\n")
    back = tmp_path / "back"
    back.mkdir()
    Repository(find_project(project)).export(commit_id, back)
    assert all((back / name).read_text() == "odd\n" for name in odd)
    assert os.readlink(back / "link.py") == "train.py"
    assert os.access(back / "run.py", os.X_OK)
    assert not os.access(back / "log.py", os.X_OK)


def test_packing_keeps_every_version_and_every_run_and_takes_less_room(project):
    ids = [version(project, f"{number}\n" * 500) for number in range(20)]
    for number, commit_id in enumerate(ids):
        run_refs.keep(project / ".fitlog", f"log_20260101_1200{number:02}", commit_id)
    tidied = tidy(find_project(project))
    assert tidied.after < tidied.before
    listed = list_runs(find_project(project))
    assert [entry.id for entry in listed] == ids
    assert [len(entry.runs) for entry in listed] == [1] * 20
    assert kept(project, "fsck", "--full", "--strict") == ""
    run_refs.keep(project / ".fitlog", RUN, version(project, "last\n"))
    assert list_runs(find_project(project))[-1].runs == (RUN,)


def test_a_version_that_only_a_run_refers_to_outlives_packing_by_hand(project):
    tree = version(project, "1\n")
    lone = kept(project, "commit-tree", "-m", "lone", f"{tree}^{{tree}}")
    run_refs.keep(project / ".fitlog", RUN, lone)
    kept(project, "gc", "--quiet", "--prune=now")
    assert kept(project, "cat-file", "-t", lone) == "commit"


def test_the_reflog_that_fitlog_0_9_reads_outlives_packing(project):
    ids = [version(project, f"{number}\n") for number in range(3)]
    log = project / ".fitlog" / "logs" / "refs" / "heads" / "master"
    old = log.read_text().replace(f" {int(time.time())}"[:5], " 1000")  # decades ago
    log.write_text(old)
    tidy(find_project(project))
    assert all(commit_id in log.read_text() for commit_id in ids)


def test_a_project_without_versions_has_nothing_to_pack(project):
    with pytest.raises(SnapshotNotFoundError, match="no snapshots yet"):
        tidy(find_project(project))


def test_a_damaged_index_is_made_anew(project):
    version(project, "1\n")
    (project / ".fitlog" / "index").write_bytes(b"DIRC" + b"\xff" * 200)
    version(project, "2\n")
    assert set(kept_files(project)) == {"log.py", "train.py"}


def test_the_list_tells_message_parent_and_the_runs_of_each_version(project):
    first = version(project, "1\n", "the first")
    second = version(project, "2\n", "the second")
    for number in range(5):
        run_refs.keep(project / ".fitlog", f"log_20260101_12000{number}", second)
    assert f"message     the second\nparent      {first[:8]}\nruns        " in fitlog(
        project, "list"
    )
    assert "log_20260101_120004 and 2 before" in fitlog(project, "list", "1")


def test_runs_of_a_version_that_several_processes_met_are_told_once(project):
    commit_id = version(project, "1\n")
    assert version(project, "1\n") == commit_id
    run_refs.keep(project / ".fitlog", RUN, commit_id)
    assert [entry.runs for entry in list_runs(find_project(project))] == [(), (RUN,)]


@pytest.mark.parametrize("text", ["SECOND", "1200", RUN])
def test_the_list_is_searched(project, text):
    version(project, "1\n", "the first")
    second = version(project, "2\n", "the second")
    run_refs.keep(project / ".fitlog", RUN, second)
    found = [
        json.loads(line)
        for line in fitlog(project, "list", "--search", text, "--json").splitlines()
    ]
    assert [entry["id"] for entry in found] == [second]


def test_a_search_that_finds_nothing_says_so(project):
    version(project, "1\n")
    done = subprocess.run(
        [sys.executable, "-m", "fitlog", "list", "--search", "lost"],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("", "no code version tells 'lost'\n")


def test_a_reference_is_written_where_git_removed_its_folder(project):
    commit_id = version(project, "1\n")
    run_refs.keep(project / ".fitlog", RUN, commit_id)
    kept(project, "pack-refs", "--all")
    assert not (project / ".fitlog" / "refs" / "runs" / RUN).exists()
    run_refs.keep(project / ".fitlog", RUN, commit_id)
    assert Repository(find_project(project)).run_codes() == [(RUN, commit_id)]
