"""In a distributed job exactly one run results, whatever the other ranks do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from recording_tools import meta_lines, runs, said, steps

TRAIN = {
    "everything": (
        "fitlog.commit('.')\n"
        "fitlog.set_log_dir('logs')\n"
        "fitlog.add_hyper({'lr': 0.1})\n"
        "fitlog.add_progress(3)\n"
        "for step in range(3): fitlog.add_loss(0.5, step, 'loss')\n"
        "fitlog.add_best_metric(0.9, 'acc')\n"
        "fitlog.finish()\n"
    ),
    "debug": (
        "if rank: fitlog.debug()\n"
        "fitlog.set_log_dir('logs')\n"
        "for step in range(3): fitlog.add_loss(0.5, step, 'loss')\n"
        "fitlog.finish()\n"
    ),
    "no set_log_dir": (
        "if not rank: fitlog.set_log_dir('logs')\n"
        "for step in range(3): fitlog.add_loss(0.5, step, 'loss')\n"
        "fitlog.create_log_folder(); fitlog.add_to_line('x'); fitlog.get_log_dir()\n"
        "fitlog.finish()\n"
    ),
}
FAMILIES = {
    "RANK": lambda rank: {"RANK": rank, "WORLD_SIZE": "3", "LOCAL_RANK": rank},
    "LOCAL_RANK": lambda rank: {"LOCAL_RANK": rank, "WORLD_SIZE": "3"},
    "NODE_RANK": lambda rank: {"LOCAL_RANK": "0", "NODE_RANK": rank, "WORLD_SIZE": "3"},
    "GROUP_RANK": lambda rank: {"LOCAL_RANK": "0", "GROUP_RANK": rank, "WORLD_SIZE": "3"},
    "OMPI_COMM_WORLD_RANK": lambda rank: {
        "OMPI_COMM_WORLD_RANK": rank,
        "OMPI_COMM_WORLD_SIZE": "3",
    },
    "PMI_RANK": lambda rank: {"PMI_RANK": rank, "PMI_SIZE": "3"},
    "SLURM_PROCID": lambda rank: {"SLURM_PROCID": rank, "SLURM_NTASKS": "3"},
    "MV2_COMM_WORLD_RANK": lambda rank: {"MV2_COMM_WORLD_RANK": rank, "MV2_COMM_WORLD_SIZE": "3"},
}
# What else DeepSpeed's launcher sets: the number of processes here, and of machines.
DEEPSPEED = {
    "WORLD_SIZE": "3", "LOCAL_SIZE": "3", "CROSS_RANK": "0", "CROSS_SIZE": "1",
    "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500",
}  # fmt: skip


@pytest.fixture
def job(tmp_path):
    """Return a function that runs three ranks at once and returns what each said."""

    def run(code, variables=FAMILIES["RANK"], **more):
        head = "import os, sys, fitlog\nrank = int(sys.argv[1])\n"
        ranks = [
            subprocess.Popen(
                [sys.executable, "-c", head + code, str(rank)],
                cwd=tmp_path, env={**os.environ, **variables(str(rank)), **more},
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for rank in range(3)
        ]  # fmt: skip
        said_by = [rank.communicate(timeout=60) for rank in ranks]
        assert [rank.returncode for rank in ranks] == [0, 0, 0], said_by
        return [error for _, error in said_by]

    return run


@pytest.mark.parametrize("others", TRAIN)
def test_one_run_results_whatever_the_other_ranks_call(others, job, tmp_path):
    job(TRAIN[others])
    (folder,) = runs(tmp_path / "logs")
    assert [record.step for record in steps(folder)] == [0, 1, 2]
    assert said(folder, "meta")["state"] == "finish"
    assert len(runs(tmp_path / "logs")) == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_every_launchers_variables_are_understood_and_said_once(family, job, tmp_path):
    errors = job(TRAIN["everything"], FAMILIES[family])
    assert len(runs(tmp_path / "logs")) == 1
    for rank in (1, 2):
        assert errors[rank] == (
            f"fitlog: rank {rank} of 3 ({family}) records nothing; "
            "FITLOG_RANKS=all to record every rank\n"
        )
    assert "records nothing" not in errors[0]


def test_fitlog_ranks_all_records_every_rank_in_a_run_of_its_own(job, tmp_path):
    errors = job(TRAIN["everything"].replace("fitlog.commit('.')\n", ""), FITLOG_RANKS="all")
    assert errors == ["", "", ""]
    assert [len(steps(folder)) for folder in runs(tmp_path / "logs")] == [3, 3, 3]


@pytest.mark.parametrize(
    "variables",
    [
        lambda rank: {"RANK": rank, "LOCAL_RANK": rank, **DEEPSPEED},
        lambda rank: {
            "OMPI_COMM_WORLD_RANK": rank, "OMPI_COMM_WORLD_SIZE": "3", "PMIX_NAMESPACE": "11@1",
        },
        lambda rank: {
            "SLURM_PROCID": rank, "SLURM_NTASKS": "3", "SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0",
        },
    ],
    ids=["DeepSpeed", "mpirun", "srun"],
)  # fmt: skip
def test_the_runs_of_all_ranks_say_which_rank_of_which_group_they_are(variables, job, tmp_path):
    train = TRAIN["everything"].replace("fitlog.commit('.')\n", "")
    train += "with fitlog.Run('logs') as second: second.add_loss(0.5, 0, 'loss')\n"
    job(train, variables, FITLOG_RANKS="all")
    opening = [meta_lines(folder)[0] for folder in runs(tmp_path / "logs")]
    assert {meta["world_size"] for meta in opening} == {3}
    groups = {meta["group"]: set() for meta in opening}
    for meta in opening:
        groups[meta["group"]].add(meta["rank"])
    first, second = sorted(groups, key=len)
    assert second == f"{first} #2"
    assert list(groups.values()) == [{0, 1, 2}] * 2
    assert all(list(meta)[-1] == "state" for meta in opening)


def test_a_run_of_one_process_says_nothing_of_ranks(run_python, tmp_path):
    run_python(
        "import fitlog; fitlog.set_log_dir('logs'); fitlog.add_loss(0.5, 0, 'loss')",
        env={"FITLOG_RANKS": "all", "SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0"},
    )
    (folder,) = runs(tmp_path / "logs")
    assert not {"group", "rank", "world_size"} & set(said(folder, "meta"))


@pytest.mark.parametrize(
    "variables",
    [
        {"RANK": "3"},
        {"RANK": "3", "WORLD_SIZE": "1"},
        {"SLURM_PROCID": "1"},
        {"SLURM_PROCID": "0", "SLURM_NTASKS": "1"},
        {"LOCAL_RANK": "1"},
        {"OMPI_COMM_WORLD_RANK": "1", "WORLD_SIZE": ""},
        {"PMI_RANK": "1", "SLURM_NTASKS": "4"},
        {"RANK": "x", "WORLD_SIZE": "8"},
    ],
    ids=str,
)
def test_a_rank_without_a_size_of_its_own_family_silences_nobody(variables, run_python, tmp_path):
    done = run_python(
        "import fitlog; fitlog.set_log_dir('logs'); fitlog.add_loss(0.5, 0, 'loss')", env=variables
    )
    assert done.stderr == ""
    assert len(runs(tmp_path / "logs")) == 1


SILENT = {"RANK": "1", "WORLD_SIZE": "2"}


def test_a_silenced_rank_behaves_as_under_debug(run_python, tmp_path):
    done = run_python(
        "import fitlog\n"
        "fitlog.set_log_dir('logs')\n"
        "fitlog.set_log_dir('another')\n"
        "print(fitlog.is_debug(), fitlog.get_log_dir(), fitlog.get_log_folder(True))\n"
        "fitlog.add_loss('x', 'no step')\n"
        "fitlog.add_metric(object(), -1)\n"
        "fitlog.add_best_metric(3); fitlog.add_hyper(3); fitlog.add_other(3, 'meta')\n"
        "fitlog.add_progress('x'); fitlog.add_progress(0); fitlog.add_to_line(3)\n"
        "fitlog.add_hyper_in_file('missing.py'); fitlog.create_log_folder(); fitlog.finish(7)\n"
        "fitlog.commit('missing')\n"
        "print(fitlog.set_rng_seed(5, pytorch=False))\n"
        "with fitlog.Run('logs') as run: run.add_loss(0.5, 0, 'loss')\n",
        env=SILENT,
    )
    assert done.stdout == "True None None\n5\n"
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_silenced_rank_says_so_once_even_with_several_runs_and_threads(run_python):
    done = run_python(
        "import threading, fitlog\n"
        "def work():\n"
        "    run = fitlog.Run('logs'); run.add_loss(0.5, 0, 'loss')\n"
        "fitlog.set_log_dir('logs')\n"
        "threads = [threading.Thread(target=work) for _ in range(4)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n",
        env=SILENT,
    )
    assert done.stderr.count("records nothing") == 1


def test_the_rank_is_heeded_with_every_other_plugin_off(run_python, tmp_path):
    done = run_python(
        "import fitlog; fitlog.set_log_dir('logs'); fitlog.add_loss(0.5, 0, 'loss')",
        env={"SLURM_PROCID": "1", "SLURM_NTASKS": "2", "FITLOG_PLUGINS": "off"},
    )
    assert "rank 1 of 2 (SLURM_PROCID)" in done.stderr
    assert list(tmp_path.iterdir()) == []


BROKEN = (
    "import sys\nsys.modules['fitlog_plugins.ranks'] = None\n"  # importing it raises ImportError
    "import fitlog; fitlog.set_log_dir('logs'); fitlog.add_loss(0.5, 0, 'loss')"
)


def test_without_the_plugin_of_ranks_the_plain_rank_rule_holds(run_python, tmp_path):
    done = run_python(BROKEN, env=SILENT)
    assert "plugin 'ranks' cannot be used" in done.stderr
    assert "rank 1 of 2 (RANK) records nothing" in done.stderr
    assert list(tmp_path.iterdir()) == []
    recording = [("0", "2"), ("1", "1"), ("2", "2"), ("-1", "2"), ("x", "2"), ("1", "-2")]
    for rank, size in recording:
        run_python(BROKEN, env={"RANK": rank, "WORLD_SIZE": size})
    assert len(runs(tmp_path / "logs")) == len(recording)
