"""JSON out: every number said exactly, packed where asked for, not sent twice."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from flask import Response, request

from fitlog_core.log_format import json_value

PIECE = 1 << 16  # bytes of a long answer that are sent together
WORTH_PACKING = 1024  # bytes; less than a packet gains nothing


def plain(value: Any) -> Any:
    """Return a value as JSON can say it: NaN and the infinities by their words, at any depth."""
    if isinstance(value, float):
        return json_value(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def encode(value: Any) -> bytes:
    """Return JSON of a value whose numbers are all finite (see ``plain``).

    orjson is several times faster; it has no word for integers over 64 bits and for halves of
    surrogate pairs, which old logs may hold, and then the standard library speaks.
    """
    try:
        return orjson.dumps(value)
    except TypeError:  # orjson.JSONEncodeError is one
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")


def answer(value: Any, status: int = 200) -> Response:
    """Return a JSON response; a GET that repeats gets 304 where nothing changed.

    :param value: Made of dicts, lists, text and finite numbers (see ``plain``).
    """
    return answer_said(encode(value), status)


def answer_file(text: str, mimetype: str, name: str) -> Response:
    """Return a response that a browser keeps as a file."""
    response = Response(text.encode("utf-8", "backslashreplace"), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def answer_said(body: bytes, status: int = 200) -> Response:
    """Return a JSON response of what is JSON already; see :func:`answer`."""
    response = Response(body, status, mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    if status == 200 and request.method in ("GET", "HEAD"):
        # Weak, since the same answer is sent packed to one and plain to another.
        response.set_etag(hashlib.blake2b(body, digest_size=12).hexdigest(), weak=True)
        if request.if_none_match:
            response.make_conditional(request)
    return response


def answer_rows(
    head: Mapping[str, Any], name: str, rows: Iterable[Any], fingerprint: str
) -> Response:
    """Return a JSON object whose last member is a long list, written piece by piece.

    The whole of it may be larger than everything else that the board holds in memory.

    :param head: The object's other members.
    :param rows: The members of the list; made while they are sent.
    :param fingerprint: What changes whenever the answer does.
    """
    digest = hashlib.blake2b(fingerprint.encode("utf-8", "surrogatepass"), digest_size=12)
    etag = digest.hexdigest()
    if request.if_none_match.contains_weak(etag):  # make_conditional would gather the pieces
        response = Response(status=304)
    elif request.accept_encodings["gzip"]:
        response = Response(_zipped(_pieces(head, name, rows)), mimetype="application/json")
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = Response(_pieces(head, name, rows), mimetype="application/json")
    response.set_etag(etag, weak=True)
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _pieces(head: Mapping[str, Any], name: str, rows: Iterable[Any]) -> Iterator[bytes]:
    opening = encode(dict(head))[:-1] + (b"," if head else b"") + encode(name) + b":["
    waiting, size, joint = [opening], 0, b""
    for row in rows:
        said = encode(row)
        waiting += [joint, said]
        size += len(said)
        joint = b","
        if size > PIECE:
            piece, waiting, size = b"".join(waiting), [], 0  # who reads slowly keeps the piece only
            yield piece
    yield b"".join([*waiting, b"]}"])


def _zipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    # Quickly rather than tightly: a table of 20 MB is waited for.
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for piece in pieces:
        zipped = packer.compress(piece)
        if zipped:
            yield zipped
    yield packer.flush()


def packed(response: Response) -> Response:
    """Compress a page or a JSON answer where the request says that it may be."""
    if response.is_streamed or response.mimetype not in ("application/json", "text/html"):
        return response
    if response.direct_passthrough:  # a file, which is packed on its own
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or not request.accept_encodings["gzip"]:
        return response
    body = response.get_data()
    if len(body) >= WORTH_PACKING:
        response.set_data(gzip.compress(body, 5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
