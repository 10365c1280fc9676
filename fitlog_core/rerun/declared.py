"""The arguments that argparse is told of, read from code without running it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MANY = ("*", "+", "...", "A...", "REMAINDER", "PARSER")
_SWITCHES = {"store_true": True, "store_false": False}
_WITHOUT_VALUE = ("store_const", "append_const", "count", "help", "version")


@dataclass(frozen=True)
class Declared:
    """An argument of a command.

    :param names: As ``add_argument`` spells it: ``-b`` and ``--batch-size``, or ``data``.
    :param dest: What the hyperparameter is called.
    :param count: How many words it takes, None for as many as follow.
    :param sets: What its presence sets where it takes no word, else None.
    :param opposite: The option that sets the contrary, empty if there is none.
    """

    names: tuple[str, ...]
    dest: str
    count: int | None = 1
    sets: bool | None = None
    opposite: str = ""

    @property
    def is_option(self) -> bool:
        """Whether a name tells it, and not its place."""
        return self.names[0].startswith("-")

    @property
    def longest(self) -> str:
        """Its name as a person would write it."""
        return max(self.names, key=len)


def declared_arguments(code: str) -> list[Declared]:
    """Return what the calls of ``add_argument`` in a code declare, in their order.

    :param code: Python; what is none declares nothing.
    """
    if "add_argument" not in code:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of their code, at each command anew
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return []
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _adds(node)]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))  # walking goes by depth
    return list(_declared(calls))


def _adds(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument"


def _declared(calls: Iterable[ast.Call]) -> Iterator[Declared]:
    for call in calls:
        given = (one.value for one in call.args if isinstance(one, ast.Constant))
        names = tuple(one for one in given if isinstance(one, str) and one)
        if names:
            yield _of_call(names, {word.arg: _said(word.value) for word in call.keywords})


def _of_call(names: tuple[str, ...], said: dict[str | None, object]) -> Declared:
    longs = [name for name in names if name.startswith("--")]
    dest = said.get("dest") or (longs or names)[0].lstrip("-").replace("-", "_")
    action = said.get("action")
    if action == "BooleanOptionalAction" and longs:
        return Declared(names, str(dest), 0, sets=True, opposite=f"--no-{longs[0][2:]}")
    if action in _SWITCHES:
        return Declared(names, str(dest), 0, sets=_SWITCHES[str(action)])
    count = 0 if action in _WITHOUT_VALUE else _count(said.get("nargs"))
    return Declared(names, str(dest), count)


def _count(nargs: object) -> int | None:
    if isinstance(nargs, int):
        return nargs
    return None if nargs in _MANY else 1


def _said(node: ast.expr) -> object:
    """Return a constant, or the last name of ``argparse.REMAINDER``."""
    if isinstance(node, ast.Constant):
        return node.value
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
