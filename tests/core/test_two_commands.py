"""A run that another command went on with tells both; the first one is done again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from recording_tools import facts_when, is_gathered, runs, write_facts
from snapshot_tools import user_repository, write

from fitlog_core import log_format
from fitlog_core.comparing.account import account_of
from fitlog_core.reading.provenance import read_provenance

TRAIN = """
import sys
import fitlog
from lib import scale

fitlog.commit(__file__)
fitlog.set_log_dir(sys.argv[1] if len(sys.argv) > 1 else "logs")
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
fitlog.set_rng_seed(seed, numpy=False, pytorch=False)  # neither need be loaded
start = 5 if len(sys.argv) > 1 else 0
for step in range(start, start + 5):
    fitlog.add_loss(scale * step, step, "loss")
fitlog.finish()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {".fitconfig": "", "train.py": TRAIN, "lib.py": "scale = 1\n"}
    return user_repository(tmp_path / "work", files)


def train(project: Path, *arguments: str) -> Path:
    command = [sys.executable, "train.py", *arguments]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    return runs(project / "logs")[-1]


def fitlog(project: Path, *words: str, code: int = 0) -> str:
    command = [sys.executable, "-m", "fitlog", *words]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr if code else done.stdout


def test_code_and_command_of_both_are_kept(project):
    run = train(project)
    first = read_provenance(run)
    write(project, {"lib.py": "scale = 2\n"})
    train(project, f"logs/{run.name}", "7")
    facts = facts_when(run, lambda facts: "segments" in facts)
    assert facts["argv"] == first["argv"] == ["train.py"]
    assert facts["snapshot"] == first["snapshot"]
    second = facts["segments"]["2"]
    assert second["argv"] == ["train.py", f"logs/{run.name}", "7"]
    assert second["snapshot"] != first["snapshot"]
    assert (first.get("seed"), second["seed"]) == (1, 7)
    assert second["snapshot"].startswith(log_format.read_meta(run)["fit_id"])
    assert second.keys().isdisjoint({"host", "packages", "python", "cwd", "git"})
    assert account_of(run).snapshot == first["snapshot"]


def test_show_tells_both(project):
    run = train(project)
    write(project, {"lib.py": "scale = 2\n"})
    train(project, f"logs/{run.name}")
    train(project, f"logs/{run.name}", "3")
    said = fitlog(project, "show", "@1")
    segments = read_provenance(run)["segments"]
    first, second, third = said.partition("Went on, part 2")[0], *said.split("Went on, part ")[1:]
    assert f"snapshot      {read_provenance(run)['snapshot'][:12]}" in first
    assert "python train.py\n" in first.replace("python3.11", "python")
    for number, text in ((2, second), (3, third)):
        assert segments[str(number)]["snapshot"][:12] in text
        assert f"train.py logs/{run.name}" in text
    assert "seed      3" in third
    assert "seed" not in second


def test_going_on_with_the_same_tells_so(project):
    run = train(project, "logs")
    subprocess.run(
        [sys.executable, "-c", f"import fitlog; fitlog.Run({str(run)!r}).add_loss(1, 9)"],
        cwd=project,
        check=True,
    )
    facts = facts_when(run, is_gathered)
    facts["segments"]["2"] = {}
    write_facts(run, json.dumps(facts))
    assert "Went on, part 2  with the same command and code" in fitlog(project, "show", "@1")


def test_data_of_the_later_command_stand_beside_those_of_the_first(project):
    write(project, {"a.txt": "1"})
    write(project, {"train.py": TRAIN.replace("start =", "fitlog.add_data('a.txt'); start =")})
    run = train(project)
    facts_when(run, lambda facts: "hash" in next(iter(facts.get("data", {"": {}}).values()), {}))
    write(project, {"a.txt": "12"})
    train(project, f"logs/{run.name}")
    facts = facts_when(
        run,
        lambda facts: "hash" in str(facts.get("segments", {}).get("2", {}).get("data", "")),
    )
    (first,), (second,) = (part["data"].values() for part in (facts, facts["segments"]["2"]))
    assert (first["size"], second["size"]) == (1, 2)
    assert "2 bytes" in fitlog(project, "show", "@1").partition("part 2")[2]


def test_code_that_is_committed_after_going_on_is_of_that_part(project):
    late = TRAIN.replace("fitlog.commit(__file__)\n", "") + "fitlog.commit(__file__)\n"
    write(project, {"train.py": late})
    run = train(project)
    first = read_provenance(run)["snapshot"]
    write(project, {"lib.py": "scale = 3\n"})
    train(project, f"logs/{run.name}")
    facts = read_provenance(run)
    assert facts["snapshot"] == first
    assert facts["segments"]["2"]["snapshot"] not in (first, None)


def test_rerun_does_the_first_command_again_and_says_so(project):
    run = train(project)
    write(project, {"lib.py": "scale = 2\n"})
    train(project, f"logs/{run.name}")
    said = fitlog(project, "rerun", "@1")
    assert f"{run.name} was gone on with later; its first command is done again" in said
    new = read_provenance(runs(project / "logs")[-1])
    assert new["argv"] == ["train.py"]
    assert new["snapshot"] == read_provenance(run)["snapshot"]


def test_a_run_whose_beginning_was_not_recorded_is_not_done_again(project):
    run = train(project)
    # Else the process that gathers the rest may write the file once more.
    facts_when(run, is_gathered)
    (run / log_format.PROVENANCE_FILE).unlink()
    train(project, f"logs/{run.name}")
    assert "is that of part 2: those before it were not recorded" in fitlog(project, "show", "@1")
    said = fitlog(project, "rerun", "@1", code=1)
    assert f"the first command of {run.name} is not known" in said
