"""Several processes and threads record at once; nothing is lost, doubled or mixed."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from recording_tools import meta_lines, only_run, runs, said, steps

import fitlog

SAME_RUN = """
import multiprocessing, sys
import fitlog

def work(run, number):
    for step in range(100):
        run.add_loss(float(step), step, f"loss{number}")
        run.add_metric({"worker": number, "text": "x" * 200}, step)
    run.add_best_metric(number, f"best{number}")

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    run = fitlog.Run("logs")
    run.add_hyper({"lr": 0.1})
    if sys.argv[2] == "started":
        run.add_loss(0.0, 0, "first")
    children = [context.Process(target=work, args=(run, number)) for number in range(4)]
    if sys.argv[1] == "fork":
        run.create_log_folder()
    for child in children:
        child.start()
    work(run, 4)
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 4
    run.finish()
"""


@pytest.mark.parametrize("started", ["started", "not yet"])
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_children_record_into_the_run_they_were_given(method, started, run_script, tmp_path):
    done = run_script(SAME_RUN, method, started)
    assert done.stderr == ""
    folder = only_run(tmp_path / "logs")
    losses = Counter((name, r.step) for r in steps(folder) for name in r.values)
    wanted = {(f"loss{number}", step) for number in range(5) for step in range(100)}
    assert losses == Counter(wanted | ({("first", 0)} if started == "started" else set()))
    metrics = Counter((r.values["worker"], r.step) for r in steps(folder, "metric"))
    assert metrics == Counter((number, step) for number in range(5) for step in range(100))
    assert said(folder, "best_metric") == {f"best{number}": number for number in range(5)}
    assert said(folder, "hyper") == {"lr": 0.1}
    assert [line.get("state") for line in meta_lines(folder)] == ["running", None, "finish"]


def test_a_run_handed_to_a_spawn_pool_is_the_same_run(run_script, tmp_path):
    run_script(
        "import concurrent.futures, multiprocessing, fitlog\n"
        "def work(run, number):\n"
        "    run.add_loss(0.5, number, 'loss')\n"
        "    return run.get_log_id()\n"
        "if __name__ == '__main__':\n"
        "    with fitlog.Run('logs') as run:\n"
        "        context = multiprocessing.get_context('spawn')\n"
        "        with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:\n"
        "            ids = set(pool.map(work, [run] * 20, range(20)))\n"
        "        assert ids == {run.get_log_id()}, ids\n"
    )
    folder = only_run(tmp_path / "logs")
    assert sorted(record.step for record in steps(folder)) == list(range(20))
    assert said(folder, "meta")["state"] == "finish"
    assert "segment" not in said(folder, "meta")


def test_forked_children_of_the_modules_run_record_into_it(run_script, tmp_path):
    run_script(
        "import multiprocessing, fitlog\n"
        "def work(number):\n"
        "    for step in range(50): fitlog.add_loss(0.5, number * 50 + step, 'loss')\n"
        "if __name__ == '__main__':\n"
        "    fitlog.set_log_dir('logs')\n"
        "    fitlog.create_log_folder()\n"
        "    with multiprocessing.get_context('fork').Pool(4) as pool:\n"
        "        pool.map(work, range(8))\n"
        "    fitlog.finish()\n"
    )
    found = sorted(record.step for record in steps(only_run(tmp_path / "logs")))
    assert found == list(range(400))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_children_may_open_runs_of_their_own(method, run_script, tmp_path):
    run_script(
        "import multiprocessing, sys, fitlog\n"
        "def work(number):\n"
        "    fitlog.set_log_dir('logs', new_log=True)\n"
        "    fitlog.add_hyper(number, 'number')\n"
        "    for step in range(50): fitlog.add_loss(float(number), step, 'loss')\n"
        "    fitlog.finish()\n"
        "if __name__ == '__main__':\n"
        "    fitlog.set_log_dir('logs')\n"
        "    fitlog.add_loss(-1.0, 0, 'loss')\n"
        f"    context = multiprocessing.get_context({method!r})\n"
        "    children = [context.Process(target=work, args=(n,)) for n in range(4)]\n"
        "    [child.start() for child in children]; [child.join() for child in children]\n"
        "    fitlog.finish()\n"
    )
    folders = runs(tmp_path / "logs")
    found = {
        said(folder, "hyper").get("number"): {r.values["loss"] for r in steps(folder)}
        for folder in folders
    }
    assert found == {None: {-1.0}, 0: {0.0}, 1: {1.0}, 2: {2.0}, 3: {3.0}}
    assert all(said(folder, "meta")["state"] == "finish" for folder in folders)


def test_a_worker_keeps_the_parents_code_version(run_script, tmp_path):
    (tmp_path / ".fitconfig").write_text("[fit_settings]\nwatched_rules = *.py\n")
    run_script(
        "import multiprocessing, fitlog\n"
        "def work(method):\n"
        "    fitlog.commit(__file__)\n"
        "    with fitlog.Run('logs') as run: run.add_loss(0.5, 0, method)\n"
        "if __name__ == '__main__':\n"
        "    fitlog.commit(__file__, 'why')\n"
        "    for method in ('fork', 'spawn'):\n"
        "        child = multiprocessing.get_context(method).Process(target=work, args=(method,))\n"
        "        child.start(); child.join()\n"
        "    print(fitlog.get_fit_id(__file__))\n"
    )
    ids = [said(folder, "meta")["fit_id"] for folder in runs(tmp_path / "logs")]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_threads_with_a_run_each_do_not_mix(new_run, tmp_path):
    barrier = threading.Barrier(6)

    def work(number: int) -> None:
        with new_run() as run:
            run.add_hyper(number, "number")
            barrier.wait()
            for step in range(100):
                run.add_loss(float(number), step, "loss")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {
        said(folder, "hyper")["number"]: [(r.values["loss"], r.step) for r in steps(folder)]
        for folder in runs(tmp_path / "logs")
    }
    assert found == {n: [(float(n), step) for step in range(100)] for n in range(6)}


def test_what_other_threads_record_while_the_folder_is_made_is_kept(tmp_path, fresh_session):
    for attempt in range(10):
        run = fitlog.Run(tmp_path / f"logs{attempt}")
        barrier = threading.Barrier(5)

        def work(number: int, run: fitlog.Run = run, at: threading.Barrier = barrier) -> None:
            at.wait()
            for step in range(20):
                run.add_hyper(step, f"h{number}_{step}")
                run.add_to_line(f"{number} {step}")

        def start(run: fitlog.Run = run, at: threading.Barrier = barrier) -> None:
            at.wait()
            run.add_loss(0.5, 0, "loss")

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        threads.append(threading.Thread(target=start))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        folder = only_run(tmp_path / f"logs{attempt}")
        assert len(said(folder, "hyper")) == 80
        assert len((folder / "file.log").read_text().splitlines()) == 80
        run.finish()


def test_who_joins_a_run_at_work_leaves_its_state_alone(run_script, tmp_path):
    run_script(
        "import subprocess, sys, fitlog\n"
        "code = '''import sys, fitlog\n"
        "with fitlog.Run(sys.argv[1]) as run:\n"
        "    run.add_best_metric(0.9, 'acc')\n'''\n"
        "run = fitlog.Run('logs')\n"
        "run.add_loss(0.5, 0, 'loss')\n"
        "folder = run.get_log_folder(True)\n"
        "subprocess.run([sys.executable, '-c', code, folder], check=True)\n"
        "assert open(folder + '/meta.log').read().count(chr(10)) == 1\n"
        "run.add_loss(0.5, 1, 'loss')\n"
        "run.finish(1)\n"
    )
    folder = only_run(tmp_path / "logs")
    assert said(folder, "best_metric") == {"acc": 0.9}
    assert [line.get("state") for line in meta_lines(folder)] == ["running", None, "error"]
