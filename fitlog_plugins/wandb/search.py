"""What a sweep's configuration asks to be tried: its grid, or values drawn at random.

The keys are those of https://docs.wandb.ai/models/sweeps/sweep-config-keys.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fitlog_core.errors import ArgumentError

METHODS = ("grid", "random", "bayes")
_Parameter = Mapping[str, Any]


def candidates(configuration: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what each run of a sweep is to be configured with; without end where it is drawn.

    The values are drawn apart from ``random``'s own, so that a seed of the script's neither makes
    all runs alike nor gives others than it does without a sweep.

    :param configuration: What ``wandb.sweep`` is given: ``method`` and ``parameters``.
    :raises ArgumentError: if it has no such method, or a parameter cannot be drawn from.
    """
    method, parameters = configuration.get("method"), configuration.get("parameters")
    if method not in METHODS:
        raise ArgumentError(
            f"the sweep's method is {method!r}; it is one of {', '.join(map(repr, METHODS))}"
        )
    if not isinstance(parameters, Mapping) or not parameters:
        raise ArgumentError(f"the sweep's parameters are {parameters!r}; give a dict of them")
    if method == "grid":
        return _grid(parameters)
    draw = _drawn(parameters)
    source = random.Random()  # noqa: S311 - nothing is kept secret by it
    return (draw(source) for _ in itertools.count())


def _grid(parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return all combinations, the last parameter changing first."""
    choices = [_choices(name, parameter) for name, parameter in parameters.items()]
    return (dict(zip(parameters, values, strict=True)) for values in itertools.product(*choices))


def _choices(name: str, parameter: object) -> list[Any]:
    """Return the values of one parameter of a grid.

    :raises ArgumentError: if there is no end to them.
    """
    said = _expect_mapping(name, parameter)
    if "parameters" in said:
        return list(_grid(_expect_mapping(name, said["parameters"])))
    if "value" in said:
        return [said["value"]]
    if "values" in said:
        return _listed(name, said)
    if _kind(name, said) == "int_uniform":
        low, high = _limits(name, said)
        return list(range(int(low), int(high) + 1))
    raise ArgumentError(f"a grid needs the values of {name!r}, got {dict(said)}")


def _drawn(parameters: Mapping[str, Any]) -> Callable[[random.Random], dict[str, Any]]:
    """Return what draws a value of each parameter."""
    draws = {name: _draw_of(name, parameter) for name, parameter in parameters.items()}
    return lambda source: {name: draw(source) for name, draw in draws.items()}


def _draw_of(name: str, parameter: object) -> Callable[[random.Random], Any]:
    """Return what draws a value of one parameter.

    :raises ArgumentError: if it is not told how.
    """
    said = _expect_mapping(name, parameter)
    if "parameters" in said:
        return _drawn(_expect_mapping(name, said["parameters"]))
    if "value" in said:
        return lambda _: said["value"]
    if "values" in said:
        values, weights = _listed(name, said), said.get("probabilities")
        return lambda source: source.choices(values, weights)[0]
    kind = _kind(name, said)
    step = float(said.get("q", 1)) if kind.startswith("q_") else None
    draw = _distribution(name, kind.removeprefix("q_"), said)
    return draw if step is None else lambda source: round(draw(source) / step) * step


def _distribution(name: str, kind: str, said: _Parameter) -> Callable[[random.Random], Any]:
    """Return what draws from a distribution of numbers.

    :raises ArgumentError: if there is none of this name.
    """
    if kind.endswith("normal"):
        mean, deviation = _number(name, said, "mu", 0), _number(name, said, "sigma", 1)
        is_log = kind == "log_normal"
        return lambda source: _raised(source.gauss(mean, deviation), is_log)
    if kind == "beta":
        a, b = _number(name, said, "a", 1), _number(name, said, "b", 1)
        return lambda source: source.betavariate(a, b)
    low, high = _limits(name, said)
    if kind == "int_uniform":
        return lambda source: source.randint(int(low), int(high))
    if kind == "uniform":
        return lambda source: source.uniform(low, high)
    if kind in ("log_uniform", "inv_log_uniform"):  # the limits are exponents
        sign = -1 if kind.startswith("inv") else 1
        return lambda source: math.exp(sign * source.uniform(low, high))
    if kind in ("log_uniform_values", "inv_log_uniform_values") and low > 0:
        return lambda source: math.exp(source.uniform(math.log(low), math.log(high)))
    raise ArgumentError(f"{name!r} cannot be drawn from the distribution of {dict(said)}")


def _raised(value: float, is_log: bool) -> float:
    return math.exp(value) if is_log else value


def _kind(name: str, said: _Parameter) -> str:
    """Return the distribution of a parameter, which its limits tell where nobody says it."""
    if "distribution" in said:
        return str(said["distribution"])
    if "mu" in said or "sigma" in said:
        return "normal"
    low, high = _limits(name, said)
    return "int_uniform" if isinstance(low, int) and isinstance(high, int) else "uniform"


def _listed(name: str, said: _Parameter) -> list[Any]:
    values = said["values"]
    if not isinstance(values, (list, tuple)) or not values:
        raise ArgumentError(f"the values of {name!r} are {values!r}; give a list of them")
    return list(values)


def _limits(name: str, said: _Parameter) -> tuple[float, float]:
    low, high = _number(name, said, "min"), _number(name, said, "max")
    if low > high:
        raise ArgumentError(f"min of {name!r} is above max: {low} > {high}")
    return low, high


def _number(name: str, said: _Parameter, key: str, default: float | None = None) -> float:
    value = said.get(key, default)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ArgumentError(f"{key} of {name!r} must be a number, got {value!r} in {dict(said)}")
    return value


def _expect_mapping(name: str, parameter: object) -> _Parameter:
    if not isinstance(parameter, Mapping):
        raise ArgumentError(
            f"the parameter {name!r} is {parameter!r}; give a dict such as {{'values': [1, 2]}}"
        )
    return parameter
