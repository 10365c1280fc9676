"""Every option and environment variable of fitlog, in one table."""

from __future__ import annotations

import os
from typing import NamedTuple


class Setting(NamedTuple):
    """One thing a user can set outside the code.

    :param name: What the docs call it.
    :param variable: Environment variable, empty if there is none.
    :param key: ``section.key`` in ``.fitconfig``, empty if there is none.
    :param default: What holds when nothing is set.
    :param help: One sentence for the docs.
    """

    name: str
    variable: str
    key: str
    default: str
    help: str


PARENT_VARIABLE = "FITLOG_PARENT"

SETTINGS = (
    Setting(
        "flag",
        "FITLOG_FLAG",
        "",
        "",
        "DEBUG switches all recording off, NO_COMMIT only the snapshots; read at import.",
    ),
    Setting(
        "ranks",
        "FITLOG_RANKS",
        "",
        "",
        "all lets every rank of a distributed job record, each into a run of its own.",
    ),
    Setting(
        "plugins",
        "FITLOG_PLUGINS",
        "",
        "",
        "off, or the comma-separated names of the only plugins to load.",
    ),
    Setting(
        "parent",
        PARENT_VARIABLE,
        "",
        "",
        "Id of the run that this one comes from; fitlog rerun sets it.",
    ),
    Setting(
        "repeats",
        "FITLOG_REPEATS",
        "",
        "",
        "off leaves out the line that says at the start that a finished run did the same before.",
    ),
    Setting(
        "watched rules",
        "",
        "fit_settings.watched_rules",
        "*.py",
        "Comma-separated patterns of the files a snapshot records.",
    ),
    Setting(
        "ignored",
        "",
        "fit_settings.ignored",
        "",
        "Comma-separated folders that a snapshot leaves out.",
    ),
    Setting(
        "largest file",
        "",
        "fit_settings.largest_file",
        "50 MB",
        "Larger files are left out of a snapshot, and named.",
    ),
    Setting(
        "feishu webhook",
        "FITLOG_FEISHU_WEBHOOK",
        "feishu.webhook",
        "",
        "Address of the Feishu or Lark bot that is told when a run ends.",
    ),
    Setting(
        "feishu secret",
        "FITLOG_FEISHU_SECRET",
        "feishu.secret",
        "",
        "Signature secret of that bot, if it has one.",
    ),
    Setting(
        "feishu on start",
        "FITLOG_FEISHU_ON_START",
        "feishu.on_start",
        "no",
        "yes tells that bot of the start of a run too.",
    ),
    Setting(
        "feishu style",
        "FITLOG_FEISHU_STYLE",
        "feishu.style",
        "card",
        "card sends that bot cards in colour, post plain texts.",
    ),
    Setting(
        "dingtalk webhook",
        "FITLOG_DINGTALK_WEBHOOK",
        "dingtalk.webhook",
        "",
        "Address of the DingTalk bot that is told when a run ends.",
    ),
    Setting(
        "dingtalk secret",
        "FITLOG_DINGTALK_SECRET",
        "dingtalk.secret",
        "",
        "Signature secret of that bot, if it has one.",
    ),
    Setting(
        "wecom webhook",
        "FITLOG_WECOM_WEBHOOK",
        "wecom.webhook",
        "",
        "Address of the WeCom bot that is told when a run ends.",
    ),
    Setting(
        "notice language",
        "FITLOG_NOTIFY_LANGUAGE",
        "notify.language",
        "zh",
        "zh or en: the language of notices to DingTalk and WeCom, which show one to all.",
    ),
    Setting(
        "apprise",
        "FITLOG_APPRISE_URLS",
        "notify.apprise",
        "",
        "Comma-separated URLs of apprise that are told when a run ends.",
    ),
    Setting(
        "main metric",
        "FITLOG_NOTIFY_METRIC",
        "notify.metric",
        "",
        "Metric whose curve a notice shows; else the first best metric that has one.",
    ),
    Setting(
        "board",
        "FITLOG_BOARD_URL",
        "notify.board",
        "",
        "Address of the board, such as http://host:5000, that a notice links to.",
    ),
    Setting(
        "token",
        "FITLOG_TOKEN",
        "",
        "",
        "What visitors of the board must know, where neither --token nor --token-file says it.",
    ),
    Setting(
        "cache directory",
        "FITLOG_CACHE_DIR",
        "",
        "",
        "Folder for what the board and the commands keep of the logs they read, so that they read "
        "it once; else the user's cache directory.",
    ),
    Setting(
        "cache size",
        "FITLOG_CACHE_MB",
        "",
        "4096",
        "Megabytes that all of it may take; what was not used for longest goes first.",
    ),
    Setting(
        "system metrics",
        "FITLOG_SYSTEM_METRICS",
        "system.metrics",
        "no",
        "yes samples processor, memory, disk and GPUs every 15 seconds of a run; a number is how "
        "many seconds.",
    ),
    Setting(
        "watch rules",
        "FITLOG_WATCH_RULES",
        "watch.rules",
        "",
        "Rules, with ; between, that fitlog watch, fitlog log --watch and the board's table have "
        "beside their own.",
    ),
    Setting(
        "coalesce",
        "FITLOG_NOTIFY_COALESCE",
        "notify.coalesce",
        "60",
        "Seconds after a notice in which further ends are held, to be told together; 0 for none.",
    ),
)


def environment(name: str) -> str:
    """Return what the environment says of a setting, else its default.

    :param name: Name of a row of :data:`SETTINGS`.
    :raises KeyError: if there is no such row.
    """
    row = next((row for row in SETTINGS if row.name == name), None)
    if row is None:
        raise KeyError(name)
    return os.environ.get(row.variable, row.default) if row.variable else row.default
