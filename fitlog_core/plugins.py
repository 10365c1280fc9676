"""The plugin host: finds plugins by entry point, calls them one by one, guards every call."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from . import hookspecs
from .notices import say
from .settings import environment

GROUP = "fitlog"
ADAPTER_GROUP = "fitlog.adapters"
# FITLOG_PLUGINS never leaves these out: without the first a distributed job would record once
# a process, without the second there would be no board.
ALWAYS_ON = frozenset({"ranks", "board"})


@dataclass
class Plugin:
    """What is known of one plugin.

    :param name: Name of its entry point.
    :param module: Where it lies.
    :param version: Version of the distribution that brought it.
    :param state: ``loaded``, ``off`` or ``failed``.
    :param hooks: Names of the hooks it implements.
    :param error: Why it failed.
    """

    name: str
    module: str
    version: str = ""
    state: str = "off"
    hooks: list[str] = field(default_factory=list)
    error: str = ""


class PluginHost:
    """Loaded plugins, and guarded ways to call them.

    :param found: Entry points to load.
    :param choice: The text of ``FITLOG_PLUGINS``: empty, ``off`` or names with commas between.
    """

    def __init__(self, found: Iterable[EntryPoint] = (), choice: str = "") -> None:
        self.plugins: dict[str, Plugin] = {}
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._reported: set[tuple[str, str]] = set()
        for entry_point in found:
            self._load(entry_point, choice)

    def register(self, plugin: object, name: str) -> None:
        """Take in a plugin that is already imported.

        :param plugin: A module or object with hook implementations.
        :param name: Its name in reports.
        """
        known = self.plugins.setdefault(name, Plugin(name, getattr(plugin, "__name__", "")))
        try:
            self._manager.register(plugin, name)
            self._refuse_wrappers(plugin)
        except Exception as error:  # noqa: BLE001 - a plugin's fault of any kind ends with the plugin
            self._fail(known, error)
            if self._manager.get_plugin(name) is not None:
                self._manager.unregister(name=name)
            return
        known.state = "loaded"
        known.hooks = sorted(caller.name for caller in self._manager.get_hookcallers(plugin) or ())

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
            except Exception as error:  # noqa: BLE001 - the plugin border: never stop training
                self._report(implementation.plugin_name, hook, error)
            else:
                yield implementation.plugin_name, answer

    def _load(self, entry_point: EntryPoint, choice: str) -> None:
        version = entry_point.dist.version if entry_point.dist else ""
        plugin = Plugin(entry_point.name, entry_point.value, version)
        self.plugins[entry_point.name] = plugin
        if not _is_chosen(entry_point.name, choice):
            return
        try:
            module = entry_point.load()
        except Exception as error:  # noqa: BLE001 - an import may raise anything
            self._fail(plugin, error)
            return
        self.register(module, entry_point.name)

    def _refuse_wrappers(self, plugin: object) -> None:
        for caller in self._manager.get_hookcallers(plugin) or ():
            for implementation in caller.get_hookimpls():
                if implementation.plugin is plugin and (
                    implementation.wrapper or implementation.hookwrapper
                ):
                    raise TypeError(
                        f"{caller.name} is a wrapper; fitlog calls plugins one by one, "
                        "so write a plain implementation"
                    )

    def _fail(self, plugin: Plugin, error: Exception) -> None:
        plugin.state = "failed"
        plugin.error = f"{type(error).__name__}: {error}"
        say(f"plugin {plugin.name!r} cannot be used and is left out: {plugin.error}")

    def _report(self, name: str, hook: str, error: Exception) -> None:
        if (name, hook) not in self._reported:
            self._reported.add((name, hook))
            say(
                f"plugin {name!r} failed in {hook} and is passed over: "
                f"{type(error).__name__}: {error}"
            )


def _is_chosen(name: str, choice: str) -> bool:
    if name in ALWAYS_ON or not choice.strip():
        return True
    return name in {part.strip() for part in choice.split(",")}


@functools.cache
def host() -> PluginHost:
    """Return this process's plugin host, made and loaded when first asked for."""
    return PluginHost(entry_points(group=GROUP), environment("plugins"))


def adapters() -> list[Plugin]:
    """Return the adapters that are installed, without importing any of them."""
    return [
        Plugin(point.name, point.value, point.dist.version if point.dist else "", "listed")
        for point in entry_points(group=ADAPTER_GROUP)
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
    "first",
    "host",
    "notify",
]
