"""What authors of plugins test with."""

from __future__ import annotations

from .errors import PluginError
from .plugins import PluginHost


def fresh_host(*plugins: object) -> PluginHost:
    """Return a plugin host with these plugins and no other, as fitlog would load them.

    ::

        def test_the_greeting_names_the_run(tmp_path):
            host = fresh_host(my_plugin)
            host.notify("fitlog_run_started", run=Run(tmp_path / "logs"))

    As in a training, what a plugin raises when it is called is told on stderr and passed over.

    :param plugins: Modules or objects with hook implementations.
    :raises PluginError: if one cannot be used: a wrapper, an unknown hook or a wrong argument.
    """
    host = PluginHost()
    for number, plugin in enumerate(plugins, 1):
        name = getattr(plugin, "__name__", type(plugin).__name__)
        if name in host.plugins:
            name = f"{name}-{number}"
        host.register(plugin, name)
        if host.plugins[name].state != "loaded":
            raise PluginError(f"plugin {name!r} cannot be used: {host.plugins[name].error}")
    return host
