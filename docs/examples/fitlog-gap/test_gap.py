import fitlog_gap
import pytest

from fitlog_core.testing import fresh_host, recorded_run, use_host
from fitlog_web.app import create_app


@pytest.fixture
def panel(tmp_path):
    """Return a function that asks a real board for the panel of a run."""

    def asked(run_id):
        with use_host(fresh_host(fitlog_gap)):
            client = create_app(tmp_path / "logs").test_client()
            answer = client.get(f"/api/panel?title=Among+all+runs&runs={run_id}").json
        assert answer["problem"] is None
        return answer["content"]

    return asked


@pytest.fixture
def ids(tmp_path):
    """The ids of four runs; two metrics are no numbers."""
    made = []
    for metrics in ({"f1": 0.5}, {"f1": 1.0}, {"f1": float("nan")}, {"f1": "high"}):
        with recorded_run(tmp_path) as recorded:
            recorded.run.add_best_metric(metrics)
        made.append(recorded.read().id)
    return made


def test_a_metric_is_a_line_with_the_way_to_both_ends(panel, ids):
    low, high = ids[:2]
    assert panel(low)["rows"] == [["f1", 0.5, "2 of 2", 0.5, high, 0.0, low]]
    assert panel(high)["rows"] == [["f1", 1.0, "1 of 2", 0.0, high, 0.5, low]]


def test_a_run_whose_metric_is_no_number_has_no_panel(panel, ids):
    assert [panel(run_id) for run_id in ids[2:]] == [None, None]


def test_the_newest_numbers_count(tmp_path, panel, ids):
    assert panel(ids[0])["rows"][0][2] == "2 of 2"
    with recorded_run(tmp_path) as recorded:
        recorded.run.add_best_metric({"f1": 2.0})
    assert panel(ids[0])["rows"][0][2] == "3 of 3"
