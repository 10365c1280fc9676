"""The page of a copy: the board's own scripts and styles in one file that needs no server.

A browser loads no modules from a disk, so that each is in the page's import map as a ``data:``
address, and names the others by bare names. The page's policy lets nothing run that does not
carry its random word, and nothing be asked of a network.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fitlog_core.errors import UsageError
from fitlog_web.answers import encode
from fitlog_web.assets import FOLDER

ENTRY = "copied.js"
CHARTS = "vendor/charts.js"
STYLES = ("base.css", "charts.css", "copied.css")
EARLY = ("theme.js", "copied_early.js")  # classic scripts, before the first paint
_SPECIFIER = re.compile(r'"\./((?:vendor/)?[A-Za-z0-9_-]+\.js)"')
_COMMENT = re.compile(r"/\*\*.*?\*/", re.DOTALL)  # in which types name modules, too


def page_of(told: dict[str, Any], inside: dict[int, Any]) -> bytes:
    """Return the page as HTML.

    :param told: What it knows besides curves, its numbers all finite.
    :param inside: The curves that are in the page itself, by the number of their series.
    """
    template = _environment().get_template("copied.html")
    text = template.render(
        nonce=secrets.token_urlsafe(16),
        styles=STYLES,
        early=EARLY,
        icon=_address(_own("favicon.svg"), "image/svg+xml"),
        modules={"imports": modules()},
        entry=_bare(ENTRY),
        page_data=told,
        curves=inside,
    )
    return text.encode("utf-8", "replace")  # halves of surrogate pairs are escaped by JSON


def _environment() -> Environment:
    """Return what renders the page; styles and early scripts are included as they are."""
    folders = [FOLDER.parent / "templates", FOLDER]
    made = Environment(loader=FileSystemLoader(folders), autoescape=True, undefined=StrictUndefined)
    made.policies["json.dumps_function"] = _dumps
    made.policies["json.dumps_kwargs"] = {}
    return made


def _dumps(value: Any) -> str:
    """Return JSON, in which ``tojson`` leaves no sign that could end its script."""
    return encode(value).decode("utf-8")


def series_script(index: int, said: bytes) -> bytes:
    """Return the curves of a series as a script, which is what a page from a disk can load.

    They are in it as text: an object's literal would take ``__proto__`` for what it is not.
    """
    return f"fitlogCurves({index}, {json.dumps(said.decode('utf-8'))});\n".encode("ascii")


def modules() -> dict[str, str]:
    """Return the addresses of all modules that the page may need, by their names in it.

    :raises UsageError: if the board's libraries are not there.
    """
    wanted, found = [ENTRY], dict[str, str]()
    for name in wanted:  # which grows meanwhile
        source = _charts() if name == CHARTS else _own(name)
        if name != CHARTS:
            wanted += [each for each in _needed(source) if each not in wanted]
            source = _SPECIFIER.sub(lambda match: f'"{_bare(match[1])}"', source)
        found[_bare(name)] = _address(source, "text/javascript")
    return found


def _needed(source: str) -> Iterator[str]:
    """Yield the modules that one imports, soon or late; the grid of the board is not among them."""
    for name in _SPECIFIER.findall(_COMMENT.sub("", source)):
        if name != "vendor/grid.js":
            yield name


def _bare(name: str) -> str:
    return f"fitlog/{name}"


def _own(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def _charts() -> str:
    """Return the library of the charts under its licence, which goes wherever it goes."""
    vendor = FOLDER / "vendor"
    try:
        names = json.loads((vendor / "manifest.json").read_text("utf-8"))["entries"]
        bundle = (vendor / names["charts"]).read_text("utf-8")
        licence = (vendor / "LICENSE.uplot.txt").read_text("utf-8")
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            "the board's scripts are not built, and a copy takes them along: install fitlog "
            "from a wheel, or run 'python hatch_build.py' in its sources"
        ) from error
    return f"/*! uPlot\n{licence}*/\n{bundle}"


def _address(text: str, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(text.encode('utf-8')).decode('ascii')}"
