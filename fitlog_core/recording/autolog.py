"""Attaches adapters to frameworks where a script imports them, and imports none itself.

Packages say by an entry point of the group ``fitlog.autolog`` what is to be called once a module
is imported: ``"keras" = "fitlog_plugins.keras:autolog"`` calls ``autolog(module)``.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from fitlog_core.entry_points import Found, find
from fitlog_core.errors import PluginError
from fitlog_core.notices import say
from fitlog_core.recording.session import session

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

GROUP = "fitlog.autolog"
STAND_INS = "fitlog.stand_ins"  # the group of modules that stand in for others

_ARGUMENTS = Found("argparse", "fitlog_core.recording.arguments:attach")

_Function = TypeVar("_Function", bound=Callable[..., Any])
_said: set[str] = set()


def attach() -> None:
    """Have every adapter attached where its framework is imported, now or later; once."""
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    wanted: dict[str, list[Found]] = {}
    for point in (_ARGUMENTS, *find(GROUP)):
        wanted.setdefault(point.name, []).append(point)
    sys.meta_path.insert(0, _Finder(wanted))  # no subclass: its base is slow to import
    for name in wanted:
        module = sys.modules.get(name)
        if module is not None:
            _attach(module, wanted[name])


def stand_in(name: str) -> None:
    """Let ``import NAME`` give the module of ours that stands in for it.

    :param name: The name of an entry point of the group :data:`STAND_INS`.
    :raises PluginError: if there is none.
    """
    point = next((each for each in find(STAND_INS) if each.name == name), None)
    if point is None:
        raise PluginError(f"no installed package has a stand-in for {name}; install fitlog anew")
    sys.modules[name] = point.load()


def say_once(text: str) -> None:
    """Tell the user something, however often a script comes to it."""
    if text not in _said:
        _said.add(text)
        say(text)


def harmless(function: _Function) -> _Function:
    """Let nothing that a recording function raises reach the script; say it once."""

    @functools.wraps(function)
    def guarded(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except Exception as error:  # noqa: BLE001 - the script knows nothing of us
            say_once(
                f"{function.__module__} could not record: {type(error).__name__}: {error}; "
                "the script goes on"
            )
            return None

    return guarded  # type: ignore[return-value]  # the same signature, None where it failed


def covers(*packages: str) -> None:
    """Note that what these packages send to other loggers is recorded by an adapter already.

    :param packages: Top-level names of the packages.
    """
    session.covered.update(packages)


def is_covered(frame_depth: int = 2) -> bool:
    """Tell whether the caller's caller belongs to a framework that an adapter records.

    :param frame_depth: How many frames above this one it is.
    """
    name = str(sys._getframe(frame_depth).f_globals.get("__name__", ""))
    return name.partition(".")[0] in session.covered


def _attach(module: ModuleType, points: Sequence[Found]) -> None:
    """Call what waits for a module, one by one; a failure is told and the next one called."""
    for point in points if not session.debug else ():
        try:
            point.load()(module)
        except Exception as error:  # noqa: BLE001 - the script only wanted its framework
            say_once(
                f"{point.value} cannot be attached to {point.name}: "
                f"{type(error).__name__}: {error}; the script goes on"
            )


class _Finder:
    """Finds what others find, and has adapters called once it is imported.

    :param wanted: What is to be called, by module.
    """

    def __init__(self, wanted: dict[str, list[Found]]) -> None:
        self._wanted = wanted
        self._asked: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that the other finders have, its loader wrapped; None for the rest."""
        points = self._wanted.get(fullname)
        if points is None or fullname in self._asked:
            return None
        self._asked.add(fullname)
        try:
            spec = _found_by_others(self, fullname, path, target)
        finally:
            self._asked.discard(fullname)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Attaching(spec.loader, points)  # type: ignore[assignment]  # as above
        return spec


def _found_by_others(
    own: _Finder, name: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    for finder in list(sys.meta_path):
        if finder is own or not hasattr(finder, "find_spec"):
            continue
        spec = finder.find_spec(name, path, target)
        if spec is not None:
            return spec
    return None


class _Attaching:
    """A module's own loader, and after it the adapters.

    :param loader: What loads it.
    :param points: What is called then.
    """

    def __init__(self, loader: Any, points: Sequence[Found]) -> None:
        self._loader = loader
        self._points = points

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module as its own loader does."""
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """Execute it with its own loader in its place, then attach."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        _attach(module, self._points)


def is_of_script(frame_depth: int = 2) -> bool:
    """Tell whether the caller's caller is no installed package.

    :param frame_depth: How many frames above this one it is.
    """
    file = str(sys._getframe(frame_depth).f_globals.get("__file__", ""))
    standard = os.path.dirname(os.__file__)
    return "-packages" + os.sep not in file and not file.startswith(standard + os.sep)
