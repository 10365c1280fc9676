"""What every answer tells the browser: run our scripts only, guess no types, frame nothing."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g

from fitlog_web.answers import packed

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"  # of what is no page
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def nonce() -> str:
    """Return the word that lets this page's own style sheets through its policy."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    word: str = g.nonce
    return word


def harden(app: Flask) -> None:
    """Put the headers on every answer of an app."""

    @app.after_request
    def put(response: Response) -> Response:
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", _POLICY.format(nonce=nonce()))
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return packed(response)
