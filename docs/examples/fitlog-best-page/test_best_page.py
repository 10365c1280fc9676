import fitlog_best_page
import pytest

from fitlog_core.testing import fresh_host, recorded_run, use_host
from fitlog_web.app import create_app


@pytest.fixture
def page(tmp_path):
    """Return a function that opens the page of a real board."""

    def opened():
        with use_host(fresh_host(fitlog_best_page)):
            return create_app(tmp_path / "logs").test_client().get("/best")

    return opened


def test_the_page_links_to_the_runs_with_the_highest_and_lowest(tmp_path, page):
    ids = []
    for value in (0.7, 0.9, float("nan")):
        with recorded_run(tmp_path) as recorded:
            recorded.run.add_best_metric(value, "acc")
        ids.append(recorded.read().id)
    answer = page()
    assert answer.status_code == 200
    assert f'<td>0.9 <a href="./run/{ids[1]}">' in answer.text
    assert f'<td>0.7 <a href="./run/{ids[0]}">' in answer.text
    assert ids[2] not in answer.text


def test_a_metrics_name_is_shown_as_text(tmp_path, page):
    with recorded_run(tmp_path) as recorded:
        recorded.run.add_best_metric({"<b>f1</b>": 0.5})
    assert "&lt;b&gt;f1&lt;/b&gt;" in page().text


def test_without_runs_the_page_is_there(page):
    assert page().status_code == 200
