"""``fitlog export --html``: what is written, what is left alone, and what is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from old_logs import copy_old_logs

from fitlog_core.cli import main
from fitlog_core.reading.views import View
from fitlog_web import copy_images
from fitlog_web.copy_curves import points_of_each

RUN, OTHER = "log_20261122_090313", "log_20261122_090317"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "60606000000005000116a5f4f50000000049454e44ae426082"
)


def export(*arguments: object) -> Result:
    words = [str(word) for word in arguments]
    return CliRunner().invoke(main, ["export", *words], prog_name="fitlog")


def done(*arguments: object) -> str:
    result = export(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def page_data(page: Path) -> dict[str, Any]:
    found = re.search(
        r'<script type="application/json" id="page-data">(.*?)</script>', page.read_text("utf-8")
    )
    assert found
    told: dict[str, Any] = json.loads(found[1])
    return told


def ids(page: Path) -> list[str]:
    return [row["id"] for row in page_data(page)["rows"]]


def curves(folder: Path, index: int) -> dict[str, Any]:
    """Return the curves of a series as the page reads them."""
    said = (folder / "curves" / f"{index}.js").read_text("ascii")
    found = re.fullmatch(r"fitlogCurves\(\d+, (.*)\);\n", said)
    assert found
    told: dict[str, Any] = json.loads(json.loads(found[1]))
    return told


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_a_folder_is_written_from_the_terminal_and_says_what_it_holds(tmp_path: Path) -> None:
    copy_old_logs(tmp_path / "logs")
    before = snapshot(tmp_path / "logs")
    command = [sys.executable, "-m", "fitlog", "export", "--html", "copy", "logs"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert (found.returncode, found.stderr) == (0, "")
    assert re.fullmatch(
        r"20 runs, 6,400 of 6,400 points, 0\.\d MB\ncopy/index\.html\n", found.stdout
    )
    told = page_data(tmp_path / "copy" / "index.html")
    assert told["command"] == "fitlog export --html copy logs"
    assert told["log_dir"] == str(tmp_path / "logs")
    assert len(list((tmp_path / "copy" / "curves").iterdir())) == len(told["series"])
    assert snapshot(tmp_path / "logs") == before


def test_the_runs_of_the_view_are_taken_unless_some_are_named(
    fixture_logs: Path, tmp_path: Path
) -> None:
    place = tmp_path / "copy.html"
    done("--html", place, "--single", fixture_logs)
    assert len(ids(place)) == 20  # default.cfg hides two, has one in its trash and a filter
    done("--html", place, "--single", "--force", fixture_logs, RUN, "090317", "@1")
    assert ids(place) == ["log_20261122_090452", OTHER, RUN]


def test_rows_stand_as_they_were_put_by_hand(tmp_path: Path) -> None:
    logs = copy_old_logs(tmp_path / "logs")
    place = tmp_path / "copy.html"
    done("--html", place, "--single", logs)
    newest, second, *middle, oldest = ids(place)
    gone = "log_20990101_000000"  # a run that was moved, and is no more
    moves = [[oldest, newest], [second, gone, None], [gone, second]]
    View.open(logs).save({"row_order": moves})
    done("--html", place, "--single", "--force", logs)
    assert ids(place) == [oldest, newest, *middle, second]
    done("--html", place, "--single", "--force", logs, newest, oldest)
    assert ids(place) == [oldest, newest]


def test_a_search_chooses_runs_as_the_boards_box_does(fixture_logs: Path, tmp_path: Path) -> None:
    done("--html", tmp_path / "copy", "--search", "dataset:weibo lr<0.01", fixture_logs)
    told = page_data(tmp_path / "copy" / "index.html")
    at = [column["key"] for column in told["columns"]].index("hyper-dataset")
    assert {row["cells"][at] for row in told["rows"]} == {"weibo"}
    assert told["search"] == "dataset:weibo lr<0.01"


def test_a_long_curve_is_thinned_with_its_spike_and_its_nan_kept(
    logs: Path, make_run, tmp_path: Path
) -> None:
    values = [1.0 / (1 + step) for step in range(3000)]
    values[1234] = 99.5
    lines = [
        f'Step:{step}\t{{"loss": {{"a": {value!r}}}, "step": {step}}}\n'
        for step, value in enumerate(values)
    ]
    lines[2000] = lines[2000].replace(repr(values[2000]), "NaN")
    make_run(RUN, loss="".join(lines))
    done("--html", tmp_path / "copy", "--points", "50", logs)
    told = page_data(tmp_path / "copy" / "index.html")
    (curve,) = curves(tmp_path / "copy", 0).values()
    assert len(curve["v"]) <= 50
    assert told["points"] == {"shown": len(curve["v"]), "total": 3000}
    assert max(value for value in curve["v"] if value is not None) == 99.5
    assert curve["m"] == [[2000, "nan", 1]]
    assert curve["n"] == 3000


def test_the_points_of_many_curves_share_the_room_there_is() -> None:
    assert [points_of_each(count) for count in (0, 1, 500, 10_000)] == [1500, 1500, 400, 100]


def test_no_text_ends_its_script(logs: Path, make_run, tmp_path: Path) -> None:
    attack = "</script><!--<script>"
    make_run(
        RUN,
        hyper={attack: attack},
        loss=f"Step:1\t{json.dumps({'loss': {attack: 1}, 'step': 1})}\n",
    )
    place = tmp_path / "copy.html"
    done("--html", place, "--single", logs)
    text = place.read_text("utf-8")
    assert attack not in text
    assert text.count("</script") == text.count("<script")
    assert page_data(place)["series"][0][0].startswith("loss-")


def test_what_a_run_logged_unmasked_is_masked(logs: Path, make_run, tmp_path: Path) -> None:
    secret = "hf_" + "aB3" * 12
    make_run(
        RUN, hyper={"api_key": "q8Zr-tt", "deep": {"note": f"token={secret}"}}, other={"x": secret}
    )
    place = tmp_path / "copy.html"
    done("--html", place, "--single", "--search", "hyper-api_key:q8Zr-tt", logs)
    text = place.read_text("utf-8")
    assert secret not in text
    assert "q8Zr-tt" not in text
    assert "***" in text


def test_small_pictures_come_along_and_others_are_counted(
    logs: Path, make_run, tmp_path: Path
) -> None:
    folder = make_run(RUN) / "images" / "mask"
    folder.mkdir(parents=True)
    for step in (1, 2):
        (folder / f"{step}.png").write_bytes(PIXEL)
    (folder.parent / "big").mkdir()
    (folder.parent / "big" / "1.png").write_bytes(PIXEL + bytes(copy_images.LARGEST))
    (folder.parent / "none").mkdir()
    (folder.parent / "none" / "1.png").write_bytes(b"<script>")
    assert "left out: 3 images" in done("--html", tmp_path / "copy", logs)
    assert page_data(tmp_path / "copy" / "index.html")["images"] == {
        "0": [["mask/2.png", "images/0.png"]]
    }
    assert (tmp_path / "copy" / "images" / "0.png").read_bytes() == PIXEL
    done("--html", tmp_path / "copy", "--force", "--no-images", logs)
    assert not (tmp_path / "copy" / "images" / "0.png").exists()


def test_what_is_there_is_replaced_only_if_asked_and_strangers_stay(
    fixture_logs: Path, tmp_path: Path
) -> None:
    place = tmp_path / "copy"
    (place / "curves").mkdir(parents=True)
    (place / "curves" / "99.js").write_text("old")
    (place / "mine.txt").write_text("mine")
    refused = export("--html", place, fixture_logs)
    assert refused.exit_code == 1
    assert f"{place} is not empty: name another folder, or add --force" in refused.output
    assert not (place / "index.html").exists()
    done("--html", place, "--force", fixture_logs)
    assert (place / "mine.txt").read_text() == "mine"
    assert not (place / "curves" / "99.js").exists()
    file = tmp_path / "file.html"
    file.write_text("mine")
    assert "is there already" in export("--html", file, "--single", fixture_logs).output
    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--html", "LOGS/copy", "LOGS"], "lies in the log directory"),
        (["--html", "LOGS", "--force", "LOGS"], "lies in the log directory"),
        (["--html", "TMP", "--single", "LOGS"], "is a folder: with --single, name a file"),
        (["--html", "TMP/out", "LOGS", "nope"], "no run 'nope'"),
        (["--html", "TMP/out", "--search", "lr>1e9", "LOGS"], "finds no run in"),
        (["--html", "TMP/out", "--search", "lr>", "LOGS"], "a value for 'lr' is missing"),
        (["--html", "TMP/out", "-l", "none.cfg", "LOGS"], "there is no view none.cfg"),
        (["--html", "TMP/out", "TMP/nowhere"], "there is no directory"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    fixture_logs: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    words = [
        word.replace("LOGS", str(fixture_logs)).replace("TMP", str(tmp_path)) for word in arguments
    ]
    before = snapshot(tmp_path)
    result = export(*words)
    assert result.exit_code != 0
    assert said in result.output
    assert snapshot(tmp_path) == before


def test_a_link_into_the_log_directory_is_no_way_around(fixture_logs: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(fixture_logs)
    assert (
        "lies in the log directory"
        in export("--html", tmp_path / "link" / "x", fixture_logs).output
    )


def test_logs_that_are_called_as_a_folder_of_the_copy_are_not_written_into(
    fixture_logs: Path, tmp_path: Path
) -> None:
    logs = fixture_logs.rename(tmp_path / "curves")
    assert "lies in the log directory" in export("--html", tmp_path, "--force", logs).output
    assert not (tmp_path / "index.html").exists()
