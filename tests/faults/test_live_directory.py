"""What may happen to a log directory, and to the process, under a live run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fault_trials import Tally
from recording_tools import only_run, runs, said, valid_steps

RunPython = Callable[..., "subprocess.CompletedProcess[str]"]

# Records 0 to 9, then what happens, records 10 to 19, what mends it, records 20 to 29.
TRAINING = """
import os, shutil, sys, time
import fitlog
def log(numbers):
    for number in numbers:
        fitlog.add_loss(number / 8, number, "loss")
        fitlog.add_metric(number / 8, number, "acc")
fitlog.set_log_dir("logs")
log(range(10))
folder = fitlog.get_log_folder(absolute=True)
{happens}
log(range(10, 20))
{mends}
log(range(20, 30))
fitlog.finish()
print("training went on")
"""


def kept(folder: Path, kind: str = "loss") -> list[int]:
    """The steps of a file, each with the value that was given."""
    records = valid_steps(folder, kind)
    assert all(
        record.values[{"loss": "loss", "metric": "acc"}[kind]] == record.step / 8
        for record in records
    )
    return [record.step for record in records]


def train(run_python: RunPython, happens: str, mends: str = "") -> str:
    """Train through a fault, and return what was said on stderr."""
    done = run_python(TRAINING.format(happens=happens, mends=mends))
    assert done.stdout == "training went on\n"
    return done.stderr


A_WHILE = "time.sleep(0.6)"  # after which the next record looks at its file first
DELETED = "shutil.copytree(folder, 'copy'); shutil.rmtree('logs')"
RESTORED = "os.mkdir('logs'); os.rename('copy', folder)"


def test_a_run_that_was_deleted_and_restored_from_a_copy_is_recorded_on(
    run_python: RunPython, tally: Tally, tmp_path: Path
) -> None:
    told = train(run_python, f"{DELETED}; {RESTORED}; {A_WHILE}")
    assert told == ""
    folder = only_run(tmp_path / "logs")
    assert kept(folder) == kept(folder, "metric") == list(range(30))
    assert said(folder, "meta")["state"] == "finish"
    tally.trials, tally.kept = 1, 60


def test_a_run_that_was_deleted_warns_once_and_goes_on_when_it_is_back(
    run_python: RunPython, tally: Tally, tmp_path: Path
) -> None:
    told = train(
        run_python,
        f"{DELETED}; {A_WHILE}",
        RESTORED,
    )
    assert told.count("\n") == told.count("fitlog: cannot write") == 1
    folder = only_run(tmp_path / "logs")
    assert kept(folder) == kept(folder, "metric") == [*range(10), *range(20, 30)]
    assert said(folder, "meta")["state"] == "finish"
    tally.trials, tally.kept, tally.refused = 1, 40, 20


def test_a_run_that_was_moved_away_for_another_directory_is_written_where_it_is(
    run_python: RunPython, tally: Tally, tmp_path: Path
) -> None:
    told = train(run_python, f"os.rename('logs', 'moved'); os.mkdir('logs'); {A_WHILE}")
    assert told.count("\n") <= 1  # the end is written into a file that was not open yet
    folder = only_run(tmp_path / "moved")
    assert kept(folder) == kept(folder, "metric") == list(range(30))
    assert list((tmp_path / "logs").iterdir()) == []
    tally.trials, tally.kept = 1, 60


def test_a_run_that_was_emptied_is_recorded_on_in_files_made_anew(
    run_python: RunPython, tally: Tally, tmp_path: Path
) -> None:
    emptied = "[os.remove(os.path.join(folder, name)) for name in os.listdir(folder)]"
    assert train(run_python, f"{emptied}; {A_WHILE}") == ""
    folder = only_run(tmp_path / "logs")
    assert kept(folder) == kept(folder, "metric") == list(range(10, 30))
    assert said(folder, "meta")["state"] == "finish"
    tally.trials, tally.kept = 1, 40


@pytest.mark.parametrize("what", ["folder", "logs"], ids=["the-run", "the-directory"])
def test_a_run_that_a_copy_took_the_place_of_is_written_where_it_is(
    what: str, run_python: RunPython, tally: Tally, tmp_path: Path
) -> None:
    place = {"folder": "folder", "logs": "os.path.dirname(folder)"}[what]
    told = train(
        run_python, f"os.rename({place}, 'moved'); shutil.copytree('moved', {place}); {A_WHILE}"
    )
    assert told == ""
    moved = tmp_path / "moved"
    written = moved if what == "folder" else only_run(moved)
    assert kept(written) == kept(written, "metric") == list(range(30))
    copy = only_run(tmp_path / "logs")
    assert kept(copy) == list(range(10))
    assert said(copy, "meta")["state"] == "finish"  # which says the place that it began in
    tally.trials, tally.kept = 1, 60


def test_a_run_whose_folder_became_a_file_warns_once_and_goes_on_when_it_is_back(
    run_python: RunPython, tally: Tally, tmp_path: Path
) -> None:
    told = train(
        run_python,
        f"shutil.copytree(folder, 'copy'); shutil.rmtree(folder); open(folder, 'w'); {A_WHILE}",
        "os.remove(folder); os.rename('copy', folder)",
    )
    assert told.count("\n") == told.count("fitlog: cannot write") == 1
    folder = only_run(tmp_path / "logs")
    assert kept(folder) == kept(folder, "metric") == [*range(10), *range(20, 30)]
    tally.trials, tally.kept, tally.refused = 1, 40, 20


def test_descriptors_that_somebody_closed_are_opened_anew(
    run_python: RunPython, tally: Tally, tmp_path: Path
) -> None:
    """As a daemon does that closes all it inherited."""
    assert train(run_python, "os.closerange(3, 100)") == ""
    folder = only_run(tmp_path / "logs")
    assert kept(folder) == kept(folder, "metric") == list(range(30))
    tally.trials, tally.kept = 1, 60


def test_a_descriptor_that_is_another_file_by_now_is_left(
    run_python: RunPython, tally: Tally, tmp_path: Path
) -> None:
    told = train(
        run_python,
        f"os.closerange(3, 100); mine = [open(f'mine{{n}}', 'w') for n in range(9)]; {A_WHILE}\n"
        "import atexit; atexit.register(lambda: [print('mine', file=one, flush=True) "
        "for one in mine])",
    )
    assert told == ""
    folder = only_run(tmp_path / "logs")
    assert kept(folder) == kept(folder, "metric") == list(range(30))
    assert [path.read_text() for path in tmp_path.glob("mine*")] == ["mine\n"] * 9
    tally.trials, tally.kept = 1, 60


@pytest.fixture
def place_of_nobody() -> Iterator[Path]:
    """A directory that a user without rights can write, and whose parents that user can enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


# Root may write whatever the mode says: become somebody else, once all is imported.
AS_NOBODY = """
import os, shutil, sys, time
import fitlog
with fitlog.Run(sys.argv[1]) as warm: warm.add_loss(0.5, 0)
os.chdir(sys.argv[2])
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
"""


@pytest.mark.parametrize(
    ("mode", "is_at_work", "warnings"),
    [(0o555, True, 0), (0o000, True, 1), (0o555, False, 1), (0o000, False, 1)],
    ids=["read-only-at-work", "locked-at-work", "read-only-not-begun", "locked-not-begun"],
)
def test_a_directory_made_read_only_under_a_run_costs_what_cannot_be_opened(
    mode: int, is_at_work: bool, warnings: int, tally: Tally, tmp_path: Path, place_of_nobody: Path
) -> None:
    """Files that are open are written on, and so are those of a folder that lets them be opened."""
    code = TRAINING.format(
        happens="seen = [path for path in ('logs', folder) if path]\n"
        f"for path in reversed(seen): os.chmod(path, {mode})\n"
        "fitlog.add_best_metric(0.5, 'during')",
        mends="for path in seen: os.chmod(path, 0o755)\nfitlog.add_best_metric(0.5, 'after')",
    )
    if not is_at_work:
        code = code.replace("log(range(10))\n", "")
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY + code, str(tmp_path / "warm"), place_of_nobody],
        capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == done.stderr.count("fitlog: cannot write") == warnings
    folder = only_run(place_of_nobody / "logs")
    assert kept(folder) == list(range(30) if is_at_work else range(20, 30))
    best = {"after": 0.5} if warnings else {"during": 0.5, "after": 0.5}
    assert said(folder, "best_metric") == best
    assert said(folder, "meta")["state"] == "finish"
    tally.trials, tally.kept = 1, 2 * len(kept(folder))


THREADS = """
import os, threading, time
import fitlog

def log(run, counts, worker):
    while not all(count > 100 for count in counts):
        run.add_loss(worker / 8, counts[worker], f"loss{worker}")
        counts[worker] += 1

for trial in range(10):
    counts = [0] * 4
    with fitlog.Run("logs") as run:
        run.add_loss(0.5, 0, "first")
        threads = [threading.Thread(target=log, args=(run, counts, n)) for n in range(4)]
        [thread.start() for thread in threads]
        while not all(count > 10 for count in counts): time.sleep(0)
        os.closerange(3, 100)
        [thread.join() for thread in threads]
    print(*counts)
"""


def test_threads_whose_descriptor_is_closed_lose_nothing(
    run_python: RunPython, tally: Tally, tmp_path: Path
) -> None:
    done = run_python(THREADS)
    assert done.stderr == ""
    folders = runs(tmp_path / "logs")
    for folder, line in zip(folders, done.stdout.splitlines(), strict=True):
        found = Counter(name for record in valid_steps(folder) for name in record.values)
        counts = list(map(int, line.split()))
        assert [found[f"loss{worker}"] for worker in range(4)] == counts
        tally.trials += 1
        tally.kept += sum(counts)
