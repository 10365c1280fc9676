"""What all pages share: language, navigation, and the data that spares a second request."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, render_template, request
from flask.json.provider import DefaultJSONProvider

from fitlog_core.reading.views import View
from fitlog_web.access import SCRIPT_HEADER
from fitlog_web.answers import encode
from fitlog_web.asked import board
from fitlog_web.headers import nonce
from fitlog_web.languages import language
from fitlog_web.paths import raw_path


@dataclass
class Navigation:
    """The entries that plugins added to the pages' navigation."""

    entries: list[dict[str, str]] = field(default_factory=list)


def navigation() -> Navigation:
    """Return the navigation of the app that answers."""
    found: Navigation = current_app.extensions["fitlog-navigation"]
    return found


def page(template: str, name: str, data: dict[str, Any] | None = None, **context: Any) -> str:
    """Render a page.

    :param template: File in ``templates``.
    :param name: What the page is called in the navigation.
    :param data: What the page's script needs to know, its numbers all finite.
    :param context: What the template needs besides.
    """
    shown = board()
    said = {
        "page": name,
        "log_dir": showable(str(shown.log_dir)),
        "view": shown.view_name,
        "nav": navigation().entries,
        "read_only": shown.read_only,
        "only_shows": shown.only_shows,
        "change_headers": {"Content-Type": "application/json"},
        "script_header": SCRIPT_HEADER,
        **(data or {}),
    }
    context = {"page": name, "lang": language(), "nonce": nonce(), **context}
    return render_template(template, page_data=said, **context)


def said_of_view(view: View) -> dict[str, Any]:
    """Return what the script of a page that shows runs needs to know of the view it shows."""
    condition = view.filter_condition
    return {
        "view": view.name,
        "own_view": board().view_name,
        "address": view.address,
        "filter": json.dumps(condition, ensure_ascii=False) if condition else None,
    }


class PageJson(DefaultJSONProvider):
    """What the templates' ``tojson`` writes with: our own encoder, which is several times faster.

    It knows huge integers and halves of surrogate pairs, too. Flask escapes what it returns.
    """

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return JSON of a value whose numbers are all finite."""
        del kwargs
        return encode(obj).decode("utf-8")


def showable(value: Any) -> Any:
    """Return a cell as a page can be written with it: halves of surrogate pairs become ``?``."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def is_api() -> bool:
    """Tell whether the request is one of a program rather than of a reader."""
    return raw_path(request).startswith("/api/") or raw_path(request) == "/api"
