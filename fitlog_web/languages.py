"""The language of the reader who asks."""

from __future__ import annotations

from flask import request

LANGUAGES = ("zh", "en")


def language() -> str:
    """Return the page's language: as asked for, as chosen before, or as the browser prefers."""
    for said in (request.args.get("lang"), request.cookies.get("fitlog_lang")):
        if said in LANGUAGES:
            return said
    return request.accept_languages.best_match(LANGUAGES, "en") or "en"
