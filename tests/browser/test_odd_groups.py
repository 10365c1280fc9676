"""Groups of odd values: each number of runs leads to just those runs."""

from __future__ import annotations

import math
import re

from playwright.sync_api import expect

from fitlog import Run

ODD = [
    *("%", "%zz", "a,b", "a&b=c", "#x", "a+b", "a b", "..", "in:1..2", "is:x", 'say "hi"', "it's"),
    *("数据", "🙂", "x" * 3000, "<b>", " ", "null", "\\", "a\nb", "Click to edit", "", None),
    *("1", 1, 1.0, "1.0", True, "true", 0, -0.0, False, math.nan, "NaN", math.inf, -math.inf),
    *([1], [1.0], "[1]", [1, "数"], '[1,"数"]', {"a": 1}, 2**53, 2**53 + 1, 10**400),
    *(1e20, 1e21, 1e22, "1e+22", 1.5e-7, "1.5e-7", 0.000001, "0.000001", 123456789012345680000.0),
]


def test_each_number_of_runs_leads_to_just_these(tmp_path, start_board, open_page):
    for seed, value in enumerate(ODD):
        with Run(tmp_path) as run:
            run.add_hyper({"v": value, "seed": seed})
            run.add_best_metric(0.5, name="acc")
    board = start_board(tmp_path)
    page = open_page(f"{board}/runs?group=but-seed", height=2600)
    expect(page.locator("#count")).to_have_text(re.compile(rf" groups of {len(ODD)} runs"))
    rows = page.locator("#groups [role=row][row-id]")
    groups = int(page.locator("#count").inner_text().split()[0])
    expect(rows).to_have_count(groups)
    links = [
        (link.get_attribute("href"), int(link.inner_text()))
        for link in rows.locator('[col-id="n"] a').all()
    ]
    assert sum(count for _, count in links) == len(ODD)
    page.set_viewport_size({"width": 800, "height": 600})  # few cells: only the count is read
    for address, count in links:
        page.goto(f"{board}/runs{address}", wait_until="commit")
        expect(page.locator("#count")).to_have_text(f"{count} of {len(ODD)} runs")


def test_a_row_added_by_hand_is_not_among_the_runs_of_a_group(own_board, open_page):
    page = open_page(f"{own_board}/runs?filter=off")
    row = {"id": "by hand", "hyper-dataset": "weibo"}
    assert page.request.post(f"{own_board}/api/runs", data=row, headers={"X-Fitlog": "1"}).ok
    page.goto(f"{own_board}/runs?filter=off&q=weibo&group=hyper-dataset")
    number = page.locator('#groups [row-index="0"] [col-id="n"] a')
    count = number.inner_text()
    number.click()
    expect(page.locator("#groups")).to_have_count(0)
    expect(page.locator("#count")).to_have_text(f"{count} of 31 runs")
