"""Pictures as numpy and torch have them, with whatever of them the process has loaded."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy
import pytest
import torch

import fitlog


@pytest.fixture
def run(tmp_path: Path) -> fitlog.Run:
    return fitlog.Run(tmp_path / "logs")


def pixels(run: fitlog.Run, name: str) -> tuple[int, int, bytes]:
    """Return width, height and pixels of the picture of step 0."""
    content = (Path(run.get_log_folder(absolute=True) or "") / f"images/{name}/0.png").read_bytes()
    width, height = int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    start = content.index(b"IDAT")
    length = int.from_bytes(content[start - 4 : start], "big")
    rows = zlib.decompress(content[start + 4 : start + 4 + length])
    line = len(rows) // height
    tops = range(0, len(rows), line)
    return width, height, b"".join(rows[top + 1 : top + line] for top in tops)


def test_an_array_of_numpy_is_a_picture(run: fitlog.Run) -> None:
    array = numpy.arange(2 * 5 * 3, dtype="uint8").reshape(2, 5, 3)
    run.add_image(array, 0, "colour")
    assert pixels(run, "colour") == (5, 2, array.tobytes())
    run.add_image(array[:, :, 0] / numpy.float32(255), 0, "grey")
    assert pixels(run, "grey") == (5, 2, array[:, :, 0].tobytes())


def test_a_view_that_is_not_contiguous_is_a_picture(run: fitlog.Run) -> None:
    array = numpy.arange(24, dtype="uint8").reshape(4, 6)[::-1, ::2]
    run.add_image(array, 0, "view")
    assert pixels(run, "view") == (3, 4, array.tobytes())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_tensor_with_a_graph_is_a_picture_and_stays_as_it_is(
    dtype: torch.dtype, run: fitlog.Run
) -> None:
    tensor = torch.tensor([[[0.0, 1.0]], [[1.0, 0.0]], [[0.0, 0.0]]], dtype=dtype)
    tensor.requires_grad_()
    run.add_image(tensor, 0, "sample")
    assert pixels(run, "sample") == (2, 1, bytes([0, 255, 0, 255, 0, 0]))
    assert tensor.requires_grad
    assert tensor.dtype is dtype


def test_the_order_of_bytes_does_not_matter(run: fitlog.Run) -> None:
    run.add_image(numpy.array([[0.0, 1.0]], dtype=">f4"), 0, "order")
    assert pixels(run, "order") == (2, 1, bytes([0, 255]))


def test_a_mask_is_a_picture(run: fitlog.Run) -> None:
    run.add_image(torch.tensor([[True, False]]), 0, "mask")
    assert pixels(run, "mask") == (2, 1, bytes([255, 0]))
