"""Runs that stand side by side are called by what differs among them."""

from __future__ import annotations

import pytest

NAMED = """async runs => {
    const { runNames } = await import("./static/run_names.js");
    return [...runNames(runs).values()];
}"""


def run(name: str, **cells: object) -> dict[str, object]:
    return {"id": name, "row": {f"hyper-{key}": value for key, value in cells.items()}}


@pytest.mark.parametrize(
    ("runs", "names"),
    [
        ([run("a", lr=0.1)], ["a"]),
        ([run("a", lr=0.1, n=1), run("b", lr=0.2, n=1)], ["lr=0.1 · a", "lr=0.2 · b"]),
        (
            [run("a", lr=0.1, seed=1), run("b", lr=0.1, seed=2), run("c", lr=0.2, seed=1)],
            ["lr=0.1, seed=1 · a", "lr=0.1, seed=2 · b", "lr=0.2, seed=1 · c"],
        ),
        ([run("a", lr=0.1, seed=1), run("b", lr=0.2, seed=2)], ["lr=0.1 · a", "lr=0.2 · b"]),
        ([run("a", drop=0.5), run("b")], ["drop=0.5 · a", "drop=– · b"]),
        (
            [
                {"id": "a", "row": {"memo": "first try"}},
                {"id": "b", "row": {"memo": "Click to edit"}},
            ],
            ["first try · a", "b"],
        ),
        ([run("a", text="x" * 90), run("b", text="y")], [f"text={'x' * 23}… · a", "text=y · b"]),
    ],
)
def test_a_name_holds_the_fewest_settings_that_tell_runs_apart(page_of_board, runs, names):
    assert page_of_board.evaluate(NAMED, runs) == names


@pytest.fixture(scope="module")
def page_of_board(board, browser):
    page = browser.new_page()
    page.goto(f"{board}/runs")
    yield page
    page.close()
