"""``fitlog run``: the script behaves as under Python, and what it did is recorded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fitlog_core import log_format

ENVIRONMENT = {**os.environ, "FITLOG_REPEATS": "off", "PYTHONDONTWRITEBYTECODE": "1"}
ENVIRONMENT.pop("PYTHONUNBUFFERED", None)
Done = subprocess.CompletedProcess[bytes]


def python(folder: Path, *words: str, **options: object) -> Done:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        **options,  # type: ignore[call-overload]
    )


def recorded(folder: Path, *words: str, options: tuple[str, ...] = ()) -> Done:
    return python(folder, "-m", "fitlog", "run", "--no-commit", *options, *words)


# What an installer writes as the command ``fitlog``; it lies beside nothing of ours.
COMMAND = """
import sys
from fitlog_core.command import main
if __name__ == "__main__":
    sys.exit(main())
"""
# The command and the module are the script themselves; what only the parser of the command line
# understands starts another program, which is.
WAYS = {
    "the command": ("bin/fitlog", "run", "--no-commit"),
    "the module": ("-m", "fitlog", "run", "--no-commit"),
    "the parser": ("-m", "fitlog", "run", "--no-commit", "-dlogs"),
}


def runs(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.rglob("log_*/meta.log"))


def only_run(folder: Path) -> Path:
    (run,) = runs(folder)
    return run


def meta(run: Path) -> dict[str, object]:
    return log_format.read_meta(run)


def lines(run: Path, kind: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (run / f"{kind}.log").read_text("utf-8").splitlines()]


def console(run: Path) -> str:
    return (run / "console.log").read_text("utf-8")


# Each is what a script may do, and must do the same with and without fitlog around it.
SAME = {
    "what it is": """
import io, sys
main = sys.modules["__main__"]
print(__name__, __file__, __spec__, __package__, __cached__, __doc__, type(__loader__).__name__)
print(sys.argv, sys.path, main.__dict__ is globals(), sorted(n for n in globals() if n != "main"))
print(sys.stdout.name, sys.stdout.mode, sys.stdout.encoding, sys.stdout.errors)
print(sys.stdout.fileno())
print(sys.stdout.line_buffering, sys.stderr.line_buffering, sys.stdout.isatty(), sys.stderr.name)
print(sys.stdout is sys.__stdout__, isinstance(sys.stdout.buffer.raw, io.FileIO))
print(type(sys.stdout.buffer), sys.flags)
""",
    "its bytes": """
import os, sys
sys.stdout.buffer.write(b"\\xff\\x00raw\\r\\n")
print("half a line", end="")
print("\\rprogress", end="", file=sys.stderr, flush=True)
sys.stdout.write("ü\\n"); sys.stdout.flush()
os.write(1, b"past us\\n")
""",
    "sys.exit of a number": "import sys; print('x'); sys.exit(7)",
    "sys.exit of a text": "import sys; sys.exit('no data')",
    "sys.exit of nothing": "import sys; sys.exit()",
    "sys.exit of an object": "import sys; sys.exit([1, 2])",
    "an exception": "def f():\n    raise ValueError('bad\\nluck')\nf()",
    "an exception's cause": "try:\n    1 / 0\nexcept Exception as e:\n    raise OSError from e",
    "an exception of several": """
import asyncio
async def wrong(): raise ValueError("one")
async def both():
    found = await asyncio.gather(wrong(), wrong(), return_exceptions=True)
    raise ExceptionGroup("several", found)
asyncio.run(both())
""",
    "an exception in a thread": """
import threading
thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()
""",
    "sys.exit of more than a byte": "import sys; print('x'); sys.exit(256)",
    # With threading, as 3.13 prints more where a script, or fitlog, has imported that.
    "sys.exit of more than the system takes": "import sys, threading; sys.exit(2**70)",
    "no stdout": "import sys; sys.stdout = None; print('unseen')",
    "a file for its output": """
import os, sys
print("before", flush=True)
kept = os.dup(1)
os.dup2(os.open("out.txt", os.O_CREAT | os.O_WRONLY), 1); print("within", flush=True)
os.dup2(kept, 1); print(open("out.txt").read())
""",
    "wrong syntax": "x = 1\ndef (:\n",
    "a hook of its own": """
import sys
sys.excepthook = lambda *error: print(error[0], error[2].tb_frame.f_lineno)
1 / 0
""",
    "Ctrl-C": "raise KeyboardInterrupt",
    "a signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "SIGKILL": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "os._exit": "import os; os.write(2, b'left\\n'); os._exit(5)",
    "its handlers at exit": "import atexit; atexit.register(print, 'bye')\nprint('here')",
    "its threads": """
import threading, time
def later():
    time.sleep(0.1); print("thread")
threading.Thread(target=later).start(); print("main")
""",
    "a fork": """
import os, sys
print("before", flush=True)
pid = os.fork()
if not pid:
    print("child"); sys.exit(3)
print("parent", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""",
    "spawned workers": """
import multiprocessing
class Thing:
    pass
def work(thing):
    print(type(thing), __name__, flush=True)
    return 41
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(work, [Thing()]))
""",
    "pickles": """
import pickle
class Thing: pass
print(pickle.dumps(Thing()), type(pickle.loads(pickle.dumps(Thing()))))
""",
    "another stdout": """
import contextlib, io, sys
old = sys.stdout
class Twice:
    def write(self, text): old.write(text * 2)
    def flush(self): old.flush()
sys.stdout = Twice(); print("a"); sys.stdout = sys.__stdout__
with contextlib.redirect_stdout(io.StringIO()): print("unseen")
print("b")
""",
    "a closed stdout": "import sys; print('x'); sys.stdout.close(); print('y', file=sys.stderr)",
    "a module beside it": "import helper; print(helper.__file__)",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SAME)
def test_a_script_does_the_same_as_under_python(name: str, way: str, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "fitlog").write_text(COMMAND)
    place = tmp_path / "sub"
    place.mkdir()
    (place / "helper.py").write_text("")
    (place / "script.py").write_text(SAME[name], "utf-8")
    plain = python(tmp_path, "sub/script.py", "--a", "b c")
    under = python(tmp_path, *WAYS[way], "sub/script.py", "--a", "b c")
    assert (under.returncode, under.stdout, under.stderr) == (
        plain.returncode,
        plain.stdout,
        plain.stderr,
    )
    assert len(runs(tmp_path)) == 1


@pytest.mark.parametrize(
    ("code", "state", "error"),
    [
        ("print(1)", "finish", None),
        ("import sys; sys.exit(0)", "finish", None),
        ("import sys; sys.exit(3)", "error", "SystemExit: 3"),
        ("import sys; sys.exit(256)", "finish", None),  # the exit code is 0
        ("import sys; sys.exit(2**70)", "error", f"SystemExit: {2**70}"),
        ("import os; os._exit(512)", "finish", None),
        ("import sys; sys.exit('no data')", "error", "SystemExit: no data"),
        ("1 / 0", "error", "ZeroDivisionError: division by zero"),
        ("raise KeyboardInterrupt", "error", "KeyboardInterrupt"),
        ("import os; os._exit(5)", "error", "SystemExit: 5"),
        ("import os; os._exit(0)", "finish", None),
        ("def (:", "error", None),
    ],
)
def test_the_state_is_that_of_the_exit_code(
    code: str, state: str, error: str | None, tmp_path: Path
) -> None:
    (tmp_path / "script.py").write_text(code)
    recorded(tmp_path, "script.py")
    said = meta(only_run(tmp_path))
    assert said["state"] == state
    assert said.get("error") == error or (code == "def (:" and "SyntaxError" in str(said["error"]))
    assert "end" in said


def test_a_killed_script_leaves_what_it_printed_and_no_end(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import os, signal\nprint('so far', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    assert recorded(tmp_path, "script.py").returncode == -signal.SIGKILL
    run = only_run(tmp_path)
    assert (meta(run)["state"], meta(run).get("end")) == ("running", None)
    assert console(run) == "so far\n"
    listed = python(tmp_path, "-m", "fitlog", "runs", "logs").stdout
    assert b"stopped" in listed


def test_what_argparse_was_given_are_hyperparameters(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', type=float)\n"
        "p.add_argument('--sizes', nargs='*', type=int, default=[1])\n"
        "p.add_argument('--on', action='store_true')\n"
        "print(p.parse_known_args())"
    )
    recorded(tmp_path, "script.py", "--lr", "0.1", "--on", "--other", "1")
    (line,) = lines(only_run(tmp_path), "hyper")
    assert line == {"hyper": {"lr": 0.1, "sizes": "[1]", "on": True}}


def test_arguments_of_a_parser_that_a_package_uses_for_itself_are_none(tmp_path: Path) -> None:
    package = tmp_path / "site-packages"
    package.mkdir()
    (package / "lib.py").write_text(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--own')\n"
        "p.parse_args(['--own', '1'])"
    )
    (tmp_path / "script.py").write_text("import sys; sys.path.append('site-packages'); import lib")
    recorded(tmp_path, "script.py")
    assert lines(only_run(tmp_path), "hyper") == []


def test_the_console_is_kept_as_a_terminal_shows_it_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import sys\nprint('a\\r\\nb')\nprint('1%\\r50%\\r100%', file=sys.stderr)\n"
        "print('api_key=sk-abcdefghijklmnopqrstuvwx12345678')\nprint('no end', end='')"
    )
    recorded(tmp_path, "script.py")
    text = console(only_run(tmp_path))
    assert text.startswith("100%\na\nb\n") or text.startswith("a\nb\n")
    assert "1%\r" not in text
    assert "sk-abc" not in text
    assert text.endswith("no end\n")


def test_a_script_that_uses_fitlog_itself_makes_one_run_where_it_says(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import argparse, fitlog\nargparse.ArgumentParser().parse_args()\nprint('hello')\n"
        "fitlog.set_log_dir('mine', new_log=True)\nfitlog.set_log_dir('mine')\n"
        "fitlog.add_hyper({'lr': 1})\nfitlog.add_loss(0.5, 1, 'loss')\nfitlog.finish()"
    )
    done = recorded(tmp_path, "script.py")
    assert (done.returncode, done.stderr) == (0, b"")
    run = only_run(tmp_path)
    assert run.parent == tmp_path / "mine"
    assert (run / "loss.log").read_text().count("\n") == 1
    assert console(run) == "hello\n"
    assert meta(run)["state"] == "finish"
    assert not (tmp_path / "logs").exists()


def test_runs_that_ended_well_before_the_script_failed_stay_finished(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import fitlog, sys\n"
        "for number in range(2):\n"
        "    with fitlog.Run('trials') as run:\n"
        "        run.add_loss(1, 1, 'l')\n"
        "last = fitlog.Run('trials')\nlast.add_loss(1, 1, 'l')\n"
        "fitlog.set_log_dir('logs')\nfitlog.add_loss(1, 1, 'l')\nfitlog.finish()\nsys.exit(2)"
    )
    assert recorded(tmp_path, "script.py").returncode == 2
    trials = sorted(path.parent for path in (tmp_path / "trials").glob("log_*/meta.log"))
    assert [meta(run)["state"] for run in trials] == ["finish", "finish", "error"]
    assert [meta(path.parent)["state"] for path in tmp_path.glob("logs/*/meta.log")] == ["error"]


def test_a_good_end_that_a_script_declares_does_not_hide_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import fitlog, sys\nfitlog.set_log_dir('logs')\nfitlog.add_loss(1, 1, 'l')\n"
        "fitlog.finish()\nsys.exit(2)"
    )
    assert recorded(tmp_path, "script.py").returncode == 2
    assert meta(only_run(tmp_path))["state"] == "error"


def test_fitlog_in_an_imported_file_keeps_to_the_run_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "logs_of_ours.py").write_text(
        "import fitlog\nfitlog.set_log_dir('mine')\nfitlog.set_log_dir('mine')\n"
        "fitlog.add_loss(1, 1, 'l')"
    )
    (tmp_path / "script.py").write_text("import logs_of_ours")
    done = recorded(tmp_path, "script.py")
    assert done.returncode == 0
    assert done.stderr.count(b"fitlog run --log-dir") == 1
    assert only_run(tmp_path).parent == tmp_path / "logs"


def test_a_script_under_debug_records_nothing(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("print('x')")
    done = subprocess.run(
        [sys.executable, "-m", "fitlog", "run", "script.py"],
        cwd=tmp_path,
        env={**ENVIRONMENT, "FITLOG_FLAG": "DEBUG"},
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"x\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["script.py"]


def test_a_script_that_switches_recording_off_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import fitlog\nfitlog.debug()\nprint('x')")
    assert recorded(tmp_path, "script.py").stdout == b"x\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["script.py"]


def test_of_the_ranks_of_a_job_the_first_records(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("print('x')")
    for rank in ("0", "1"):
        subprocess.run(
            [sys.executable, "-m", "fitlog", "run", "script.py"],
            cwd=tmp_path,
            env={**ENVIRONMENT, "RANK": rank, "WORLD_SIZE": "2"},
            capture_output=True,
            check=True,
        )
    assert meta(only_run(tmp_path))["state"] == "finish"
    assert len(python(tmp_path, "-m", "fitlog", "list").stdout.split(b"commit_id")) == 2


def test_packages_attach_what_they_name_by_an_entry_point_and_a_broken_one_is_told(
    tmp_path: Path,
) -> None:
    info = tmp_path / "place" / "plugin-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[fitlog.autolog]\nframe.work = broken_plugin:autolog\nframe = good_plugin:autolog\n"
    )
    (tmp_path / "place" / "good_plugin.py").write_text(
        "def autolog(module): module.train = lambda: print('attached', module.__loader__)"
    )
    package = tmp_path / "place" / "frame"
    package.mkdir()
    (package / "__init__.py").write_text("def train(): pass")
    (package / "work.py").write_text("")
    (tmp_path / "script.py").write_text(
        "import sys, frame.work, inspect\nframe.train()\n"
        "print(inspect.getsource(frame), 'good_plugin' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-m", "fitlog", "run", "--no-commit", "script.py"],
        cwd=tmp_path,
        env={**ENVIRONMENT, "PYTHONPATH": str(tmp_path / "place")},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "attached <_frozen_importlib_external.SourceFileLoader" in done.stdout
    assert done.stdout.endswith("def train(): pass\n True\n")
    assert done.stderr.startswith("fitlog: broken_plugin:autolog cannot be attached to frame.work:")
    assert done.stderr.count("\n") == 1


def test_a_framework_that_fails_to_import_has_the_traceback_it_always_had(tmp_path: Path) -> None:
    (tmp_path / "xgboost.py").write_text("raise OSError('no library')")
    (tmp_path / "script.py").write_text("import xgboost")
    plain = python(tmp_path, "script.py")
    assert b"no library" in plain.stderr
    assert recorded(tmp_path, "script.py").stderr == plain.stderr
    (tmp_path / "script.py").write_text("__import__('fitlog').autolog(); import xgboost")
    assert b"autolog.py" not in python(tmp_path, "script.py").stderr


# How often the framework is attached to, and an order in which a script imports it.
ODD_ORDERS = {
    "a part before the whole": (1, "import frame.work; import frame; print(frame.work.train())"),
    "a name of a part": (1, "from frame.work import train; import frame; print(train.__name__)"),
    "in a function, twice": (
        1,
        "def go():\n    from frame import work\n    return work.train()\ngo(); print(go())",
    ),
    "in a thread": (
        1,
        "import threading\ndef go():\n    import frame.work\n    print(frame.work.train())\n"
        "thread = threading.Thread(target=go); thread.start(); thread.join()",
    ),
    "what is missing first": (
        1,
        "try:\n    import frame.missing\nexcept ImportError as error:\n    print(error)\n"
        "import frame.work; print(frame.work.train())",
    ),
    "what fails first": (
        1,
        "import os\ntry:\n    import frame.work\nexcept KeyError as error:\n    print(error)\n"
        "os.environ['READY'] = '1'\nimport frame.work; print(frame.work.train())",
    ),
    "again": (
        2,
        "import importlib, frame.work\nimportlib.reload(frame.work); print(frame.work.train())",
    ),
    "forgotten and anew": (
        2,
        "import sys, frame.work\ndel sys.modules['frame.work']\nimport frame.work\n"
        "print(frame.work.train())",
    ),
    "only looked for": (
        0,
        "import importlib.util as util; print(util.find_spec('frame.work').name)",
    ),
}


@pytest.mark.parametrize("order", ODD_ORDERS)
def test_a_framework_is_attached_to_in_whatever_order_it_is_imported(
    order: str, tmp_path: Path
) -> None:
    times, code = ODD_ORDERS[order]
    place = tmp_path / "place"
    info = place / "plugin-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[fitlog.autolog]\nframe.work = adapter:autolog\n")
    (place / "adapter.py").write_text(
        "def autolog(module):\n    assert module.train() == 7\n    open('attached', 'a').write('.')"
    )
    (place / "frame").mkdir()
    # The whole imports its part, which imports the whole.
    (place / "frame" / "__init__.py").write_text("from frame import base")
    (place / "frame" / "base.py").write_text("import frame")
    needs = "import os; os.environ['READY']\n" if order == "what fails first" else ""
    (place / "frame" / "work.py").write_text(
        f"{needs}import frame\nfrom frame import base\ndef train(): return 7"
    )
    (tmp_path / "script.py").write_text(code)
    outcomes = []
    for before in ((), ("-m", "fitlog", "run", "--no-commit")):
        done = subprocess.run(
            [sys.executable, *before, "script.py"],
            cwd=tmp_path,
            env={**ENVIRONMENT, "PYTHONPATH": str(place)},
            capture_output=True,
            encoding="utf-8",
        )
        outcomes.append((done.returncode, done.stdout, done.stderr))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] == 0
    attached = tmp_path / "attached"
    assert (len(attached.read_text()) if attached.exists() else 0) == times


def test_a_script_that_resumes_goes_on_in_the_run_of_its_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import fitlog, json, os\n"
        "if os.path.exists('state.json'): fitlog.resume(json.load(open('state.json')))\n"
        "fitlog.add_loss(0.5, 1, 'loss')\n"
        "json.dump(fitlog.state(), open('state.json', 'w'))\n"
        "print('part')"
    )
    recorded(tmp_path, "script.py", options=("--log-dir", "first"))
    done = recorded(tmp_path, "script.py", options=("--log-dir", "second"))
    assert (done.returncode, done.stderr) == (0, b"")
    run = only_run(tmp_path)
    assert run.parent == tmp_path / "first"
    assert (meta(run)["segment"], meta(run)["state"]) == (2, "finish")
    assert console(run) == "part\npart\n"
    assert not (tmp_path / "second").exists()


def test_a_second_training_of_an_adapter_has_a_run_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "loop.py").write_text(
        "from fitlog_core.recording.adapter import run_for, run_for_training\n"
        "def train(loss):\n"
        "    run = run_for_training(run_for())\n"
        "    run.add_loss(loss, 1)\n"
        "    run.conclude()"
    )
    (tmp_path / "script.py").write_text("import loop\nloop.train(1.0)\nloop.train(2.0)")
    recorded(tmp_path, "script.py")
    found = runs(tmp_path / "logs")
    assert [(run / "loss.log").read_text().count("\n") for run in found] == [1, 1]
    assert [meta(run)["state"] for run in found] == ["finish", "finish"]


def test_from_inside_a_script_autolog_records_argparse_once_there_is_a_log_directory(
    tmp_path: Path,
) -> None:
    (tmp_path / "script.py").write_text(
        "import argparse, fitlog\nfitlog.autolog()\np = argparse.ArgumentParser()\n"
        "p.add_argument('--lr', type=float, default=0.5)\np.parse_args()\n"
        "fitlog.set_log_dir('mine')\np.parse_args(['--lr', '2'])\nfitlog.create_log_folder()"
    )
    assert python(tmp_path, "script.py").stderr == b""
    assert lines(only_run(tmp_path), "hyper") == [{"hyper": {"lr": 2.0}}]


@pytest.mark.parametrize(
    "options",
    [
        ("--log-dir", "mine", "--message", "wider", "--no-console"),
        ("--log-dir=mine", "--message=wider", "--no-console"),
        ("-dmine", "--message", "wider", "--no-console"),  # the parser of the command line
    ],
)
def test_options_mean_the_same_whoever_reads_them(options: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import sys; print(sys.orig_argv[1:], sys.argv)")
    done = python(tmp_path, "-m", "fitlog", "run", *options, "script.py", "--no-commit")
    assert done.stdout.endswith(b"'script.py', '--no-commit'] ['script.py', '--no-commit']\n")
    run = only_run(tmp_path)
    assert run.parent == tmp_path / "mine"
    assert meta(run)["fit_msg"] == "wider"
    assert not (run / "console.log").exists()


def test_a_script_whose_path_python_was_told_to_leave_alone_finds_nothing_beside_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "helper.py").write_text("")
    (tmp_path / "script.py").write_text("import helper")
    done = python(tmp_path, "-I", "-m", "fitlog", "run", "--no-commit", "script.py")
    assert done.returncode == 1
    assert b"No module named 'helper'" in done.stderr
    assert meta(only_run(tmp_path))["state"] == "error"


def test_folders_and_versions_are_not_looked_through_slowly(tmp_path: Path) -> None:
    """Their expressions take ten milliseconds to compile."""
    (tmp_path / "script.py").write_text(
        "import sys; print('fitlog_core.secret_forms' in sys.modules)"
    )
    assert recorded(tmp_path, "script.py").stdout == b"False\n"


def test_the_code_is_kept_with_its_message(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("print('x')")
    python(tmp_path, "-m", "fitlog", "run", "--message", "wider", "script.py")
    run = only_run(tmp_path)
    assert meta(run)["fit_msg"] == "wider"
    snapshot = json.loads((run / "provenance.json").read_text())["snapshot"]
    shown = python(tmp_path, "-m", "fitlog", "list").stdout.decode()
    assert snapshot in shown
    assert "arguments   Run script.py" in shown


def test_what_was_imported_is_in_the_provenance(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text("")
    (tmp_path / "script.py").write_text("import part")
    recorded(tmp_path, "script.py")
    said = json.loads((only_run(tmp_path) / "provenance.json").read_text())
    assert said["sources"] == ["script.py", "part.py"]


def test_a_module_runs_as_with_python_m(tmp_path: Path) -> None:
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("print('package')")
    (package / "train.py").write_text(
        "import sys\nprint(__name__, __spec__.name, sys.argv, sys.path[0])\n1 / 0"
    )
    plain = python(tmp_path, "-m", "pack.train", "--lr", "1")
    under = recorded(tmp_path, "pack.train", "--lr", "1", options=("-m",))
    assert (under.returncode, under.stdout, under.stderr) == (
        plain.returncode,
        plain.stdout,
        plain.stderr,
    )
    assert meta(only_run(tmp_path))["state"] == "error"


def test_pythons_own_options_are_kept(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import sys; import io; print(sys.flags, isinstance(sys.stdout.buffer, io.FileIO))"
    )
    plain = python(tmp_path, "-u", "-O", "-X", "dev", "script.py")
    under = python(
        tmp_path, "-u", "-O", "-X", "dev", "-m", "fitlog", "run", "--no-commit", "script.py"
    )
    assert under.stdout == plain.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.py"], "there is no script 'missing.py'"),
        (["-m", "no_such_module"], "there is no module 'no_such_module'"),
        (["empty"], "the folder 'empty' has no __main__.py"),
        ([], "Missing argument 'SCRIPT'"),
        (["--log-dir", "file.txt", "script.py"], "is or lies in a file"),
    ],
)
def test_what_cannot_be_run_is_one_line_and_exit_code_2(
    words: list[str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("")
    (tmp_path / "script.py").write_text("print('ran')")
    done = recorded(tmp_path, *words)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert done.stdout == b""
    assert runs(tmp_path) == []


def test_a_working_directory_that_was_deleted_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("print('ran')")
    gone = tmp_path / "gone"
    gone.mkdir()
    run = f"{sys.executable} -I -m fitlog run --no-commit {tmp_path / 'script.py'}"
    done = subprocess.run(
        ["sh", "-c", f"rmdir ../gone; exec {run}"],
        cwd=gone,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stdout == ""
    assert done.stderr == "fitlog: the working directory was deleted; change to another\n"
    assert done.returncode == 1


def test_a_recorded_script_is_done_again_with_fitlog_around_it(tmp_path: Path) -> None:
    place = tmp_path / "project"
    place.mkdir()
    (place / "script.py").write_text("print('x')")
    python(place, "-m", "fitlog", "init")
    python(place, "-m", "fitlog", "run", "script.py")
    first = only_run(place)
    done = python(place, "-m", "fitlog", "rerun", first.name)
    assert done.returncode == 0, done.stderr
    assert len(runs(place)) == 2
