"""Masking of secrets before anything is written or shown."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

MASK = "***"

# The last word of the name decides: api_key and hub_token are secrets, use_cls_token and
# token_length are not, and max_tokens is a number.
_HIDDEN_NAME = (
    r"(?:^|[_.\-])(?:api[_\-]?keys?|(?:access|account|auth|private|secret|shared|signing|master"
    r"|encryption|deploy|ssh|service)[_\-]?(?:access[_\-]?)?keys?"
    r"|(?:fitlog|api|app|access|auth|hub|bot|push|refresh|private|secret|hf|huggingface|git"
    r"|github|gitlab|gh|gl|wandb|slack|telegram|discord|feishu|dingtalk|openai|user|session|bearer"
    r"|oauth2?|jwt|csrf|sas|npm|pypi|vault|deploy|job|ci|service|security|write|login|sudo)[_\-]?tokens?"
    r"|secrets?|secret[_\-]key[_\-]base|passphrase|credentials?|authorization|(?:session_)?cookies?"
    r"|apprise[_\-]ur[il]s?|web[_\-]?hooks?(?:[_\-]ur[il]s?)?"
    r"|(?:github|gitlab|gh|gl|azure)[_\-]pat|sentry[_\-]dsn"
    r"|(?:db|database|smtp|mail|imap|user|my|mysql|pg|redis|ftp|proxy|admin|root|ssh)[_\-]?pass"
    r"|(?:\w+[_\-])pwd)$"
    r"|passw(?:or)?ds?$|^sshpass$|^tokens?$"
)
_PARTS_OF_SECRETS = (
    *("key", "token", "secret", "pass", "creden", "webhook", "web_hook", "web-hook", "cookie"),
    "apprise",
    *("authorization", "pwd", "_pat", "-pat", "dsn"),
)
_FROM_SMALL_TO_LARGE = r"(?<=[a-z0-9])(?=[A-Z])"  # hubToken is hub_Token
_OF_A_VOCABULARY = (
    r"(?i)(?:bos|eos|unk|sep|pad|cls|mask|special|image|video|audio|vision|start|end|begin|stop"
    r"|prompt|question|answer|class|reg|register)[_\-]?tokens?$"
)
# Without one of these, in small letters, no text holds anything that looks like a secret.
_SIGNS = (
    *("://", "akia", "asia", "aroa", "aida", "agpa", "ltai", "akid", "ghp_", "gho_", "ghu_"),
    *("ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-"),
    *("glsoat-", "glagent-", "hf_", "api_org_", "sk-", "gsk_", "r8_", "xai-", "pplx-", "nvapi-"),
    *("key-live", "wandb_v", "xox", "xapp-", "aiza", "ya29.", "k_live_", "k_test_", "npm_"),
    *("pypi-", "sg.", "dapi", "_v1_", "hvs.", "secret", "eyj", "sct", "private key", "bearer"),
    *("basic", "pass", "token", "creden", "authorization", "cookie", "webhook", "api", "pwd"),
    *("dsn", "_pat", "key=", "key:", "key'", 'key"', "key ", "keys"),
)
_TELEGRAM = ":AA"  # what follows the number of a bot of Telegram
_SHORTEST = 6  # pwd=x
_OF_DISCORD = (6, 27)  # the letters of its tokens' second part, and at the least of the third
_LONG = 24  # a token of Discord, which has no sign, is at least as long


def is_secret(key: str) -> bool:
    """Tell whether values under a key are to be masked (``hub_token``, not ``use_cls_token``)."""
    folded = key.casefold()
    for part in _PARTS_OF_SECRETS:
        if part in folded:
            break
    else:
        return False  # most keys: the expression takes a millisecond to compile
    apart = re.sub(_FROM_SMALL_TO_LARGE, "_", key)
    return any(re.search(_HIDDEN_NAME, name, re.IGNORECASE) for name in (key, apart))


def hides(name: str, value: object) -> bool:
    """Tell whether a value is a secret because of the name it stands under.

    ``token`` may be what a model reads: a number, a word such as ``wordpiece`` and a sign such
    as ``[CLS]`` stay. Under a name such as ``my_token``, which says neither, only what no person
    would type is taken for a secret.

    :param name: What it is called.
    :param value: The value, plain.
    """
    if value is None or value == "" or isinstance(value, (bool, float)):
        return False
    if not is_secret(name):
        return _ends_with_token(name) and _is_made_up(value)
    if not re.search(r"(?i)tokens?$", name):
        return True
    if isinstance(value, Mapping):
        return False  # a group, in which each name speaks for itself
    if isinstance(value, int):
        return not re.search(r"(?i)(?:^token|tokens)$", name)
    is_bare = re.fullmatch(r"(?i)tokens?", name) is not None
    text = str(value)
    return not _is_sign(text) and (not is_bare or _is_made_up(text, 8))


def _ends_with_token(name: str) -> bool:
    return name.casefold().endswith("token") and not re.search(_OF_A_VOCABULARY, name)


def _is_sign(text: str) -> bool:
    """Tell whether a text is a sign of a vocabulary, ``<pad>`` or ``[CLS]``."""
    return text[0] + text[-1] in ("<>", "[]", "{}", "||") or len(text) == 1


def _is_made_up(value: object, shortest: int = 16) -> bool:
    """Tell whether a text looks drawn by lot: long, in one piece, no word."""
    if not isinstance(value, str) or not re.fullmatch(rf"[\w\-+/=.:~]{{{shortest},}}", value):
        return False
    return sum(letter.isdigit() for letter in value) > 1 or (value.isalpha() and len(value) > 15)


def mask_text(text: str) -> str:
    """Return a text with the secrets in it replaced by ``***``.

    Known are credentials inside addresses, keys and tokens of a known form, private keys, and
    what stands after a name that says so, as in ``password=x``.

    :param text: Any text.
    """
    if not _may_hold_one(text):
        return text
    from fitlog_core import secret_forms

    return secret_forms.masked(text)


def _may_hold_one(text: str) -> bool:
    """Tell in a microsecond that most texts hold no secret."""
    if len(text) < _SHORTEST:
        return False
    folded = text.casefold()
    for sign in _SIGNS:
        if sign in folded:
            return True
    return _TELEGRAM in text or (len(text) >= _LONG and _has_parts_of_discord(text))


def _has_parts_of_discord(text: str) -> bool:
    """Tell whether dots divide a text as they do a token of Discord, which versions are not."""
    parts = text.split(".")
    return any(
        len(middle) == _OF_DISCORD[0] and len(end) >= _OF_DISCORD[1]
        for middle, end in itertools.pairwise(parts[1:])
    )


def mask_texts(values: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return values of which only texts are masked, by their form: a metric may have any name.

    :param values: Values by name, to any depth. They are not changed.
    """
    return {
        name: mask_texts(value) if isinstance(value, Mapping) else _masked(value)
        for name, value in values.items()
    }


def mask_values(values: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a configuration whose secrets are replaced by ``***``; what is None stays None.

    :param values: Values by name, to any depth. They are not changed.
    """
    return {
        name: MASK if hides(str(name), value) else _masked(value) for name, value in values.items()
    }


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return mask_values(value)
    if isinstance(value, (list, tuple)):
        if all(type(element) is str for element in value):
            return mask_arguments(value)  # it may be a command line
        return [_masked(element) for element in value]
    return mask_text(value) if type(value) is str else value


def mask_arguments(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose secrets are replaced by ``***``.

    ``--password=x``, ``--password x`` and ``db.password=x`` are known. What ``-p x`` means
    nobody but the script can know.

    :param arguments: The words of the command line.
    """
    masked: list[str] = []
    expecting = ""
    for word in map(str, arguments):  # a script may put anything into sys.argv
        option, equals, value = word.partition("=")
        is_option = word.startswith("-")
        if expecting and not is_option:
            masked.append(MASK if _hides_argument(expecting, word) else mask_text(word))
            if expecting.casefold().endswith("s"):
                continue  # of several the next one
        elif equals and _hides_argument(option.lstrip("-+"), value):
            masked.append(f"{option}={MASK}")
        else:
            masked.append(mask_text(word))
        expecting = option.lstrip("-+") if is_option and not equals else ""
    return masked


def _hides_argument(name: str, value: str) -> bool:
    """Tell whether an argument is a secret; a token that somebody types may be a word, too."""
    if value.isdigit() and name.casefold().endswith(("token", "tokens")):
        return False
    return hides(name, value) or (name.casefold() == "token" and not _is_sign(value or " "))
