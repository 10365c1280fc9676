"""What there is to tell of a run, as plain values: made once, put into words by each notifier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

from fitlog_core import log_format, machine
from fitlog_core.hookspecs import Alert, Ending
from fitlog_core.notification.curve import Curve, main_curve
from fitlog_core.notification.options import Options
from fitlog_core.reading.reader import RunReader
from fitlog_core.secrets import mask_text

LONGEST_VALUE = 200
SHORT_ID = 8
RUNNING, NAN, SEVERAL, TEST = "running", "nan", "several", "test"
ALERT, ALERTS = "alert", "alerts"


class Brief(NamedTuple):
    """One line about a run that is told of together with others.

    :param id: The run's id.
    :param state: ``finish`` or ``ended``; ``alert KIND`` for what whoever watches found.
    :param seconds: How long it took; for an alert since when it is quiet.
    :param result: Its first best metric, such as ``dev-acc = 0.91``, or the rule; may be empty.
    """

    id: str
    state: str
    seconds: float
    result: str


class Facts(NamedTuple):
    """What a notice tells.

    :param id: The run's id, empty if it ended without a record.
    :param state: ``finish``, ``error``, ``ended``, ``running`` (it started), ``nan`` (a first
        NaN), ``alert`` and the kind of it (somebody watched), ``several``, ``alerts`` (``others``
        only) or ``test``.
    :param seconds: Duration, None while it runs.
    :param metrics: Name and value of the best metrics.
    :param code: Id of the code version that fitlog keeps, may be empty.
    :param git: Id of the user's own commit, may be empty.
    :param host: Name of the machine.
    :param error: What went wrong: the line with the exception's type; may be empty.
    :param curve: The curve of the main metric, if there is one.
    :param link: The run's page on the board, may be empty.
    :param nan: Name and step of a first NaN.
    :param others: Other runs that ended a little earlier.
    :param rule: The rule of an alert.
    :param quiet: Seconds since the run of an alert was written last, None if unknown.
    """

    id: str
    state: str
    seconds: float | None = None
    metrics: list[tuple[str, str]] = []  # noqa: RUF012 - never changed
    code: str = ""
    git: str = ""
    host: str = ""
    error: str = ""
    curve: Curve | None = None
    link: str = ""
    nan: tuple[str, int] | None = None
    others: list[Brief] = []  # noqa: RUF012 - never changed
    rule: str = ""
    quiet: float | None = None

    def brief(self) -> Brief:
        """Return this run in one line."""
        result = " = ".join(self.metrics[0]) if self.metrics else ""
        return Brief(self.id, self.state, self.seconds or 0.0, _short(result))


def of_ending(folder: str | None, ending: Ending, options: Options) -> Facts:
    """Return what there is to tell of a run that ended, or started (state ``running``).

    :param folder: The run's folder, its files complete; None if it ended without a record.
    :param ending: How it ended.
    :param options: What is configured for it.
    """
    facts = _of_folder(folder, options)._replace(
        state=ending.state, error=_first_line(ending.error or "")
    )
    return facts if ending.state == RUNNING else facts._replace(seconds=ending.seconds)


def of_nan(folder: str | None, name: str, step: int, options: Options) -> Facts:
    """Return what there is to tell of a first NaN.

    :param folder: The run's folder.
    :param name: Name of the loss or metric.
    :param step: Its step.
    :param options: What is configured for the run.
    """
    return _of_folder(folder, options)._replace(state=NAN, nan=(_short(name), step))


def of_alerts(log_dir: Path, alerts: Sequence[Alert], options: Options) -> Facts:
    """Return what there is to tell of rules that found runs.

    :param log_dir: The log directory.
    :param alerts: What was found, at least one; of several, each gets one line.
    :param options: What is configured for it.
    """
    first = alerts[0]
    if len(alerts) == 1:
        return _of_folder(str(log_dir / first.run_id), options)._replace(
            state=f"{ALERT} {first.kind}", rule=mask_text(first.rule), quiet=first.quiet
        )
    lines = [
        Brief(each.run_id, f"{ALERT} {each.kind}", each.quiet or 0.0, mask_text(each.rule))
        for each in alerts
    ]
    return Facts("", ALERTS, host=machine.host(), others=lines)


def of_test() -> Facts:
    """Return what a test message tells."""
    return Facts("", TEST, host=machine.host())


def of_several(others: list[Brief]) -> Facts:
    """Return what there is to tell of runs that were held back to be told of together."""
    return Facts("", SEVERAL, host=machine.host(), others=others)


def duration(seconds: float) -> str:
    """Return a duration as ``1h2m3s``, without what is zero in front."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def board_link(board: str, run_id: str) -> str:
    """Return the address of a run's page, empty if no board is configured or it cannot be one.

    A token in the board's address is left out: the notice may be read by many.

    :param board: The board's address, such as ``http://host:5000``.
    :param run_id: The run.
    """
    try:
        parts = urlsplit(board)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or not run_id:
        return ""
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port else ""
    path = f"{parts.path.rstrip('/')}/run/{quote(run_id)}"
    return urlunsplit((parts.scheme, place, path, "", ""))


def _of_folder(folder: str | None, options: Options) -> Facts:
    if folder is None:
        return Facts("", RUNNING, host=machine.host())
    path = Path(folder)
    reader = RunReader(path)
    reader.refresh()
    best = log_format.flatten(reader.best_metric, "metric")
    metrics = [(key.removeprefix("metric-"), _value(value)) for key, value in best.items()]
    return Facts(
        id=path.name,
        state=RUNNING,
        metrics=metrics,
        code=_short_id(reader.meta, "fit_id"),
        git=_short_id(reader.meta, "git_id"),
        host=machine.host(),
        curve=main_curve(path, options.get("main metric"), [name for name, _ in metrics]),
        link=board_link(options.get("board"), path.name),
    )


def _short_id(meta: dict[str, Any], key: str) -> str:
    return str(meta.get(key) or "")[:SHORT_ID]


def _value(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _short(mask_text(str(value)))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _first_line(text: str) -> str:
    """Return the line with the exception's type, the last of its traceback's frames.

    Lines after it belong to the message and explain at length.
    """
    line = next((line for line in text.splitlines() if line.strip()), "")
    return mask_text(line.strip())
