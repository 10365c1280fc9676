"""Files of a run: handed out, and nothing outside of its folder."""

from __future__ import annotations

import pytest
from web_board import board_of

RUN = "log_20260101_000000"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16

OUTSIDE = [
    "..", "../", "../secret.txt", "../../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt",
    "..%2f..%2fsecret.txt", "%252e%252e/secret.txt", "/etc/passwd", "//etc/passwd",
    "%2Fetc%2Fpasswd", "sub/../../secret.txt", "./meta.log", "sub//x.txt", "out/secret.txt",
    "link.txt", "..\\secret.txt", "..%5csecret.txt", "C:%5Csecret.txt", "C:/secret.txt",
    "meta.log%00", "%00", "meta.log%00.png", "sub", "", "nope", "meta.log/", "\\\\host\\share",
    "meta.log::$DATA", "pipe", "%ff%fe",
]  # fmt: skip


@pytest.fixture
def files(logs, make_run, tmp_path):
    """A run with files of many kinds, and a secret beside the log directory."""
    import os

    folder = make_run(RUN)
    (logs / "secret.txt").write_text("secret", "utf-8")
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    (folder / "sub").mkdir()
    (folder / "sub" / "名 x.txt").write_text("好", "utf-8")
    (folder / "out").symlink_to(tmp_path)
    (folder / "link.txt").symlink_to(logs / "secret.txt")
    os.mkfifo(folder / "pipe")
    return board_of(logs).test_client(), folder


@pytest.mark.parametrize("path", OUTSIDE, ids=[path or "empty" for path in OUTSIDE])
@pytest.mark.parametrize("route", ["/api/runs", "/run"])
def test_nothing_outside_the_runs_folder_is_read(files, route, path):
    client, _ = files
    response = client.get(f"{route}/{RUN}/files/{path}")
    assert response.status_code == 404
    assert "secret" not in response.text.replace("secret.txt", "")


@pytest.mark.parametrize("route", ["/api/runs", "/run"])
def test_a_file_in_a_folder_of_the_run_is_kept_as_text(files, route):
    client, _ = files
    response = client.get(f"{route}/{RUN}/files/sub/%E5%90%8D%20x.txt")
    assert response.text == "好"
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]


KINDS = [
    ("a.html", b"<script>alert(1)</script>", "text/plain", True),
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "text/plain", True),
    ("a.js", b"alert(1)", "text/plain", True),
    ("a.png", PNG, "image/png", False),
    ("a.JPG", b"\xff\xd8\xff\xe0", "image/jpeg", False),
    ("a.gif", b"GIF89a", "image/gif", False),
    ("fake.png", b"<script>alert(1)</script>", "text/plain", True),
    ("a.pt", b"\x80\x02}q\0", "application/octet-stream", True),
    ("a.pdf", b"%PDF-1.7 \xff\xfe", "application/octet-stream", True),
    ("empty", b"", "text/plain", True),
    ("cut.txt", "好".encode() * 4000, "text/plain", True),
]


@pytest.mark.parametrize(("name", "content", "kind", "attached"), KINDS, ids=[k[0] for k in KINDS])
def test_only_pictures_are_shown_by_the_browser(files, name, content, kind, attached):
    client, folder = files
    (folder / name).write_bytes(content)
    response = client.get(f"/run/{RUN}/files/{name}")
    assert response.data == content
    assert response.mimetype == kind
    assert ("attachment" in response.headers.get("Content-Disposition", "")) is attached


def test_a_part_of_a_file_can_be_asked_for(files):
    client, folder = files
    (folder / "long.txt").write_text("0123456789", "utf-8")
    response = client.get(f"/run/{RUN}/files/long.txt", headers={"Range": "bytes=-3"})
    assert (response.status_code, response.text) == (206, "789")
