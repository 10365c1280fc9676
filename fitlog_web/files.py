"""The files of a run: handed out as they are, never as something a browser would run."""

from __future__ import annotations

import codecs
from pathlib import Path

from flask import Blueprint, Response, send_file

from fitlog_core.errors import RunNotFoundError
from fitlog_core.sentences import sentence
from fitlog_web.asked import board

bp = Blueprint("files", __name__)

LOOKED_AT = 8192  # bytes of a file that decide whether it is text
# Pictures that cannot carry scripts; SVG can, and HTML is one.
PICTURES = {
    ".png": (b"\x89PNG\r\n\x1a\n", "image/png"),
    ".jpg": (b"\xff\xd8\xff", "image/jpeg"),
    ".jpeg": (b"\xff\xd8\xff", "image/jpeg"),
    ".gif": (b"GIF8", "image/gif"),
    ".webp": (b"RIFF", "image/webp"),
}


@bp.get("/api/runs/<run_id>/files/<path:path>")
@bp.get("/run/<run_id>/files/<path:path>")
def file(run_id: str, path: str) -> Response:
    """Return a file of a run: a picture to look at, anything else to keep."""
    board().refresh()
    found = _find(run_id, path)
    with found.open("rb") as opened:
        start = opened.read(LOOKED_AT)
    picture = _picture(found, start)
    kind = picture or ("text/plain" if _is_text(start) else "application/octet-stream")
    response = send_file(
        found,
        mimetype=kind,
        as_attachment=picture is None,
        download_name=found.name,
        conditional=True,
    )
    if kind == "text/plain":
        response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _find(run_id: str, path: str) -> Path:
    """Return a file of a run.

    :raises RunNotFoundError: if there is none, or the path means one elsewhere here or on Windows.
    """
    run = board().run(run_id)
    parts = path.split("/")
    if (
        "\\" in path
        or "\0" in path
        or ":" in parts[0]
        or any(part in ("", ".", "..") for part in parts)
    ):
        raise RunNotFoundError(
            sentence("run.no_file", "the run {run} has no file {path!r}", run=run_id, path=path)
        )
    return run.open_file(path)


def _picture(found: Path, start: bytes) -> str | None:
    magic, kind = PICTURES.get(found.suffix.lower(), (b"", ""))
    return kind if magic and start.startswith(magic) else None


def _is_text(start: bytes) -> bool:
    if b"\0" in start:
        return False
    try:
        # Not final: the last character may have been cut in the middle.
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True
