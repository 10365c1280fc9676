"""Many runs that end together are told of together; no run is forgotten, no process waits."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from notice_servers import Answer, servers

from fitlog_core.hookspecs import Ending
from fitlog_core.notification import mailbox as mailboxes
from fitlog_core.notification.facts import Brief, Facts
from fitlog_core.notification.mailbox import Mailbox, cache_folder
from fitlog_core.notification.options import Options
from fitlog_core.notification.sweep import mailbox_for, tell
from fitlog_core.recording.run import Run
from fitlog_core.testing import fresh_host, use_host
from fitlog_plugins import feishu

IN_ONE_PROCESS = """
import time
from fitlog_core.recording.run import Run
for number in range({count}):
    run = Run('logs')
    run.add_best_metric(number / 10, 'acc')
    run.finish({status})
time.sleep({rest})
print(time.time())
"""

# Says when its run has begun, and ends it when it is told to.
WAITING = """
import sys
from fitlog_core.recording.run import Run
run = Run('logs')
run.add_best_metric(0.5, 'acc')
print(run.get_log_id(), flush=True)
sys.stdin.readline()
run.finish(int(sys.argv[1]))
"""


@pytest.fixture
def bot(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A Feishu that all of a test's runs are told to, as posts."""
    with servers() as start:
        server = start()
        monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
        monkeypatch.setenv("FITLOG_PLUGINS", "feishu")
        monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", server.url)
        monkeypatch.setenv("FITLOG_FEISHU_STYLE", "post")
        yield server


@pytest.fixture
def begin(tmp_path: Path, bot: Any) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start processes whose runs go on until they are told to end."""
    started: list[subprocess.Popen[str]] = []

    def start(status: int = 0) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", WAITING, str(status)],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        process.run_id = process.stdout.readline().strip()  # type: ignore[attr-defined]
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)
    assert process.returncode == 0


def notices(bot: Any) -> list[tuple[str, list[str]]]:
    """Title and other runs of every notice."""
    found = []
    for body in bot.requests:
        post = body["content"]["post"]["en_us"]
        lines = [tag["text"] for line in post["content"] for tag in line]
        found.append((post["title"], [line for line in lines if line.startswith("log_")]))
    return found


def titles(bot: Any) -> list[str]:
    return [re.sub(r" log_\d+_\d+", "", title) for title, _ in notices(bot)]


# --------------------------------------------------------------- in one process


def test_runs_of_one_process_are_told_at_once_and_the_rest_together_at_its_exit(bot, run_python):
    run_python(IN_ONE_PROCESS.format(count=6, status=0, rest=0))
    assert titles(bot) == ["[fitlog] run finished", "[fitlog] run finished and 4 more"]
    others = notices(bot)[1][1]
    assert len(others) == 4
    assert others[0].endswith("finished after 0s: acc = 0.1")
    assert others[-1].endswith("acc = 0.4")


def test_what_is_held_goes_out_when_the_window_is_over(bot, run_python, monkeypatch):
    monkeypatch.setenv("FITLOG_NOTIFY_COALESCE", "1")
    arrived: list[float] = []
    bot.requests = _Watched(bot.requests, arrived)
    done = run_python(IN_ONE_PROCESS.format(count=3, status=0, rest=4))
    assert titles(bot) == ["[fitlog] run finished", "[fitlog] run finished and 1 more"]
    assert arrived[1] < float(done.stdout) - 1


class _Watched(list):  # type: ignore[type-arg]
    """Requests, with the time when each came."""

    def __init__(self, requests: list[Any], arrived: list[float]) -> None:
        super().__init__(requests)
        self._arrived = arrived

    def append(self, request: Any) -> None:
        self._arrived.append(time.time())
        super().append(request)


def test_the_window_is_a_setting_and_zero_tells_of_each_run(bot, run_python, tmp_path):
    (tmp_path / ".fitconfig").write_text("[notify]\ncoalesce = 0\n")
    run_python(IN_ONE_PROCESS.format(count=3, status=0, rest=0))
    assert titles(bot) == ["[fitlog] run finished"] * 3


@pytest.mark.parametrize("window", ["soon", "-1", "nan", "inf"])
def test_a_window_that_is_no_number_is_told_and_holds_nothing(monkeypatch, capsys, window):
    monkeypatch.setenv("FITLOG_NOTIFY_COALESCE", window)
    assert mailbox_for("target", "/logs", Options(Path("/"))) is None
    line = f"fitlog: FITLOG_NOTIFY_COALESCE must be a number of seconds, got '{window}'"
    assert capsys.readouterr().err.startswith(line)


def test_errors_are_never_held(bot, run_python):
    run_python(IN_ONE_PROCESS.format(count=4, status=1, rest=0))
    assert titles(bot) == ["[fitlog] run failed"] * 4


def test_an_error_takes_along_what_is_held(bot, run_python):
    code = (
        "from fitlog_core.recording.run import Run\n"
        "for status in (0, 0, 0, 1):\n"
        "    run = Run('logs'); run.add_best_metric(1, 'acc'); run.finish(status)"
    )
    run_python(code)
    assert titles(bot) == ["[fitlog] run finished", "[fitlog] run failed and 2 more"]
    assert len(notices(bot)[1][1]) == 2


def test_a_script_that_ends_its_last_run_without_finish_forgets_none(bot, run_python):
    code = (
        "from fitlog_core.recording.run import Run\n"
        "for number in range(3):\n"
        "    run = Run('logs'); run.add_best_metric(1, 'acc'); number < 2 and run.finish()"
    )
    run_python(code)
    told = [title for title, _ in notices(bot)] + [
        line for _, more in notices(bot) for line in more
    ]
    assert len(set(re.findall(r"log_\d+_\d+", " ".join(told)))) == 3
    assert len(titles(bot)) <= 3


# --------------------------------------------------------- in several processes


def test_of_runs_that_end_side_by_side_the_first_and_the_last_tell(bot, begin):
    processes = [begin() for _ in range(4)]
    ids = [process.run_id for process in processes]
    for process in processes:
        end(process)
    first, last = notices(bot)
    assert first[0] == f"[fitlog] run finished {ids[0]}"
    assert last[0] == f"[fitlog] run finished {ids[3]} and 2 more"
    assert [line.split()[0] for line in last[1]] == ids[1:3]


def test_of_runs_that_end_in_the_same_moment_none_is_forgotten_or_told_twice(bot, begin):
    processes = [begin() for _ in range(6)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
    text = " ".join(" ".join([title, *more]) for title, more in notices(bot))
    begun = sorted(process.run_id for process in processes)
    assert sorted(re.findall(r"log_\d+_\d+", text)) == begun


def test_a_run_that_ends_while_others_go_on_does_not_wait_for_them(bot, begin):
    processes = [begin() for _ in range(3)]
    end(processes[0])
    began = time.monotonic()
    end(processes[1])
    assert time.monotonic() - began < 10
    assert len(notices(bot)) == 1


def test_runs_of_processes_one_after_another_are_each_told_of(bot, begin):
    for _ in range(3):
        end(begin())
    assert titles(bot) == ["[fitlog] run finished"] * 3


def test_a_run_that_was_killed_is_not_waited_for(bot, begin):
    first, second, third = (begin() for _ in range(3))
    end(first)
    third.kill()
    third.wait()
    end(second)
    assert titles(bot) == ["[fitlog] run finished"] * 2


def test_what_a_killed_run_was_to_take_goes_out_with_the_next_notice(bot, begin):
    first, second, third = (begin() for _ in range(3))
    end(first)
    end(second)
    third.kill()
    third.wait()
    assert len(notices(bot)) == 1
    end(begin())
    assert [line.split()[0] for line in notices(bot)[1][1]] == [second.run_id]


def test_a_run_that_goes_on_for_much_longer_is_not_waited_for(bot, begin, tmp_path):
    long, first, second = (begin() for _ in range(3))
    path = next(cache_folder().glob("*.json"))
    kept = json.loads(path.read_text())
    kept["live"][long.run_id] -= 1000.0
    path.write_text(json.dumps(kept))
    end(first)
    end(second)
    assert titles(bot) == ["[fitlog] run finished"] * 2


def test_another_log_directory_has_notices_of_its_own(bot, begin, run_python):
    begin()
    run_python(IN_ONE_PROCESS.format(count=1, status=0, rest=0))
    run_python(IN_ONE_PROCESS.format(count=1, status=0, rest=0).replace("logs", "others"))
    assert titles(bot) == ["[fitlog] run finished"] * 2


# ------------------------------------------------------------------- the file


@pytest.fixture
def box(tmp_path: Path) -> Mailbox:
    return Mailbox("feishu https://host/SECRET", tmp_path / "logs", 60.0)


def facts(name: str = "log_20260101_000000", state: str = "finish") -> Facts:
    return Facts(name, state, 1.0)


def hold(box: Mailbox, *names: str) -> None:
    with box.opened() as post:
        assert post is not None
        post.held += [Brief(name, "finish", 1.0, "") for name in names]


def test_the_file_is_the_users_alone_and_holds_no_address(box):
    tell(facts(), box, lambda told: None)
    path = cache_folder() / f"{box.key}.json"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    assert "SECRET" not in path.read_text() + path.name


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"sent": 1, "live": {}, "held": [[1]]}'])
def test_a_broken_file_holds_nothing(box, content):
    cache_folder().mkdir(0o700, parents=True)
    (cache_folder() / f"{box.key}.json").write_text(content)
    seen: list[Facts] = []
    assert tell(facts(), box, lambda told: seen.append(told)) is None
    assert [told.others for told in seen] == [[]]


def test_a_folder_that_others_may_open_is_not_used(box):
    cache_folder().mkdir(parents=True)
    cache_folder().chmod(0o777)
    with box.opened() as post:
        assert post is None


def test_where_no_file_can_be_every_run_is_told_of_at_once(box, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    blocked = Mailbox("target", tmp_path, 60.0)
    seen: list[Facts] = []
    for _ in range(3):
        tell(facts(), blocked, lambda told: seen.append(told))
    assert len(seen) == 3


def test_a_file_that_another_run_uses_for_long_is_not_waited_for(box, monkeypatch):
    monkeypatch.setattr(mailboxes, "LOCK_SECONDS", 0.1)
    seen: list[Facts] = []
    with box.opened():
        tell(facts(), box, lambda told: seen.append(told))
    assert len(seen) == 1


def test_what_could_not_be_sent_is_held_for_the_next_notice(box):
    hold(box, "log_1", "log_2")
    assert tell(facts(), box, lambda told: "refused") == "refused"
    seen: list[Facts] = []
    tell(facts(state="error"), box, lambda told: seen.append(told))
    assert [other.id for other in seen[0].others] == ["log_1", "log_2"]


def test_a_clock_that_was_set_back_holds_nothing(box):
    with box.opened() as post:
        assert post is not None
        post.sent = time.time() + 1e6
        assert not box.is_busy(post)


def test_in_a_worker_of_multiprocessing_the_last_run_is_told_of_at_once(bot, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import multiprocessing\n"
        "from fitlog_core.recording.run import Run\n"
        "def train(number):\n"
        "    run = Run('logs'); run.add_best_metric(number, 'acc'); run.finish()\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context('fork')\n"
        "    for number in range(2):\n"
        "        worker = context.Process(target=train, args=(number,))\n"
        "        worker.start(); worker.join()\n"
    )
    subprocess.run([sys.executable, str(script)], cwd=tmp_path, check=True, timeout=60)
    assert titles(bot) == ["[fitlog] run finished"] * 2


def test_a_start_that_is_told_is_not_held(bot, tmp_path, monkeypatch):
    monkeypatch.setenv("FITLOG_FEISHU_ON_START", "yes")
    with use_host(fresh_host()):  # the process's own would be made of the bot's plugins for good
        run = Run(tmp_path / "logs")
        run.create_log_folder()
    host = fresh_host(feishu)
    host.notify("fitlog_run_started", run=run)
    host.notify("fitlog_run_finished", run=run, ending=Ending("finish", None, 1.0))
    assert titles(bot) == ["[fitlog] run started", "[fitlog] run finished"]


def test_the_cache_is_where_the_system_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "fitlog" / "notices"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path(os.environ["HOME"], ".cache", "fitlog", "notices")


def test_a_late_notice_whose_plugin_fails_is_one_line_without_a_traceback(bot, run_python):
    code = (
        "from fitlog_plugins.feishu import delivery, message\n"
        "told = []\n"
        "def broken(facts):\n"
        "    told.append(facts)\n"
        "    if len(told) > 1: raise KeyError('https://SECRET')\n"
        "    return message.post(facts)\n"
        "delivery.post = broken\n"
    )
    done = run_python(code + IN_ONE_PROCESS.format(count=3, status=0, rest=0))
    assert done.stderr == "fitlog: a notice that was held back is lost: KeyError\n"


def test_a_late_notice_that_is_refused_is_one_line(bot, run_python):
    bot.answers = [bot.answers[0], Answer({"code": 19001, "msg": "gone"})]
    done = run_python(IN_ONE_PROCESS.format(count=3, status=0, rest=0))
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    assert re.match(r"fitlog: the notice of log_\d+_\d+, log_\d+_\d+ was not taken: ", lines[0])
    assert bot.url not in lines[0]
