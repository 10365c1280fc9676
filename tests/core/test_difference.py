"""What differs between two runs is found, likely causes first, and nothing else is named."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from recording_tools import facts_when
from snapshot_tools import fingerprint, kept, user_repository, write

from fitlog_core.cli import main
from fitlog_core.comparing.account import account_of
from fitlog_core.comparing.difference import PARTS, difference, difference_to_work_tree
from fitlog_core.reading.provenance import read_provenance
from fitlog_core.snapshots.init_project import init_project

SCRIPT = """
import argparse
import fitlog
import helper
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()
fitlog.commit(__file__, "a try")
fitlog.set_log_dir("logs")
fitlog.add_hyper(args)
fitlog.set_rng_seed(args.seed, numpy=False, pytorch=False)
fitlog.add_data("data.txt")
for step in range(3):
    fitlog.add_loss(args.lr / (1 + step), step, "Loss")
fitlog.add_best_metric({"dev": {"acc": 0.5 + args.lr}})
fitlog.finish()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(
        tmp_path / "work",
        {".fitconfig": "", "train.py": SCRIPT, "helper.py": "x = 1\n", "data.txt": "abc"},
    )


def train(project: Path, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Run the script once and return the id of its run."""
    before = set((project / "logs").glob("log_*"))
    subprocess.run(
        [sys.executable, "train.py", *arguments],
        cwd=project,
        env={**os.environ, **(env or {})},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    (made,) = set((project / "logs").glob("log_*")) - before
    if read_provenance(made).get("data"):
        facts_when(made, lambda facts: all("hash" in one for one in facts["data"].values()))
    return made.name


def fitlog(project: Path, *arguments: str, **options) -> Result:
    before = Path.cwd()
    os.chdir(project)
    try:
        return CliRunner(**options).invoke(main, arguments, prog_name="fitlog")
    finally:
        os.chdir(before)


def headings(output: str) -> list[str]:
    return [line.split("  ")[0] for line in re.findall(r"^[A-Z].*$", output, re.MULTILINE)]


# ------------------------------------------------------------------------ diff


def test_two_demo_runs_that_differ_in_a_line_and_a_value_name_exactly_these_first(tmp_path):
    init_project(tmp_path / "demo")
    template = resources.files("fitlog_core.cli") / "demo_project" / "train.py"
    (tmp_path / "demo" / "main.py").unlink()
    source = template.read_text("utf-8")
    write(tmp_path / "demo", {"train.py": source})
    train(tmp_path / "demo", "--epochs", "1", "--lr", "0.01")
    line = "    accuracy = model.score(dev_x, dev_y)"
    write(tmp_path / "demo", {"train.py": source.replace(line, f"{line} / 2")})
    train(tmp_path / "demo", "--epochs", "1", "--lr", "0.03")
    result = fitlog(tmp_path / "demo", "diff", "@2", "@1")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[2:8] == [
        "Hyperparameters",
        "  lr  0.01 → 0.03",
        "",
        "Code  1 file, +1 −1",
        "  train.py  +1 −1",
        "    @@ -48,7 +48,7 @@",
    ]
    assert [text for text in lines if re.match(r"    [+-]", text)] == [
        f"    -{line}",
        f"    +{line} / 2",
    ]
    assert headings(result.output) == [
        "Hyperparameters",
        "Code",
        "Command",
        "Best metrics",
        "The same: packages, seed, machine",
    ]


def test_the_function_gives_the_parts_in_the_order_of_their_likelihood(project):
    first = account_of(project / "logs" / train(project))
    write(project, {"helper.py": "x = 2\n", "data.txt": "abcd"})
    second = account_of(project / "logs" / train(project, "--lr", "0.2", "--seed", "2"))
    found = difference(first, second, project)
    assert [*found.parts] == list(PARTS)
    assert found.parts["hyperparameters"] == [("lr", 0.1, 0.2)]
    assert found.parts["seed"] == [("seed", 1, 2)]
    assert [(one.name, one.old != one.new) for one in found.parts["data"]] == [("data.txt", True)]
    assert found.parts["metrics"] == [("dev-acc", 0.6, 0.7)]
    (change,) = found.files
    assert (change.path, change.kind, change.added, change.removed) == (
        "helper.py",
        "changed",
        1,
        1,
    )
    assert change.is_loaded
    assert found.same == ["packages", "machine"]


def test_files_that_the_run_had_loaded_come_first(project):
    train(project)
    write(project, {"a.py": "", "helper.py": "x = 2\n", "train.py": SCRIPT + "# end\n"})
    train(project)
    lines = fitlog(project, "diff", "@2", "@1", "--stat").output.splitlines()
    files = [line.split()[0] for line in lines if line.startswith("  ") and ".py" in line]
    assert files[:3] == ["train.py", "helper.py", "a.py"]
    assert "not loaded when the run began" in next(line for line in lines if "a.py" in line)


def test_one_run_is_compared_with_the_working_tree(project):
    run_id = train(project)
    result = fitlog(project, "diff", "@1")
    assert result.output.startswith(f"{run_id} → the working tree\n")
    assert "The same: code, packages, data, machine" in result.output
    write(project, {"helper.py": "x = 3\n", "new.py": "1\n2\n", "data.txt": "abX"})
    os.utime(project / "data.txt", (0, 0))
    before = fingerprint(project)
    output = fitlog(project, "diff", "@1").output
    assert "    -x = 1\n    +x = 3\n" in output
    assert re.search(r"new\.py +added, 2 lines, not loaded", output)
    assert re.search(r"data\.txt +sha256 \w{12} → sha256 \w{12}", output)
    assert fingerprint(project) == before


def test_renamed_removed_binary_and_executable_files_are_told(project):
    write(project, {".fitconfig": "[fit_settings]\nwatched_rules = *.py, *.bin, *.sh\n"})
    write(project, {"old.py": "a = 1\nb = 2\n", "gone.py": "1\n", "w.bin": b"\0\1", "x.sh": "#!\n"})
    account = account_of(project / "logs" / train(project))
    (project / "old.py").rename(project / "moved.py")
    (project / "gone.py").unlink()
    (project / "w.bin").write_bytes(b"\0\1\2")
    (project / "x.sh").chmod(0o755)
    files = {one.path: one for one in difference_to_work_tree(account, project).files}
    assert files.keys() == {"moved.py", "gone.py", "w.bin", "x.sh"}
    assert (files["moved.py"].kind, files["moved.py"].old_path) == ("renamed", "old.py")
    assert (files["gone.py"].kind, files["gone.py"].removed) == ("removed", 1)
    assert files["w.bin"].note == "not text, 2 bytes → 3 bytes"
    assert files["x.sh"].note == "now executable, was a plain file"


def test_packages_that_differ_name_those_first_that_were_loaded(project):
    account = account_of(project / "logs" / train(project))
    (kept_set,) = (project / "logs" / ".provenance").glob("packages-*")
    other = kept_set.read_text().replace("orjson==", "orjson==0").replace("attrs==", "attrs==0")
    kept_set.write_text(other)
    changed = account_of(project / "logs" / account.id)
    names = [one.name for one in difference(account, changed, project).parts["packages"]]
    assert names[0] == "orjson"


def test_a_run_without_a_snapshot_is_told_and_the_rest_is_compared(project):
    train(project)
    write(project, {"train.py": SCRIPT.replace("fitlog.commit(__file__, 'a try')", "")})
    write(project, {"train.py": SCRIPT.replace('fitlog.commit(__file__, "a try")', "")})
    run_id = train(project, "--lr", "0.3")
    result = fitlog(project, "diff", "@2", "@1")
    assert result.exit_code == 0
    assert "lr  0.1 → 0.3" in result.output
    assert f"not compared: {run_id} has no code version" in result.output


def test_a_pruned_snapshot_and_a_missing_git_are_told(project, monkeypatch):
    train(project)
    write(project, {"helper.py": "x = 2\n"})
    train(project)
    gone = kept(project, "rev-parse", "HEAD:helper.py")
    (project / ".fitlog" / "objects" / gone[:2] / gone[2:]).unlink()
    assert f"the content {gone} is gone" in fitlog(project, "diff", "@2", "@1").output
    shutil.rmtree(project / ".fitlog")
    assert "is not at hand" in fitlog(project, "diff", "@2", "@1").output
    monkeypatch.setenv("PATH", "/nonexistent")
    assert fitlog(project, "diff", "@2", "@1").exit_code == 0


def test_runs_of_fitlog_0_9_can_be_compared(fixture_logs):
    result = fitlog(fixture_logs, "diff", "@2", "@1")
    assert result.exit_code == 0
    assert "→" in result.output


def test_json_has_it_all(project):
    train(project)
    write(project, {"helper.py": "x = 2\n"})
    train(project, "--lr", "nan")
    said = json.loads(fitlog(project, "diff", "@2", "@1", "--json").output)
    assert said["hyperparameters"] == [{"name": "lr", "old": 0.1, "new": "NaN"}]
    (file,) = said["code"]["files"]
    assert (file["path"], file["lines"][-1]) == ("helper.py", "+x = 2")
    assert said["same"] == ["packages", "data", "seed", "machine"]


def test_logged_text_does_not_steer_the_terminal(project):
    train(project)
    write(project, {"helper.py": "x = '\x1b[2J'\n"})
    assert "\x1b" not in fitlog(project, "diff", "@1").output


# ------------------------------------------------------------------------ show


def test_show_tells_what_is_known_in_the_width_of_the_terminal(project, monkeypatch):
    user_repository(project)
    run_id = train(project, "--lr", "0.5", "--seed", "3")
    monkeypatch.setenv("COLUMNS", "60")
    output = fitlog(project, "show", "@1").output
    assert output.startswith(f"{run_id}  finished\n")
    for told in ("lr    0.5", "dev-acc  1", "train.py, helper.py", "--lr 0.5 --seed 3", "a try"):
        assert told in output
    assert re.search(r"your git +\w{8} on trunk", output)
    assert re.search(r"data\.txt +3 bytes", output)
    assert max(map(len, output.splitlines())) <= 60


def test_show_json_has_the_whole_provenance(project):
    train(project)
    said = json.loads(fitlog(project, "show", "@1", "--json").output)
    assert said["hyper"] == {"lr": 0.1, "seed": 1}
    assert said["provenance"]["script"] == "train.py"
    assert "pytest" in said["packages"]
    assert said["best_metric"] == {"dev-acc": 0.6}


def test_show_of_a_run_of_fitlog_0_9_says_that_no_more_was_recorded(fixture_logs):
    result = fitlog(fixture_logs, "show", "@1")
    assert result.exit_code == 0
    assert "runs of fitlog 0.9 have no provenance.json" in result.output


@pytest.mark.parametrize("content", ["", "[]", "nonsense", '{"data": 3, "git": [], "gpu": "x"}'])
def test_a_provenance_that_is_not_fitlogs_hurts_nobody(project, content):
    run_id = train(project)
    (project / "logs" / run_id / "provenance.json").write_text(content)
    for command in (["show", "@1"], ["diff", "@1"], ["diff", "@1", "@1"]):
        assert fitlog(project, *command).exit_code == 0


@pytest.mark.parametrize("command", ["show", "diff"])
def test_an_unknown_run_is_one_line_with_the_near_ones(project, command):
    run_id = train(project)
    result = fitlog(project, command, "log_2019")
    assert result.exit_code == 1
    assert result.stderr == f"fitlog: no run 'log_2019'; the nearest are {run_id}\n"


# ---------------------------------------------------------------------- revert


def test_revert_takes_a_run(project, tmp_path):
    run_id = train(project)
    write(project, {"helper.py": "x = 2\n"})
    train(project)
    for number, text in enumerate((run_id, "@2", f"logs/{run_id}")):
        target = tmp_path / f"back{number}"
        assert fitlog(project, "revert", text, str(target)).exit_code == 0
        assert (target / "helper.py").read_text() == "x = 1\n"


def test_revert_of_what_is_neither_says_so_and_writes_nothing(project, tmp_path):
    train(project)
    for text, told in (("log_2019", "no run 'log_2019'"), ("zzzzzz", "not a snapshot id")):
        result = fitlog(project, "revert", text, str(tmp_path / "back"))
        assert result.exit_code == 1
        assert told in result.stderr
    assert not (tmp_path / "back").exists()
