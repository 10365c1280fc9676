"""Scripts and styles: our own are asked for again, those with a hash in their name never."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import re
from pathlib import Path
from typing import Any

from flask import Response, abort, request, send_file

from fitlog_web.answers import WORTH_PACKING
from fitlog_web.paths import root

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
_HASHED = re.compile(r"vendor/[^/]+-[A-Z0-9]{8}\.(?:js|css)")
_NAME = re.compile(r"(?:vendor/)?[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"\./([A-Za-z0-9_-]+\.js)";', re.MULTILINE)
# Comments of whole lines; one beside code stays.
_TYPES = re.compile(rb"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*$", re.MULTILINE | re.DOTALL)
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
    response = _packed(path, kind) if request.accept_encodings["gzip"] else None
    if response is None:
        response = _plain(path, kind)
    response.vary.add("Accept-Encoding")
    for_ever = _HASHED.fullmatch(filename) or request.args.get("v") == fingerprint(filename)
    response.headers["Cache-Control"] = FOR_EVER if for_ever else "no-cache"
    return response


def _plain(path: Path, kind: str) -> Response:
    if path.suffix != ".js":
        return send_file(path, mimetype=kind, conditional=True)
    found = path.stat()
    body = io.BytesIO(_content(path, found.st_mtime_ns, found.st_size))
    version = fingerprint(path.relative_to(FOLDER).as_posix())
    return send_file(body, mimetype=kind, conditional=True, etag=version)


def _packed(path: Path, kind: str) -> Response | None:
    """Return an asset in gzip: as the build packed it, else packed now; None if that is no gain."""
    made = path.with_name(f"{path.name}.gz")
    if made.is_file():
        response = send_file(made, mimetype=kind, conditional=True)
    elif path.suffix == ".png":
        return None
    else:
        found = path.stat()
        if found.st_size < WORTH_PACKING:
            return None
        version = f"{fingerprint(path.relative_to(FOLDER).as_posix())}-gzip"
        body = io.BytesIO(_zipped(path, found.st_mtime_ns, found.st_size))
        response = send_file(body, mimetype=kind, conditional=True, etag=version)
    response.headers["Content-Encoding"] = "gzip"
    return response


def modules(*names: str) -> list[str]:
    """Return the addresses of the modules that scripts import, for the page that was asked for.

    A page names them so that the browser asks for all at once, not for each when it has read the
    one that wants it.

    :param names: Scripts; or ``grid`` and ``charts``, the libraries that a page loads in any case.
    """
    wanted = [name for name in names if name.endswith(".js")]
    for name in wanted:  # which grows meanwhile
        wanted += [each for each in _imports_of(name) if each not in wanted]
    own = [f"{root()}static/{name}" for name in wanted if name not in names]
    libraries = [name for name in names if not name.endswith(".js")]
    return own + [f"{root()}static/vendor/{each}" for name in libraries for each in _library(name)]


def _imports_of(name: str) -> tuple[str, ...]:
    path = FOLDER / name
    try:
        found = path.stat()
    except OSError:
        return ()
    return _imports(path, found.st_mtime_ns, found.st_size)


def _library(name: str) -> list[str]:
    """Return the file that stands for a library, and the one with its hash that it leads to."""
    return [f"{name}.js", *_imports_of(f"vendor/{name}.js")]


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


@functools.lru_cache(maxsize=256)
def _imports(path: Path, changed: int, size: int) -> tuple[str, ...]:
    """Return the files beside a module that it imports as it begins."""
    del changed, size
    return tuple(dict.fromkeys(_IMPORT.findall(path.read_text("utf-8"))))


@functools.lru_cache(maxsize=256)
def _zipped(path: Path, changed: int, size: int) -> bytes:
    """Pack a file; some kilobytes each, and no more of them than the board has."""
    return gzip.compress(_content(path, changed, size), 9, mtime=0)


@functools.lru_cache(maxsize=256)
def _content(path: Path, changed: int, size: int) -> bytes:
    """Return what is sent of a file."""
    del changed, size
    content = path.read_bytes()
    is_ours = path.parent == FOLDER and path.suffix == ".js"  # those of others keep their licences
    return without_types(content) if is_ours else content


def without_types(script: bytes) -> bytes:
    """Return a script of ours without the comments that tell its types, a fifth of its weight.

    Their lines stay, empty, so that an error names the line that it has in the source.
    """
    return _TYPES.sub(lambda comment: b"\n" * comment[0].count(b"\n"), script)


@functools.lru_cache(maxsize=256)
def _hash(path: Path, changed: int, size: int) -> str:
    """Hash a file; time and size are there to hash it again when it changed."""
    del changed, size
    return hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()
