"""One look after the other at the runs of a log directory, and who is told of what is found."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core import plugins
from fitlog_core.errors import QueryError, RunNotFoundError
from fitlog_core.hookspecs import Alert, TriedNotice
from fitlog_core.notices import Once, printable
from fitlog_core.notification.facts import duration
from fitlog_core.reading import calls
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.numbers import as_float
from fitlog_core.reading.query_nodes import Call
from fitlog_core.reading.row import Row
from fitlog_core.reading.series import Series
from fitlog_core.reading.state import State
from fitlog_core.watching.memory import Memory
from fitlog_core.watching.rules import Rule, passed_over

DAY = 86400.0  # seconds; what was quiet for longer when it is first seen is an old log
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0  # seconds until a notice that nobody took is tried again
NOBODY = "nobody is configured to be told; 'fitlog notify --test' says how, and tries it"
OVER = frozenset({State.FINISHED.value, State.ERROR.value, State.ENDED.value, State.STOPPED.value})

Curves = Mapping[str, Series]
Found = tuple[str, str]  # a run's id and a rule's text


class Look(NamedTuple):
    """What one look showed.

    :param rows: The runs that are watched, newest first.
    :param alerts: What was not found by an earlier look of this process.
    :param tried: How the messages of this look fared, one a target.
    :param now: When it was (epoch seconds).
    """

    rows: list[Row]
    alerts: list[Alert]
    tried: list[TriedNotice]
    now: float


class Watch:
    """Looks at the runs that go on, and tells of each rule that finds one, once a run and rule.

    A run that was over before somebody looked for the first time is not watched, nor one that was
    quiet for a day: nobody wants to be told of the logs of last year.

    :param directory: The log directory.
    :param rules: What to look for.
    :param memory: What was told before, also by others who watch.
    """

    def __init__(self, directory: LogDirectory, rules: list[Rule], memory: Memory) -> None:
        self.directory = directory
        self.rules = rules
        self._memory = memory
        self._watched: set[str] | None = None
        self._seen: set[str] = set()
        self._shown: set[Found] = set()
        self._pauses: dict[Found, tuple[float, float]] = {}  # when to try again, and the pause
        self._say_once = Once()
        self._answers: dict[tuple[str, Call, float | None], bool] = {}  # of the last look

    def look(self, now: float | None = None) -> Look:
        """Look once, and tell of what was found.

        :param now: The time to judge by (epoch seconds), the present one unless given.
        """
        now = time.time() if now is None else now
        self.directory.refresh()
        rows = self._watched_rows(now)
        found = self._found(rows, now)
        fresh = [alert for alert in found if _key(alert) not in self._shown]
        self._shown.update(map(_key, fresh))
        tried = self._tell(found, now)
        pending = {run_id for run_id, _ in self._pauses}
        alive = [row.id for row in rows if row.state not in OVER or row.id in pending]
        self._watched = set(alive)
        self._memory.look(alive, self.directory.ids(), now)
        return Look(rows, fresh, tried, now)

    # ------------------------------------------------------------ who is watched

    def _watched_rows(self, now: float) -> list[Row]:
        rows = self.directory.rows()
        if self._watched is None:
            noted = self._memory.noted()
            watched, looked = set(noted.watched), noted.looked
            rows_new = {row.id for row in rows if looked is not None and _start(row) > looked}
        else:
            watched, rows_new = self._watched, {row.id for row in rows} - self._seen
        self._seen = {row.id for row in rows}
        known = watched | rows_new
        return [row for row in rows if row.id in known or _goes_on(row, now)]

    # -------------------------------------------------------------- what is found

    def _found(self, rows: list[Row], now: float) -> list[Alert]:
        quiet = {row.id: _quiet(row, now) for row in rows}
        written = {row.id: row.written for row in rows}
        curves: dict[str, Curves] = {}
        before, self._answers = self._answers, {}

        def judge(call: Call, row: Mapping[str, Any]) -> bool:
            run_id = row["id"]
            if call.name == "stalled":
                return calls.holds(call, {}, row["state"], quiet[run_id])
            asked = (run_id, call, written[run_id])
            if asked not in before:  # the run was written since
                if run_id not in curves:
                    curves[run_id] = self._curves(run_id)
                before[asked] = calls.holds(call, curves[run_id], row["state"], None)
            self._answers[asked] = before[asked]
            return before[asked]

        found = []
        for rule in self.rules:
            try:
                chosen = rule.query.select(rows, call=judge)
            except QueryError as error:
                self._say_once(passed_over(rule, error))
                continue
            found += [Alert(row["id"], rule.text, rule.kind, quiet[row["id"]]) for row in chosen]
        return found

    def _curves(self, run_id: str) -> Curves:
        try:
            return self.directory.run(run_id).series()
        except RunNotFoundError:  # it went meanwhile
            return {}

    # ---------------------------------------------------------------- who is told

    def _tell(self, found: list[Alert], now: float) -> list[TriedNotice]:
        due = [alert for alert in found if self._pauses.get(_key(alert), (0.0, 0.0))[0] <= now]
        taken = set(self._memory.claim(map(_key, due)))
        alerts = [alert for alert in due if _key(alert) in taken]
        if not alerts:
            return []
        answers = plugins.collect("fitlog_alert", log_dir=self.directory.path, alerts=alerts)
        tried = [notice for _, notices in answers for notice in notices]
        for notice in tried:
            if notice.problem:
                self._say_once(f"{notice.target} did not take a notice: {notice.problem}")
        if not tried:
            self._say_once(NOBODY)
        elif all(notice.problem for notice in tried):
            self._try_later(alerts, now)
            return tried
        for alert in alerts:
            self._pauses.pop(_key(alert), None)
        return tried

    def _try_later(self, alerts: list[Alert], now: float) -> None:
        for key in map(_key, alerts):
            pause = min(2 * self._pauses.get(key, (0.0, FIRST_PAUSE / 2))[1], LONGEST_PAUSE)
            self._pauses[key] = (now + pause, pause)
        self._memory.give_back(map(_key, alerts))


def watch_of(log_dir: Path, rules: list[Rule], directory: LogDirectory | None = None) -> Watch:
    """Return a watch of a log directory, with the user's memory of what was told.

    :param directory: The directory where somebody reads it already.
    """
    return Watch(directory or LogDirectory(log_dir), rules, Memory(log_dir))


def alert_line(alert: Alert, look: Look) -> str:
    """Return what a terminal shows of an alert.

    :param look: The look that showed it.
    """
    quiet = "" if alert.quiet is None else f", last record {duration(alert.quiet)} ago"
    taken = sum(notice.problem is None for notice in look.tried)
    told = f"told {taken}" if taken else "nobody told"
    return printable(f"{clock(look.now)}  {alert.run_id}  {alert.rule}{quiet}  ({told})")


def clock(now: float) -> str:
    """Return the time of day.

    :param now: Epoch seconds.
    """
    return time.strftime("%H:%M:%S", time.localtime(now))


def _key(alert: Alert) -> Found:
    return alert.run_id, alert.rule


def _goes_on(row: Row, now: float) -> bool:
    quiet = _quiet(row, now)
    is_recent = quiet is None or quiet < DAY
    return row.state == State.RUNNING.value or (row.state == State.STALE.value and is_recent)


def _quiet(row: Row, now: float) -> float | None:
    return None if row.written is None else max(0.0, now - row.written)


def _start(row: Row) -> float:
    return as_float(row.get("meta-start")) or 0.0
