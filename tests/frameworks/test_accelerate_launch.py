"""``accelerate launch`` of a script that calls fitlog's plain functions: how many runs result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from recording_tools import runs, said, steps

TRAIN = """
import torch.distributed as dist
import fitlog

fitlog.set_log_dir("logs")
dist.init_process_group("gloo")
for step in range(3):
    fitlog.add_loss(0.5, step, "loss")
fitlog.finish()
dist.barrier()
dist.destroy_process_group()
"""
# --multi_gpu is the launcher's way to start several processes; none of them asks for a GPU.
LAUNCH = (
    *("-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes=2"),
    *("--num_machines=1", "--mixed_precision=no", "--dynamo_backend=no"),
    "--main_process_port=0",  # any that is free
)


@pytest.mark.parametrize("ranks", ["", "all"])
def test_accelerate_launch_leaves_one_run_or_one_group(ranks: str, tmp_path: Path):
    (tmp_path / "train.py").write_text(TRAIN, "utf-8")
    done = subprocess.run(
        [sys.executable, *LAUNCH, "train.py"],
        cwd=tmp_path, env={**os.environ, "OMP_NUM_THREADS": "1", "FITLOG_RANKS": ranks},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folders = runs(tmp_path / "logs")
    metas = [said(folder, "meta") for folder in folders]
    assert all(len(steps(folder)) == 3 for folder in folders)
    if ranks:
        assert sorted(meta["rank"] for meta in metas) == [0, 1]
        assert len({meta["group"] for meta in metas}) == 1
    else:
        assert len(metas) == 1
        assert "fitlog: rank 1 of 2 (RANK) records nothing" in done.stderr
