"""A job whose ranks all recorded, in the run table: one row, or one for each rank."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fitlog_core.log_format import read_meta

TRAIN = """
import sys, fitlog
fitlog.set_log_dir(sys.argv[1])
fitlog.add_hyper({"lr": 0.1})
fitlog.add_best_metric({"acc": int(sys.argv[2]) / 4})
fitlog.finish()
"""
SLURM = {"SLURM_NTASKS": "4", "SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0", "FITLOG_RANKS": "all"}


def train(logs: Path, rank: int) -> None:
    environment = {**os.environ, **SLURM, "SLURM_PROCID": str(rank)}
    command = [sys.executable, "-c", TRAIN, str(logs), str(rank)]
    subprocess.run(command, check=True, env=environment)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders of four runs, by rank, that no test changes."""
    logs = tmp_path_factory.mktemp("ranks") / "logs"
    for rank in (2, 0, 3, 1):
        train(logs, rank)
    return sorted(logs.glob("log_*"), key=lambda path: read_meta(path)["rank"])


@pytest.fixture
def ranks(logs: Path, trained: list[Path]) -> list[str]:
    """The ids of copies of these, beside 30 others."""
    return [shutil.copytree(path, logs / path.name).name for path in trained]


def test_the_ranks_of_a_job_are_one_row_until_they_are_asked_for(
    ranks, logs, start_board, open_table
):
    table = open_table(f"{start_board(logs)}/runs?filter=off")
    table.expect_count(29)
    expect(table.cell(ranks[0], "id")).to_have_text(f"{ranks[0]}+3 ranks")
    expect(table.page.locator("#count")).to_have_text("32 of 34 runs")  # two are hidden
    table.page.get_by_role("button", name="Ranks as one").click()
    table.expect_count(32)
    expect(table.page).to_have_url(re.compile("ranks=all"))
    for rank, run in enumerate(ranks):
        expect(table.cell(run, "id")).to_have_text(f"{run}rank {rank}")
    table.page.reload()
    table.expect_count(32)
    table.page.get_by_role("button", name="Ranks as one").click()
    table.expect_count(29)


def test_a_rank_that_alone_is_found_is_shown(ranks, logs, start_board, open_table):
    table = open_table(f"{start_board(logs)}/runs?filter=off")
    table.page.locator("#search").fill("${'meta-rank': '>=2'}$")
    table.expect_count(1)
    expect(table.cell(ranks[2], "id")).to_have_text(f"{ranks[2]}+1 rank")


def test_what_is_done_to_the_row_is_done_to_every_rank(ranks, logs, start_board, open_table):
    table = open_table(f"{start_board(logs)}/runs?filter=off")
    table.select(ranks[0])
    table.page.get_by_role("button", name="Move to trash").click()
    expect(table.page.get_by_text("4 moved to the trash.")).to_be_visible()
    table.expect_count(28)
    table.page.get_by_role("button", name="Undo").click()
    table.expect_count(29)
    expect(table.cell(ranks[0], "id")).to_have_text(f"{ranks[0]}+3 ranks")


def test_a_rank_that_starts_later_joins_the_row(logs, start_board, open_table):
    train(logs, 1)
    table = open_table(f"{start_board(logs)}/runs?filter=off")
    table.expect_count(29)
    train(logs, 0)
    expect(table.page.locator("#grid .tag", has_text="+1 rank")).to_be_visible()
    table.expect_count(29)


def test_where_no_job_is_there_is_no_switch(board, open_table):
    table = open_table(f"{board}/runs")
    expect(table.page.get_by_role("button", name="Ranks as one")).to_be_hidden()


def test_a_rank_chosen_by_itself_counts_once_when_its_row_stands_for_it(
    ranks, logs, start_board, open_table
):
    table = open_table(f"{start_board(logs)}/runs?filter=off&ranks=all")
    table.select(ranks[0], ranks[3])
    table.page.get_by_role("button", name="Ranks as one").click()
    table.page.get_by_role("button", name="Hide", exact=True).click()
    expect(table.page.get_by_text("4 hidden.")).to_be_visible()


def test_a_groups_link_leads_to_as_many_rows_as_it_counts_also_where_ranks_ended_apart(
    ranks, logs, start_board, open_table
):
    meta = logs / ranks[3] / "meta.log"
    meta.write_text(meta.read_text("utf-8").replace('"finish"', '"error"'), "utf-8")
    table = open_table(f"{start_board(logs)}/runs?filter=off&group=state")
    page = table.page
    links = page.locator("#groups [row-id] [col-id=n] a")
    expect(page.locator("#count")).to_contain_text("groups of")
    addresses = links.evaluate_all("links => links.map(link => [link.textContent, link.href])")
    assert len(addresses) > 1
    failed = []
    for count, address in addresses:
        page.goto(address)
        table.expect_count(int(count))
        failed += [run for run in table.column("id") if run and run.startswith(ranks[3])]
    assert failed == [f"{ranks[3]}rank 3"]  # the rank that failed is no secret of its job


def test_a_group_of_ranks_leads_to_the_row_that_stands_for_all_of_them(
    ranks, logs, start_board, open_table
):
    table = open_table(f"{start_board(logs)}/runs?filter=off&q=rank:>=0&group=hyper-lr")
    page = table.page
    link = page.locator("#groups [row-id] [col-id=n] a")
    expect(link).to_have_text("1")
    link.click()
    table.expect_count(1)
    expect(table.cell(ranks[0], "id")).to_have_text(f"{ranks[0]}+3 ranks")
    page.get_by_role("button", name="Ranks as one").click()
    table.expect_count(4)


def test_a_row_that_is_moved_takes_its_ranks_along(ranks, logs, start_board, open_table):
    table = open_table(f"{start_board(logs)}/runs?filter=off")
    table.cell(ranks[0], "id").focus()
    table.page.keyboard.press("Alt+Shift+ArrowDown")
    expect(table.page.locator("#toasts")).to_contain_text(f"{ranks[0]} is row 29 of 29 now.")
    table.page.get_by_role("button", name="Ranks as one").click()
    table.expect_count(32)
    assert table.column("id")[-4:] == [f"{run}rank {rank}" for rank, run in enumerate(ranks)]
