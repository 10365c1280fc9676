"""Distributed jobs of PyTorch, started as its users start them: how many runs result."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from recording_tools import runs, said, steps

TRAIN = """
import torch
import torch.distributed as dist
import fitlog

fitlog.set_log_dir("logs")
fitlog.add_hyper({"lr": 0.1})
dist.init_process_group("gloo")
for step in range(3):
    loss = torch.tensor(float(dist.get_rank()))
    dist.all_reduce(loss)
    fitlog.add_loss(loss, step, "loss")
fitlog.finish()
dist.barrier()
dist.destroy_process_group()
"""
SPAWN = """
import sys
import torch.distributed as dist
import torch.multiprocessing as mp
import fitlog


def train(rank, meeting):
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
    fitlog.set_log_dir("logs")
    for step in range(3):
        fitlog.add_loss(0.5, step, "loss")
    fitlog.finish()
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    mp.spawn(train, (sys.argv[1],), nprocs=2)
"""
TORCHRUN = ("-m", "torch.distributed.run", "--nproc-per-node=2")


@pytest.fixture
def launch(tmp_path: Path):
    """Return a function that runs a script with a launcher and returns its stderr."""

    def run(code: str, *launcher: str, ranks: str = "", arguments: tuple[str, ...] = ()) -> str:
        script = tmp_path / "train.py"
        script.write_text(code, "utf-8")
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "FITLOG_RANKS": ranks}
        done = subprocess.run(
            [sys.executable, *launcher, str(script), *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stderr

    return run


def port_of_choice() -> int:
    """A free port below those that systems give to who asks for any, as other tests do."""
    for port in random.SystemRandom().sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    pytest.fail("no port of a hundred is free")


def test_torchrun_with_the_plain_functions_leaves_one_run(launch, tmp_path):
    told = launch(TRAIN, *TORCHRUN)
    (folder,) = (tmp_path / "logs").glob("log_*")
    assert [record.values for record in steps(folder)] == [{"loss": 1.0}] * 3
    assert said(folder, "meta")["state"] == "finish"
    assert not {"group", "rank", "world_size"} & set(said(folder, "meta"))
    assert told.count("fitlog: ") == 1
    assert "fitlog: rank 1 of 2 (RANK) records nothing; FITLOG_RANKS=all" in told


def test_with_all_ranks_torchrun_leaves_a_run_each_linked_as_one_group(launch, tmp_path):
    port = port_of_choice()
    for _ in range(2):
        # The same port each time, and no name of its own, is what many launchers give torchrun.
        told = launch(TRAIN, *TORCHRUN, f"--master-port={port}", "--rdzv-id=none", ranks="all")
        assert "fitlog: " not in told
    metas = [said(folder, "meta") for folder in runs(tmp_path / "logs")]
    groups = {meta["group"]: [] for meta in metas}
    for meta in metas:
        groups[meta["group"]].append((meta["rank"], meta["world_size"]))
    assert [sorted(ranks) for ranks in groups.values()] == [[(0, 2), (1, 2)]] * 2


@pytest.mark.parametrize("ranks", ["", "all"])
def test_spawned_processes_are_told_apart_once_they_met(ranks, launch, tmp_path):
    meeting = f"file://{tmp_path / 'meeting'}"
    told = launch(SPAWN, ranks=ranks, arguments=(meeting,))
    metas = [said(folder, "meta") for folder in runs(tmp_path / "logs")]
    if ranks:
        assert sorted(meta["rank"] for meta in metas) == [0, 1]
        assert len({meta["group"] for meta in metas}) == 1
    else:
        assert len(metas) == 1
        assert "fitlog: rank 1 of 2 (torch.distributed) records nothing" in told
