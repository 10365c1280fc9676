"""Runs are given away as they are seen, as a file or by the clipboard."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from playwright.sync_api import Page

RUN, OTHER = "log_20261122_090449", "log_20261122_090445"


def saved(page: Page) -> str:
    """What the dialog's download holds."""
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("button", name="Download").click()
    return Path(download.value.path()).read_text("utf-8")


def test_the_rows_and_columns_in_view_are_saved_in_their_order(board: str, open_table) -> None:
    table = open_table(f"{board}/runs?filter=off&q=dataset:weibo&sort=-metric-dev-acc")
    table.expect_count(10)
    ids = table.column("id")
    table.page.get_by_role("button", name="Export").click()
    rows = list(csv.DictReader(io.StringIO(saved(table.page))))
    assert [row["id"] for row in rows] == ids
    assert "hyper-max_len" not in rows[0]  # the same everywhere, and so not in view
    assert rows[0]["metric-dev-acc"] == "0.955864695800269"


def test_the_selected_runs_are_offered_first_with_all_columns_if_wanted(
    board: str, open_table
) -> None:
    table = open_table(f"{board}/runs")
    table.select(RUN, OTHER)
    table.page.get_by_role("button", name="Export").click()
    dialog = table.page.get_by_role("dialog", name="Export runs")
    dialog.get_by_label("Columns").select_option("all")
    rows = list(csv.DictReader(io.StringIO(saved(table.page))))
    assert {row["id"] for row in rows} == {RUN, OTHER}
    assert {row["hyper-max_len"] for row in rows} == {"128"}


def test_a_table_in_latex_goes_to_the_clipboard_with_the_lowest_in_bold(
    board: str, open_table
) -> None:
    table = open_table(f"{board}/runs", permissions=["clipboard-read", "clipboard-write"])
    table.select(RUN, OTHER)
    table.page.get_by_role("button", name="Export").click()
    dialog = table.page.get_by_role("dialog")
    dialog.get_by_label("Format").select_option("tex")
    dialog.get_by_label("Best metric in bold").select_option("min")
    dialog.get_by_role("button", name="Copy").click()
    table.page.get_by_text("Copied").wait_for()
    text = table.page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(r"\begin{tabular}")
    assert r"\textbf{0.8908804066111407}" in text
