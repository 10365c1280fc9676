"""``fitlog plugins new``: a small plugin to begin with, which installs and passes its test."""

from __future__ import annotations

import importlib.util
import keyword
import re
import sys
from importlib import resources
from pathlib import Path
from string import Template
from typing import NamedTuple

import click

from fitlog_core import entry_points
from fitlog_core.errors import PluginError
from fitlog_core.plugins import ALWAYS_ON, GROUP

TEMPLATE = "plugin_template"
PREFIX = "fitlog-"

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LONGEST = 60  # characters; longer ones make paths that some file systems refuse


class Names(NamedTuple):
    """What a new plugin is called.

    :param package: What pip calls it, such as ``fitlog-hello``.
    :param module: What Python calls it, such as ``fitlog_hello``.
    :param plugin: What ``fitlog plugins`` calls it, such as ``hello``.
    """

    package: str
    module: str
    plugin: str


@click.command("new")
@click.argument("name")
def command(name: str) -> None:
    """Write a small plugin into the folder NAME.

    A package that pip installs: pyproject.toml with the entry point, a module with one hook,
    and a test. NAME consists of lower-case letters and digits, with - or _ between, and is the
    package's name too.

    \b
    Examples:
      fitlog plugins new fitlog-hello
      cd fitlog-hello && pip install -e . && pytest
    """
    names = names_of(name)
    folder = Path(name)
    write_plugin(folder, names)
    click.echo(f"Made the plugin {names.plugin!r} in {folder.resolve()}")
    click.echo(f"Install it with 'pip install -e {name}'; 'fitlog plugins' lists it then.")


def names_of(name: str) -> Names:
    """Return what a new plugin is called.

    :param name: The package's name.
    :raises click.UsageError: if it is no name for a package and a module.
    :raises PluginError: if a module or a plugin of that name is there already.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST or keyword.iskeyword(name):
        raise click.UsageError(
            f"{name!r} cannot name a plugin: take lower-case letters and digits, beginning with a "
            f"letter, with single - or _ between, {_LONGEST} characters at most, and no keyword of "
            "Python."
        )
    package = name.replace("_", "-")
    names = Names(package, name.replace("-", "_"), package.removeprefix(PREFIX))
    if _is_taken(names.module):
        raise PluginError(
            f"a module {names.module!r} is there already, which {name!r} would hide; "
            f"choose another name, such as {PREFIX}{names.plugin}-2"
        )
    holder = _holder_of(names.plugin)
    if holder is not None:
        raise PluginError(
            f"the plugin {names.plugin!r} is there already ({holder}); choose another name"
        )
    return names


def _is_taken(module: str) -> bool:
    if module in sys.stdlib_module_names:
        return True
    spec = importlib.util.find_spec(module)
    return spec is not None and spec.origin is not None  # a folder without code hides nothing


def _holder_of(plugin: str) -> str | None:
    """Return the module of the installed plugin of that name, without importing any."""
    found = {point.name: point.value for point in entry_points.find(GROUP)}
    return found.get(plugin, "fitlog" if plugin in ALWAYS_ON else None)


def write_plugin(folder: Path, names: Names) -> None:
    """Write the files of a new plugin.

    :param folder: Where to; it may exist if it is empty.
    :param names: What the plugin is called.
    :raises PluginError: if something lies there.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise PluginError(f"{folder} is there already and no folder; choose another name")
    if folder.is_dir() and any(folder.iterdir()):
        raise PluginError(f"{folder} is not empty; choose another name, or empty it yourself")
    folder.mkdir(exist_ok=True)
    for template in (resources.files(__package__) / TEMPLATE).iterdir():
        file = template.name.removesuffix(".txt").replace("module", names.module)
        text = Template(template.read_text("utf-8")).substitute(names._asdict())
        (folder / file).write_text(text, encoding="utf-8", newline="\n")
