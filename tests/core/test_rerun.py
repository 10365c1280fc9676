"""A run done again: its code, its command, and the same numbers."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from recording_tools import facts_when, is_gathered, write_facts

from fitlog_core import log_format
from fitlog_core.reading.reader import RunReader
from tests.snapshot_tools import kept, user_repository, write

TRAIN = """
import argparse
import random

import fitlog
from lib import scale

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--batch-size", type=int, default=4)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--api-key", default="")
args = parser.parse_args()
fitlog.commit(__file__)
fitlog.set_log_dir("../logs")
fitlog.add_hyper(args)
random.seed(args.seed)
for step in range(5):
    fitlog.add_loss(scale * args.lr * random.random(), name="loss", step=step)
fitlog.finish()
"""


RERUN = (sys.executable, "-m", "fitlog", "rerun")
WAIT = """
import sys
import time
time.sleep(args.lr if "--lr" in sys.argv else 0)
fitlog.finish()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose script is started in a folder of its own."""
    files = {".fitconfig": "", "src/train.py": TRAIN, "src/lib.py": "scale = 1\n"}
    return user_repository(tmp_path / "work", files)


def train(project: Path, *arguments: str) -> Path:
    """Train once; return the new run's folder."""
    before = set(runs(project))
    command = [sys.executable, "train.py", *arguments]
    subprocess.run(command, cwd=project / "src", check=True, capture_output=True)
    (new,) = set(runs(project)) - before
    return new


def runs(project: Path) -> list[Path]:
    return sorted((project / "logs").glob("log_*"))


def fitlog(project: Path, *words: object, code: int = 0) -> str:
    """Run a command in the project; return what it printed, or complained where it failed."""
    command = [sys.executable, "-m", "fitlog", *map(str, words)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code in (0, 3) else done.stderr


def values(run: Path) -> list[float]:
    return list(RunReader(run).series()["loss-loss"].values)


def arguments(run: Path) -> list[str]:
    words = json.loads((run / log_format.PROVENANCE_FILE).read_text())["argv"]
    return list(words[1:])


def test_a_run_comes_back_with_the_same_curve_after_the_code_went_on(project):
    first = train(project, "--lr", "0.3")
    write(project, {"src/lib.py": "scale = 2\n", "src/train.py": "print('gone')\n"})
    said = fitlog(project, "rerun", first, "--check")
    (second,) = set(runs(project)) - {first}
    assert values(second) == values(first)
    assert "All 1 curves are identical, in all 5 points" in said
    assert (project / "src" / "lib.py").read_text() == "scale = 2\n"


def test_the_new_run_lies_beside_the_first_with_its_code_and_names_it_as_its_parent(project):
    first = train(project)
    fitlog(project, "rerun", first)
    (second,) = set(runs(project)) - {first}
    said, before = (log_format.read_meta(run) for run in (second, first))
    assert said["parent"] == first.name
    assert "parent" not in before
    assert said["fit_id"] == before["fit_id"]


def test_a_run_can_be_done_again_several_times_and_again_from_the_copy(project):
    first = train(project)
    for _ in range(2):
        assert "identical" in fitlog(project, "rerun", first)
    assert len(runs(project)) == 3
    assert "identical" in fitlog(project, "rerun", runs(project)[-1])


def test_a_copy_that_was_changed_is_not_taken_for_the_code_of_the_run(project):
    first = train(project)
    fitlog(project, "rerun", first)
    (copy,) = project.parent.glob("work_rerun_*")
    write(copy, {"src/lib.py": "scale = 9\n"})
    assert "was changed after the revert" in fitlog(project, "rerun", first, code=1)
    assert (copy / "src" / "lib.py").read_text() == "scale = 9\n"


def test_another_value_takes_the_place_of_the_argument_s_own(project):
    first = train(project, "--lr", "0.3")
    fitlog(project, "rerun", first, "--set", "lr=0.6", "--set", "batch_size=8")
    (second,) = set(runs(project)) - {first}
    assert arguments(second) == ["--lr", "0.6", "--batch-size", "8"]
    assert values(second) == [2 * value for value in values(first)]


def test_an_argument_of_several_values_a_switch_and_a_place_are_set_as_argparse_has_them(project):
    more = 'parser.add_argument("--layers", type=int, nargs="+", default=[1])\n'
    more += 'parser.add_argument("--fast", action="store_true")\nparser.add_argument("data")\n'
    write(project, {"src/train.py": TRAIN.replace("args = ", f"{more}args = ")})
    first = train(project, "a", "--layers", "1", "2", "3", "--fast")
    fitlog(project, "rerun", first, "--set", "layers=4 5", "--set", "fast=no", "--set", "data=b")
    (second,) = set(runs(project)) - {first}
    assert arguments(second) == ["b", "--layers", "4", "5"]


def test_an_argument_that_another_file_declares_is_known_too(project):
    head, tail = TRAIN.split("args = ")
    code = f"from options import parser\nimport random\nimport fitlog\nscale = 1\nargs = {tail}"
    options = head[: head.index("import random")] + head[head.index("parser =") :]
    write(project, {"src/train.py": code, "src/options.py": options})
    first = train(project)
    fitlog(project, "rerun", first, "--set", "batch_size=8")
    (second,) = set(runs(project)) - {first}
    assert arguments(second) == ["--batch-size", "8"]


def test_of_two_reruns_at_once_each_finds_its_own_run(project):
    write(project, {"src/train.py": TRAIN.replace("fitlog.finish()", WAIT)})
    first = train(project)
    command = [sys.executable, "-m", "fitlog", "rerun", str(first)]
    slow, fast = (
        subprocess.Popen([*command, "--set", f"lr={lr}"], cwd=project, stdout=subprocess.PIPE)
        for lr in ("2.5", "0.5")  # how long it waits before its end
    )
    said = {lr: process.communicate()[0].decode() for lr, process in (("2.5", slow), ("0.5", fast))}
    for lr, text in said.items():
        (found,) = re.findall(r"^(log_\w+) is the run", text, re.MULTILINE)
        assert arguments(project / "logs" / found) == ["--lr", lr]


def test_after_ctrl_c_the_command_comes_to_its_own_end(project):
    ended = "import atexit, time\natexit.register(lambda: (time.sleep(1), print('its end')))\n"
    code = TRAIN.replace("for step", f"{ended}import os\nfor step")
    first = train(project)
    code = code.replace("fitlog.finish()", "print('ready', flush=True)\ntime.sleep(60)")
    write(project, {"src/train.py": code})
    shutil.rmtree(first)
    started = [sys.executable, "train.py"]
    for words, place in ((started, project / "src"), ([*RERUN, "@1"], project)):
        process = subprocess.Popen(
            words, cwd=place, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert process.stdout is not None
        while process.stdout.readline() != "ready\n":
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        assert "its end" in process.communicate()[0]
    assert process.returncode == 130


def test_variables_that_are_others_now_are_named(project, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    first = train(project)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    done = subprocess.run([*RERUN, first], cwd=project, capture_output=True, text=True)
    assert "OMP_NUM_THREADS was 3 and is 2; set them for the same numbers\n" in done.stderr


def test_a_secret_that_is_set_anew_is_not_printed(project):
    first = train(project, "--api-key", "abc-of-mine")
    said = fitlog(project, "rerun", first, "--set", "api_key=xyz-of-mine", "--set", "lr=1 ")
    assert "--api-key '***' --lr '1 '" in said


def test_a_link_to_logs_that_were_moved_away_is_named(project):
    first = train(project)
    fitlog(project, "rerun", first)
    moved = project.with_name("moved")
    first.parent.rename(moved)
    complaint = fitlog(project, "rerun", moved / first.name, code=1)
    assert "/logs leads to " in complaint
    assert "which is gone; remove the link" in complaint


def test_each_seed_makes_a_run(project):
    first = train(project)
    fitlog(project, "rerun", first, "--seed", "1..3", "--in", project.parent / "seeds")
    again = set(runs(project)) - {first}
    assert sorted(arguments(run) for run in again) == [["--seed", seed] for seed in "123"]
    assert len({tuple(values(run)) for run in again}) == 3


def test_where_the_curves_part_is_told_and_check_ends_with_three(project):
    write(project, {"src/lib.py": "import time\n\nscale = time.time_ns() % 997 + 1\n"})
    first = train(project)
    said = fitlog(project, "rerun", first, "--check", code=3)
    assert "loss-loss parts at step 0; the largest difference is " in said
    fitlog(project, "rerun", first, "--check", "--tolerance", "1e9")


def test_a_run_without_code_or_command_is_refused_in_one_sentence(project):
    first = train(project)
    bare = project / "logs" / "log_20200101_000000"
    shutil.copytree(first, bare)
    (bare / log_format.PROVENANCE_FILE).unlink()
    assert "the command of log_20200101_000000 is not known" in fitlog(
        project, "rerun", bare, code=1
    )
    (bare / "meta.log").write_text('{"meta": {"state": "finish"}}\n')
    (bare / log_format.PROVENANCE_FILE).write_text('{"argv": ["train.py"]}')
    assert "has no code version" in fitlog(project, "rerun", bare, code=1)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"argv": ["-c"]}, "was not started by a script"),
        ({"argv": ["-"]}, "was not started by a script"),
        ({"argv": ["train.py"], "variables": {"WORLD_SIZE": "2"}}, "one of 2 processes"),
        ({"argv": ["/usr/lib/ipykernel_launcher.py"]}, "was made in a notebook"),
        ({"argv": ["train.py", "--api-key", "***"]}, "the argument 'api-key' was masked"),
        (
            {"argv": ["train.py", "--api-key", "***", "--url=https://***@host"]},
            "the arguments 'api-key', 'url' were masked",
        ),
        ({"argv": "train.py"}, "is not known"),
        ([], "is not known"),
        (None, "is not known"),
    ],
)
def test_what_no_command_does_again_is_refused(project, said, complaint):
    first = train(project)
    text = "{" if said is None else json.dumps(said)
    write_facts(first, text)
    assert complaint in fitlog(project, "rerun", first, code=1)


def test_a_run_is_named_by_its_id_a_part_of_it_or_as_the_latest(project):
    first = train(project)
    for name in (first.name, first.name[-6:], "@1"):
        said = fitlog(project, "rerun", name)
        assert "identical" in said
        shutil.rmtree(runs(project)[-1])


def test_a_module_is_started_as_a_module_again(project):
    write(
        project, {"src/__init__.py": "", "src/train.py": TRAIN.replace("from lib", "from src.lib")}
    )
    code = TRAIN.replace("from lib", "from src.lib").replace("../logs", "logs")
    write(project, {"src/train.py": code})
    command = [sys.executable, "-m", "src.train", "--lr", "0.3"]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    said = fitlog(project, "rerun", "@1", "--check")
    assert " -m src.train --lr 0.3\n" in said


def test_a_package_of_another_version_is_named(project):
    first = train(project)
    packages = next(
        path for path in (project / "logs").rglob("*.txt") if b"\npluggy==" in path.read_bytes()
    )
    text = packages.read_text()
    version = re.search("^pluggy==(.*)$", text, re.MULTILINE)[1]
    packages.write_text(text.replace(f"pluggy=={version}", "pluggy==0.0.1"))
    command = [sys.executable, "-m", "fitlog", "rerun", str(first)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"pluggy 0.0.1 is {version} now" in done.stderr


def test_packages_that_cannot_be_installed_are_told_and_nothing_runs(project, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # pip asks an index several times, and waits between
    first = train(project)
    facts = facts_when(first, is_gathered)
    facts["packages"] = {"loaded": {"no-such-package-of-anybody": "1.0"}}
    write_facts(first, json.dumps(facts))
    complaint = fitlog(project, "rerun", first, "--env", code=1)
    assert "the recorded packages cannot be installed" in complaint
    assert runs(project) == [first]


def test_the_reference_of_a_run_leads_to_its_code(project):
    first = train(project)
    names = kept(project, "for-each-ref", "--format=%(refname)", "refs/runs/").split()
    facts = json.loads((first / log_format.PROVENANCE_FILE).read_text())
    assert names == [f"refs/runs/{first.name}/{facts['snapshot']}"]


def test_a_script_that_is_not_in_the_code_version_is_named(project):
    write(project, {".fitconfig": "[fit_settings]\nwatched_rules = lib.py, *.cfg, src/lib.py\n"})
    first = train(project)
    complaint = fitlog(project, "rerun", first, code=1)
    assert "there is no train.py in " in complaint
    assert complaint.count("\n") == 1


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("mine", "was not made by 'fitlog revert'; choose another folder"),
        ("mine/file", "is a file; choose another place"),
        ("mine/file/below", "cannot be made: Not a directory; choose another place"),
        ("work/below", "choose a folder outside it"),
    ],
)
def test_a_folder_that_cannot_be_taken_is_left_as_it_is(project, target, complaint):
    first = train(project)
    write(project.parent, {"mine/file": "mine"})
    said = fitlog(project, "rerun", first, "--in", project.parent / target, code=1)
    assert said.count("\n") == 1
    assert complaint in said
    assert [path.name for path in (project.parent / "mine").iterdir()] == ["file"]
    assert runs(project) == [first]


def test_a_command_that_fails_says_where_and_what_may_be_missing(project):
    write(project, {"data.txt": "1\n", "src/lib.py": "scale = float(open('../data.txt').read())\n"})
    first = train(project)
    complaint = fitlog(project, "rerun", first, code=1)
    assert "the command ended with 1" in complaint
    assert "such as data" in complaint


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--set", "lr"), "'lr' is not NAME=VALUE"),
        (("--set", "=1"), "'=1' is not NAME=VALUE"),
        (("--tolerance", "-1"), "--tolerance"),
        (("--seed", "x"), "'x' names no seeds"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_written(project, words, complaint):
    first = train(project)
    command = [sys.executable, "-m", "fitlog", "rerun", str(first), *words]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode in (1, 2)
    assert complaint in done.stderr
    assert not list(project.parent.glob("work_rerun_*"))
