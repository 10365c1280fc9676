"""Tags are put on runs in the table, found, filtered and taken off again."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

RUN = "log_20261122_090449"
OTHER = "log_20261122_090445"


def stored(logs: Path):
    return json.loads((logs / "log_extra_data.txt").read_text("ascii"))


def tag(page, name):
    box = page.get_by_role("textbox", name="find a tag, or name a new one")
    box.fill(name)
    box.press("Enter")
    expect(page.get_by_role("checkbox", name=name)).to_be_checked()


def test_several_runs_get_a_tag_at_once_and_undo_takes_it_off(own_board, logs: Path, open_table):
    table = open_table(f"{own_board}/runs?filter=off")
    page = table.page
    table.select(RUN, OTHER)
    page.get_by_role("button", name="Tags…").click()
    tag(page, "paper")
    page.keyboard.press("Escape")
    for run in (RUN, OTHER):
        expect(table.cell(run, "tags").locator(".tag")).to_have_text(["paper"])
        assert stored(logs)[run]["tags"] == "paper"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("“paper” taken off 2 runs.")).to_be_visible()
    assert "tags" not in stored(logs).get(RUN, {})


def test_a_cell_opens_its_tags_by_key_and_another_ones_tag_is_offered(own_board, logs, open_table):
    extra = logs / "log_extra_data.txt"
    said = json.loads(extra.read_text("ascii"))
    said[OTHER] = {**said.get(OTHER, {}), "tags": "paper, baseline"}
    extra.write_text(json.dumps(said), "ascii")
    table = open_table(f"{own_board}/runs?filter=off")
    page = table.page
    expect(table.cell(OTHER, "tags").locator(".tag")).to_have_text(["paper", "baseline"])
    table.cell(RUN, "tags").click()
    expect(page.get_by_role("dialog", name=f"Tags of {RUN}")).to_be_visible()
    page.keyboard.press("Escape")
    table.cell(RUN, "tags").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=f"Tags of {RUN}")).to_be_visible()
    page.keyboard.type("base")
    expect(page.get_by_role("checkbox", name="paper")).to_have_count(0)
    page.get_by_role("checkbox", name="baseline").check()
    expect(table.cell(RUN, "tags").locator(".tag")).to_have_text(["baseline"])
    assert stored(logs)[RUN]["tags"] == "baseline"


def test_single_tags_are_searched_and_chosen_in_the_headings_menu(own_board, logs, open_table):
    extra = logs / "log_extra_data.txt"
    said = json.loads(extra.read_text("ascii"))
    said[OTHER] = {**said.get(OTHER, {}), "tags": "paper, baseline"}
    said[RUN] = {**said.get(RUN, {}), "tags": "paper"}
    extra.write_text(json.dumps(said), "ascii")
    table = open_table(f"{own_board}/runs?filter=off&q=tags:paper")
    table.expect_count(2)
    table = open_table(f"{own_board}/runs?filter=off&f.tags=is:baseline")
    table.expect_count(1)
    expect(table.cell(OTHER, "id")).to_be_visible()


def test_the_first_tag_of_a_directory_is_to_be_seen_at_once(
    tmp_path: Path, start_board, open_table
):
    logs = tmp_path / "own"
    for number in range(3):
        run = logs / f"log_20261122_09000{number}"
        run.mkdir(parents=True)
        (run / "meta.log").write_text('{"meta": {"state": "finished"}}\n')
        (run / "hyper.log").write_text(f'{{"hyper": {{"lr": 0.{number + 1}}}}}\n')
    table = open_table(f"{start_board(logs)}/runs")
    page = table.page
    expect(table.heading("tags")).to_have_count(0)
    table.select("log_20261122_090001", "log_20261122_090002")
    page.get_by_role("button", name="Tags…").click()
    tag(page, "paper")
    tag(page, "seed")
    for number in (1, 2):
        cell = table.cell(f"log_20261122_09000{number}", "tags")
        expect(cell.locator(".tag")).to_have_text(["paper", "seed"])
    expect(table.cell("log_20261122_090000", "tags").locator(".tag")).to_have_count(0)
