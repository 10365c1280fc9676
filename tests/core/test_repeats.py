"""A script that was run before, and finished, is told so at its start in one line."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from recording_tools import facts_when, runs

from fitlog_core import log_format
from fitlog_core.recording import repeats
from fitlog_core.snapshots.provenance import sameness

SAID = "the same was run before"
TRAIN = """
import sys
import fitlog
fitlog.commit(__file__)
fitlog.set_log_dir("logs")
fitlog.add_hyper({"lr": 0.1})
fitlog.add_metric(0.5, 1, "acc")
fitlog.add_best_metric({"dev": {"step": 1, "acc": 0.5}})
fitlog.finish()
"""


DRAW = "fitlog.set_rng_seed(numpy=False, pytorch=False)"  # neither need be loaded


@pytest.fixture
def train(run_script, tmp_path):
    """Return a function that trains and returns what was said of an earlier run."""
    (tmp_path / ".fitconfig").touch()

    def run(code: str = TRAIN, *arguments: str, **variables: str) -> str:
        said = run_script(code, *arguments, env=variables).stderr
        return "".join(line for line in said.splitlines(keepends=True) if SAID in line)

    return run


def test_a_finished_run_of_the_same_is_named_with_its_best_metric_in_one_line(train, tmp_path):
    assert train() == ""
    (first,) = runs(tmp_path / "logs")
    assert train() == (
        f"fitlog: the same was run before: {first.name} finished with this code, command and "
        "packages, dev-acc = 0.5; FITLOG_REPEATS=off leaves this line out\n"
    )
    assert len(runs(tmp_path / "logs")) == 2


def test_the_newest_of_several_is_named(train, tmp_path):
    train()
    train()
    newest = runs(tmp_path / "logs")[-1]
    assert newest.name in train()


def test_code_that_came_back_is_the_same_again(train):
    train()
    assert train(TRAIN.replace("0.5, 1", "0.6, 1")) == ""
    assert SAID in train()


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (TRAIN + "# another line\n", ()),
        (TRAIN, ("--lr", "0.2")),
        (TRAIN.replace("fitlog.add_hyper", f"{DRAW};fitlog.add_hyper"), ()),
    ],
    ids=["code", "command", "a seed that was drawn"],
)
def test_what_differs_is_not_the_same(train, code, arguments):
    train(code.replace("# another line\n", ""))
    assert train(code, *arguments) == ""


def test_another_hyperparameter_is_not_the_same_though_code_and_command_are(train):
    code = TRAIN.replace("0.1", "float(__import__('os').environ['LR'])")
    assert train(code, LR="0.1") == train(code, LR="0.2") == ""
    assert SAID in train(code, LR="0.1")


def test_other_packages_are_not_the_same(train, tmp_path):
    (tmp_path / "site").mkdir()
    train(PYTHONPATH=f"{os.environ.get('PYTHONPATH', '')}:{tmp_path / 'site'}")
    (tmp_path / "site" / "model_zoo-1.0.dist-info").mkdir()
    assert train(PYTHONPATH=f"{os.environ.get('PYTHONPATH', '')}:{tmp_path / 'site'}") == ""


def test_a_configuration_that_the_command_names_counts_by_its_content(train, tmp_path):
    config = tmp_path / "a.yaml"
    config.write_text("lr: 1\n")
    train(TRAIN, "--config=a.yaml")
    config.write_text("lr: 2\n")
    assert train(TRAIN, "--config=a.yaml") == ""
    config.write_text("lr: 1\n")
    assert SAID in train(TRAIN, "--config=a.yaml")


def test_a_library_outside_the_project_counts(train, tmp_path_factory):
    library = tmp_path_factory.mktemp("library") / "my_library.py"
    library.write_text("x = 1\n")
    code = f"import sys; sys.path.append({str(library.parent)!r}); import my_library\n{TRAIN}"
    train(code)
    assert SAID in train(code)
    library.write_text("x = 12\n")
    assert train(code) == ""


@pytest.mark.parametrize(
    "end", ["fitlog.finish(1)", "", "raise SystemExit(1)", "import os; os._exit(0)"]
)
def test_only_a_run_that_said_it_finished_counts(run_script, tmp_path, end):
    (tmp_path / ".fitconfig").touch()
    for _ in range(2):
        done = run_script(TRAIN.replace("fitlog.finish()", end), check=False)
        assert SAID not in done.stderr


def test_a_secret_in_the_command_says_nothing(train):
    for _ in range(2):
        assert train(TRAIN, "--api-key", "abcdef123") == ""


def test_without_a_snapshot_nothing_is_said(train):
    for _ in range(2):
        assert train(TRAIN.replace("fitlog.commit(__file__)", "")) == ""


def test_a_removed_run_is_not_named_and_an_older_one_is(train, tmp_path):
    train()
    train()
    first, second = runs(tmp_path / "logs")
    shutil.rmtree(second)
    assert first.name in train()


@pytest.mark.parametrize("spelled", ["deleted_logs = log_1,{}", "deleted_logs=\n  log_1,\n  {}\n"])
def test_a_run_in_the_trash_is_not_named(train, tmp_path, spelled):
    train()
    (first,) = runs(tmp_path / "logs")
    (tmp_path / "logs" / "default.cfg").write_text(
        f"[data_settings]\nhidden_logs =\n{spelled.format(first.name)}\nfilter_condition =\n"
    )
    assert train() == ""


def test_a_run_that_is_only_hidden_is_named(train, tmp_path):
    train()
    (first,) = runs(tmp_path / "logs")
    (tmp_path / "logs" / "default.cfg").write_text(
        f"[data_settings]\nhidden_logs = {first.name}\ndeleted_logs =\n"
    )
    assert first.name in train()


def test_a_repetition_on_purpose_is_not_told_but_counts_for_the_next(train, tmp_path):
    train()
    (first,) = runs(tmp_path / "logs")
    assert train(FITLOG_PARENT=first.name) == ""
    assert runs(tmp_path / "logs")[-1].name in train()


def test_a_run_that_goes_on_says_nothing_and_is_not_taken_for_one_command(train, tmp_path):
    train()
    (first,) = runs(tmp_path / "logs")
    going_on = TRAIN.replace('"logs"', f'"logs/{first.name}"')
    assert train(going_on) == ""
    assert train() == ""


@pytest.mark.parametrize(
    "variables",
    [
        {"FITLOG_REPEATS": "off"},
        {"FITLOG_FLAG": "DEBUG"},
        {"FITLOG_FLAG": "NO_COMMIT"},
        {"RANK": "1", "WORLD_SIZE": "2"},
        {"RANK": "1", "WORLD_SIZE": "2", "FITLOG_RANKS": "all"},
    ],
    ids=["switched off", "debug", "no commit", "a silent rank", "another rank"],
)
def test_who_is_not_to_speak_does_not(train, variables):
    train()
    assert train(**variables) == ""


def test_a_rank_that_is_not_the_first_does_not_count(train):
    ranks = {"WORLD_SIZE": "2", "FITLOG_RANKS": "all"}
    train(RANK="1", **ranks)
    assert train(RANK="0", **ranks) == ""
    assert SAID in train(RANK="0", **ranks)


def test_of_several_runs_of_a_script_the_first_stands_for_all(run_script, tmp_path):
    (tmp_path / ".fitconfig").touch()
    code = TRAIN + TRAIN.replace('"logs"', '"logs", new_log=True')
    assert SAID not in run_script(code).stderr
    assert run_script(code).stderr.count(SAID) == 1


# --------------------------------------------------------------------- data

WITH_DATA = TRAIN.replace("fitlog.add_hyper", "fitlog.add_data('a.txt'); fitlog.add_hyper")
LATE_DATA = TRAIN.replace("fitlog.finish", "fitlog.add_data('a.txt'); fitlog.finish")


@pytest.mark.parametrize("code", [WITH_DATA, LATE_DATA], ids=["before", "after the start"])
def test_the_data_that_the_finished_run_named_must_be_as_they_were(train, tmp_path, code):
    data = tmp_path / "a.txt"
    data.write_text("1\n")
    train(code)
    _wait_for_data(tmp_path)
    assert "code, command, packages and data, dev-acc" in train(code)
    data.write_text("12\n")
    assert train(code) == ""
    data.unlink()
    assert train(code) == ""


def test_data_that_the_finished_run_did_not_name_say_nothing(train, tmp_path):
    (tmp_path / "a.txt").write_text("1\n")
    code = TRAIN.replace("fitlog.add_hyper", "[fitlog.add_data(p) for p in DATA]; fitlog.add_hyper")
    code = code.replace("DATA", "__import__('os').environ.get('DATA', '').split()")
    train(code)
    assert train(code, DATA="a.txt") == ""


def test_of_a_folder_nobody_knows_at_once_whether_it_is_as_it_was(train, tmp_path):
    (tmp_path / "a.txt").mkdir()
    for _ in range(2):
        assert train(WITH_DATA) == ""


def _wait_for_data(tmp_path: Path) -> None:
    """Wait until the process that gathers has said what it met, as a person would."""
    (run,) = runs(tmp_path / "logs")
    facts_when(
        run, lambda facts: all("hash" in one for one in facts.get("data", {"": ""}).values())
    )


# -------------------------------------------------------------- the index


def test_the_index_is_one_line_a_run_that_fitlog_0_9_does_not_meet(train, tmp_path):
    train()
    (first,) = runs(tmp_path / "logs")
    (index,) = (tmp_path / "logs" / log_format.SHARED_FOLDER).glob("starts-*.txt")
    key, run_id = index.read_text().split()
    assert (run_id, len(key)) == (first.name, sameness.KEY_LENGTH)
    assert index.name == f"starts-{key[:2]}.txt"


def test_an_index_that_is_gone_or_damaged_is_no_harm(train, tmp_path):
    train()
    (index,) = (tmp_path / "logs" / log_format.SHARED_FOLDER).glob("starts-*.txt")
    key = index.read_text().split()[0]
    index.write_bytes(b"\xff\n" + f"{key} ../../etc\n{key} log_19990101_000000\n{key} lo".encode())
    assert train() == ""
    assert index.read_bytes().endswith(
        f"{key} lo\n{key} {runs(tmp_path / 'logs')[-1].name}\n".encode()
    )
    index.unlink()
    assert train() == ""
    assert SAID in train()


def test_an_index_that_cannot_be_written_is_no_harm(train, tmp_path):
    train()
    (first,) = runs(tmp_path / "logs")
    (index,) = (tmp_path / "logs" / log_format.SHARED_FOLDER).glob("starts-*.txt")
    text = index.read_text()
    index.unlink()
    index.mkdir()
    assert train() == ""
    index.rmdir()
    index.write_text(text)
    assert first.name in train()


def test_an_index_of_somebody_else_is_read(tmp_path, monkeypatch):
    path = tmp_path / "starts-ab.txt"
    path.write_text("abc log_20200101_000000\n")

    def refuse(*_arguments: object) -> int:  # nothing is read-only for root
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert repeats._note(str(path), "abc", "log_20210101_000000") == ["log_20200101_000000"]


def test_a_damaged_run_is_passed_over(train, tmp_path):
    train()
    (first,) = runs(tmp_path / "logs")
    (first / log_format.PROVENANCE_FILE).write_text("[")
    assert train() == ""


def test_a_metric_with_line_breaks_stays_one_line(train):
    code = TRAIN.replace('"acc": 0.5}', r'"a\nb\x1b[2J": "x\ny"}')
    train(code)
    said = train(code)
    assert said.count("\n") == 1
    assert "dev-a b" in said
    assert "\x1b" not in said


def test_the_key_is_none_where_the_script_is_not_in_the_snapshot():
    facts = {"argv": ["/elsewhere/train.py"], "script": "/elsewhere/train.py", "project": "/p"}
    assert sameness.key_of({**facts, "snapshot": "0" * 40}, b"") is None
    assert sameness.key_of({}, b"") is None


def test_ten_thousand_runs_before_make_it_no_slower_than_a_millisecond(tmp_path):
    first = tmp_path / "log_20200101_000000"
    first.mkdir()
    (tmp_path / log_format.SHARED_FOLDER).mkdir()
    for number in range(10_000):
        key = f"{number % 256:02x}{number:030x}"
        with open(log_format.starts_path(tmp_path, key), "a") as file:
            file.write(f"{key} log_20200101_{number % 240000:06d}\n")
    times = []
    for number in range(20):
        began = time.process_time()
        repeats._note(log_format.starts_path(tmp_path, key), key, f"log_20210101_{number:06d}")
        times.append(time.process_time() - began)
    assert min(times) < 0.001
