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
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)

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
    ],
    ids=str,
)
def test_what_is_no_rank_is_passed_over(ask, variables):
    assert ask(**variables) is None


def test_a_family_that_does_not_hold_leaves_the_word_to_the_next(ask):
    assert ask(RANK="x", WORLD_SIZE=4, SLURM_PROCID=2, SLURM_NTASKS=4).source == "SLURM_PROCID"


def test_the_families_are_asked_in_their_order(ask):
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


def test_torch_is_not_imported_to_ask_it(run_python):
    code = (
        "import sys; from fitlog_plugins import ranks; ranks.fitlog_rank();"
        "print([name for name in sys.modules if name.startswith('torch')])"
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
    assert len(list((tmp_path / "logs").iterdir())) == 1
