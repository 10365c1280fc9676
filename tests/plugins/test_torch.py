"""PyTorch's values, seeds and versions."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR
from torch.utils.data import DataLoader, TensorDataset

from fitlog_core.hookspecs import Rank
from fitlog_core.recording.run import Run
from fitlog_core.recording.values import plain
from fitlog_core.testing import fresh_host
from fitlog_plugins import ranks
from fitlog_plugins import torch as plugin

MODEL = torch.nn.Sequential(torch.nn.Linear(2, 2))
OPTIMIZER = torch.optim.SGD(MODEL.parameters(), lr=0.1)
DATA = TensorDataset(torch.zeros(4, 2))


def ask(value: object) -> object:
    return fresh_host(plugin).first("fitlog_value", value=value)


def seed(number: int, *frameworks: str, deterministic: bool = False) -> None:
    fresh_host(plugin).notify(
        "fitlog_seed",
        seed=number,
        frameworks=frozenset(frameworks),
        deterministic=deterministic,
    )


@pytest.fixture
def flags():
    """Put cuDNN's switches back after the test."""
    before = (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark)
    yield torch.backends.cudnn
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = before


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.device("cuda", 1), "cuda:1"),
        (torch.float32, "torch.float32"),
        (torch.strided, "torch.strided"),
        (MODEL, "Sequential"),
        (torch.nn.CrossEntropyLoss(), "CrossEntropyLoss"),
        (OPTIMIZER, "SGD"),
        (StepLR(OPTIMIZER, 1), "StepLR"),
        (ReduceLROnPlateau(OPTIMIZER), "ReduceLROnPlateau"),
        (DATA, "TensorDataset"),
        (DataLoader(DATA), "DataLoader"),
        (torch.Generator(), "Generator"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_fitlog_value_says_torchs_objects_in_a_word(value, text):
    assert ask(value) == text


@pytest.mark.parametrize("value", [object(), types, "cuda", torch.nn.Linear])
def test_other_values_are_left_to_others(value):
    assert ask(value) is None


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (torch.nn.ReLU, "ReLU"),
        (torch.nn.functional.relu, "relu"),
        (torch.device("cpu"), "cpu"),
        (MODEL, "Sequential"),
        (torch.tensor([0.5], requires_grad=True), 0.5),
        (torch.Size([2, 3]), "(2, 3)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_recorded_value_of_torch_reads_well(value, stored):
    assert plain(value) == stored


def test_the_module_itself_is_not_changed():
    before = {name: weight.clone() for name, weight in MODEL.state_dict().items()}
    ask(MODEL)
    assert all(torch.equal(weight, before[name]) for name, weight in MODEL.state_dict().items())


def test_fitlog_seed_makes_random_numbers_repeat():
    seed(7, "pytorch")
    first = torch.rand(3)
    seed(7, "pytorch")
    assert torch.equal(torch.rand(3), first)


def test_a_seed_that_is_not_asked_for_changes_nothing():
    seed(7, "pytorch")
    first = torch.rand(3)
    seed(7, "pytorch")
    seed(8, "numpy")
    assert torch.equal(torch.rand(3), first)


@pytest.mark.parametrize(
    ("given", "taken"), [(2**64 - 1, 2**64 - 1), (2**64 + 5, 5), (-(2**63) - 1, 2**63 - 1)]
)
def test_a_seed_beyond_torchs_range_starts_the_range_again(given, taken, capsys):
    seed(given, "pytorch")
    first = torch.rand(3)
    torch.manual_seed(taken)
    assert torch.equal(torch.rand(3), first)
    assert capsys.readouterr().err == ""


def test_deterministic_switches_cudnn_where_asked(flags):
    flags.deterministic, flags.benchmark = False, True
    seed(1, "pytorch", deterministic=False)
    assert (flags.deterministic, flags.benchmark) == (False, True)
    seed(1, "pytorch", deterministic=True)
    assert (flags.deterministic, flags.benchmark) == (True, False)


def test_torch_is_imported_to_be_seeded_before_the_training_does(run_python):
    code = (
        "from fitlog_core.testing import fresh_host; from fitlog_plugins import torch as plugin;"
        "fresh_host(plugin).notify('fitlog_seed', seed=7, frameworks={'pytorch'}, "
        "deterministic=True);"
        "import torch; print(torch.initial_seed(), torch.backends.cudnn.deterministic)"
    )
    assert run_python(code).stdout == "7 True\n"


@pytest.mark.parametrize("error", ["ImportError", "OSError"])
def test_a_torch_that_cannot_be_imported_is_passed_over(tmp_path, error):
    (tmp_path / "torch.py").write_text(f"raise {error}('libcudart.so.12 is missing')")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from fitlog_core.testing import fresh_host\n"
        "from fitlog_plugins import torch as plugin\n"
        "fresh_host(plugin).notify('fitlog_seed', seed=1, frameworks={'pytorch'}, "
        "deterministic=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_fitlog_environment_tells_the_version_that_is_imported():
    facts = dict(fresh_host(plugin).collect("fitlog_environment", run=None))
    told = facts["fitlog_plugins.torch"]
    assert told["version"] == str(torch.__version__)
    assert told.get("cuda") == torch.version.cuda


def test_the_devices_are_named_once_the_training_uses_them(monkeypatch):
    cuda = types.SimpleNamespace(
        is_initialized=lambda: True,
        device_count=lambda: 2,
        get_device_name=lambda index: f"Device {index}",
    )
    monkeypatch.setattr(torch, "cuda", cuda)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    facts = dict(fresh_host(plugin).collect("fitlog_environment", run=None))
    assert facts["fitlog_plugins.torch"]["gpus"] == ["Device 0", "Device 1"]
    assert facts["fitlog_plugins.torch"]["cuda"] == "13.0"


def test_devices_that_nobody_uses_are_not_asked_for(monkeypatch):
    monkeypatch.setattr(torch, "cuda", types.SimpleNamespace(is_initialized=lambda: False))
    facts = dict(fresh_host(plugin).collect("fitlog_environment", run=None))
    assert "gpus" not in facts["fitlog_plugins.torch"]


def test_torch_is_not_imported_to_be_told_of(run_python):
    code = (
        "import sys; from fitlog_core.testing import fresh_host;"
        "from fitlog_plugins import torch as plugin; host = fresh_host(plugin);"
        "print(host.collect('fitlog_environment', run=None), host.first('fitlog_value', value=1j),"
        "'torch' in sys.modules)"
    )
    assert run_python(code).stdout == "[] None False\n"


def test_the_rank_of_a_real_process_group_is_known(tmp_path):
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path / 'store'}", rank=0, world_size=1
    )
    try:
        assert fresh_host(ranks).first("fitlog_rank") == Rank(0, 1, "torch.distributed")
    finally:
        torch.distributed.destroy_process_group()
    assert fresh_host(ranks).first("fitlog_rank") is None


JOB = """
import sys
import torch.distributed as distributed
from fitlog_core.recording.run import Run

store = "file://" + sys.argv[1]
distributed.init_process_group("gloo", init_method=store, rank=int(sys.argv[2]), world_size=2)
run = Run("logs")
run.add_loss(1.0, 1, "loss")
run.finish()
distributed.barrier()
distributed.destroy_process_group()
"""


def test_two_processes_of_one_group_leave_one_run(tmp_path):
    command = [sys.executable, "-c", JOB, str(tmp_path / "store")]
    processes = [
        subprocess.Popen([*command, rank], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for rank in ("0", "1")
    ]
    told = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert len(list((tmp_path / "logs").glob("log_*"))) == 1
    assert "fitlog: rank 1 of 2 (torch.distributed) records nothing" in told[1]


def test_a_checkpoint_of_torch_keeps_the_state_of_the_run(tmp_path):
    state = Run(tmp_path / "logs").state()
    torch.save({"model": MODEL.state_dict(), "fitlog": state}, tmp_path / "checkpoint.pt")
    loaded = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["fitlog"]
    later = Run(tmp_path / "logs")
    later.resume(loaded)
    later.add_loss(0.5, 1)
    assert later.get_log_id() == state["id"]
    assert len(list(tmp_path.glob("logs/log_*"))) == 1
