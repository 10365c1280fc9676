"""Which process of a distributed job records."""

from __future__ import annotations

import sys
import types

import pytest

from fitlog_core.hookspecs import Rank
from fitlog_core.testing import fresh_host
from fitlog_plugins import ranks


@pytest.fixture
def ask(monkeypatch):
    """Return the rank under an environment."""

    def rank(**variables: object) -> Rank | None:
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))
        return fresh_host(ranks).first("fitlog_rank")

    return rank


class Distributed(types.ModuleType):
    """What torch.distributed is to a process of a job."""

    def __init__(self, rank: int, size: int, initialized: bool = True) -> None:
        super().__init__("torch.distributed")
        self.is_initialized = lambda: initialized
        self.get_rank = lambda: rank
        self.get_world_size = lambda: size


@pytest.fixture
def torch_says(monkeypatch):
    def says(module: types.ModuleType) -> None:
        monkeypatch.setitem(sys.modules, "torch.distributed", module)

    return says


def test_fitlog_rank_is_none_outside_a_distributed_job(ask):
    assert ask() is None


@pytest.mark.parametrize(
    ("variables", "rank"),
    [
        ({"RANK": 3, "WORLD_SIZE": 8}, Rank(3, 8, "RANK")),
        ({"RANK": 0, "WORLD_SIZE": 8}, Rank(0, 8, "RANK")),
        (
            {"OMPI_COMM_WORLD_RANK": 1, "OMPI_COMM_WORLD_SIZE": 2},
            Rank(1, 2, "OMPI_COMM_WORLD_RANK"),
        ),
        ({"PMI_RANK": 1, "PMI_SIZE": 2}, Rank(1, 2, "PMI_RANK")),
        ({"JSM_NAMESPACE_RANK": 1, "JSM_NAMESPACE_SIZE": 2}, Rank(1, 2, "JSM_NAMESPACE_RANK")),
        ({"SLURM_PROCID": 3, "SLURM_NTASKS": 8}, Rank(3, 8, "SLURM_PROCID")),
        ({"MV2_COMM_WORLD_RANK": 1, "MV2_COMM_WORLD_SIZE": 2}, Rank(1, 2, "MV2_COMM_WORLD_RANK")),
        ({"HOROVOD_RANK": 1, "HOROVOD_SIZE": 2}, Rank(1, 2, "HOROVOD_RANK")),
        ({"JAX_PROCESS_ID": 1, "JAX_NUM_PROCESSES": 2}, Rank(1, 2, "JAX_PROCESS_ID")),
    ],
)
def test_each_family_of_launchers_is_understood(ask, variables, rank):
    assert ask(**variables) == rank


@pytest.mark.parametrize(
    ("variables", "rank"),
    [
        ({"LOCAL_RANK": 1, "WORLD_SIZE": 2}, Rank(1, 2, "LOCAL_RANK")),
        ({"LOCAL_RANK": 1, "NODE_RANK": 0, "WORLD_SIZE": 2}, Rank(1, 2, "LOCAL_RANK")),
        ({"LOCAL_RANK": 0, "NODE_RANK": 0, "WORLD_SIZE": 2}, Rank(0, 2, "LOCAL_RANK")),
        ({"LOCAL_RANK": 0, "NODE_RANK": 1, "WORLD_SIZE": 2}, Rank(1, 2, "NODE_RANK")),
        ({"LOCAL_RANK": 0, "GROUP_RANK": 1, "WORLD_SIZE": 2}, Rank(1, 2, "GROUP_RANK")),
        (
            {"LOCAL_RANK": 0, "NODE_RANK": 0, "GROUP_RANK": 1, "WORLD_SIZE": 2},
            Rank(1, 2, "GROUP_RANK"),
        ),
        (
            {"LOCAL_RANK": 1, "NODE_RANK": 2, "WORLD_SIZE": 16, "LOCAL_WORLD_SIZE": 4},
            Rank(9, 16, "LOCAL_RANK"),
        ),
        ({"LOCAL_RANK": 1, "LOCAL_WORLD_SIZE": 4}, Rank(1, 4, "LOCAL_RANK")),
    ],
)
def test_a_local_rank_counts_together_with_the_machines(ask, variables, rank):
    assert ask(**variables) == rank


@pytest.mark.parametrize(
    "variables",
    [
        {"RANK": 3},
        {"LOCAL_RANK": 1},
        {"LOCAL_RANK": 1, "NODE_RANK": 1},
        {"NODE_RANK": 1, "WORLD_SIZE": 8},
        {"SLURM_PROCID": 3},
        {"PMI_RANK": 3},
        {"RANK": 3, "WORLD_SIZE": 1},
        {"RANK": 3, "SLURM_NTASKS": 8},
        {"SLURM_PROCID": 3, "WORLD_SIZE": 8},
        {"OMPI_COMM_WORLD_RANK": 3, "PMI_SIZE": 8},
    ],
    ids=lambda variables: " ".join(variables),
)
def test_a_rank_without_a_size_of_its_own_family_silences_nobody(ask, variables):
    assert ask(**variables) is None


def test_an_interactive_slurm_shell_silences_nobody(ask):
    assert ask(SLURM_PROCID=0, SLURM_NTASKS=1, SLURM_LOCALID=0, SLURM_JOB_ID=7) is None


@pytest.mark.parametrize(
    "variables",
    [
        {"RANK": "first", "WORLD_SIZE": 8},
        {"RANK": "", "WORLD_SIZE": 8},
        {"RANK": 1, "WORLD_SIZE": "many"},
        {"RANK": "1.0", "WORLD_SIZE": 2},
        {"RANK": -1, "WORLD_SIZE": 8},
        {"RANK": 9, "WORLD_SIZE": 8},
        {"LOCAL_RANK": -1, "WORLD_SIZE": 8},
        {"LOCAL_RANK": "x", "NODE_RANK": "y", "WORLD_SIZE": "z"},
        {"LOCAL_RANK": 2, "WORLD_SIZE": 2},
        {"LOCAL_RANK": 4, "LOCAL_WORLD_SIZE": 4, "WORLD_SIZE": 8},
        {"LOCAL_RANK": 0, "NODE_RANK": 2, "WORLD_SIZE": 8, "LOCAL_WORLD_SIZE": 4},
        {"LOCAL_RANK": 0, "NODE_RANK": 9, "WORLD_SIZE": 8},
        {"RANK": 1, "WORLD_SIZE": "-2"},
        {"RANK": 1, "WORLD_SIZE": 0},
        {"RANK": "1_0", "WORLD_SIZE": 20},
        {"SLURM_PROCID": 4, "SLURM_NTASKS": 4},
    ],
    ids=str,
)
def test_what_is_no_rank_is_passed_over(ask, variables):
    assert ask(**variables) is None


def test_a_family_that_does_not_hold_leaves_the_word_to_the_next(ask):
    assert ask(RANK="x", WORLD_SIZE=4, SLURM_PROCID=2, SLURM_NTASKS=4).source == "SLURM_PROCID"


def test_the_families_are_asked_in_their_order(ask):
    assert ask(JAX_PROCESS_ID=8, JAX_NUM_PROCESSES=9).source == "JAX_PROCESS_ID"
    assert ask(HOROVOD_RANK=7, HOROVOD_SIZE=9).source == "HOROVOD_RANK"
    assert ask(MV2_COMM_WORLD_RANK=6, MV2_COMM_WORLD_SIZE=9).source == "MV2_COMM_WORLD_RANK"
    assert ask(SLURM_PROCID=5, SLURM_NTASKS=9) == Rank(5, 9, "SLURM_PROCID")
    assert ask(JSM_NAMESPACE_RANK=4, JSM_NAMESPACE_SIZE=9).source == "JSM_NAMESPACE_RANK"
    assert ask(PMI_RANK=3, PMI_SIZE=9).source == "PMI_RANK"
    assert ask(OMPI_COMM_WORLD_RANK=2, OMPI_COMM_WORLD_SIZE=9).source == "OMPI_COMM_WORLD_RANK"
    assert ask(LOCAL_RANK=1, WORLD_SIZE=9).source == "LOCAL_RANK"
    assert ask(RANK=0) == Rank(0, 9, "RANK")


def test_an_initialised_process_group_decides(ask, torch_says):
    torch_says(Distributed(2, 4))
    assert ask(RANK=0, WORLD_SIZE=8) == Rank(2, 4, "torch.distributed")


def test_a_process_group_of_one_records_whatever_the_environment_says(ask, torch_says):
    torch_says(Distributed(0, 1))
    assert ask(SLURM_PROCID=3, SLURM_NTASKS=8) == Rank(0, 1, "torch.distributed")


def test_a_process_group_that_is_not_initialised_leaves_it_to_the_environment(ask, torch_says):
    torch_says(Distributed(2, 4, initialized=False))
    assert ask(RANK=1, WORLD_SIZE=8) == Rank(1, 8, "RANK")


def test_a_torch_without_distributed_leaves_it_to_the_environment(ask, torch_says):
    torch_says(types.ModuleType("torch.distributed"))
    assert ask(RANK=1, WORLD_SIZE=8) == Rank(1, 8, "RANK")


def test_neither_torch_nor_jax_is_imported_to_ask_it(run_python):
    code = (
        "import sys; from fitlog_plugins import ranks; ranks.fitlog_rank();"
        "print([name for name in sys.modules if name.startswith(('torch', 'jax'))])"
    )
    assert run_python(code, env={"RANK": "1", "WORLD_SIZE": "2"}).stdout == "[]\n"


def test_seven_of_eight_slurm_tasks_leave_no_run(run_python, tmp_path):
    code = (
        "from fitlog_core.recording.run import Run; run = Run('logs');"
        "run.add_loss(1, 1, 'loss'); run.finish()"
    )
    told = [
        run_python(code, env={"SLURM_PROCID": str(task), "SLURM_NTASKS": "8"}).stderr
        for task in (3, 0, 7)
    ]
    assert "fitlog: rank 3 of 8 (SLURM_PROCID) records nothing" in told[0]
    assert len(list((tmp_path / "logs").glob("log_*"))) == 1


def test_one_process_torchruns_under_one_srun_are_taken_for_its_tasks(ask):
    assert ask(RANK=0, WORLD_SIZE=1, SLURM_PROCID=2, SLURM_NTASKS=4).source == "SLURM_PROCID"


class Jax(types.ModuleType):
    """What JAX is to a process of a job, by its public functions."""

    def __init__(self, rank: int, size: int, initialized: bool = True) -> None:
        super().__init__("jax")
        self.distributed = types.SimpleNamespace(is_initialized=lambda: initialized)
        self.process_index = lambda: rank
        self.process_count = lambda: size


def test_processes_that_jax_connected_are_told_apart(ask, monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", Jax(1, 2))
    assert ask() == Rank(1, 2, "jax.distributed")


def test_jax_is_asked_last_and_only_once_it_connected(ask, monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", Jax(1, 2, initialized=False))
    assert ask() is None
    monkeypatch.setitem(sys.modules, "jax", types.ModuleType("jax"))  # an old one
    assert ask() is None
    monkeypatch.setitem(sys.modules, "jax", Jax(1, 2))
    assert ask(RANK=3, WORLD_SIZE=4).source == "RANK"


def test_what_jax_was_told_is_enough_so_that_it_need_not_take_hold_of_devices(ask, monkeypatch):
    jax, inner = Jax(1, 2), types.ModuleType("jax._src.distributed")
    jax.process_index = None  # the public function would make the devices ready
    inner.global_state = types.SimpleNamespace(
        process_id=3, num_processes=4, coordinator_address="10.0.0.1:1234"
    )
    monkeypatch.setitem(sys.modules, "jax", jax)
    monkeypatch.setitem(sys.modules, "jax._src.distributed", inner)
    assert ask() == Rank(3, 4, "jax.distributed", "10.0.0.1:1234")


TORCHRUN = {"WORLD_SIZE": 2, "MASTER_ADDR": "node1", "MASTER_PORT": 29500}
STARTED = "/tmp/torchelastic_ab/none_cd/attempt_0/{}/error.json"


@pytest.mark.parametrize(
    ("variables", "group"),
    [
        (
            {**TORCHRUN, "RANK": 1, "LOCAL_WORLD_SIZE": 2,
             "TORCHELASTIC_ERROR_FILE": STARTED.format(1)},
            "torchelastic_ab/none_cd/attempt_0",
        ),
        (
            {**TORCHRUN, "RANK": 1, "LOCAL_WORLD_SIZE": 1, "TORCHELASTIC_RUN_ID": "fifth",
             "TORCHELASTIC_ERROR_FILE": STARTED.format(0)},
            "fifth node1:29500",
        ),
        ({**TORCHRUN, "LOCAL_RANK": 1}, "node1:29500"),
        ({"SLURM_PROCID": 1, "SLURM_NTASKS": 2, "SLURM_JOB_ID": 7, "SLURM_STEP_ID": 0},
         "slurm 7.0"),
        ({**TORCHRUN, "RANK": 1, "SLURM_PROCID": 0, "SLURM_NTASKS": 2, "SLURM_JOB_ID": 7,
          "SLURM_STEP_ID": 3}, "slurm 7.3"),
        ({"OMPI_COMM_WORLD_RANK": 1, "OMPI_COMM_WORLD_SIZE": 2, "PMIX_NAMESPACE": "11@1"},
         "mpi 11@1"),
        ({"HOROVOD_RANK": 1, "HOROVOD_SIZE": 2, "HOROVOD_GLOO_RENDEZVOUS_ADDR": "node1",
          "HOROVOD_GLOO_RENDEZVOUS_PORT": 4000}, "node1:4000"),
        ({"JAX_PROCESS_ID": 1, "JAX_NUM_PROCESSES": 2, "JAX_COORDINATOR_ADDRESS": "node1:9"},
         "node1:9"),
        ({"RANK": 1, "WORLD_SIZE": 2}, ""),
    ],
    ids=["torchrun", "torchrun on two machines", "Lightning", "Slurm", "torchrun under Slurm",
         "Open MPI", "Horovod", "JAX", "nothing is said"],
)  # fmt: skip
def test_the_launcher_tells_which_job_it_is(ask, variables, group):
    assert ask(**variables).group == group


@pytest.mark.parametrize(
    "variables",
    [
        {"RANK": "{}", "WORLD_SIZE": 2, "LOCAL_SIZE": 2, "CROSS_SIZE": 1, "CROSS_RANK": 0},
        {"PMI_RANK": "{}", "PMI_SIZE": 2, "MPI_LOCALNRANKS": 2},
        {"MV2_COMM_WORLD_RANK": "{}", "MV2_COMM_WORLD_SIZE": 2, "MV2_COMM_WORLD_LOCAL_SIZE": 2},
    ],
    ids=["DeepSpeed", "MPICH and Intel MPI", "MVAPICH"],
)
def test_where_the_launcher_says_nothing_more_it_is_itself_the_job(run_python, variables):
    code = (
        "import os, subprocess, sys\n"
        "ask = 'from fitlog_plugins.ranks import fitlog_rank; print(fitlog_rank().group)'\n"
        "for rank in '01':\n"
        "    environ = {key: value.format(rank) for key, value in os.environ.items()}\n"
        "    subprocess.run([sys.executable, '-c', ask], env=environ, check=True)\n"
    )
    env = {key: str(value) for key, value in variables.items()}
    first, second = (run_python(code, env=env).stdout.splitlines() for _ in range(2))
    assert first[0] == first[1] != second[0] == second[1] != ""


def test_a_job_of_one_process_has_no_group(ask, torch_says):
    torch_says(Distributed(0, 1))
    assert ask(MASTER_ADDR="node1", MASTER_PORT=1) == Rank(0, 1, "torch.distributed")
