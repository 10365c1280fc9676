"""Masking of secrets before anything is written or shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

MASK = "***"

# The last word of the key decides: api_key and hub_token are secrets, use_cls_token and
# token_length are not, and max_tokens is a number.
_HIDDEN_KEY = (
    r"(?:^|[_.\-])(?:api[_\-]?keys?|(?:access|auth|hub|bot|push|refresh|private|secret"
    r"|hf|huggingface|git|github|gitlab|gh|wandb|slack|user|session|bearer)[_\-]?tokens?"
    r"|access[_\-]?keys?|private[_\-]?keys?|secrets?|passw(?:or)?ds?|passphrase|credentials?)$"
    r"|^tokens?$"
)
_PARTS_OF_SECRETS = ("key", "token", "secret", "pass", "creden")
_URL_USER = r"(?<=://)[^/\s?#]+(?=@)"
_URL_QUERY = r"(?i)([?&](?:access_token|token|key|sign|signature|secret|password|api_key)=)[^&\s#]+"
_WEBHOOK = r"(?i)(https?://[^\s]*?/(?:hook|webhook|webhooks|services)/)[^\s\"')]+"


def is_secret(key: str) -> bool:
    """Tell whether values under a key are to be masked (``hub_token``, not ``use_cls_token``)."""
    folded = key.casefold()
    if not any(part in folded for part in _PARTS_OF_SECRETS):
        return False  # most keys: the expression takes a millisecond to compile
    return re.search(_HIDDEN_KEY, key, re.IGNORECASE) is not None


def mask_text(text: str) -> str:
    """Return a text with the credentials inside its URLs replaced by ``***``."""
    if "://" not in text:
        return text
    text = re.sub(_URL_USER, MASK, text)
    text = re.sub(_URL_QUERY, rf"\1{MASK}", text)
    return re.sub(_WEBHOOK, rf"\1{MASK}", text)


def mask_values(values: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a configuration whose secrets are replaced by ``***``; what is None stays None.

    :param values: Values by name, to any depth. They are not changed.
    """
    return {
        name: MASK if value is not None and is_secret(str(name)) else _masked(value)
        for name, value in values.items()
    }


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return mask_values(value)
    if isinstance(value, (list, tuple)):
        return [_masked(element) for element in value]
    return mask_text(value) if type(value) is str else value


def mask_arguments(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose secrets are replaced by ``***``.

    ``--password=x``, ``--password x`` and ``db.password=x`` are known.

    :param arguments: The words of the command line.
    """
    masked: list[str] = []
    expecting = False
    for word in map(str, arguments):  # a script may put anything into sys.argv
        option, equals, _ = word.partition("=")
        secret = is_secret(option.lstrip("-+"))
        if expecting and not word.startswith("-"):
            masked.append(MASK)
        elif secret and equals:
            masked.append(f"{option}={MASK}")
        else:
            masked.append(mask_text(word))
        expecting = secret and not equals and option.startswith("-")
    return masked
