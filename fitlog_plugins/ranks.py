"""Which process of a distributed job this is, told by torch, a launcher, MPI, Slurm or JAX.

Only what is already there is looked at: the environment, and torch and JAX if they are imported.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from fitlog_core import machine
from fitlog_core.hookspecs import Rank, hookimpl


class Family(NamedTuple):
    """Variables that one kind of launcher sets together.

    :param rank: Variable of the rank.
    :param size: Variable of the number of processes.
    :param local_size: Variable of the number of processes on this machine.
    """

    rank: str
    size: str
    local_size: str = ""


LAUNCHER = Family("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE")
OPEN_MPI = Family("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE")
PMI = Family("PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS")  # MPICH and Intel MPI
SLURM = Family("SLURM_PROCID", "SLURM_NTASKS")
MVAPICH = Family("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_LOCAL_SIZE")
CLUSTERS = (
    OPEN_MPI,
    PMI,
    Family("JSM_NAMESPACE_RANK", "JSM_NAMESPACE_SIZE"),
    SLURM,
    MVAPICH,
    Family("HOROVOD_RANK", "HOROVOD_SIZE"),
    Family("JAX_PROCESS_ID", "JAX_NUM_PROCESSES"),
)
NODES = ("NODE_RANK", "GROUP_RANK")  # what Lightning and torchrun call the number of the machine
HERE = ("localhost", "127.0.0.1", "::1")


@hookimpl
def fitlog_rank() -> Rank | None:
    """Return the rank of this process, None if it is no part of a distributed job."""
    rank = _of_torch() or _of_family(LAUNCHER) or _of_local_rank()
    rank = rank or next((found for found in map(_of_family, CLUSTERS) if found), None)
    rank = rank or _of_jax()
    return None if rank is None else rank._replace(group=_job() if rank.size > 1 else "")


# ------------------------------------------------------------------- the rank


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
    if rank is None or size is None or rank >= size or size == 1:
        return None
    return Rank(rank, size, family.rank)


def _of_local_rank() -> Rank | None:
    """Put the rank together from the process's number on its machine and the machine's."""
    local, local_size = _number("LOCAL_RANK"), _number("LOCAL_WORLD_SIZE")
    size = _number("WORLD_SIZE") or local_size
    if local is None or size is None or size == 1 or (local_size and local >= local_size):
        return None
    machine_number = next((name for name in NODES if _number(name)), None)
    node = (machine_number and _number(machine_number)) or 0
    # Without the number of processes a machine the place in the job is not known; that it is
    # not the first is.
    rank = node * local_size + local if local_size else local or node
    source = machine_number if machine_number and not local else "LOCAL_RANK"
    return Rank(rank, size, source) if rank < size else None


def _of_jax() -> Rank | None:
    """Ask JAX, if the training connected its processes."""
    jax = sys.modules.get("jax")
    is_initialized = getattr(getattr(jax, "distributed", None), "is_initialized", None)
    if jax is None or is_initialized is None or not is_initialized():
        return None
    # ``process_index()`` takes hold of the devices and may wait for the other processes, so
    # what was told to ``initialize()`` is looked at first.
    told = _jax_state()
    rank, size = getattr(told, "process_id", None), getattr(told, "num_processes", None)
    if not isinstance(rank, int) or not isinstance(size, int):
        rank, size = jax.process_index(), jax.process_count()
    return Rank(rank, size, "jax.distributed")


def _jax_state() -> object:
    return getattr(sys.modules.get("jax._src.distributed"), "global_state", None)


def _number(variable: str) -> int | None:
    """Return the number a variable holds; None where it is none, or negative."""
    text = os.environ.get(variable, "").strip()
    return int(text) if text.isdecimal() else None


# -------------------------------------------------------------------- the job


def _job() -> str:
    """Return what all processes of this job say of it, and those of another do not.

    Nothing is asked of the other processes: it is what the launcher told all of them. Where an
    address is all there is, the next job at that address says the same.
    """
    return _of_torchrun() or _of_scheduler() or _of_parent() or _of_address()


def _of_torchrun() -> str:
    """Return the folder that torchrun made for this start of its workers, if all are here."""
    file = os.environ.get("TORCHELASTIC_ERROR_FILE", "")
    if not file:
        return ""
    from pathlib import PurePath  # in such a job torch has imported it

    parts = PurePath(file).parts
    if len(parts) < 5 or not _is_on_one_machine(LAUNCHER):
        return ""
    return "/".join(parts[-5:-2])  # .../torchelastic_x/ID_y/attempt_0/LOCAL_RANK/error.json


def _of_scheduler() -> str:
    """Return the id of the Slurm step or the MPI job, where it is what started the processes."""
    environ = os.environ
    if _of_family(SLURM) and environ.get("SLURM_JOB_ID") and environ.get("SLURM_STEP_ID"):
        return f"slurm {environ['SLURM_JOB_ID']}.{environ['SLURM_STEP_ID']}"
    if _of_family(OPEN_MPI):
        namespace = environ.get("PMIX_NAMESPACE") or environ.get("OMPI_MCA_ess_base_jobid")
        return f"mpi {namespace}" if namespace else ""
    return ""


def _of_parent() -> str:
    """Return the parent's identity, where one parent started every process of the job."""
    is_alone = os.environ.get("MASTER_ADDR", HERE[0]) in HERE
    process = sys.modules.get("multiprocessing.process")
    is_child = process is not None and process.parent_process() is not None
    is_deepspeed = _number("CROSS_SIZE") == 1 and _number("LOCAL_SIZE") == _number("WORLD_SIZE")
    is_mpi = any(map(_is_on_one_machine, (OPEN_MPI, PMI, MVAPICH)))
    if not (is_child and is_alone) and not is_deepspeed and not is_mpi:
        return ""
    parent = os.getppid()
    return f"{machine.host()} {parent} {machine.pid_start(parent) or ''}".strip()


def _of_address() -> str:
    """Return where the processes of the job meet, with the name that the job was given."""
    environ = os.environ
    name = environ.get("TORCHELASTIC_RUN_ID", "none")
    for host, port in (
        ("MASTER_ADDR", "MASTER_PORT"),
        ("HOROVOD_GLOO_RENDEZVOUS_ADDR", "HOROVOD_GLOO_RENDEZVOUS_PORT"),
    ):
        if environ.get(host) and environ.get(port):
            address = f"{environ[host]}:{environ[port]}"
            return address if name == "none" else f"{name} {address}"
    told = getattr(_jax_state(), "coordinator_address", None)
    return str(told or environ.get("JAX_COORDINATOR_ADDRESS", ""))


def _is_on_one_machine(family: Family) -> bool:
    size = _number(family.size)
    return size is not None and size > 1 and _number(family.local_size) == size
