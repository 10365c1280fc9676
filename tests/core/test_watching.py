"""Rules that find runs, each told once, from outside the process that records."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from notice_servers import Answer, servers

from fitlog_core.cli import main
from fitlog_core.cli.watch_table import short_duration, table
from fitlog_core.errors import QueryError
from fitlog_core.hookspecs import Alert, TriedNotice, hookimpl
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.recording.run import Run
from fitlog_core.testing import fresh_host, use_host
from fitlog_core.watching.memory import Memory
from fitlog_core.watching.rules import DEFAULT, rule_of, rules_of
from fitlog_core.watching.watch import Watch

WRITER = """
import sys, time
from fitlog_core.recording.run import Run
run = Run(sys.argv[1])
run.add_progress(100)
run.add_loss(0.5, 1, "train")
run.add_metric({"dev": {"acc": 0.25}}, 1)
print(run.get_log_id(), flush=True)
sys.stdin.read()
"""


class Told:
    """A notifier that keeps what it is told, and answers as it should."""

    def __init__(self, problem: str | None = None) -> None:
        self.problem = problem
        self.alerts: list[Alert] = []

    @hookimpl
    def fitlog_alert(self, alerts: list[Alert]) -> list[TriedNotice]:
        self.alerts += alerts
        return [TriedNotice("a friend", self.problem)]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(alert.run_id, alert.rule) for alert in self.alerts]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FITLOG_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def told() -> Iterator[Told]:
    friend = Told()
    with use_host(fresh_host(friend)):
        yield friend


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A run of this process, which goes on until the test is over."""
    run = Run(tmp_path / "logs")
    run.add_loss(0.5, 1, "train")
    yield run
    run.finish()


def watch_of(logs: Path, *rules: str, default: bool = False) -> Watch:
    found = rules_of(rules, with_default=default)
    return Watch(LogDirectory(logs), found, Memory(logs))


def started(logs: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(logs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def killed(logs: Path) -> str:
    process, run_id = started(logs)
    process.kill()
    process.communicate()
    return run_id


# --------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("state:stopped", "dead"),
        ("state:stale", "stalled"),
        ("stalled 10m", "stalled"),
        (" nan(loss) ", "nan"),
        ("nan(loss) | nan(metric)", "nan"),
        ("plateau(dev-acc, 5)", "plateau"),
        ("state:error", "rule"),
        ("lr:0.1 nan(loss)", "rule"),
    ],
)
def test_a_rule_is_a_search_and_has_a_kind(text, kind):
    assert rule_of(text).kind == kind


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ("nan(loss", 8, "closing parenthesis"),
        ("nans(loss)", 0, "nan(loss), plateau(dev-acc, 5), stalled 10m"),
        ("nan(loss, 3)", 0, "is written nan(loss)"),
        ("lr:1 plateau(acc)", 5, "is written plateau(dev-acc, 5)"),
        ("plateau(acc, 0)", 0, "1 or more"),
        ("stalled 10", 0, "only a text"),
        ("nan", 0, "only a text"),
    ],
)
def test_a_rule_that_could_never_mean_anything_is_refused_at_its_place(text, position, part):
    with pytest.raises(QueryError) as caught:
        rule_of(text)
    assert part in caught.value.message
    assert caught.value.position == position


def test_rules_of_the_setting_and_of_the_command_are_added_to_those_that_hold_anyway():
    texts = [rule.text for rule in rules_of(["stalled 5m", "nan(loss)"], "state:error; nan(acc) ;")]
    assert texts == [*DEFAULT, "state:error", "nan(acc)", "stalled 5m"]


# ------------------------------------------------------------------ what is found


def test_nan_is_found_once_it_is_written_and_told_once(tmp_path, run, told):
    watch = watch_of(tmp_path / "logs", "nan(loss)")
    assert watch.look().alerts == []
    run.add_loss(float("nan"), 2, "train")
    expected = [(run.get_log_id(), "nan(loss)")]
    assert [(alert.run_id, alert.rule) for alert in watch.look().alerts] == expected
    run.add_loss(float("nan"), 3, "train")
    assert watch.look().alerts == []
    assert told.pairs == expected


def test_a_loss_that_is_infinite_is_found_as_nan_is(tmp_path, run, told):
    watch = watch_of(tmp_path / "logs", "nan(loss)", "nan(metric)", "nan(train)")
    run.add_loss(float("inf"), 2, "train")
    run.add_loss(float("-inf"), 3, "train")
    watch.look()
    assert [rule for _, rule in told.pairs] == ["nan(loss)", "nan(train)"]


def test_large_losses_are_not_taken_for_infinite_ones(tmp_path, run, told):
    for step in (2, 3, 4):
        run.add_loss(1.7e308, step, "train")
    watch_of(tmp_path / "logs", "nan(loss)").look()
    assert told.alerts == []


def test_a_curve_that_is_no_better_for_so_many_points_is_a_plateau(tmp_path, run, told):
    watch = watch_of(tmp_path / "logs", "plateau(dev-acc, 3)", "plateau(train, 2)")
    for step, accuracy in enumerate([0.5, 0.6, 0.55, 0.6]):
        run.add_metric({"dev": {"acc": accuracy}}, step)
    run.add_loss(0.4, 2, "train")
    watch.look()
    assert told.alerts == []
    run.add_metric({"dev": {"acc": 0.59}}, 4)
    watch.look()
    run.add_loss(0.45, 3, "train")  # smaller is better
    run.add_loss(0.41, 4, "train")
    watch.look()
    assert [rule for _, rule in told.pairs] == ["plateau(dev-acc, 3)", "plateau(train, 2)"]


def test_a_run_that_is_not_written_for_long_is_stalled(tmp_path, run, told):
    watch = watch_of(tmp_path / "logs", "stalled 10m")
    now = time.time()
    watch.look(now + 500)
    assert told.alerts == []
    watch.look(now + 700)
    assert told.pairs == [(run.get_log_id(), "stalled 10m")]
    assert 690 < told.alerts[0].quiet < 710


def test_a_run_that_is_over_is_not_stalled(tmp_path, run, told):
    watch = watch_of(tmp_path / "logs", "stalled 10m")
    watch.look()
    run.finish()
    watch.look(time.time() + 700)
    assert told.alerts == []


def test_any_search_is_a_rule(tmp_path, run, told):
    run.add_hyper({"lr": 0.1})
    run.add_best_metric({"acc": 0.2})
    watch_of(tmp_path / "logs", "lr:0.1 metric-acc<0.3", "lr:0.2").look()
    assert [rule for _, rule in told.pairs] == ["lr:0.1 metric-acc<0.3"]


def test_a_rule_that_may_mean_several_columns_is_passed_over_and_said_once(
    tmp_path, run, told, capfd
):
    run.add_hyper({"a": {"lr": 0.1}, "b": {"lr": 0.1}})
    run.add_loss(float("nan"), 2, "train")
    watch = watch_of(tmp_path / "logs", "lr:0.1", "nan(loss)")
    watch.look()
    watch.look()
    assert capfd.readouterr().err.count("the rule 'lr:0.1' is passed over") == 1
    assert [rule for _, rule in told.pairs] == ["nan(loss)"]


def test_a_run_whose_process_was_killed_is_told(tmp_path, told):
    logs = tmp_path / "logs"
    process, run_id = started(logs)
    watch = watch_of(logs, default=True)
    assert [row.id for row in watch.look().rows] == [run_id]
    process.kill()
    process.communicate()
    assert watch.look().rows[0].state == "stopped"
    assert told.pairs == [(run_id, "state:stopped")]
    assert watch.look().rows == []


def test_a_run_that_came_and_died_between_two_looks_is_told(tmp_path, told):
    logs = tmp_path / "logs"
    watch = watch_of(logs, default=True)
    watch.look()
    run_id = killed(logs)
    watch.look()
    assert told.pairs == [(run_id, "state:stopped")]


def test_what_was_over_before_anybody_watched_is_not_told(tmp_path, told):
    logs = tmp_path / "logs"
    killed(logs)
    watch = watch_of(logs, default=True)
    assert watch.look().rows == []
    assert told.alerts == []


def test_a_run_that_was_quiet_for_a_day_is_an_old_log(tmp_path, run, told):
    meta = Path(run.get_log_folder(absolute=True)) / "meta.log"
    text = meta.read_text("utf-8")
    meta.write_text(text.replace('"pid"', '"pid_"'), "utf-8")  # nobody knows its process
    for file in meta.parent.iterdir():
        os.utime(file, (time.time() - 90_000,) * 2)
    assert watch_of(tmp_path / "logs", default=True).look().rows == []
    assert told.alerts == []


# ------------------------------------------------------------- told once, for good


def test_what_was_told_is_not_told_again_after_a_new_start(tmp_path, run, told):
    run.add_loss(float("nan"), 2, "train")
    for _ in range(2):
        watch_of(tmp_path / "logs", "nan(loss)").look()
    assert len(told.alerts) == 1


def test_a_death_while_nobody_watched_is_told_at_the_next_start(tmp_path, told):
    logs = tmp_path / "logs"
    process, run_id = started(logs)
    watch_of(logs, default=True).look()
    process.kill()
    process.communicate()
    later = killed(logs)
    watch_of(logs, default=True).look()
    assert sorted(told.pairs) == [(run_id, "state:stopped"), (later, "state:stopped")]
    watch_of(logs, default=True).look()
    assert len(told.alerts) == 2


def test_two_who_watch_at_the_same_time_tell_once(tmp_path, run, told):
    watches = [watch_of(tmp_path / "logs", "nan(loss)") for _ in range(2)]
    run.add_loss(float("nan"), 2, "train")
    for watch in watches:
        watch.look()
    assert len(told.alerts) == 1


def test_nothing_is_written_into_the_log_directory(tmp_path, run, told, cache):
    def state() -> dict[str, tuple[int, int]]:
        found = {path: path.stat() for path in (tmp_path / "logs").rglob("*")}
        return {str(path): (stat.st_size, stat.st_mtime_ns) for path, stat in found.items()}

    run.add_loss(float("nan"), 2, "train")
    before = state()
    watch_of(tmp_path / "logs", default=True).look()
    assert state() == before
    assert len(told.alerts) == 1
    (file,) = cache.glob("watch-*.json")
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"told": 3, "watched": [], "looked": 1}'])
def test_a_broken_memory_is_an_empty_one(tmp_path, run, told, content):
    run.add_loss(float("nan"), 2, "train")
    memory = Memory(tmp_path / "logs")
    memory.path.write_text(content, "utf-8")
    watch_of(tmp_path / "logs", "nan(loss)").look()
    assert len(told.alerts) == 1
    assert json.loads(memory.path.read_text("utf-8"))["watched"] == [run.get_log_id()]


def test_without_a_place_for_the_memory_it_is_told_once_a_process(tmp_path, run, told, monkeypatch):
    monkeypatch.setattr("fitlog_core.reading.index.location._candidates", lambda: iter(()))
    run.add_loss(float("nan"), 2, "train")
    watch = watch_of(tmp_path / "logs", "nan(loss)")
    watch.look()
    watch.look()
    assert len(told.alerts) == 1


# ------------------------------------------------------------- a notifier's faults


def test_what_nobody_took_is_tried_again_later_and_the_problem_said_once(tmp_path, capfd):
    friend = Told("no network")
    with use_host(fresh_host(friend)):
        process, run_id = started(tmp_path / "logs")
        watch = watch_of(tmp_path / "logs", default=True)
        watch.look()
        process.kill()
        process.communicate()
        now = time.time()
        for after in (0, 10, 70, 100):
            watch.look(now + after)
        assert friend.pairs == [(run_id, "state:stopped")] * 2  # at once, and after a minute
        friend.problem = None
        for after in (250, 3000):
            watch.look(now + after)
        assert len(friend.alerts) == 3
    said = capfd.readouterr().err
    assert said.count("a friend did not take a notice: no network") == 1


def test_a_notifier_that_raises_ends_nothing_and_is_said_once(tmp_path, run, told, capfd):
    class Broken:
        @hookimpl
        def fitlog_alert(self) -> None:
            raise RuntimeError("broken")

    with use_host(fresh_host(told, Broken())):
        watch = watch_of(tmp_path / "logs", "nan(loss)", "train:3", "stalled 1m")
        run.add_loss(float("nan"), 2, "train")
        watch.look()
        watch.look(time.time() + 100)
    assert [rule for _, rule in told.pairs] == ["nan(loss)", "stalled 1m"]
    assert capfd.readouterr().err.count("failed in fitlog_alert") == 1


def test_that_nobody_is_configured_is_said_once(tmp_path, run, capfd):
    with use_host(fresh_host()):
        watch = watch_of(tmp_path / "logs", "nan(loss)", "stalled 1m")
        run.add_loss(float("nan"), 2, "train")
        assert len(watch.look().alerts) == 1
        assert len(watch.look(time.time() + 100).alerts) == 1
    assert capfd.readouterr().err.count("nobody is configured to be told") == 1


# ------------------------------------------------------------------- the command


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["watch", *arguments], prog_name="fitlog")


def test_the_table_fits_into_80_columns_and_tells_step_and_newest_values(tmp_path, run, told):
    run.add_progress(2000)
    run.add_loss({"a long name of a loss" * 4: 0.123456}, 12, "train")
    for _ in range(3):
        run.add_metric({"dev": {"acc": 0.25}}, 1000)
    look = watch_of(tmp_path / "logs", default=True).look()
    heading, line = table(look.rows, tmp_path / "logs", look.now, 80)
    assert heading.split() == ["ID", "STATE", "STEP", "LEFT", "QUIET", "NEWEST"]
    assert line.split()[:3] == [run.get_log_id(), "running", "1000/2000"]
    assert "train=0.5" in line
    assert len(line) <= 80
    assert line.endswith("…")


def test_once_prints_plain_lines_and_ends(tmp_path, run, told):
    run.add_loss(float("nan"), 2, "train")
    done = invoke(str(tmp_path / "logs"), "--once")
    assert done.exit_code == 0
    _heading, line, alert = done.output.splitlines()
    assert line.split()[0] == run.get_log_id()
    assert "train=nan" in line
    assert alert.split()[1:3] == [run.get_log_id(), "nan(loss),"]
    assert alert.endswith("(told 1)")
    assert "\x1b" not in done.output


def test_a_rule_that_cannot_be_understood_is_refused_with_its_place(tmp_path, run):
    done = invoke(str(tmp_path / "logs"), "--rule", "lr:1 nans(loss)")
    assert done.exit_code == 2
    assert "at character 6" in done.stderr
    assert "stalled 10m" in done.stderr


def test_a_directory_without_runs_is_watched(tmp_path):
    done = invoke(str(tmp_path), "--once")
    assert (done.exit_code, done.output) == (0, f"No run of {tmp_path} goes on.\n")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59, "59s"), (61, "1m1s"), (3600, "1h0m"), (90_061, "1d1h"), (-5, "0s")],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds, text):
    assert short_duration(seconds) == text


def test_a_stalled_and_a_killed_run_are_told_to_a_group_while_the_command_goes_on(tmp_path):
    logs = tmp_path / "logs"
    stalled, stalled_id = started(logs)
    killed_one, killed_id = started(logs)
    with servers() as start:
        server = start(Answer({"errcode": 0}))
        url = f"http://127.0.0.1:{server.port}/cgi-bin/webhook/send?key=a-key"
        options = ["--every", "0.2", "--rule", "stalled 2s"]
        watcher = subprocess.Popen(
            [sys.executable, "-m", "fitlog", "watch", str(logs), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env={**os.environ, "FITLOG_WECOM_WEBHOOK": url, "no_proxy": "127.0.0.1"},
        )
        try:
            assert watcher.stdout is not None
            watcher.stdout.readline()  # it has looked
            stalled.send_signal(signal.SIGSTOP)
            killed_one.kill()
            # Two at once come as one message, with a line for each.
            wanted = [("进程已", killed_id), ("停滞", stalled_id)]
            until = time.monotonic() + 60
            while time.monotonic() < until:
                said = "\n".join(str(request) for request in server.requests)
                lines = said.replace("\\n", "\n").splitlines()
                told = [any(word in line and run in line for line in lines) for word, run in wanted]
                if all(told):
                    break
                time.sleep(0.05)
            assert all(told), said
        finally:
            stalled.kill()
            stalled.communicate()
            killed_one.communicate()
            watcher.send_signal(signal.SIGINT)
            printed = watcher.communicate(timeout=30)[0]
    assert watcher.returncode == 0
    assert "Traceback" not in printed
    assert f"{killed_id}  state:stopped" in printed
