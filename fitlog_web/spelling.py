"""How the board's page spells a value in full, so that the server tells apart what it does."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fitlog_core.log_format import json_value
from fitlog_core.reading.extra_data import PROMPT


def spelled(value: Any) -> str:
    """Return a cell as text, letter by letter as ``whole`` in the page's ``format.js`` does.

    Nothing for what counts as missing there.
    """
    if value is None or value == PROMPT:
        return ""
    return value if isinstance(value, str) else _inner(value)


def _inner(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value)
    if isinstance(value, Mapping):
        items = (f"{json.dumps(str(key))}:{_inner(item)}" for key, item in value.items())
        return f"{{{','.join(items)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_inner, value))}]"
    return json.dumps(value, ensure_ascii=False, default=str)


def _number(value: float) -> str:
    """Return a number as JavaScript spells it, which knows only floats."""
    try:
        number = float(value)
    except OverflowError:  # an integer beyond all floats
        number = math.inf if value > 0 else -math.inf
    if not math.isfinite(number):
        return str(json_value(number))
    if number == 0:
        return "0"
    exact = Decimal(repr(number)).normalize()
    if 1e-6 <= abs(number) < 1e21:
        return f"{exact:f}"
    mantissa, _, exponent = f"{exact:e}".partition("e")
    return f"{mantissa}e{int(exponent):+d}"
