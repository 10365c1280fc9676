"""Between a good run and a bad one, the code version that did it is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from recording_tools import runs
from snapshot_tools import fingerprint, git, kept, user_repository, write

from fitlog_core import log_format
from fitlog_core.snapshots.capture import record
from fitlog_core.snapshots.project import project_at

TRAIN = """
import sys
import fitlog
from lib import accuracy

fitlog.commit(__file__)
fitlog.set_log_dir("logs")
value = accuracy()
fitlog.add_loss(1 - value, 1, "loss")
fitlog.add_best_metric({"dev": {"acc": value}, "name": "x"})
fitlog.finish()
"""
GOOD, BAD = "0.9", "0.5"
COUNT = 20
FAULT = 13


def lib(value: str, number: int) -> str:
    return f"# version {number}\n\n\ndef accuracy():\n    return {value}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return user_repository(tmp_path / "work", {".fitconfig": "", "train.py": TRAIN})


def train(project: Path, *arguments: str, check: bool = True) -> str:
    """Train once; return the run's id."""
    before = set(runs(project / "logs")) if (project / "logs").is_dir() else set()
    command = [sys.executable, "train.py", *arguments]
    subprocess.run(command, cwd=project, check=check, capture_output=True)
    (new,) = set(runs(project / "logs")) - before
    return new.name


def snapshot(project: Path, files: dict[str, str], message: str = "") -> str:
    write(project, files)
    return record(project_at(project), message or "Commit by fitlog").id


def between(project: Path, texts: list[str], trained: tuple[int, ...] = ()) -> list[str]:
    """Make a version of each text of ``lib.py``, and train with the first and with the last.

    :param trained: With which others to train, too.
    :return: The two runs, then the ids of the versions.
    """
    ids, trainings = [], []
    for number, text in enumerate(texts):
        ids.append(snapshot(project, {"lib.py": text}, f"step {number}"))
        if number in (0, *trained, len(texts) - 1):
            trainings.append(train(project))
    return [trainings[0], trainings[-1], *ids]


def versions(project: Path, count: int = COUNT, fault: int = FAULT) -> list[str]:
    """Make a line of versions with one fault; return the runs at its ends, and the ids."""
    values = (GOOD if number < fault else BAD for number in range(count))
    return between(project, [lib(value, number) for number, value in enumerate(values)])


def bisect(project: Path, *words: str, code: int = 0) -> str:
    """Bisect; return what was printed, or complained where it failed."""
    command = [sys.executable, "-m", "fitlog", "bisect", *words]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code in (0, 3) else done.stderr.splitlines()[-1]


def without_logs(files: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in files.items() if not name.startswith("logs/")}


def copies(project: Path) -> list[Path]:
    return sorted(project.parent.glob("work_rerun_*"))


def test_twenty_versions_with_one_planted_fault_lead_to_it(project):
    good, bad, *ids = versions(project)
    before = fingerprint(project)
    said = bisect(project, good, bad, "--metric", "dev-acc")
    assert f"dev-acc is 0.9 in {good} and 0.5 in {bad}; 0.7 or more is good" in said
    assert "18 code versions lie between; at most 5 are to be tried" in said
    assert f"dev-acc changed with {ids[FAULT][:8]}" in said
    lines = [line.strip() for line in said.splitlines()]
    assert [line for line in lines if line[:1] in "+-" and "return" in line] == [
        "-    return 0.9",
        "+    return 0.5",
    ]
    tried = [line for line in lines if "  good  " in line or "  bad  " in line]
    assert 4 <= len(tried) <= 5
    of_before = next(line for line in lines if line.startswith("before"))
    of_since = next(line for line in lines if line.startswith("since"))
    assert [ids[FAULT - 1][:8], "0.9"] == of_before.split()[1:3]
    assert [ids[FAULT][:8], "0.5"] == of_since.split()[1:3]
    assert len(copies(project)) == len(tried)
    new = {path.name for path in runs(project / "logs")} - {good, bad}
    assert {line.split()[-1] for line in tried} == new
    assert all(log_format.read_meta(project / "logs" / run)["parent"] == good for run in new)
    assert without_logs(fingerprint(project)) == without_logs(before)


def test_a_second_call_runs_nothing_and_says_the_same(project):
    good, bad, *_ = versions(project, 6, 3)
    first = bisect(project, good, bad, "--metric", "acc")
    before = runs(project / "logs")
    second = bisect(project, good, bad, "--metric", "acc")
    assert runs(project / "logs") == before
    assert second.count("recorded before") == first.count("  log_") - 2 > 0
    assert second.partition("changed with")[2] == first.partition("changed with")[2]


def test_a_run_that_was_recorded_between_narrows_the_search_first(project):
    texts = [lib(GOOD if number < 5 else BAD, number) for number in range(9)]
    good, bad, *ids = between(project, texts, trained=(4, 5))
    said = bisect(project, good, bad, "--metric", "dev-acc")
    assert f"changed with {ids[5][:8]}" in said
    assert said.count("recorded before") == 2
    assert copies(project) == []


def test_a_run_of_another_command_is_not_taken_for_one_of_this(project):
    ids = [snapshot(project, {"lib.py": lib(GOOD, 0)})]
    good = train(project)
    for value in (GOOD, BAD):
        ids.append(snapshot(project, {"lib.py": lib(value, len(ids))}))
    other = train(project, "--other")
    ids.append(snapshot(project, {"lib.py": lib(BAD, len(ids))}))
    bad = train(project)
    said = bisect(project, good, bad, "--metric", "dev-acc")
    assert other not in said
    assert f"changed with {ids[2][:8]}" in said


def test_code_that_came_back_is_known_from_its_first_run(project):
    texts = [lib(GOOD, 0), lib("0.8", 1), lib(GOOD, 0), lib(BAD, 3)]
    good, bad, *_ = between(project, texts)
    said = bisect(project, good, bad, "--metric", "dev-acc")
    assert f"{good}, recorded before" in said


def test_a_lower_value_may_be_the_good_one_and_a_curve_will_do(project):
    good, bad, *ids = versions(project, 5, 2)
    said = bisect(project, good, bad, "--metric", "loss")
    assert "loss-loss (the last value of its curve) is 0.1" in said
    assert "0.3 or less is good" in said
    assert f"changed with {ids[2][:8]}" in said


def test_the_threshold_decides_between_values_that_drift(project):
    values = ["0.9", "0.89", "0.6", "0.5"]
    texts = [lib(value, number) for number, value in enumerate(values)]
    good, bad, *ids = between(project, texts)
    words = (good, bad, "--metric", "dev-acc", "--threshold")
    assert f"changed with {ids[3][:8]}" in bisect(project, *words, "0.55")
    assert f"changed with {ids[2][:8]}" in bisect(project, *words, "0.8")
    assert f"changed with {ids[1][:8]}" in bisect(project, *words, "0.895")


def test_a_good_run_may_be_the_later_one(project):
    good, bad, *ids = versions(project, 6, 2)
    said = bisect(project, bad, good, "--metric", "dev-acc", "--threshold", "0.7")
    assert f"changed with {ids[2][:8]}" in said
    assert "0.7 or less is good" in said


def test_a_diverged_run_is_bad(project):
    values = [GOOD, "0.2", "float('nan')", "float('nan')"]
    texts = [lib(value, number) for number, value in enumerate(values)]
    good, bad, *ids = between(project, texts)
    said = bisect(project, good, bad, "--metric", "dev-acc")
    assert "every number is good" in said
    assert f"changed with {ids[2][:8]}" in said


def test_a_version_whose_run_fails_is_skipped_and_the_others_are_enough(project):
    texts = [lib(GOOD if number < 5 else BAD, number) for number in range(7)]
    texts[3] = "raise ValueError('broken\x1b[2J')\n"
    good, bad, *ids = between(project, texts)
    said = bisect(project, good, bad, "--metric", "dev-acc")
    (line,) = (line for line in said.splitlines() if ids[3][:8] in line)
    mark = "\N{REPLACEMENT CHARACTER}"
    assert f"skipped: the command ended with 1 (ValueError: broken{mark}[2J)" in line
    assert f"changed with {ids[5][:8]}" in said


def test_only_skipped_versions_left_make_a_stretch_and_exit_code_three(project):
    texts = [lib(GOOD if number < 4 else BAD, number) for number in range(5)]
    texts[2:4] = ["import no_such_module\n", "import nor_this_one\n"]
    good, bad, *ids = between(project, texts)
    said = bisect(project, good, bad, "--metric", "dev-acc", code=3)
    assert f"one of the 3 versions after {ids[1][:8]} up to {ids[4][:8]}" in said
    assert "+    return 0.5" in said


def test_a_run_that_failed_in_an_earlier_search_is_not_done_again(project):
    late = TRAIN.replace("fitlog.finish()", "import lib; lib.end()\nfitlog.finish()")
    write(project, {"train.py": late})
    texts = [
        f"{lib(GOOD if number < 2 else BAD, number)}\n\ndef end():\n    {end}\n"
        for number, end in enumerate(["pass", "raise RuntimeError('late')", "pass", "pass"])
    ]
    good, bad, *_ = between(project, texts)
    first = bisect(project, good, bad, "--metric", "dev-acc", code=3)
    before = runs(project / "logs")
    assert "skipped: the command ended with 1 (RuntimeError: late)" in first
    second = bisect(project, good, bad, "--metric", "dev-acc", code=3)
    assert "failed: RuntimeError: late" in second
    assert runs(project / "logs") == before


def test_where_nothing_can_be_run_the_sentence_names_what_may_be_missing(project):
    write(project, {"data.txt": "1"})
    missing = "open('data.txt').close()\n"
    texts = [missing + lib(value, number) for number, value in enumerate([GOOD, GOOD, BAD])]
    good, bad, *_ = between(project, texts)
    words = (good, bad, "--metric", "dev-acc")
    assert "name them by --link" in bisect(project, *words, code=1)
    assert "changed with" in bisect(project, *words, "--link", "data.txt")
    (copy,) = copies(project)
    assert (copy / "data.txt").is_symlink()
    assert (project / "data.txt").read_text() == "1"


def test_the_copies_go_where_they_are_told(project, tmp_path):
    good, bad, *_ = versions(project, 3, 1)
    bisect(project, good, bad, "--metric", "dev-acc", "--in", str(tmp_path / "there"))
    assert copies(project) == []
    assert len(list((tmp_path / "there").glob("work_rerun_*/lib.py"))) == 1


def test_another_command_is_tried_with_the_code_of_the_bad_run_first(project):
    by_command = "0.9 if len(__import__('sys').argv) < 2 else 0.4"
    snapshot(project, {"lib.py": lib(by_command, 0)})
    good = train(project)
    snapshot(project, {"lib.py": lib(GOOD, 1)})
    write(project, {"lib.py": lib(by_command, 2)})
    bad = train(project, "--worse")
    said = bisect(project, good, bad, "--metric", "dev-acc", code=1)
    assert "it was not the code" in said
    write(project, {"lib.py": lib("0.4", 3)})
    bad = train(project, "--worse")
    said = bisect(project, good, bad, "--metric", "dev-acc")
    assert "The commands of the two runs differ" in said
    assert "changed with" in said


# ---------------------------------------------------------------- bad input


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str, list[str]]:
    """The folder in which a project with three versions lies, and what it is kept as."""
    place = tmp_path_factory.mktemp("short")
    project = user_repository(place / "work", {".fitconfig": "", "train.py": TRAIN})
    good, bad, *ids = versions(project, 3, 1)
    shutil.copytree(project, place / "kept", symlinks=True)
    return place, good, bad, ids


@pytest.fixture
def short(made: tuple[Path, str, str, list[str]]) -> tuple[Path, str, str, list[str]]:
    """The project as it was made, in its place: its runs know where they were started."""
    place, good, bad, ids = made
    for folder in place.glob("work*"):
        shutil.rmtree(folder)
    shutil.copytree(place / "kept", place / "work", symlinks=True)
    return place / "work", good, bad, list(ids)


def test_what_is_wrong_is_one_clear_sentence(short):
    project, good, bad, _ = short
    before = runs(project / "logs")
    for words, complaint in (
        ((good, "999999", "--metric", "acc"), "no run '999999'; the nearest are log_"),
        ((good, "log_", "--metric", "acc"), "is 2 runs"),
        ((good, bad, "--metric", "f1"), "no metric is called 'f1'; there are dev-acc, name"),
        ((good, bad, "--metric", "name"), f"name of {good} is no number: 'x'"),
        ((good, good, "--metric", "acc"), f"{good} was given twice"),
        ((good, bad, "--metric", "acc", "--better", "lower"), "the other way round"),
        ((good, bad, "--metric", "acc", "--threshold", "0.95"), "does not lie between"),
        ((good, bad, "--metric", "acc", "--link", "nothing"), "so it cannot be linked"),
        ((good, bad, "--metric", "acc", "--link", "../work"), "is no path in"),
    ):
        assert complaint in bisect(project, *words, code=1)
    assert runs(project / "logs") == before
    assert copies(project) == []


def test_the_same_value_is_no_change(project):
    good, bad, *_ = versions(project, 2, 2)
    assert "both runs have 0.9: there is no change to look for" in bisect(
        project, good, bad, "--metric", "acc", code=1
    )


def test_a_metric_that_one_run_lacks_is_named(short):
    project, good, bad, _ = short
    (project / "logs" / bad / "best_metric.log").write_text('{"metric": {"f1": 1}}\n')
    (project / "logs" / bad / "metric.log").write_text("")
    assert f"{bad} has no dev-acc" in bisect(project, good, bad, "--metric", "dev-acc", code=1)


def test_a_name_that_may_mean_several_lists_them(short):
    project, good, bad, _ = short
    for run in (good, bad):
        with (project / "logs" / run / "best_metric.log").open("a") as file:
            file.write('{"metric": {"test": {"acc": 1}}}\n')
    said = bisect(project, good, bad, "--metric", "acc", code=1)
    assert "'acc' may mean metric-dev-acc, metric-test-acc" in said


def test_a_run_without_a_code_version_is_refused(short):
    project, good, bad, _ = short
    (project / "logs" / bad / "meta.log").write_text('{"meta": {"state": "finish"}}\n')
    (project / "logs" / bad / log_format.PROVENANCE_FILE).unlink()
    assert f"{bad} has no code version" in bisect(project, good, bad, "--metric", "acc", code=1)


def test_a_run_that_is_still_running_is_refused(short):
    project, good, bad, _ = short
    with (project / "logs" / bad / "meta.log").open("a") as file:
        file.write('{"meta": {"host": "elsewhere", "end": null, "state": "running"}}\n')
    assert "is still running" in bisect(project, good, bad, "--metric", "acc", code=1)


def test_histories_that_do_not_meet_are_told(short):
    project, good, _, ids = short
    kept(project, "update-ref", "refs/heads/master", ids[0])
    write(project, {"lib.py": lib("0.1", 7)})
    other = train(project)
    kept(project, "update-ref", "refs/heads/master", ids[2])
    write(project, {"lib.py": lib("0.2", 8)})
    bad = train(project)
    said = bisect(project, other, bad, "--metric", "acc", code=1)
    assert f"the histories of {other} and {bad} do not meet" in said
    assert "changed with" in bisect(project, good, bad, "--metric", "acc")


def test_two_projects_do_not_meet(short, tmp_path):
    project, good, _, _ = short
    other = user_repository(tmp_path / "other", {".fitconfig": "", "train.py": TRAIN})
    snapshot(other, {"lib.py": lib("0.3", 1)})
    bad = train(other)
    said = bisect(project, good, str(other / "logs" / bad), "--metric", "acc", code=1)
    assert "their histories do not meet" in said


def test_a_pruned_version_is_told(short):
    project, good, bad, ids = short
    (project / ".fitlog" / "objects" / ids[1][:2] / ids[1][2:]).unlink()
    said = bisect(project, good, bad, "--metric", "acc", code=1)
    assert said.startswith("fitlog: ")
    assert ids[1] in said


def test_a_pruned_file_of_a_version_between_skips_it(short):
    project, good, bad, ids = short
    blob = kept(project, "rev-parse", f"{ids[1]}:lib.py")
    (project / ".fitlog" / "objects" / blob[:2] / blob[2:]).unlink()
    said = bisect(project, good, bad, "--metric", "acc", code=1)
    assert "none of the versions between could be run" in said


def test_a_secret_that_was_masked_is_told_and_nothing_is_run(project):
    snapshot(project, {"lib.py": lib(GOOD, 0)})
    good = train(project, "--api-key", "abcdef123")
    for value in (GOOD, BAD):
        snapshot(project, {"lib.py": lib(value, int(value == BAD) + 1)})
    bad = train(project, "--api-key", "abcdef123")
    assert "holds a secret that was masked" in bisect(project, good, bad, "--metric", "acc", code=1)
    assert copies(project) == []


def test_a_folder_that_holds_something_else_is_left(short):
    project, good, bad, ids = short
    taken = project.parent / f"work_rerun_{ids[1][:6]}"
    write(taken, {"mine.txt": "1"})
    assert "was not made by 'fitlog revert'" in bisect(
        project, good, bad, "--metric", "acc", code=1
    )
    assert [path.name for path in taken.iterdir()] == ["mine.txt"]
    assert git(project, "status", "--porcelain", "--", "train.py") == ""
