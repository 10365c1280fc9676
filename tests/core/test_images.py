"""Pictures of a run: whatever people have as a picture becomes a file in the run's folder."""

from __future__ import annotations

import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest

import fitlog
from fitlog_core.errors import ArgumentError, ArgumentTypeError
from fitlog_core.reading.reader import RunReader

PIXEL = bytes.fromhex(  # a GIF of one pixel
    "47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b"
)


class Array:
    """An array of no library: what any of them has, and nothing else."""

    def __init__(self, values: list[Any], dtype: str = "uint8") -> None:
        self.values, self.dtype = values, dtype

    @property
    def shape(self) -> tuple[int, ...]:
        sizes, level = [], self.values
        while isinstance(level, list):
            sizes.append(len(level))
            level = level[0]
        return tuple(sizes)

    def tolist(self) -> list[Any]:
        return self.values


def decoded(path: Path) -> tuple[int, int, int, bytes]:
    """Return width, height, colour type and pixels of a PNG whose rows are not filtered."""
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    parts, at = {}, 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", content, at + 8 + length)
        assert zlib.crc32(kind + body) == checksum
        parts[kind], at = body, at + 12 + length
    width, height, depth, colour = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    assert depth == 8
    rows = zlib.decompress(parts[b"IDAT"])
    line = len(rows) // height
    assert set(rows[::line]) == {0}
    pixels = b"".join(rows[top + 1 : top + line] for top in range(0, len(rows), line))
    return width, height, colour, pixels


def pictures(run: fitlog.Run) -> list[str]:
    images = Path(run.get_log_folder(absolute=True) or "") / "images"
    files = (path for path in images.rglob("*") if path.is_file())
    return sorted(path.relative_to(images).as_posix() for path in files)


def path_of(run: fitlog.Run, place: str) -> Path:
    return Path(run.get_log_folder(absolute=True) or "") / "images" / place


def test_a_picture_is_kept_as_it_is(new_run, tmp_path: Path) -> None:
    (tmp_path / "some.file").write_bytes(PIXEL)
    run = new_run()
    run.add_image(tmp_path / "some.file", step=3, name="sample")
    assert pictures(run) == ["sample/3.gif"]
    assert path_of(run, "sample/3.gif").read_bytes() == PIXEL


def test_bytes_and_no_step_are_a_picture_too(new_run) -> None:
    run = new_run()
    run.add_image(PIXEL)
    assert pictures(run) == ["image/picture.gif"]


def test_a_grey_array_becomes_a_png(new_run) -> None:
    run = new_run()
    run.add_image(Array([[0, 100, 255], [1, 2, 3]]), step=0, name="grey")
    assert decoded(path_of(run, "grey/0.png")) == (3, 2, 0, bytes([0, 100, 255, 1, 2, 3]))


@pytest.mark.parametrize(("channels", "colour"), [(3, 2), (4, 6)])
def test_a_colour_array_becomes_a_png(channels: int, colour: int, new_run) -> None:
    run = new_run()
    pixels = list(range(2 * 2 * channels))
    rows = [
        [pixels[(y * 2 + x) * channels : (y * 2 + x + 1) * channels] for x in (0, 1)]
        for y in (0, 1)
    ]
    run.add_image(Array(rows), step=0, name="c")
    assert decoded(path_of(run, "c/0.png")) == (2, 2, colour, bytes(pixels))


def test_channels_may_come_first(new_run) -> None:
    run = new_run()
    planes = [[[10, 11, 12, 13, 14]] * 2, [[20, 21, 22, 23, 24]] * 2, [[30, 31, 32, 33, 34]] * 2]
    run.add_image(Array(planes), step=0, name="c")
    width, height, colour, content = decoded(path_of(run, "c/0.png"))
    assert (width, height, colour) == (5, 2, 2)
    assert content[:6] == bytes([10, 20, 30, 11, 21, 31])


def test_floats_go_from_0_to_1(new_run, capfd) -> None:
    run = new_run()
    run.add_image(Array([[0.0, 0.5, 1.0]], "float32"), step=0, name="f")
    assert decoded(path_of(run, "f/0.png"))[3] == bytes([0, 128, 255])
    assert capfd.readouterr().err == ""


def test_floats_outside_and_nan_are_brought_inside_and_said_once(new_run, capfd) -> None:
    run = new_run()
    for step in (0, 1):
        run.add_image(Array([[-3.0, float("nan"), 9.0]], "float64"), step=step, name="f")
    assert decoded(path_of(run, "f/1.png"))[3] == bytes([0, 0, 255])
    assert capfd.readouterr().err.count("outside of 0 to 1") == 1


def test_the_same_step_again_replaces_a_picture_of_any_kind(new_run) -> None:
    run = new_run()
    run.add_image(PIXEL, step=1, name="x")
    run.add_image(Array([[7]]), step=1, name="x")
    assert pictures(run) == ["x/1.png"]


def test_a_figure_is_drawn_by_its_own_savefig(new_run) -> None:
    class Figure:
        def savefig(self, file: Any, **options: str) -> None:
            assert options == {"format": "png"}
            file.write(b"\x89PNG\r\n\x1a\nrest")

    run = new_run()
    run.add_figure(Figure(), step=2, name="loss surface")
    assert path_of(run, "loss_surface/2.png").read_bytes() == b"\x89PNG\r\n\x1a\nrest"


def test_a_figure_whose_drawing_fails_raises_that_error_and_writes_nothing(
    new_run, tmp_path: Path
) -> None:
    class Figure:
        def savefig(self, file: Any, **options: str) -> None:
            raise ZeroDivisionError("no axis")

    with pytest.raises(ZeroDivisionError, match="no axis"):
        new_run().add_figure(Figure())
    assert list(tmp_path.rglob("images")) == []


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("a/b", "a%2Fb"),
        ("../up", "%2E.%2Fup"),
        ("..", "%2E%2E"),
        ("100%", "100%25"),
        ("混淆矩阵", "混淆矩阵"),
        ("nul\0", "nul%00"),
    ],
)
def test_a_name_never_leads_out_of_the_folder(name: str, folder: str, new_run) -> None:
    run = new_run()
    run.add_image(PIXEL, step=0, name=name)
    assert pictures(run) == [f"{folder}/0.gif"]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("nothing.png",), ArgumentError, "cannot be read"),
        ((b"<svg></svg>",), ArgumentError, "no PNG, JPEG, GIF or WebP"),
        ((5,), ArgumentTypeError, "not int"),
        (([[1, 2]],), ArgumentTypeError, "make an array"),
        ((Array([[[1, 2]], [[3, 4]]]),), ArgumentError, "2 x 1 x 2"),
        ((Array([[1]], "int64"),), ArgumentTypeError, "int64"),
        ((PIXEL, -1), ArgumentError, "step"),
        ((PIXEL, "x"), ArgumentTypeError, "step"),
        ((PIXEL, 0, ""), ArgumentError, "empty"),
        ((PIXEL, 0, 5), ArgumentTypeError, "must be text"),
        ((PIXEL, 0, "x" * 201), ArgumentError, "too long"),
    ],
)
def test_what_is_no_picture_is_refused_and_nothing_is_written(
    arguments: tuple[Any, ...], error: type[Exception], said: str, new_run, tmp_path: Path
) -> None:
    run = new_run()
    with pytest.raises(error, match=said):
        run.add_image(*arguments)
    assert list(tmp_path.rglob("images")) == []


def test_something_that_draws_nothing_is_no_figure(new_run) -> None:
    with pytest.raises(ArgumentTypeError, match="savefig"):
        new_run().add_figure("figure")


def test_who_follows_a_run_is_told_of_a_picture_alone(new_run) -> None:
    run = new_run()
    run.add_metric(0.5, 0, "acc")
    console = path_of(run, "").parent / "file.log"
    os.utime(console, (1_000_000, 1_000_000))
    reader = RunReader(console.parent)
    reader.refresh()
    assert not reader.refresh()
    run.add_image(PIXEL, 0, "a")
    assert reader.refresh()


def test_a_late_picture_is_marked_by_the_state(new_run) -> None:
    run = new_run()
    run.add_metric(0.5, 0, "acc")
    run.finish()
    meta = Path(run.get_log_folder(absolute=True) or "") / "meta.log"
    before = meta.stat().st_size
    run.add_image(PIXEL, name="late")
    assert meta.stat().st_size > before


def test_a_disk_that_takes_no_picture_is_warned_of_once_and_training_goes_on(
    new_run, capfd
) -> None:
    run = new_run()
    run.add_metric(0.5, 0, "acc")
    path_of(run, "").write_text("in the way")
    run.add_image(PIXEL, 0, "a")
    run.add_image(PIXEL, 1, "a")
    run.add_metric(0.6, 1, "acc")
    assert capfd.readouterr().err.count("fitlog: cannot write") == 1
    reader = RunReader(Path(run.get_log_folder(absolute=True) or ""))
    reader.refresh()
    assert reader.last_step == 1


def test_a_picture_is_there_when_the_process_is_killed(run_script, tmp_path: Path) -> None:
    code = (
        "import fitlog, os, signal\n"
        "fitlog.set_log_dir('logs')\n"
        f"fitlog.add_image({PIXEL!r}, 4, 'sample')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run_script(code, check=False)
    (found,) = (tmp_path / "logs").glob("log_*/images/sample/4.gif")
    assert found.read_bytes() == PIXEL


def test_another_rank_records_no_picture(run_script, tmp_path: Path) -> None:
    code = (
        "import fitlog\n"
        "fitlog.set_log_dir('logs')\n"
        f"fitlog.add_image({PIXEL!r}, 4, 'sample')\n"
        "fitlog.add_metric(0.5, 0, 'acc')\n"
    )
    run_script(code, env={"RANK": "1", "WORLD_SIZE": "2"})
    assert list(tmp_path.glob("logs/log_*")) == []


def test_what_a_killed_process_left_does_not_refuse_the_picture(new_run) -> None:
    run = new_run()
    run.create_log_folder()
    left = path_of(run, f"a/.0.gif.{os.getpid()}-{threading.get_ident()}")
    left.parent.mkdir(parents=True)
    left.write_bytes(PIXEL * 9)
    run.add_image(PIXEL, 0, "a")
    assert path_of(run, "a/0.gif").read_bytes() == PIXEL
    assert pictures(run) == ["a/0.gif"]


def test_nothing_is_left_beside_the_picture(new_run) -> None:
    run = new_run()
    run.add_image(PIXEL, 0, "a")
    assert os.listdir(path_of(run, "a")) == ["0.gif"]
