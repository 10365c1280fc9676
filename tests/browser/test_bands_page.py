"""Runs that belong together as one line: the mean, and the band around it."""

from __future__ import annotations

import csv
import json
import re

import pytest
from chart_tools import downloaded, write_losses
from playwright.sync_api import expect

RUNS = ("log_20261122_090313", "log_20261122_090317", "log_20261122_090325")
CARD = '[data-name="loss-fine"]'


@pytest.fixture
def seeds(logs, start_board):
    """The address of two seeds of one learning rate and one of another."""
    for run, hyper, high in zip(RUNS, [(0.1, 1), (0.1, 2), (0.2, 1)], [1, 2, 9], strict=True):
        lr, seed = hyper
        (logs / run / "hyper.log").write_text(json.dumps({"hyper": {"lr": lr, "seed": seed}}))
        with (logs / run / "hyper.log").open("a") as file:
            file.write("\n")
        write_losses(logs, run, {step: str(high + step) for step in (1, 2, 3)})
    write_losses(logs, RUNS[1], {1: "3", 2: "NaN", 3: "5"})
    return f"{start_board(logs)}/compare?runs={','.join(RUNS)}&names=loss-fine"


def test_runs_that_differ_in_the_seed_become_one_line_with_a_spread(seeds, open_page):
    page = open_page(seeds)
    legend = page.locator(f"{CARD} .legend li")
    expect(legend).to_have_count(3)
    page.get_by_label("Lines").select_option("Mean over seeds")
    expect(legend).to_have_text(
        [re.compile(r"^lr=0\.1 \(2 runs\)4\.5 ± 0\.70711$"), re.compile(r"^lr=0\.2 \(1 run\)12$")]
    )
    expect(page.locator(f"{CARD} footer")).to_contain_text("NaN × 1")
    expect(page.locator(f"{CARD} footer")).to_contain_text("fewer runs count")
    expect(page).to_have_url(re.compile("group=but-seed"))
    page.get_by_label("Band").select_option("min to max")
    expect(legend.first).to_contain_text("4.5 (4 … 5)")
    page.reload()
    expect(legend.first).to_contain_text("4.5 (4 … 5)")
    page.get_by_label("Lines").select_option("Every run")
    expect(legend).to_have_count(3)
    expect(page).not_to_have_url(re.compile("group="))


def test_the_band_is_shaded_between_its_edges(seeds, open_page):
    page = open_page(f"{seeds}&group=but-seed&band=range")
    expect(page.locator(f"{CARD} canvas")).to_be_visible()
    shaded = """card => {
        const canvas = document.querySelector(card + ' canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 3; i < data.length; i += 4) if (data[i] > 40 && data[i] < 60) count += 1;
        return count;
    }"""
    assert page.evaluate(shaded, CARD) > 1000


def test_runs_are_grouped_by_a_column_and_named_behind_their_line(seeds, open_page):
    page = open_page(f"{seeds}&group=hyper-lr")
    expect(page.get_by_label("Lines")).to_have_value("hyper-lr")
    key = page.locator(".group-key").first
    key.locator("summary").click()
    names = [f"lr=0.1, seed={seed} · {run}" for seed, run in zip((1, 2), RUNS, strict=False)]
    expect(key.get_by_role("link")).to_have_text(names)


def test_the_csv_of_means_has_their_figures_in_full(seeds, open_page):
    page = open_page(f"{seeds}&group=but-seed")
    rows = list(csv.reader(downloaded(page, "loss-fine", "CSV").read_text("utf-8").splitlines()))
    assert rows[0][:6] == [
        "step",
        *(f"lr=0.1 (2 runs) {each}" for each in ("mean", "std", "min", "max", "n")),
    ]
    assert rows[1][:6] == ["1", "2.5", "0.7071067811865476", "2", "3", "2"]
    assert rows[2][:6] == ["2", "3", "", "3", "3", "1"]


def test_the_drawing_of_means_has_their_bands(seeds, open_page):
    page = open_page(f"{seeds}&group=but-seed")
    text = downloaded(page, "loss-fine", "SVG").read_text("utf-8")
    areas = re.findall(r'<path d="(M[^"]*z)" fill="#\w+" opacity="0.2"', text)
    assert len(areas) == 2
    assert all("NaN" not in area for area in areas)


def test_where_the_means_cannot_be_had_the_runs_are_drawn_one_by_one(seeds, open_page):
    page = open_page(seeds)
    page.route("**/api/bands?*", lambda route: route.abort())
    page.goto(f"{seeds}&group=but-seed")
    expect(page.get_by_role("alert")).to_contain_text("did not work")
    expect(page.locator(f"{CARD} .legend li")).to_have_count(3)
    expect(page.get_by_label("Lines")).to_have_value("")
    expect(page.get_by_label("Band")).to_be_hidden()


def test_groups_that_are_shown_together_differ_in_colour(board, open_page):
    page = open_page(f"{board}/plugins")
    ask = "fetch('api/runs').then(answer => answer.json()).then(({ runs }) => runs)"
    runs = [run["id"] for run in page.evaluate(ask) if run["id"].startswith("log_")]
    page.goto(f"{board}/compare?runs={','.join(runs)}&group=hyper-lr")
    swatches = page.locator(".group-key .swatch line")
    expect(page.locator(".group-key").nth(3)).to_be_visible()
    colours = [each.get_attribute("stroke") for each in swatches.all()]
    assert 3 < len(colours) <= 8
    assert len(set(colours)) == len(colours)


def test_more_than_sixty_runs_begin_as_means_and_can_be_drawn_one_by_one(
    tmp_path, start_board, open_page
):
    runs = [f"log_20260101_0000{number:02}" for number in range(61)]
    for number, run in enumerate(runs):
        (tmp_path / run).mkdir()
        for name in ("best_metric", "other", "progress", "file", "metric"):
            (tmp_path / run / f"{name}.log").touch()
        hyper = {"hyper": {"lr": number % 2, "seed": number}}
        (tmp_path / run / "hyper.log").write_text(json.dumps(hyper) + "\n")
        write_losses(tmp_path, run, {1: "1", 2: "2"})
        (tmp_path / run / "meta.log").write_text('{"meta": {"state": "finish"}}\n')
    page = open_page(f"{start_board(tmp_path)}/compare?runs={','.join(runs)}&names=loss-fine")
    legend = page.locator(f"{CARD} .legend li")
    expect(legend).to_have_text(
        [re.compile(r"^lr=0 \(31 runs\)"), re.compile(r"^lr=1 \(30 runs\)")]
    )
    page.get_by_label("Lines").select_option("Every run")
    expect(legend.last).to_have_text("53 more")
    expect(page).to_have_url(re.compile("group=none"))
    page.reload()
    expect(legend.last).to_have_text("53 more")
