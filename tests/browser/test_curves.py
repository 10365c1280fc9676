"""A run's page and the comparison of several."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

RUN = "log_20261122_090313"
OTHERS = ("log_20261122_090317", "log_20261122_090325")
NAN_RUN = "log_20261122_090321"  # deleted in the view; its page is there all the same


def inked(page: Page, name: str, left: float, right: float, top: float, bottom: float) -> int:
    """How many strongly coloured pixels a part of a chart has, in fractions of its drawing area."""
    script = """([name, left, right, top, bottom]) => {
        const canvas = document.querySelector(`[data-name="${name}"] canvas`);
        const over = canvas.parentElement.querySelector('.u-over').getBoundingClientRect();
        const whole = canvas.getBoundingClientRect();
        const scale = canvas.width / whole.width;
        const x = (over.left - whole.left + over.width * left) * scale;
        const y = (over.top - whole.top + over.height * top) * scale;
        const area = canvas.getContext('2d').getImageData(
            x, y, over.width * (right - left) * scale, over.height * (bottom - top) * scale).data;
        let count = 0;
        for (let i = 0; i < area.length; i += 4) {
            const colours = [area[i], area[i + 1], area[i + 2]];
            const strong = Math.max(...colours) - Math.min(...colours) > 60;
            if (area[i + 3] > 128 && strong) count += 1;
        }
        return count;
    }"""
    return int(page.evaluate(script, [name, left, right, top, bottom]))


def expect_drawn(page: Page, name: str) -> None:
    expect(page.locator(f'[data-name="{name}"] canvas')).to_be_visible()


def test_a_runs_page_tells_what_it_was_and_draws_its_curves(board, open_page):
    page = open_page(f"{board}/run/{RUN}")
    expect(page.get_by_role("heading", name=RUN)).to_be_visible()
    expect(page.locator("#state")).to_have_text("finished")
    expect(page.locator("#facts")).to_contain_text("warm-up too long, 再试一次")
    expect(page.locator("#side")).to_contain_text("weight_decay")
    expect(page.locator("#console")).to_contain_text("free text line for run 5")
    expect(page.locator("#files")).to_contain_text("meta.log")
    for name in ("loss-Loss", "loss-aux-kl", "metric-dev-acc"):
        expect_drawn(page, name)
    assert inked(page, "loss-Loss", 0, 1, 0, 1) > 200


def test_the_run_with_nan_draws_its_curve_and_its_marks(board, open_page):
    page = open_page(f"{board}/run/{NAN_RUN}")
    expect_drawn(page, "loss-Loss")
    expect(page.locator('[data-name="loss-Loss"] footer')).to_contain_text("NaN × 80")
    expect(page.locator("#facts")).to_contain_text("divergedloss-Loss: NaN")
    assert inked(page, "loss-Loss", 0, 0.55, 0.1, 1) > 200  # the numbers, up to step 1200
    assert inked(page, "loss-Loss", 0.65, 1, 0.1, 1) == 0  # a gap where there are none
    assert inked(page, "loss-Loss", 0.65, 1, 0, 0.06) > 50  # and marks along the upper edge


def test_a_run_without_curves_says_so_in_their_place(logs, start_board, open_page):
    for name in ("loss.log", "metric.log"):
        (logs / RUN / name).write_text("")
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    expect(page.locator("#charts")).to_have_text("This run has recorded no losses or metrics.")


def test_a_run_whose_curves_cannot_be_read_says_so_in_their_place(logs, start_board, open_page):
    run = "log_20261122_090313"
    for name in ("loss.log", "metric.log"):
        (logs / run / name).write_bytes(b"\x00\xff\nStep:1\t{bad\n")
    page = open_page(f"{start_board(logs)}/run/{run}", locale="zh-CN")
    expect(page.locator("#charts")).to_have_text(
        "无法读取该实验的损失和指标：文件中有 4 行已损坏。"
    )
    expect(page.locator(".facts .doubtful")).to_contain_text("4")
    expect(page.locator(".side, aside").first).to_contain_text("transformer")


def test_a_curve_of_nothing_but_nan_still_shows_its_marks(logs, start_board, open_page):
    lines = [f'Step:{n}\t{{"loss": {{"bad": NaN}}, "step": {n}, "epoch": 0}}\n' for n in (1, 2, 3)]
    (logs / RUN / "loss.log").write_text("".join(lines))
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    expect_drawn(page, "loss-bad")
    expect(page.locator('[data-name="loss-bad"] footer')).to_contain_text("NaN × 3")
    assert inked(page, "loss-bad", 0, 1, 0, 0.06) > 20


def test_dragging_zooms_all_charts_and_asks_for_finer_points(board, open_page):
    page = open_page(f"{board}/run/{RUN}", width=1400)
    expect_drawn(page, "loss-Loss")
    plot = page.locator('[data-name="loss-Loss"] .u-over').bounding_box()
    assert plot is not None
    with page.expect_response(lambda answer: "from=" in answer.url and answer.ok):
        page.mouse.move(plot["x"] + plot["width"] * 0.25, plot["y"] + 60)
        page.mouse.down()
        page.mouse.move(plot["x"] + plot["width"] * 0.5, plot["y"] + 60, steps=4)
        page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=\d+&to=\d+"))
    expect(page.locator('[data-name="loss-Loss"] footer')).to_have_text(re.compile(r"^5\d points"))
    page.locator('[data-name="loss-Loss"] .u-over').dblclick()
    expect(page).not_to_have_url(re.compile("from="))
    expect(page.locator('[data-name="loss-Loss"] footer')).to_have_text("200 points")


def test_smoothing_and_the_log_scale_are_kept_in_the_address(board, open_page):
    page = open_page(f"{board}/run/{RUN}")
    expect_drawn(page, "loss-Loss")
    page.get_by_label("Smoothing").fill("0.9")
    page.get_by_label("Log y").check()
    expect(page).to_have_url(re.compile(r"smooth=0\.9.*log=1"))
    page.reload()
    expect_drawn(page, "loss-Loss")
    expect(page.get_by_label("Smoothing")).to_have_value("0.9")
    expect(page.get_by_label("Log y")).to_be_checked()


def test_the_crosshair_reads_the_value_in_every_chart(board, open_page):
    page = open_page(f"{board}/run/{RUN}", width=1400)
    expect_drawn(page, "metric-dev-acc")
    page.locator('[data-name="loss-Loss"] .u-over').hover()
    for name in ("loss-Loss", "loss-aux-kl"):
        readout = page.locator(f'[data-name="{name}"] .readout')
        expect(readout).to_have_text(re.compile(r"^[\d,]+: [\d.]+$"))


def test_a_running_run_grows_on_the_page_by_itself(logs, start_board, open_page):
    meta = logs / RUN / "meta.log"
    meta.write_text('{"meta": {"state": "running"}}\n')
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    expect(page.locator('[data-name="loss-Loss"] footer')).to_have_text("200 points")
    with (logs / RUN / "loss.log").open("a") as file:
        record = {"loss": {"Loss": 1.5}, "epoch": 9, "step": 2010}
        file.write(f"Step:2010\t{json.dumps(record)}\n")
    expect(page.locator('[data-name="loss-Loss"] footer')).to_have_text("201 points")


def test_comparing_two_runs_shows_both_and_what_differs(board, open_page):
    page = open_page(f"{board}/compare?runs={RUN},{OTHERS[0]}&names=loss-Loss")
    expect_drawn(page, "loss-Loss")
    legend = page.locator('[data-name="loss-Loss"] .legend li')
    expect(legend).to_have_count(2)
    strokes = {line.get_attribute("stroke") for line in legend.locator("line").all()}
    assert len(strokes) == 2
    table = page.get_by_role("table", name="What differs among the runs")
    expect(table.get_by_role("row", name="lr", exact=False).first).to_be_visible()
    expect(table.get_by_text("max_len")).to_be_hidden()
    page.get_by_role("button", name="metric-dev-acc").click()
    expect_drawn(page, "metric-dev-acc")
    expect(page).to_have_url(re.compile("names=loss-Loss,metric-dev-acc"))


def test_selected_runs_are_compared_from_the_table(board, open_table):
    table = open_table(f"{board}/runs?filter=off")
    table.select(RUN, *OTHERS)
    table.page.get_by_role("button", name="Compare").click()
    expect(table.page.locator("#how-many")).to_have_text("3 runs")
    expect_drawn(table.page, "loss-Loss")


def test_runs_with_nothing_in_common_are_told_apart(logs, start_board, open_page):
    for run, name in ((RUN, "a"), (OTHERS[0], "b")):
        (logs / run / "metric.log").write_text("")
        (logs / run / "loss.log").write_text(
            f'Step:1\t{{"loss": {{"{name}": 1.0}}, "step": 1, "epoch": 0}}\n'
        )
    page = open_page(f"{start_board(logs)}/compare?runs={RUN},{OTHERS[0]}")
    expect(page.locator("main")).to_contain_text("no series in common")
    expect(page.locator("main")).to_contain_text(f"{RUN}: loss-a")


def test_a_chart_out_of_sight_is_not_loaded(board, open_page):
    asked: list[str] = []
    page = open_page(f"{board}/plugins", width=1000, height=300)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{board}/run/{RUN}")
    expect_drawn(page, "loss-Loss")
    series = [url for url in asked if "/series?" in url]
    assert not any("SpanFPreRecMetric-rec" in url for url in series)
    page.locator('[data-name="metric-dev-SpanFPreRecMetric-rec"]').scroll_into_view_if_needed()
    expect_drawn(page, "metric-dev-SpanFPreRecMetric-rec")


def test_a_metric_that_is_text_says_so_and_shows_its_last_word(logs, start_board, open_page):
    lines = [
        f'Step:{n}\t{{"metric": {{"stage": "phase {n}"}}, "step": {n}}}\n' for n in (9, 10, 11)
    ]
    (logs / RUN / "metric.log").write_text("".join(lines))
    page = open_page(f"{start_board(logs)}/run/{RUN}")
    card = page.locator('[data-name="metric-stage"]')
    expect(card).to_contain_text("3 values are text, the last one: phase 11")


def test_a_chart_that_could_not_be_loaded_is_asked_for_again_alone(board, open_page):
    page = open_page(f"{board}/plugins")
    page.route("**/series?*", lambda route: route.abort())
    page.goto(f"{board}/run/{RUN}")
    card = page.locator('[data-name="loss-Loss"]')
    expect(card).to_contain_text("could not be loaded")
    page.unroute("**/series?*")
    with page.expect_request(lambda request: "/series?" in request.url) as asked:
        card.get_by_role("button", name="Try again").click()
    assert "names=loss-Loss&" in asked.value.url
    expect_drawn(page, "loss-Loss")
    expect(page.locator('[data-name="loss-aux-kl"]')).to_contain_text("could not be loaded")


def test_a_line_is_left_out_and_brought_back_and_the_address_keeps_it(board, open_page):
    runs = ["log_20261122_090313", "log_20261122_090317", "log_20261122_090325"]
    page = open_page(f"{board}/compare?runs={','.join(runs)}&names=loss-Loss")
    legend = page.locator('[data-name="loss-Loss"] .legend li')
    expect(legend).to_have_count(3)
    page.get_by_role("checkbox", name=f"Draw {runs[1]}").uncheck()
    expect(legend).to_have_count(2)
    expect(legend.filter(has_text=runs[1])).to_have_count(0)
    page.reload()
    expect(legend).to_have_count(2)
    expect(page.get_by_role("checkbox", name=f"Draw {runs[1]}")).not_to_be_checked()
    for run in (runs[0], runs[2]):
        page.get_by_role("checkbox", name=f"Draw {run}").uncheck()
    expect(page.locator('[data-name="loss-Loss"]')).to_contain_text("Every line is left out")
    page.get_by_role("button", name="Draw all").click()
    expect(legend).to_have_count(3)
    assert "off=" not in page.url


def test_a_mean_is_left_out_like_a_run(board, open_page):
    runs = ["log_20261122_090313", "log_20261122_090317", "log_20261122_090325"]
    page = open_page(f"{board}/compare?runs={','.join(runs)}&names=loss-Loss&group=hyper-lr")
    boxes = page.locator("#run-keys .line-box")
    legend = page.locator('[data-name="loss-Loss"] .legend li')
    expect(legend.first).to_be_visible()
    count = legend.count()
    assert count > 1
    boxes.first.uncheck()
    expect(legend).to_have_count(count - 1)
