"""NumPy's values, seeds and version."""

from __future__ import annotations

import subprocess
import sys
import types

import numpy as np
import pytest

from fitlog_core.recording.values import plain
from fitlog_core.testing import fresh_host
from fitlog_plugins import numpy as plugin


def ask(value: object) -> object:
    return fresh_host(plugin).first("fitlog_value", value=value)


def seed(number: int, *frameworks: str) -> None:
    fresh_host(plugin).notify(
        "fitlog_seed", seed=number, frameworks=frozenset(frameworks), deterministic=True
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.dtype("float32"), "float32"),
        (np.dtype([("a", "<i4")]), "[('a', '<i4')]"),
        (np.random.default_rng(1), "Generator"),
        (np.random.RandomState(1), "RandomState"),
        (np.random.PCG64(1), "PCG64"),
        (np.random.SeedSequence(1), "SeedSequence"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_fitlog_value_says_types_and_generators_by_name(value, text):
    assert ask(value) == text


@pytest.mark.parametrize("value", [object(), types, "float32", type(None)])
def test_other_values_are_left_to_others(value):
    assert ask(value) is None


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (np.float32, "float32"),
        (np.tanh, "tanh"),
        (np.float64(0.5), 0.5),
        (np.array([3]), 3),
        (np.array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        (np.bool_(True), True),
        (np.dtype("int64"), "int64"),
    ],
    ids=lambda value: str(value),
)
def test_a_recorded_value_of_numpy_reads_well(value, stored):
    assert plain(value) == stored


def test_fitlog_seed_makes_random_numbers_repeat():
    seed(7, "numpy")
    first = np.random.random(3)
    seed(7, "numpy")
    assert (np.random.random(3) == first).all()


def test_a_seed_that_is_not_asked_for_changes_nothing():
    seed(7, "numpy")
    first = np.random.random(3)
    seed(7, "numpy")
    seed(8, "pytorch")
    assert (np.random.random(3) == first).all()


@pytest.mark.parametrize(("given", "taken"), [(2**32, 0), (2**64 + 5, 5), (-1, 2**32 - 1)])
def test_a_seed_beyond_numpys_range_starts_the_range_again(given, taken, capsys):
    seed(given, "numpy")
    first = np.random.random(3)
    np.random.seed(taken)
    assert (np.random.random(3) == first).all()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("error", ["ImportError", "OSError"])
def test_a_numpy_that_cannot_be_imported_is_passed_over(tmp_path, error):
    (tmp_path / "numpy.py").write_text(f"raise {error}('libopenblas.so.0 is missing')")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from fitlog_core.testing import fresh_host\n"
        "from fitlog_plugins import numpy as plugin\n"
        "fresh_host(plugin).notify('fitlog_seed', seed=1, frameworks={'numpy'}, "
        "deterministic=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_fitlog_environment_tells_the_version_that_is_imported():
    facts = fresh_host(plugin).collect("fitlog_environment", run=None)
    assert [answer for _, answer in facts] == [{"version": np.__version__}]


def test_numpy_is_not_imported_to_be_told_of(run_python):
    code = (
        "import sys; from fitlog_core.testing import fresh_host;"
        "from fitlog_plugins import numpy as plugin; host = fresh_host(plugin);"
        "print(host.collect('fitlog_environment', run=None), host.first('fitlog_value', value=1j),"
        "'numpy' in sys.modules)"
    )
    assert run_python(code).stdout == "[] None False\n"
