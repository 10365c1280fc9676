"""The plugin host: finds plugins by entry point, calls them one by one, guards every call."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pluggy

from fitlog_core import entry_points, hookspecs
from fitlog_core.entry_points import Found
from fitlog_core.errors import PluginError
from fitlog_core.notices import say
from fitlog_core.secrets import mask_text
from fitlog_core.settings import environment

GROUP = "fitlog"
ADAPTER_GROUP = "fitlog.adapters"
# FITLOG_PLUGINS never leaves these out: without the first a distributed job would record once
# a process, without the second there would be no board.
ALWAYS_ON = frozenset({"ranks", "board"})
OFF = "off"
# SystemExit too: a plugin that calls sys.exit() must not end a training.
FAULTS = (Exception, SystemExit)


@dataclass
class Plugin:
    """What is known of one plugin.

    :param name: Name of its entry point.
    :param module: Where it lies.
    :param entry_point: How it was found, None if it was handed over.
    :param state: ``loaded``, ``off`` or ``failed``; of an adapter ``listed``.
    :param hooks: Names of the hooks it implements.
    :param error: Why it failed.
    """

    name: str
    module: str
    entry_point: Found | None = None
    state: str = "off"
    hooks: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def version(self) -> str:
        """The version of what brought it, empty if that has none; read from disk only now."""
        return self.entry_point.version() if self.entry_point else ""


class PluginHost:
    """Loaded plugins, and guarded ways to call them.

    :param found: Entry points to load.
    :param choice: The text of ``FITLOG_PLUGINS``: empty, ``off`` or names with commas between.
    """

    def __init__(self, found: Iterable[Found] = (), choice: str = "") -> None:
        self.plugins: dict[str, Plugin] = {}
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._reported: set[tuple[str, str]] = set()
        chosen = _names(choice)
        for entry_point in found:
            self._load(entry_point, chosen)
        self._tell_unknown(chosen)

    def register(self, plugin: object, name: str) -> None:
        """Take in a plugin that is already imported.

        :param plugin: A module or object with hook implementations.
        :param name: Its name in reports.
        """
        known = Plugin(name, getattr(plugin, "__name__", type(plugin).__name__))
        if self._takes_name(known):
            self._register(plugin, known)

    def notify(self, hook: str, **arguments: Any) -> None:
        """Call every implementation of a hook; a failure is told and the next one called."""
        for _ in self._answers(hook, arguments):
            pass

    def collect(self, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
        """Return ``(plugin name, answer)`` of every implementation that answers."""
        return [answer for answer in self._answers(hook, arguments) if answer[1] is not None]

    def first(self, hook: str, **arguments: Any) -> Any:
        """Return the first answer that is not None, None if there is none."""
        return next(
            (value for _, value in self._answers(hook, arguments) if value is not None), None
        )

    def _answers(self, hook: str, arguments: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        implementations = getattr(self._manager.hook, hook).get_hookimpls()
        for implementation in reversed(implementations):
            wanted = {name: arguments[name] for name in implementation.argnames}
            try:
                answer = implementation.function(**wanted)
            except FAULTS as error:  # the plugin border: never stop training
                self._report(implementation.plugin_name, hook, error)
            else:
                yield implementation.plugin_name, answer

    def _load(self, entry_point: Found, chosen: frozenset[str]) -> None:
        plugin = Plugin(entry_point.name, entry_point.value, entry_point)
        if not self._takes_name(plugin) or (chosen and plugin.name not in chosen | ALWAYS_ON):
            return
        try:
            module = entry_point.load()
        except FAULTS as error:
            self._fail(plugin, error)
            return
        self._register(module, plugin)

    def _takes_name(self, plugin: Plugin) -> bool:
        """List a plugin; False, and told, if another has its name."""
        holder = self.plugins.setdefault(plugin.name, plugin)
        if holder is plugin:
            return True
        self.plugins[f"{plugin.name} ({plugin.module})"] = plugin
        self._fail(plugin, PluginError(f"the name is taken by {holder.module}"))
        return False

    def _register(self, implementer: object, plugin: Plugin) -> None:
        try:
            self._manager.register(implementer, plugin.name)
            for caller in self._manager.get_hookcallers(implementer) or ():
                _check(caller, implementer)
        except FAULTS as error:
            self._fail(plugin, error)
            if self._manager.get_plugin(plugin.name) is implementer:
                self._manager.unregister(name=plugin.name)
            return
        plugin.state = "loaded"
        plugin.hooks = sorted(
            caller.name for caller in self._manager.get_hookcallers(implementer) or ()
        )

    def _tell_unknown(self, chosen: frozenset[str]) -> None:
        for name in sorted(chosen - self.plugins.keys()):
            if name.lower() == OFF:
                continue
            say(
                f"FITLOG_PLUGINS names {name!r}, which is not installed; "
                f"there are: {', '.join(sorted(self.plugins)) or 'none'}"
            )

    def _fail(self, plugin: Plugin, error: BaseException) -> None:
        plugin.state = "failed"
        plugin.error = describe(error)
        say(f"plugin {plugin.name!r} cannot be used and is left out: {plugin.error}")

    def _report(self, name: str, hook: str, error: BaseException) -> None:
        if (name, hook) not in self._reported:
            self._reported.add((name, hook))
            say(f"plugin {name!r} failed in {hook} and is passed over: {describe(error)}")


def _names(choice: str) -> frozenset[str]:
    """Return the names in ``FITLOG_PLUGINS``; none means that every plugin is loaded."""
    return frozenset(part.strip() for part in choice.split(",") if part.strip())


def _check(caller: pluggy.HookCaller, implementer: object) -> None:
    """Refuse what would never be called, or not as its author means.

    :raises PluginError: naming the hook and what to do.
    """
    for implementation in caller.get_hookimpls():
        if implementation.plugin is not implementer:
            continue
        if implementation.wrapper or implementation.hookwrapper:
            raise PluginError(
                f"{caller.name} is a wrapper; fitlog calls plugins one by one, "
                "so write a plain implementation"
            )
        if not caller.has_spec() and not implementation.optionalhook:
            raise PluginError(
                f"fitlog has no hook {caller.name}; mark it @hookimpl(optionalhook=True) "
                "if it is for another version"
            )


def describe(error: BaseException) -> str:
    """Return an exception as one line without credentials, whatever its ``str`` does."""
    import traceback  # only where something failed

    line = " ".join(traceback.format_exception_only(error)[-1].split())
    return mask_text(line)[:500]


@functools.cache
def host() -> PluginHost:
    """Return this process's plugin host, made and loaded when first asked for."""
    return PluginHost(entry_points.find(GROUP), environment("plugins"))


def adapters() -> list[Plugin]:
    """Return the adapters that are installed, without importing any of them."""
    return [
        Plugin(point.name, point.value, point, "listed")
        for point in entry_points.find(ADAPTER_GROUP)
    ]


def notify(hook: str, **arguments: Any) -> None:
    """Call a hook of this process's plugins; see :meth:`PluginHost.notify`."""
    host().notify(hook, **arguments)


def collect(hook: str, **arguments: Any) -> list[tuple[str, Any]]:
    """Ask a hook of this process's plugins; see :meth:`PluginHost.collect`."""
    return host().collect(hook, **arguments)


def first(hook: str, **arguments: Any) -> Any:
    """Ask a hook of this process's plugins; see :meth:`PluginHost.first`."""
    return host().first(hook, **arguments)


__all__ = [
    "ADAPTER_GROUP",
    "ALWAYS_ON",
    "GROUP",
    "Plugin",
    "PluginHost",
    "adapters",
    "collect",
    "describe",
    "first",
    "host",
    "notify",
]
