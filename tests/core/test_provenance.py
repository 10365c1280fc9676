"""A run tells what it takes to make it again; nothing slow is waited for, nothing fails a run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recording_tools import facts_when, is_gathered, only_run
from snapshot_tools import fingerprint, git, user_repository, write

import fitlog
from fitlog_core import log_format
from fitlog_core.errors import ArgumentError, ArgumentTypeError
from fitlog_core.reading.provenance import read_packages, read_provenance
from fitlog_core.snapshots.provenance import child, data, document, gathering, packages, process
from fitlog_core.snapshots.provenance.job import scheduler_job
from fitlog_core.snapshots.provenance.record import ProvenanceRecord

TRAIN = "import fitlog; fitlog.set_log_dir('logs'); fitlog.add_loss(1, 0, 'a')\n"


def has_hashes(*names: str):
    def test(facts: dict) -> bool:
        said = {Path(path).name: entry for path, entry in facts.get("data", {}).items()}
        return all("hash" in said.get(name, {}) for name in names)

    return test


# ------------------------------------------------------------------ at once


def test_command_place_script_and_python_are_told(tmp_path):
    write(tmp_path / "work", {".fitconfig": "", "src/train.py": "import part\n" + TRAIN})
    write(tmp_path / "work", {"src/part.py": ""})
    command = [sys.executable, "-W", "ignore", "train.py", "--lr", "0.1"]
    subprocess.run(command, cwd=tmp_path / "work" / "src", check=True)
    facts = read_provenance(only_run(tmp_path / "work" / "src" / "logs"))
    assert facts["orig_argv"][1:] == command[1:]
    assert facts["project"] == str(tmp_path / "work")
    assert (facts["place"], facts["script"]) == ("src", "src/train.py")
    assert facts["sources"] == ["src/train.py", "src/part.py"]
    assert facts["python"] == sys.version.split()[0]
    assert facts["host"] == os.uname().nodename


def test_loaded_files_are_told_by_their_plain_paths_and_those_of_environments_are_not(tmp_path):
    search = ["./", "../work//lib", "../work/./src", ".venv-a/site-packages"]
    names = ("near", "lib/far", "src/there", ".venv-a/site-packages/installed", ".hidden/kept")
    write(tmp_path / "work", {".fitconfig": "", **{f"{name}.py": "" for name in names}})
    script = f"import sys; sys.path[:1] = ['.hidden', *{search}]\nimport kept, near, far, there\n"
    write(tmp_path / "work", {"train.py": f"{script}import installed\n{TRAIN}"})
    subprocess.run([sys.executable, "train.py"], cwd=tmp_path / "work", check=True)
    told = read_provenance(only_run(tmp_path / "work" / "logs"))["sources"]
    assert told == ["train.py", ".hidden/kept.py", "near.py", "lib/far.py", "src/there.py"]


def test_a_module_that_was_started_is_told(tmp_path):
    write(tmp_path, {"pack/__init__.py": "", "pack/train.py": TRAIN})
    subprocess.run([sys.executable, "-m", "pack.train"], cwd=tmp_path, check=True)
    assert read_provenance(only_run(tmp_path / "logs"))["module"] == "pack.train"


def test_snapshot_seed_and_variables_are_told(run_script, tmp_path):
    run_script(
        "import fitlog\nfitlog.commit(__file__)\nfitlog.set_rng_seed(7, pytorch=False)\n" + TRAIN,
        env={"CUDA_VISIBLE_DEVICES": "1", "MY_TOKEN": "secret-thing"},
    )
    folder = only_run(tmp_path / "logs")
    facts = read_provenance(folder)
    assert facts["snapshot"][:8] == log_format.read_meta(folder)["fit_id"]
    assert len(facts["snapshot"]) == 40
    assert facts["seed"] == 7
    assert facts["variables"]["CUDA_VISIBLE_DEVICES"] == "1"
    assert "secret-thing" not in (folder / "provenance.json").read_text()


def test_a_snapshot_that_is_made_later_is_told(run_script, tmp_path):
    run_script(TRAIN + "fitlog.commit(__file__)\n")
    assert len(read_provenance(only_run(tmp_path / "logs"))["snapshot"]) == 40


def test_packages_are_kept_once_for_all_runs_that_have_the_same(run_script, tmp_path):
    for _ in range(2):
        run_script(TRAIN)
    first, second = sorted((tmp_path / "logs").glob("log_*"))
    (kept,) = (tmp_path / "logs" / log_format.SHARED_FOLDER).iterdir()
    assert f"packages-{read_provenance(first)['packages']['set']}.txt" == kept.name
    assert read_provenance(first)["packages"] == read_provenance(second)["packages"]
    whole = read_packages(first, read_provenance(first))
    assert whole["pytest"] == pytest.__version__
    assert len(whole) == read_provenance(first)["packages"]["count"]


def test_a_run_that_travels_alone_tells_the_packages_it_had_loaded(run_script, tmp_path):
    run_script("import click\n" + TRAIN)
    alone = only_run(tmp_path / "logs").rename(tmp_path / "log_20260101_000000")
    names = read_packages(alone, read_provenance(alone)).keys()
    assert {"click", "orjson"} <= names
    assert "pytest" not in names


def test_packages_are_read_from_the_names_of_their_folders(tmp_path, monkeypatch):
    for name in ("PyYAML-6.0.dist-info", "torch-2.1.0+cu121.dist-info", "a_b-1-py3.11.egg-info"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path), "/no/such.zip"])
    assert packages.installed() == {"a-b": "1", "pyyaml": "6.0", "torch": "2.1.0+cu121"}


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, None),
        (
            {"SLURM_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "3", "SLURM_JOB_PARTITION": "gpu"},
            {"scheduler": "Slurm", "id": "7", "task": "3", "queue": "gpu"},
        ),
        ({"LSB_JOBID": "8", "LSB_JOBINDEX": "0"}, {"scheduler": "LSF", "id": "8"}),
        ({"PBS_JOBID": "9.head"}, {"scheduler": "PBS", "id": "9.head"}),
        (
            {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "train-0"},
            {"scheduler": "Kubernetes", "pod": "train-0", "namespace": "research"},
        ),
    ],
    ids=["none", "slurm", "lsf", "pbs", "kubernetes"],
)
def test_the_job_of_a_scheduler_is_told(variables, told, tmp_path):
    (tmp_path / "namespace").write_text("research\n")
    assert scheduler_job(variables, str(tmp_path / "namespace")) == told


def test_a_path_is_told_from_the_projects_root_on():
    assert process.relative("/a/b/c.py", "/a/b") == "c.py"
    assert process.relative("/a/bc.py", "/a/b") == "/a/bc.py"
    assert process.relative("/a/b", "/a/b") == "."


def test_what_is_known_at_once_takes_no_longer_than_fifty_milliseconds(new_run, tmp_path):
    run = new_run()
    run.create_log_folder()  # all that is needed is imported
    record, times = run._provenance.record, []
    for number in range(5):
        record._path = str(tmp_path / f"{number}.json")
        before = time.process_time()
        record.begin(None, None, None, {}, {})
        times.append(time.process_time() - before)
    assert min(times) < 0.05


# ---------------------------------------------------------------- meanwhile


def test_a_dirty_work_tree_is_told_and_nothing_in_the_users_git_is_touched(run_script, tmp_path):
    user_repository(tmp_path, {"main.py": "", ".gitignore": "logs\nmain.py\n"})
    git(tmp_path, "checkout", "-q", "-b", "a/branch")
    write(tmp_path, {"new.txt": ""})
    before = fingerprint(tmp_path / ".git")
    run_script(TRAIN)
    facts = facts_when(only_run(tmp_path / "logs"), is_gathered)
    assert facts["git"]["commit"] == git(tmp_path, "rev-parse", "HEAD")
    assert facts["git"]["branch"] == "a/branch"
    assert facts["git"]["dirty"] is True
    assert "?? new.txt" in facts["git"]["changed"]
    assert fingerprint(tmp_path / ".git") == before


def test_submodules_are_told_with_the_commit_they_stand_at(tmp_path):
    inner = user_repository(tmp_path / "inner", {"a.py": ""})
    outer = user_repository(tmp_path / "outer")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub")
    git(outer, "commit", "-q", "-m", "with it")
    wanted = git(inner, "rev-parse", "HEAD")
    assert gathering.state_of(str(outer)) == {
        "dirty": False,
        "submodules": {"sub": {"wanted": wanted, "at": wanted}},
    }


def test_graphics_cards_are_told_by_the_driver_or_by_nvidia_smi(tmp_path, monkeypatch):
    line = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun  6\nGCC version"
    write(tmp_path / "nvidia", {"version": line, "gpus/0/information": "Model: \t NVIDIA A100\n"})
    known = {"names": ["NVIDIA A100"], "driver": "535.54.03"}
    assert gathering.gpus(str(tmp_path / "nvidia")) == known
    assert child.has_gpu(str(tmp_path / "nvidia"))
    assert not child.has_gpu(str(tmp_path / "gone"))
    write(tmp_path / "bin", {"nvidia-smi": "#!/bin/sh\necho 'NVIDIA L4, 23034 MiB, 550.1'\n"})
    (tmp_path / "bin" / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    told = {"names": ["NVIDIA L4"], "memory": ["23034 MiB"], "driver": "550.1"}
    assert gathering.gpus(str(tmp_path / "gone")) == told
    assert child.has_gpu(str(tmp_path / "gone"))


def test_no_process_is_started_where_nothing_takes_long(new_run, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(child, "start", started.append)
    monkeypatch.setattr(child, "has_gpu", lambda: False)
    run = new_run()
    run.create_log_folder()
    run.finish()
    assert started == []


def test_a_rank_that_does_not_record_starts_no_process(run_script, tmp_path):
    user_repository(tmp_path)
    write(tmp_path, {"data.bin": "x"})
    done = run_script(
        "import fitlog\n"
        "from fitlog_core.snapshots.provenance import child\n"
        "child.start = lambda task: print('started')\n"
        "fitlog.set_log_dir('logs'); fitlog.add_data('data.bin'); fitlog.add_loss(1, 0, 'a')\n",
        env={"RANK": "1", "WORLD_SIZE": "2"},
    )
    assert "started" not in done.stdout


# --------------------------------------------------------------------- data


def test_data_are_told_by_size_time_and_hash_before_and_after_the_start(run_script, tmp_path):
    write(tmp_path, {"train.bin": "abc", "folder/a": "1", "folder/b/c": "22", "late.bin": "d"})
    run_script(
        "import fitlog; fitlog.set_log_dir('logs')\n"
        "fitlog.add_data('train.bin'); fitlog.add_data('folder')\n"
        "fitlog.add_loss(1, 0, 'a')\n"
        "fitlog.add_data('late.bin')\n"
        "fitlog.finish()\n"
    )
    folder = only_run(tmp_path / "logs")
    facts = facts_when(folder, has_hashes("train.bin", "folder", "late.bin"))["data"]
    train = facts[str(tmp_path / "train.bin")]
    assert train["size"] == 3
    assert train["mtime"] == (tmp_path / "train.bin").stat().st_mtime
    assert train["hash"].startswith("sha256:ba7816bf")
    assert (facts[str(tmp_path / "folder")]["files"], facts[str(tmp_path / "folder")]["size"]) == (
        2,
        3,
    )


def test_a_run_that_goes_on_keeps_its_provenance_and_adds_its_data(run_script, tmp_path):
    user_repository(tmp_path)
    run_script(TRAIN, "--first")
    folder = only_run(tmp_path / "logs")
    before = facts_when(folder, is_gathered)
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "later")
    write(tmp_path, {"data.bin": "abc"})
    run_script(TRAIN.replace("'logs'", f"{str(folder)!r}") + "fitlog.add_data('data.bin')\n")
    after = facts_when(folder, has_hashes("data.bin"))
    assert {**after, "data": None, "segments": None} == {**before, "data": None, "segments": None}


def test_a_process_that_joins_a_run_adds_its_data(run_script, tmp_path):
    write(tmp_path, {"data.bin": "abc"})
    run_script(
        "import subprocess, sys, fitlog\n"
        "run = fitlog.Run('logs'); run.add_loss(1, 0, 'a')\n"
        "code = 'import sys, fitlog; run = fitlog.Run(sys.argv[1]); run.add_data(sys.argv[2]); '\n"
        "code += 'run.add_loss(1, 1)'\n"
        "folder = run.get_log_folder(absolute=True)\n"
        "subprocess.run([sys.executable, '-c', code, folder, 'data.bin'], check=True)\n"
        "run.finish()\n"
    )
    facts = facts_when(only_run(tmp_path / "logs"), has_hashes("data.bin"))
    assert facts["script"] == "main.py"


def test_data_that_wait_in_a_parent_are_not_handed_over_by_its_forked_child(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(child, "start", started.append)
    record = ProvenanceRecord(str(tmp_path))
    record.add_data({"a": {}})
    record.add_data({"b": {}})  # waits
    monkeypatch.setattr(os, "getpid", lambda: 1)
    record.add_data({"c": {}})
    record.flush()
    assert [list(task["data"]) for task in started] == [["a"], ["c"]]


def test_a_large_file_is_hashed_by_samples_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "WHOLE_UP_TO", 1000)
    large = tmp_path / "large"
    large.write_bytes(bytes(100_000))
    before = data.fingerprint(str(large))
    assert before["hash"].startswith("sampled:")
    for place in (0, 99_999):
        with large.open("r+b") as file:
            file.seek(place)
            file.write(b"x")
        assert data.fingerprint(str(large)) != before
        before = data.fingerprint(str(large))


def test_data_that_change_before_they_are_hashed_have_no_hash(tmp_path):
    write(tmp_path, {"data.bin": "abc", "provenance.json": "{}"})
    said = data.first_look(str(tmp_path / "data.bin"))
    os.utime(tmp_path / "data.bin", (0, 0))
    answer = gathering._of_data(str(tmp_path / "data.bin"), said)
    assert answer["data"][str(tmp_path / "data.bin")] == {
        **said,
        "problem": "changed before it was hashed",
    }


def test_a_folders_hash_tells_names_and_contents(tmp_path):
    write(tmp_path / "a", {"x": "1", "y/z": "2"})
    write(tmp_path / "b", {"x": "1", "y/z": "2"})
    assert data.fingerprint(str(tmp_path / "a")) == data.fingerprint(str(tmp_path / "b"))
    write(tmp_path / "b", {"x": "3"})
    assert data.fingerprint(str(tmp_path / "a")) != data.fingerprint(str(tmp_path / "b"))
    os.mkfifo(tmp_path / "a" / "pipe")  # is not waited for
    assert data.fingerprint(str(tmp_path / "a"))["files"] == 2


@pytest.mark.parametrize("path", [None, 3, b"data", ["data"]])
def test_what_is_no_path_is_refused(path, fresh_session):
    fitlog.set_log_dir("logs")
    with pytest.raises(ArgumentTypeError, match="must be the path"):
        fitlog.add_data(path)


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_what_no_file_can_be_called_is_refused(path, fresh_session):
    fitlog.set_log_dir("logs")
    with pytest.raises(ArgumentError, match="no path that a file can have"):
        fitlog.add_data(path)


def test_data_that_cannot_be_read_are_told_once_and_noted(run_script, tmp_path):
    done = run_script(
        "import fitlog; fitlog.set_log_dir('logs')\n"
        "fitlog.add_data('gone'); fitlog.add_data('https://me:pw@host/data')\n"
        "fitlog.add_loss(1, 0, 'a')\n"
    )
    assert done.stderr.count("cannot be read") == 1
    facts = read_provenance(only_run(tmp_path / "logs"))
    assert facts["data"][str(tmp_path / "gone")] == {"problem": "No such file or directory"}
    assert "https://***@host/data" in facts["data"]


def test_under_debug_no_data_are_looked_at(fresh_session):
    fitlog.debug()
    fitlog.add_data(None)
    assert not Path("logs").exists()


# ------------------------------------------------------------------ the file


def test_two_that_complete_it_at_once_both_do(tmp_path):
    path = str(tmp_path / "provenance.json")
    document.write_new(path, {"a": 1})
    code = (
        "import sys\nfrom fitlog_core.snapshots.provenance.document import complete\n"
        "for n in range(50): complete(sys.argv[1], {'data': {sys.argv[2] + str(n): n}})\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, path, name]) for name in "xy"]
    assert [one.wait(60) for one in both] == [0, 0]
    assert len(json.loads(Path(path).read_bytes())["data"]) == 100
    assert os.listdir(tmp_path) == ["provenance.json"]


def test_a_kill_in_between_leaves_it_whole(tmp_path):
    path = str(tmp_path / "provenance.json")
    document.write_new(path, {"a": 1})
    code = (
        "import sys\nfrom fitlog_core.snapshots.provenance.document import complete\n"
        "print(flush=True)\n"
        "while True: complete(sys.argv[1], {'b': 'x' * 100_000})\n"
    )
    for delay in range(10):
        with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as one:
            assert one.stdout is not None
            one.stdout.readline()
            time.sleep(delay / 500)
            one.send_signal(signal.SIGKILL)
        assert json.loads(Path(path).read_bytes())["a"] == 1
        for part in tmp_path.glob(".*.part"):
            os.utime(part, (0, 0))  # left behind, and old by now
    assert document.complete(path, {"c": 3}, patience=1.0)
    assert json.loads(Path(path).read_bytes())["c"] == 3
    assert os.listdir(tmp_path) == ["provenance.json"]


def test_who_meets_a_writer_at_work_does_not_wait_for_ever(tmp_path):
    path = str(tmp_path / "provenance.json")
    document.write_new(path, {"a": 1})
    (tmp_path / ".provenance.json.part").touch()
    assert document.complete(path, {"b": 2}, patience=0.05) is False


def test_a_run_whose_folder_is_gone_stops_nothing(tmp_path):
    task = {"path": str(tmp_path / "gone" / "provenance.json"), "data": {str(tmp_path): {}}}
    code = "from fitlog_core.snapshots.provenance.gathering import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(task)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
