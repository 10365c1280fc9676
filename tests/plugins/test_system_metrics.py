"""Samples of the machine while a run goes on: real ones, in the background, off unless asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from web_board import board_with_panels

import fitlog
from fitlog_core.recording.run import Run
from fitlog_core.testing import fresh_host, recorded_run, use_host
from fitlog_plugins import system_metrics
from fitlog_plugins.system_metrics import TITLE
from fitlog_plugins.system_metrics.panel import panel
from fitlog_plugins.system_metrics.sampler import NAME

OURS = "fitlog-system"
NVML = """
class NVMLError(Exception): pass
class Info:
    gpu, used, total = 40, 3 << 30, 12 << 30
def nvmlInit(): pass
def nvmlDeviceGetCount(): return 2
def nvmlDeviceGetHandleByIndex(at): return at
def nvmlDeviceGetUtilizationRates(device): return Info
def nvmlDeviceGetMemoryInfo(device): return Info
def nvmlDeviceGetPowerUsage(device):
    if device: raise NVMLError("not supported")
    return 70500
def nvmlDeviceGetTemperature(device, sensor): return 55
"""


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITLOG_SYSTEM_METRICS", "0.1")


def samples(folder: str | Path, least: int = 1) -> list[dict[str, Any]]:
    """The samples, once there are so many."""
    path = Path(folder) / NAME
    until = time.monotonic() + 30
    while time.monotonic() < until:
        text = path.read_text("utf-8") if path.exists() else ""
        if text.count("\n") >= least:
            return [json.loads(line) for line in text.splitlines()]
        time.sleep(0.01)
    raise AssertionError(f"no {least} samples within 30 s, but {text!r}")


def ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == OURS]


def test_nothing_is_sampled_unless_it_is_switched_on(tmp_path):
    with recorded_run(tmp_path, system_metrics) as recorded:
        recorded.run.add_loss(0.5, 1, "train")
        assert ours() == []
    assert not list(tmp_path.rglob(NAME))


def test_a_run_is_sampled_until_it_ends(tmp_path, often):
    with recorded_run(tmp_path, system_metrics) as recorded:
        recorded.run.add_loss(0.5, 1, "train")
        found = samples(recorded.run.get_log_folder(absolute=True), least=3)
        (thread,) = ours()
    thread.join(10)
    assert not thread.is_alive()
    assert set(found[0]) >= {"time", "cpu", "process_cpu", "memory", "process_memory", "disk"}
    assert found[0]["time"] == pytest.approx(time.time(), abs=60)
    assert 5 < found[-1]["process_memory"] < 100_000
    assert 0 < found[-1]["disk"] <= 100


def test_the_projects_settings_switch_it_on(tmp_path):
    (tmp_path / ".fitconfig").write_text("[system]\nmetrics = 0.2\n", "utf-8")
    with recorded_run(tmp_path, system_metrics) as recorded:
        recorded.run.add_loss(0.5, 1, "train")
        assert samples(recorded.run.get_log_folder(absolute=True))


@pytest.mark.parametrize("word", ["sometimes", "-3", "nan", "inf", "0"])
def test_a_setting_that_means_nothing_is_said_and_samples_nothing(
    tmp_path, monkeypatch, capfd, word
):
    monkeypatch.setenv("FITLOG_SYSTEM_METRICS", word)
    with recorded_run(tmp_path, system_metrics) as recorded:
        recorded.run.add_loss(0.5, 1, "train")
    assert ours() == []
    said = capfd.readouterr().err
    assert ("FITLOG_SYSTEM_METRICS must be yes, no or a number" in said) == (word != "0")


def test_fitlog_system_metrics_switches_it_on_for_one_run_whatever_the_setting_says(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("FITLOG_SYSTEM_METRICS", "no")
    with use_host(fresh_host(system_metrics)):
        asked, other = Run(tmp_path / "asked"), Run(tmp_path / "other")
        asked.system_metrics(0.1)
        for run in (asked, other):
            run.add_loss(0.5, 1, "train")
        samples(asked.get_log_folder(absolute=True), least=2)
        (thread,) = ours()
        asked.finish()
        thread.join(10)
        other.finish()
    assert not thread.is_alive()
    assert not list((tmp_path / "other").rglob(NAME))


def test_another_rate_in_the_middle_holds_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("FITLOG_SYSTEM_METRICS", "30")
    with recorded_run(tmp_path, system_metrics) as recorded:
        recorded.run.add_loss(0.5, 1, "train")
        samples(recorded.run.get_log_folder(absolute=True))
        (slow,) = ours()
        recorded.run.system_metrics(every=0.1)
        slow.join(10)
        assert len(ours()) == 1
        samples(recorded.run.get_log_folder(absolute=True), least=4)


BY_A_LINE = """
import fitlog
fitlog.system_metrics(0.1)
fitlog.set_log_dir("logs")
def sampled():
    import os, time
    path = os.path.join(fitlog.get_log_folder(absolute=True), "system.log")
    until = time.monotonic() + 20
    while not os.path.exists(path) and time.monotonic() < until:
        time.sleep(0.01)
    print(open(path).read(1))
fitlog.add_loss(0.5, 1, "train")
sampled()
fitlog.set_log_dir("logs", new_log=True)
fitlog.add_loss(0.5, 1, "train")
sampled()
"""


def run_line(place: Path, code: str, **environment: str) -> Any:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_one_line_of_a_script_holds_for_all_its_runs(tmp_path):
    done = run_line(tmp_path, BY_A_LINE)
    assert (done.stdout, done.stderr) == ("{\n{\n", "")


def test_a_line_without_psutil_says_what_to_install_and_training_goes_on(tmp_path):
    code = "import sys; sys.modules['psutil'] = None\n" + BY_A_LINE.split("def sampled")[0]
    code += "fitlog.add_loss(0.5, 1, 'train'); import time; time.sleep(0.3); print('trained')"
    done = run_line(tmp_path, code)
    assert done.stdout == "trained\n"
    assert done.stderr.count("pip install psutil") == 1
    assert done.stderr.count("\n") == 1


def test_a_line_without_the_plugin_says_so_and_training_goes_on(tmp_path):
    code = BY_A_LINE.split("def sampled")[0] + "fitlog.add_loss(0.5, 1, 'train'); print('trained')"
    done = run_line(tmp_path, code, FITLOG_PLUGINS="off")
    assert done.stdout == "trained\n"
    assert "no system metrics: FITLOG_PLUGINS leaves out the plugin system_metrics" in done.stderr


@pytest.mark.parametrize("every", [0, -1, 0.05, float("nan"), float("inf"), "5", None, True])
def test_a_rate_that_means_nothing_raises_at_once(tmp_path, every):
    with pytest.raises((ValueError, TypeError), match=r"^every must be .*got "):
        fitlog.system_metrics(every)
    with pytest.raises((ValueError, TypeError), match=r"^every must be .*got "):
        Run(tmp_path / "logs").system_metrics(every)


def test_samples_do_not_make_a_run_that_hangs_look_alive(tmp_path, often):
    with recorded_run(tmp_path, system_metrics) as recorded:
        recorded.run.add_loss(0.5, 1, "train")
        samples(recorded.run.get_log_folder(absolute=True))
        before = recorded.read().last_record
        samples(recorded.run.get_log_folder(absolute=True), least=4)
        assert recorded.read().last_record == before


SCRIPT = """
import os, sys, time
from fitlog_core.recording.run import Run
from fitlog_core.testing import fresh_host, use_host
from fitlog_plugins import system_metrics
sys.modules.update({name: None for name in sys.argv[2:]})
with use_host(fresh_host(system_metrics)):
    run = Run(sys.argv[1])
    run.add_loss(0.5, 1, "train")
    folder = run.get_log_folder(absolute=True)
    print(folder, flush=True)
    path = os.path.join(folder, "system.log")
    until = time.monotonic() + 20
    while sys.argv[2:] == [] and not os.path.exists(path) and time.monotonic() < until:
        time.sleep(0.01)
"""


def script(logs: Path, code: str, *missing: str, **environment: str) -> Any:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT + code, str(logs), *missing],
        env={**os.environ, "FITLOG_SYSTEM_METRICS": "30", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_the_end_of_the_script_waits_for_no_sample(tmp_path):
    done = script(tmp_path, "    print(time.time())\n")
    took = time.time() - float(done.stdout.splitlines()[1])
    assert took < 5  # of 30 seconds to the next sample
    assert (done.returncode, done.stderr) == (0, "")


def test_a_forked_child_samples_nothing_and_ends_like_any_other(tmp_path):
    code = """
    if os.fork() == 0:
        import threading
        print([thread.name for thread in threading.enumerate()], flush=True)
        sys.exit(0)
    print("child ended with", os.wait()[1], flush=True)
    run.finish()
"""
    done = script(tmp_path, code, PYTHONWARNINGS="ignore")
    assert "['MainThread']" in done.stdout
    assert "child ended with 0" in done.stdout
    assert done.stderr == ""
    assert len(samples(done.stdout.splitlines()[0])) == 1


def test_without_psutil_it_is_said_once_how_to_get_it(tmp_path):
    done = script(tmp_path, "    time.sleep(0.3)\n    run.finish()\n", "psutil")
    assert done.returncode == 0
    assert done.stderr.count("pip install psutil") == 1


def test_gpus_are_told_each_and_what_one_does_not_know_is_left_out(tmp_path):
    """No machine of the tests has a GPU: the library is played, the plugin is not."""
    (tmp_path / "pynvml.py").write_text(NVML, "utf-8")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = script(tmp_path / "logs", "", PYTHONPATH=path)
    assert done.stderr == ""
    (sample, *_) = samples(done.stdout.splitlines()[0])
    assert (sample["gpu0_use"], sample["gpu0_memory"], sample["gpu0_watts"]) == (40.0, 25.0, 70.5)
    assert (sample["gpu1_celsius"], "gpu1_watts" in sample) == (55.0, False)


def test_the_page_of_a_run_shows_mean_largest_and_last(tmp_path):
    run = Run(tmp_path / "logs")
    run.add_loss(0.5, 1, "train")
    run.finish()
    lines = ['{"time": 1, "cpu": 20, "gpu0_use": 90}', "{torn", '{"time": 2, "cpu": 40.5}', "[1]"]
    folder = Path(run.get_log_folder(absolute=True))
    (folder / NAME).write_text("\n".join(lines) + '\n{"cpu": 9', "utf-8")
    client = board_with_panels(tmp_path / "logs", system_metrics).test_client()
    said = client.get(
        "/api/panel", query_string={"page": "run", "title": TITLE, "runs": run.get_log_id()}
    )
    assert said.status_code == 200
    text = said.get_data(as_text=True)
    for part in ("cpu (%)", "30.2", "40.5", "gpu0 use (%)", "90"):
        assert part in text


def test_the_page_of_a_run_without_samples_has_no_panel(tmp_path):
    with use_host(fresh_host()):
        run = Run(tmp_path / "logs")
        run.add_loss(0.5, 1, "train")
        run.finish()
    with recorded_run(tmp_path / "other", system_metrics) as recorded:
        recorded.run.add_loss(0.5, 1, "train")
        assert panel(recorded.read()) is None
