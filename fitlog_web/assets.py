"""Scripts and styles: our own are asked for again, those with a hash in their name never."""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path
from typing import Any

from flask import Response, abort, request, send_file

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
_HASHED = re.compile(r"vendor/[^/]+-[A-Z0-9]{8}\.(?:js|css)")
_NAME = re.compile(r"(?:vendor/)?[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".txt": "text/plain",
    ".png": "image/png",
}


def static(filename: str) -> Response:
    """Return a file of the board itself."""
    path = FOLDER / filename
    kind = _KINDS.get(path.suffix)
    if not _NAME.fullmatch(filename) or kind is None or not path.is_file():
        abort(404)
    packed = path.with_name(f"{path.name}.gz")
    use_packed = packed.is_file() and bool(request.accept_encodings["gzip"])
    response = send_file(packed if use_packed else path, mimetype=kind, conditional=True)
    if use_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    for_ever = _HASHED.fullmatch(filename) or request.args.get("v") == fingerprint(filename)
    response.headers["Cache-Control"] = FOR_EVER if for_ever else "no-cache"
    return response


def add_fingerprint(endpoint: str, values: dict[str, Any]) -> None:
    """Put the hash of a file's content into its address, so that it can be kept for ever."""
    if endpoint == "static" and "v" not in values:
        version = fingerprint(str(values.get("filename", "")))
        if version:
            values["v"] = version


def fingerprint(filename: str) -> str:
    """Return a hash of a file's content, empty where there is no such file."""
    path = FOLDER / filename
    try:
        found = path.stat()
    except OSError:
        return ""
    return _hash(path, found.st_mtime_ns, found.st_size)


@functools.lru_cache(maxsize=64)
def _hash(path: Path, changed: int, size: int) -> str:
    """Hash a file; time and size are there to hash it again when it changed."""
    del changed, size
    return hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()
