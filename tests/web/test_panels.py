"""Panels of plugins: data in, data out, and whatever goes wrong stays in its own place."""

from __future__ import annotations

import threading

import panel_plugin
import pytest
from web_board import RUN, board_with_panels

from fitlog_core.hookspecs import hookimpl
from fitlog_web.plugin_panels import MOST_ROWS, MOST_TEXT, content_of

OTHER = "log_20261122_090317"


class Adds:
    """A plugin that adds one panel."""

    def __init__(self, *panel, **options):
        self.panel, self.options = panel, options

    @hookimpl
    def fitlog_board(self, board):
        board.add_panel(*self.panel, **self.options)


def client_of(logs, *plugins, **options):
    return board_with_panels(logs, *plugins, **options).test_client()


def ask(client, title, page="run", runs=RUN):
    return client.get("/api/panel", query_string={"page": page, "title": title, "runs": runs})


@pytest.fixture
def client(fixture_logs):
    return client_of(fixture_logs, panel_plugin)


def test_mappings_are_the_rows_of_a_table_and_ids_of_runs_are_named(client):
    said = ask(client, "Table").json
    assert said["content"] == {
        "columns": ["run", "value", "more"],
        "rows": [[RUN, 2 / 3, None], ["no run", None, True]],
        "is_cut": False,
    }
    assert (said["problem"], said["runs"]) == (None, [RUN])


def test_where_runs_are_compared_a_panel_is_given_all_that_are_there(client):
    said = ask(client, "Text", page="compare", runs=f"{RUN},nothing,{OTHER}").json
    assert said["content"]["text"].startswith("2 runs\n")


@pytest.mark.parametrize("title", ["Broken", "Leaves", "No data"])
def test_a_panel_that_fails_is_told_once_and_its_insides_stay_in_the_terminal(
    client, title, capsys
):
    for _ in range(2):
        said = ask(client, title)
        assert said.status_code == 200
        assert said.json["content"] is None
        assert said.json["problem"].startswith("the panel failed; ")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"fitlog: the panel {title!r} of panel_plugin failed: ")
    assert "no panel for" not in said.text
    assert ask(client, "Table").json["problem"] is None


def test_a_panel_with_nothing_to_say_says_nothing(client):
    said = ask(client, "Nothing").json
    assert (said["content"], said["problem"]) == (None, None)


@pytest.mark.parametrize(
    ("page", "title", "runs", "status", "named"),
    [
        ("run", "nothing", RUN, 404, "'nothing'"),
        ("compare", "Table", RUN, 404, "'Table'"),
        ("run", "Table", "nothing", 404, "'nothing'"),
        ("run", "Table", f"{RUN},{OTHER}", 400, "one run"),
        ("run", "Table", "", 400, "one run"),
        ("runs", "Table", RUN, 400, "'runs'"),
        ("compare", "Text", "", 404, "no run"),
    ],
)
def test_what_there_is_not_is_named(client, page, title, runs, status, named):
    answer = ask(client, title, page, runs)
    assert answer.status_code == status
    assert named in answer.json["error"]


def test_all_panels_are_listed_and_each_page_knows_its_own(client):
    listed = client.get("/api/panels").json["panels"]
    assert {"page": "run", "title": "Table"} in listed
    assert {"page": "compare", "title": "Text"} in listed
    assert '"panels":["Text"]' in client.get(f"/compare?runs={RUN}").text.replace(" ", "")


def test_a_row_added_by_hand_has_no_panels(client):
    client.post("/api/runs", json={"id": "paper", "metric-acc": 1})
    assert '"panels":[]' in client.get("/run/paper").text.replace(" ", "")
    assert ask(client, "Table", runs="paper").status_code == 404


@pytest.mark.parametrize("address", ["/api/panels", f"/api/panel?title=Table&runs={RUN}"])
def test_panels_ask_for_the_token_and_the_host_as_everything_does(fixture_logs, address):
    guarded = client_of(fixture_logs, panel_plugin, token="abc")
    assert guarded.get(address).status_code == 401
    assert guarded.get(address, headers={"Authorization": "Bearer abc"}).status_code == 200
    assert guarded.get(address, headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        (Adds("Mine", dict, page="runs"), "'runs'"),
        (Adds(" ", dict), "needs a title"),
        (Adds("Table", dict), "has a panel 'Table' already"),
        (Adds("Mine", 3), "needs a function that renders it, got 3"),
        (Adds("Mine", None), "needs a function that renders it, got None"),
    ],
)
def test_a_panel_that_cannot_be_added_is_said_and_the_others_are_there(
    fixture_logs, panel, said, capsys
):
    board = client_of(fixture_logs, panel, panel_plugin)
    refused = capsys.readouterr().err
    assert said in refused
    assert "failed in fitlog_board" in refused
    assert board.get("/runs").status_code == 200


def test_panels_that_hang_leave_the_server_to_the_pages(fixture_logs):
    begun, go_on = threading.Semaphore(0), threading.Event()

    def hangs(run):
        begun.release()
        go_on.wait(60)
        return "at last"

    board = client_of(fixture_logs, Adds("Slow", hangs))
    answers = []
    asking = [
        threading.Thread(
            target=lambda: answers.append(ask(board.application.test_client(), "Slow"))
        )
        for _ in range(2)
    ]
    for thread in asking:
        thread.start()
    try:
        assert all(begun.acquire(timeout=30) for _ in asking)
        refused = ask(board, "Slow")
        assert (refused.status_code, "ask again" in refused.json["error"]) == (503, True)
    finally:
        go_on.set()
        for thread in asking:
            thread.join(30)
    assert [answer.json["content"]["text"] for answer in answers] == ["at last"] * 2
    assert ask(board, "Slow").status_code == 200


def test_a_mapping_is_a_line_for_each_name():
    made = {"lr": 0.1, 3: [1, 2], "odd": float("-inf"), "huge": 2**70}
    rows = [["lr", 0.1], [3, "[1, 2]"], ["odd", "-Infinity"], ["huge", str(2**70)]]
    assert content_of(made) == {"columns": [], "rows": rows, "is_cut": False}


def test_numbers_of_numpy_are_numbers():
    numpy = pytest.importorskip("numpy")
    content = content_of({"a": numpy.float32(0.5), "b": numpy.int64(3), "c": numpy.nan})
    assert content["rows"] == [["a", 0.5], ["b", 3], ["c", "NaN"]]


def test_what_is_too_long_is_cut_and_says_so():
    assert content_of("x" * (MOST_TEXT + 1)) == {"text": "x" * MOST_TEXT, "is_cut": True}
    long = content_of([{"n": n} for n in range(MOST_ROWS + 1)])
    assert (len(long["rows"]), long["is_cut"]) == (MOST_ROWS, True)
    assert not content_of([{"n": n} for n in range(MOST_ROWS)])["is_cut"]


@pytest.mark.parametrize("made", [3, object(), ["text"], [{"a": 1}, 2]])
def test_anything_else_is_refused_with_its_type(made):
    with pytest.raises(TypeError, match=f"not of {type(made).__name__}"):
        content_of(made)
