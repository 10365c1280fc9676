"""Which bot is told: what the call, the environment and ``.fitconfig`` say."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from fitlog_core.errors import PluginError, ProjectNotFoundError
from fitlog_core.settings import environment

# Asked at the start and the end of every run, most of which tell nobody: what only an address
# or a .fitconfig needs is imported where it is used.

SECTION = "feishu"
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
YES = frozenset({"1", "yes", "true", "on"})

# A name with a dot in it, or an address; a lone word after https:// may be a token.
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+\.?|[0-9a-f:.]+:[0-9a-f:.]*|localhost")


class Bot(NamedTuple):
    """A bot of a Feishu group.

    :param url: Its webhook. Whoever knows it can write to the group, so it is never shown.
    :param secret: Its signature secret, empty if it asks for no signature.
    """

    url: str
    secret: str

    @property
    def host(self) -> str:
        """The part of the address that may be shown."""
        from urllib.parse import urlsplit

        return urlsplit(self.url).hostname or ""


class Settings(NamedTuple):
    """What is configured outside the code.

    :param webhook: Address of a bot, empty if there is none.
    :param secret: Its signature secret, empty if there is none.
    :param on_start: Whether the start of a run is told too.
    :param where: Where the address stands, for messages.
    """

    webhook: str
    secret: str
    on_start: bool
    where: str


def choose_bot(given: object, folder: Path) -> Bot | None:
    """Return the bot to tell, None if nobody asked for a notice.

    :param given: What ``finish`` got as ``send_to_bot``, None if nothing.
    :param folder: The run's folder.
    :raises PluginError: if the address that counts cannot be one, without repeating it.
    """
    settings = read_settings(folder)
    if given is not None:
        return Bot(check_address(given, "send_to_bot"), settings.secret)
    if settings.webhook:
        return Bot(check_address(settings.webhook, settings.where), settings.secret)
    return None


def read_settings(folder: Path) -> Settings:
    """Return what is configured; the environment goes before ``.fitconfig``.

    :param folder: The run's folder; the project around it counts, else the one around the
        working directory.
    """
    config = _config(folder)
    variable = environment("feishu webhook").strip()
    on_start = os.environ.get("FITLOG_FEISHU_ON_START", "").strip() or config.get("on_start", "no")
    return Settings(
        webhook=variable or config.get("webhook", ""),
        secret=environment("feishu secret").strip() or config.get("secret", ""),
        on_start=on_start.lower() in YES,
        where="FITLOG_FEISHU_WEBHOOK" if variable else "webhook in .fitconfig",
    )


def check_address(given: object, where: str) -> str:
    """Return a bot's address without the spaces around it.

    :param given: What stands there.
    :param where: What to call the place in messages.
    :raises PluginError: if it is no https address; http will do on this machine.
    """
    from urllib.parse import urlsplit

    rule = f"{where} must be the https address of a Feishu bot"
    if not isinstance(given, str):
        raise PluginError(f"{rule}, got a value of type {type(given).__name__}")
    address = given.strip()
    if not address:
        raise PluginError(f"{rule}, got an empty text")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port  # the port is read to have it checked
    except ValueError:
        host = ""
    # urllib refuses other characters with a message that repeats the address.
    if not _HOST.fullmatch(host) or not address.isascii() or re.search(r"[^!-~]", address):
        raise PluginError(f"{rule} (https://open.feishu.cn/open-apis/bot/v2/hook/...)")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOCAL):
        raise PluginError(f"{rule}, got one at {host} that does not begin with https://")
    return address


def _config(folder: Path) -> Mapping[str, str]:
    """Return the section of the nearest project's ``.fitconfig`` that has one."""
    for start in (folder, _working_directory()):
        section = _section_around(start) if _may_be_in_project(start) else {}
        if section:
            return section
    return {}


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except OSError:  # it was removed
        return Path(os.sep)


def _may_be_in_project(start: Path) -> bool:
    """Tell whether a ``.fitconfig`` lies above; which one counts, if any, is asked then."""
    names = (".fitconfig", os.path.join(".fitlog", ".fitconfig"))
    return any((folder / name).is_file() for folder in (start, *start.parents) for name in names)


def _section_around(start: Path) -> Mapping[str, str]:
    import configparser

    from fitlog_core.snapshots.project import find_config, find_root

    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        path = find_config(find_root(start))
        parser.read_string(path.read_text("utf-8-sig") if path is not None else "")
    except (ProjectNotFoundError, configparser.Error, UnicodeDecodeError, OSError):
        return {}  # of a file that cannot be read, commit() tells
    if not parser.has_section(SECTION):
        return {}
    return {key: (value or "").strip() for key, value in parser.items(SECTION)}
