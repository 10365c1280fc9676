"""Which process of a distributed job this is, told by torch, a launcher, MPI or Slurm.

Only what is already there is looked at: the environment, and torch if it is imported.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from fitlog_core.hookspecs import Rank, hookimpl


class Family(NamedTuple):
    """Variables that one kind of launcher sets together.

    :param rank: Variable of the rank.
    :param size: Variable of the number of processes.
    """

    rank: str
    size: str


LAUNCHER = Family("RANK", "WORLD_SIZE")
CLUSTERS = (
    Family("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    Family("PMI_RANK", "PMI_SIZE"),
    Family("JSM_NAMESPACE_RANK", "JSM_NAMESPACE_SIZE"),
    Family("SLURM_PROCID", "SLURM_NTASKS"),
)
NODES = ("NODE_RANK", "GROUP_RANK")  # what Lightning and torchrun call the number of the machine


@hookimpl
def fitlog_rank() -> Rank | None:
    """Return the rank of this process, None if it is no part of a distributed job."""
    rank = _of_torch() or _of_family(LAUNCHER) or _of_local_rank()
    if rank is not None:
        return rank
    return next((found for found in map(_of_family, CLUSTERS) if found), None)


def _of_torch() -> Rank | None:
    """Ask torch's process group, if the training made one."""
    distributed = sys.modules.get("torch.distributed")
    # A torch built without it, or still being imported, lacks these functions.
    is_initialized = getattr(distributed, "is_initialized", None)
    if distributed is None or is_initialized is None or not is_initialized():
        return None
    return Rank(distributed.get_rank(), distributed.get_world_size(), "torch.distributed")


def _of_family(family: Family) -> Rank | None:
    """Read one family; a rank without a size above 1 beside it means nothing."""
    rank, size = _number(family.rank), _number(family.size)
    if rank is None or size is None or not 0 <= rank < size or size == 1:
        return None
    return Rank(rank, size, family.rank)


def _of_local_rank() -> Rank | None:
    """Put the rank together from the process's number on its machine and the machine's."""
    local, local_size = _number("LOCAL_RANK"), _number("LOCAL_WORLD_SIZE")
    size = _number("WORLD_SIZE") or local_size
    if local is None or local < 0 or size is None or size <= 1:
        return None
    machine = next((name for name in NODES if (_number(name) or 0) > 0), None)
    node = (machine and _number(machine)) or 0
    # Without the number of processes a machine the place in the job is not known; that it is
    # not the first is.
    rank = node * local_size + local if local_size else local or node
    return Rank(rank, size, machine if machine and not local else "LOCAL_RANK")


def _number(variable: str) -> int | None:
    try:
        return int(os.environ.get(variable, ""))
    except ValueError:
        return None
