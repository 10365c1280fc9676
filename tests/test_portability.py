"""What Windows lacks or does otherwise, taken away here: fitlog logs and reads all the same.

Windows itself is not run. ``fcntl``, ``os.fork``, ``os.register_at_fork`` and the POSIX signals
are removed, the default encoding is cp936, and whoever leaves an encoding out is told so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

# What runs before the snippet. The C half of io cannot be given another locale, so open() is.
WITHOUT_POSIX = r"""
import builtins, importlib.abc, io, locale, os, pathlib, signal, sys

POSIX_MODULES = {"fcntl", "pwd", "grp", "termios", "resource"}
class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in POSIX_MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None
sys.meta_path.insert(0, Finder())
for name in POSIX_MODULES:
    sys.modules.pop(name, None)

for name in ("fork", "register_at_fork", "forkpty", "posix_spawn", "posix_spawnp", "fchmod",
             "getuid", "geteuid", "getpgid", "killpg", "setsid", "wait3", "wait4", "sysconf",
             "sched_getaffinity", "getloadavg", "statvfs", "O_NONBLOCK", "O_NOFOLLOW",
             "O_DIRECTORY", "O_CLOEXEC", "pwrite", "writev", "uname", "link"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE", "SIGSTOP",
             "SIGTSTP", "SIGCONT", "SIGQUIT", "pthread_sigmask", "setitimer", "alarm", "pause"):
    if hasattr(signal, name):
        delattr(signal, name)

locale.getpreferredencoding = lambda do_setlocale=True: "cp936"
if hasattr(locale, "getencoding"):
    locale.getencoding = lambda: "cp936"
real_open = io.open
def caller():
    frame = sys._getframe(2)
    while frame.f_globals["__name__"] in ("pathlib", "pathlib._local", "os", "codecs", "tempfile"):
        frame = frame.f_back
    return frame.f_globals["__name__"]
def cp936_open(file, mode="r", buffering=-1, encoding=None, *rest, **named):
    if encoding in (None, "locale") and "b" not in mode:
        assert not caller().startswith("fitlog"), f"{caller()} leaves the encoding of {file} out"
        encoding = "cp936"
    return real_open(file, mode, buffering, encoding, *rest, **named)
io.open = builtins.open = cp936_open
"""

LOG = r"""
import fitlog
TEXT = "学习率 naïve 🙂"
assert isinstance(fitlog.get_fit_id("."), str)
fitlog.commit("train.py", TEXT)
fitlog.set_log_dir(LOG_DIR)
fitlog.add_hyper({"lr": 0.1, "说明": TEXT})
fitlog.add_other(TEXT, "note")
fitlog.add_to_line(TEXT)
fitlog.add_progress(3)
fitlog.set_rng_seed(1)
for step in range(3):
    fitlog.add_loss(0.5 / (step + 1), step=step, name="损失")
    fitlog.add_metric({"dev": {"acc": 0.9}}, step=step)
fitlog.add_best_metric({"dev": {"acc": 0.9}})
fitlog.finish()
with fitlog.Run(LOG_DIR) as run:
    run.add_loss(0.1, step=0, name="损失")
"""

READ = r"""
import json, pathlib, sys
from fitlog_core.reading.logdir import LogDirectory
logs = LogDirectory(pathlib.Path(LOG_DIR))
logs.refresh()
newest, oldest = (logs.run(run_id) for run_id in logs.ids())
print(json.dumps({
    "row": dict(logs.row(oldest.id)),
    "steps": list(oldest.series()["loss-损失"].steps),
    "console": oldest.console(),
    "states": [oldest.state().value, newest.state().value],
}))
"""


def run(
    code: str, folder: Path, log_dir: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a snippet without what POSIX has, its standard streams in cp936."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{WITHOUT_POSIX}\nLOG_DIR = {log_dir!r}\n{code}",
        ],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "cp936", **(env or {})},
        capture_output=True,
        encoding="cp936",
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a file whose name and text are Chinese."""
    folder = tmp_path / "项目"
    folder.mkdir()
    (folder / "train.py").write_text("# 训练 🙂\n", encoding="utf-8")
    (folder / "模型.py").write_text("lr = 0.1\n", encoding="utf-8")
    return folder


def test_what_is_said_to_be_absent_is_absent(project: Path) -> None:
    code = (
        "try:\n    import fcntl\nexcept ImportError:\n    print('no fcntl')\n"
        "print(hasattr(os, 'fork'), hasattr(os, 'register_at_fork'), hasattr(signal, 'SIGKILL'))\n"
        "print(open('train.py').encoding, sys.stdout.encoding, locale.getpreferredencoding())\n"
        "try:\n    exec('open(1, closefd=False)', {'__name__': 'fitlog_core.x', 'open': open})\n"
        "except AssertionError as error:\n    print(error)\n"
    )
    assert run(code, project, "logs").stdout.splitlines() == [
        "no fcntl",
        "False False False",
        "cp936 gbk cp936",  # two names of one encoding
        "fitlog_core.x leaves the encoding of 1 out",
    ]


@pytest.mark.parametrize("log_dir", ["logs", "runs\\logs", "日志\\一", ".\\logs\\"])
def test_it_logs_and_reads_without_posix_under_cp936(project: Path, log_dir: str) -> None:
    (project / ".fitconfig").write_text("[fit_settings]\nwatched_rules = *.py\n", encoding="utf-8")
    logged = run(LOG, project, log_dir)
    lines = [line for line in logged.stderr.splitlines() if "made" not in line]
    assert [line for line in lines if not line.startswith("fitlog: ")] == []
    found = json.loads(run(READ, project, log_dir).stdout)
    assert found["row"]["hyper-说明"] == "学习率 naïve 🙂"
    assert found["row"]["other-note"] == "学习率 naïve 🙂"
    assert found["row"]["meta-fit_msg"] == "学习率 naïve 🙂"
    assert found["steps"] == [0, 1, 2]
    assert found["console"] == "学习率 naïve 🙂\n"
    assert found["states"] == ["finished", "finished"]


def test_what_was_written_so_is_read_everywhere(project: Path) -> None:
    run(LOG, project, "logs")
    from fitlog_core.reading.logdir import LogDirectory

    logs = LogDirectory(project / "logs")
    logs.refresh()
    assert logs.row(logs.ids()[-1])["hyper-说明"] == "学习率 naïve 🙂"


def test_the_command_lists_and_reverts_so(project: Path) -> None:
    run(LOG, project, "logs")
    code = "import sys\nfrom fitlog_core.cli import main\nmain(sys.argv[1:] or {arguments!r})"
    listed = run(code.format(arguments=["list"]), project, "logs").stdout
    commit = listed.split("commit_id")[1].split()[0]
    run(code.format(arguments=["revert", commit[:8]]), project, "logs")
    reverted = project.parent / "项目_revert"
    assert (reverted / "train.py").read_text("utf-8") == "# 训练 🙂\n"
    assert (reverted / "模型.py").exists()


def test_a_character_that_the_terminal_lacks_is_escaped(project: Path) -> None:
    code = (
        "import click\n"
        "from fitlog_core.cli import CommandGroup\n"
        "group = CommandGroup('fitlog')\n"
        "group.command('say')(lambda: click.echo('好 🙂'))\n"
        "group(['say'])"
    )
    assert run(code, project, "logs").stdout == "好 \\U0001f642\n"


@pytest.mark.parametrize("path", ["..\\secret", "..\\..\\secret", "C:\\secret", "a\\..\\..\\x"])
def test_a_backslash_leads_nowhere_out_of_a_run(project: Path, path: str) -> None:
    code = LOG + (
        "from fitlog_core.errors import RunNotFoundError\n"
        "from fitlog_core.reading.reader import RunReader\n"
        "import pathlib\n"
        "folder = next(pathlib.Path(LOG_DIR).glob('log_*'))\n"
        f"try:\n    RunReader(folder).open_file({path!r})\n"
        "except RunNotFoundError:\n    print('refused')\n"
    )
    (project / "secret").write_text("x", encoding="utf-8")
    assert "refused" in run(code, project, "logs").stdout
