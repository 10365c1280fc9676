"""What ``fitlog run`` becomes: a run, and in it the script, as Python itself would start it."""

from __future__ import annotations

import os
import runpy
import sys
import types
from collections.abc import Callable, Sequence
from importlib.machinery import SourceFileLoader
from types import TracebackType

from fitlog_core.running.options import Options

# The frames that stand between ours and the script's own.
_BEFORE_THE_SCRIPT = (os.path.dirname(os.path.abspath(__file__)), "<frozen importlib.")

# Python looks into the module that it began with once more after the script, and would crash.
_left: list[types.ModuleType] = []


def become(options: Options, script: str, arguments: Sequence[str], *, puts_path: bool) -> None:
    """Record a script, and be it; returns, or raises, as the script does.

    :param options: What was said on the command line.
    :param script: Its path, or the module's name.
    :param arguments: What stands after it.
    :param puts_path: Python is to look for modules beside the script, as it does by itself.
    """
    sys.orig_argv = [sys.executable, *options.command, script, *arguments]
    sys.argv = [script, *arguments]
    execute = _prepared(script, options, puts_path)
    from fitlog_core.running.surrounding import surround

    outcome = surround(options, script)
    try:
        execute()
    except SystemExit as error:
        outcome.error = error
        raise
    except BaseException as error:
        outcome.error = error
        _show_only_the_scripts_frames()
        raise


def _prepared(script: str, options: Options, puts_path: bool) -> Callable[[], object]:
    """Make ``__main__`` and ``sys.path`` the script's; return what executes it."""
    main = types.ModuleType("__main__")
    _left.append(sys.modules["__main__"])
    sys.modules["__main__"] = main
    main.__dict__.setdefault("__annotations__", {})
    main.__dict__["__builtins__"] = sys.modules["builtins"]
    if options.is_module:
        if puts_path:
            sys.path.insert(0, os.getcwd())
        run_module: Callable[..., object] = runpy._run_module_as_main  # type: ignore[attr-defined]  # what -m calls
        return lambda: run_module(script, True)
    if not os.path.isfile(script) or _is_archive(script):
        sys.path.insert(0, script)
        run_folder: Callable[..., object] = runpy._run_module_as_main  # type: ignore[attr-defined]  # as above
        return lambda: run_folder("__main__", False)
    if puts_path:
        sys.path.insert(0, os.path.dirname(os.path.realpath(script)))
    path = os.path.abspath(script)
    main.__dict__.update(
        __file__=path, __cached__=None, __loader__=SourceFileLoader("__main__", path)
    )
    return lambda: _Script("__main__", path).exec_module(main)


def _is_archive(path: str) -> bool:
    """Tell whether a file is one of ``zipapp``, which begins or goes on as a zip archive."""
    if path.endswith((".py", ".pyw")):
        return False
    import zipfile

    return zipfile.is_zipfile(path)


class _Script(SourceFileLoader):
    """Loads a script as Python itself does: nothing of it is kept in ``__pycache__``."""

    def get_code(self, fullname: str) -> types.CodeType:  # noqa: ARG002 - the loader's own signature
        """Return the script's code."""
        code: types.CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code


def _show_only_the_scripts_frames() -> None:
    """Have the traceback of what ends the script begin where Python's own would."""
    shown = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        from fitlog_core.recording.tracebacks import hide_own_frames

        sys.excepthook = shown
        error.__traceback__ = _of_the_script(trace)
        hide_own_frames(error)
        sys.last_traceback = trace = error.__traceback__
        shown(kind, error, trace)

    sys.excepthook = hook


def _of_the_script(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames that led to the script."""
    while trace is not None and trace.tb_frame.f_code is not become.__code__:
        trace = trace.tb_next
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_BEFORE_THE_SCRIPT):
        trace = trace.tb_next
    return trace
