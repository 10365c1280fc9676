import click
import fitlog_best
import pytest
from click.testing import CliRunner

from fitlog_core.errors import RunNotFoundError
from fitlog_core.testing import fresh_host, recorded_run


@pytest.fixture
def command():
    """The ``fitlog`` command with this plugin's commands and no other."""
    group = click.Group("fitlog")
    fresh_host(fitlog_best).notify("fitlog_commands", group=group)
    return group


@pytest.fixture
def ids(tmp_path):
    """The ids of three runs; the last one's metric is no number."""
    made = []
    for value in (0.7, 0.9, float("nan")):
        with recorded_run(tmp_path) as recorded:
            recorded.run.add_best_metric({"dev": {"acc": value}})
        made.append(recorded.read().id)
    return made


def test_the_highest_is_printed(tmp_path, command, ids):
    result = CliRunner().invoke(command, ["best", str(tmp_path / "logs"), "dev-acc"])
    assert result.output == f"0.9  {tmp_path / 'logs' / ids[1]}\n"


def test_the_lowest_is_printed_if_that_is_asked_for(tmp_path, command, ids):
    result = CliRunner().invoke(command, ["best", str(tmp_path / "logs"), "dev-acc", "--lowest"])
    assert result.output == f"0.7  {tmp_path / 'logs' / ids[0]}\n"


def test_a_metric_that_no_run_has_is_named(tmp_path):
    with pytest.raises(RunNotFoundError, match="'f1'"):
        fitlog_best.values(tmp_path / "logs", "f1")
