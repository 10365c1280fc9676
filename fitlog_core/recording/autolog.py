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
from fitlog_core.recording.session import session
from fitlog_core.recording.tracebacks import import_frame

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

GROUP = "fitlog.autolog"
STAND_INS = "fitlog.stand_ins"  # the group of modules that stand in for others

_ARGUMENTS = Found("argparse", "fitlog_core.recording.arguments:attach")

_Function = TypeVar("_Function", bound=Callable[..., Any])


def attach() -> None:
    """Have every adapter attached where its framework is imported, now or later; once a process.

    A forked child that calls it has its trainings recorded, too.
    """
    if _is_done_again():
        return
    finder = next((each for each in sys.meta_path if isinstance(each, _Finder)), None)
    if finder is not None and is_owner():
        return
    session.owner = os.getpid()
    if finder is None:
        finder = _Finder(_wanted())
        sys.meta_path.insert(0, finder)  # no subclass: its base is slow to import
    finder.attach_to_imported()


def is_owner() -> bool:
    """Tell whether this process is the one that ``autolog()`` was called in."""
    return os.getpid() == session.owner


def _is_done_again() -> bool:
    """Tell whether a child of ``multiprocessing`` executes the script once more.

    It does so to find the function that it is to call, and nobody has asked it to record.
    """
    process = sys.modules.get("multiprocessing.process")
    return process is not None and getattr(process.current_process(), "_inheriting", False)


def _wanted() -> dict[str, list[Found]]:
    wanted: dict[str, list[Found]] = {}
    for point in (_ARGUMENTS, *find(GROUP)):
        wanted.setdefault(point.name, []).append(point)
    return wanted


def stand_in(name: str) -> None:
    """Let ``import NAME`` give the module of ours that stands in for it.

    :param name: The name of an entry point of the group :data:`STAND_INS`.
    :raises PluginError: if there is none.
    """
    point = next((each for each in find(STAND_INS) if each.name == name), None)
    if point is None:
        raise PluginError(f"no installed package has a stand-in for {name}; install fitlog anew")
    sys.modules[name] = module = point.load()
    part = getattr(module, "part", None)
    if part is not None:
        sys.meta_path.insert(0, _Parts(name, part))


def say_once(text: str) -> None:
    """Tell the user something, however often a script comes to it."""
    session.say_once(text)


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

    So is what they read from the command line.

    :param packages: Top-level names of the packages.
    """
    session.covered.update(packages)


def is_covered(frame_depth: int = 2) -> bool:
    """Tell whether the caller's caller belongs to a framework that an adapter records.

    :param frame_depth: How many frames above this one it is.
    """
    name = str(sys._getframe(frame_depth).f_globals.get("__name__", ""))
    return name.partition(".")[0] in session.covered


def _is_complete(module: ModuleType, name: str) -> bool:
    """Wait for a module that another thread is importing; tell whether it is there then."""
    if not getattr(getattr(module, "__spec__", None), "_initializing", False):
        return True
    import importlib

    try:
        return importlib.import_module(name) is module
    except Exception:  # noqa: BLE001 - it is that thread's error, and raised there
        return False


class _Finder:
    """Finds what others find, and has adapters called once it is imported.

    :param wanted: What is to be called, by module.
    """

    def __init__(self, wanted: dict[str, list[Found]]) -> None:
        self._wanted = wanted
        self._asked: set[str] = set()
        self._attached: dict[str, ModuleType] = {}

    def attach_to_imported(self) -> None:
        """Have adapters called for the modules that are there already."""
        for name in self._wanted:
            module = sys.modules.get(name)
            is_new = module is not None and self._attached.get(name) is not module
            if module is not None and is_new and _is_complete(module, name):
                self.attach(module, name)

    def attach(self, module: ModuleType, name: str) -> None:
        """Call what waits for a module, one by one; a failure is told and the next one called."""
        self._attached[name] = module
        for point in self._wanted[name] if not session.debug else ():
            try:
                point.load()(module)
            except Exception as error:  # noqa: BLE001 - the script only wanted its framework
                say_once(
                    f"{point.value} cannot be attached to {point.name}: "
                    f"{type(error).__name__}: {error}; the script goes on"
                )

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that the other finders have, its loader wrapped; None for the rest."""
        if fullname not in self._wanted or fullname in self._asked or not is_owner():
            return None
        self._asked.add(fullname)
        try:
            spec = _found_by_others(self, fullname, path, target)
        finally:
            self._asked.discard(fullname)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Attaching(spec.loader, self)  # type: ignore[assignment]  # as above
        return spec


class _Parts:
    """Finds the modules below one that is stood in for: ``import wandb.errors``.

    :param name: What is stood in for.
    :param part: Makes the module of a name.
    """

    def __init__(self, name: str, part: Callable[[str], ModuleType]) -> None:
        self._before = f"{name}."
        self._part = part

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Return the spec of a module below; None for all others."""
        if not fullname.startswith(self._before):
            return None
        from importlib.machinery import ModuleSpec

        return ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]  # as below

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the module."""
        return self._part(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it is ready."""


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
    :param finder: What attaches then.
    """

    def __init__(self, loader: Any, finder: _Finder) -> None:
        self._loader = loader
        self._finder = finder

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module as its own loader does."""
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    @import_frame
    def exec_module(self, module: ModuleType) -> None:
        """Execute it with its own loader in its place, then attach."""
        name = module.__name__
        if module.__spec__ is not None:
            name = module.__spec__.name
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._finder.attach(module, name)


def is_of_script(frame_depth: int = 2) -> bool:
    """Tell whether the caller's caller is no installed package.

    :param frame_depth: How many frames above this one it is.
    """
    file = str(sys._getframe(frame_depth).f_globals.get("__file__", ""))
    standard = os.path.dirname(os.__file__)
    return "-packages" + os.sep not in file and not file.startswith(standard + os.sep)
