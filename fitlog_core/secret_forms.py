"""What secrets look like inside a text: in addresses, after names, or by a form of their own.

Imported where a text holds a sign of one, which few do: the expressions take a while to compile.
"""

from __future__ import annotations

import re

MASK = "***"

# Bounds keep every expression from searching a long text again from each of its letters.
# Keys and tokens whose makers gave them a form.
_KEYS = (
    r"(?:AKIA|ASIA|AROA|AIDA|AGPA)[A-Z0-9]{16}",  # AWS
    r"LTAI[A-Za-z0-9]{12,}",  # Alibaba Cloud
    r"AKID[A-Za-z0-9]{13,}",  # Tencent Cloud
    r"gh[pousr]_[A-Za-z0-9]{20,}",
    r"github_pat_\w{20,}",
    r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[\w.\-]{16,}",  # GitLab
    r"hf_(?=[a-z]{0,200}[A-Z0-9])[A-Za-z0-9]{16,}",  # in words no letter is a capital
    r"api_org_[A-Za-z0-9]{20,}",  # Hugging Face, older
    # OpenAI and those that followed it; in words is no digit
    r"sk-(?:[a-z0-9]{1,20}-){0,4}(?=[A-Za-z_]{0,200}[0-9])[A-Za-z0-9_]{16,}[\w\-]*",
    r"(?:gsk|r8|xai|pplx|nvapi|key-live)[_\-][\w\-]{20,}",
    r"wandb_v\d_\w{20,}",
    r"xox[abeoprs]-[A-Za-z0-9\-]{10,}",  # Slack
    r"xapp-[A-Za-z0-9\-]{10,}",
    r"AIza[\w\-]{30,}",  # Google
    r"ya29\.[\w\-]{20,}",
    r"[rs]k_(?:live|test)_[A-Za-z0-9]{10,}",  # Stripe
    r"npm_[A-Za-z0-9]{20,}",
    r"pypi-[\w\-]{30,}",
    r"SG\.[\w\-]{16,30}\.[\w\-]{16,}",  # SendGrid
    r"dapi[0-9a-f]{32}",  # Databricks
    r"do[opr]_v1_[0-9a-f]{32,}",  # DigitalOcean
    r"hvs\.[\w\-]{20,}",  # Vault
    r"AGE-SECRET-KEY-1[0-9A-Z]{20,}",
    r"eyJ[\w\-]{8,4000}\.[\w\-]{8,8000}\.[\w\-]*",  # JSON Web Token
    r"(?:bot)?\d{8,12}:[A-Za-z0-9_\-]{30,}",  # a bot of Telegram
    r"SCT\d+T[A-Za-z0-9]{16,}",  # ServerChan
    r"[MNO][A-Za-z0-9]{23,30}\.[\w\-]{6}\.[\w\-]{27,}",  # a bot of Discord
)
_KEY = rf"(?<![A-Za-z0-9])(?:{'|'.join(_KEYS)})"
_PEM = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,9}-----[\s\S]*?"
    r"(?:-----END [A-Z0-9 ]{0,60}-----|\Z)"
)

# A password may hold what should have been escaped in an address; a port is none.
_URL_USER = (
    r"(?<=://)(?![A-Z]{1,20}@[A-Z]{1,20}(?:[^\w.]|$))"  # SECRET@TOKEN is an explanation
    r"(?:[^/\s?#]{1,500}|[^\s/:@?#]{0,200}:(?!\d+(?:[/?#]|\s|$))[^\s@]{1,500})(?=@)"
)
_URL_QUERY = (
    r"(?i)([?&;#](?:access_token|refresh_token|id_token|private_token|job_token|auth_token|token"
    r"|key|api_?key|access_?key|sign|sig|signature|secret|client_secret|password|passwd|pwd|auth"
    r"|x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential))=)[^&\s#\"')]+"
)
_WEBHOOK = (
    r"(?i)(https?://[^\s]{0,500}?/(?:hooks?|webhooks?|webhookb2|incomingwebhook|services|workflows"
    r"|triggers)/)(?!\.\.\.)[^\s\"')]+"
)
_HOST_AND_KEY = (
    r"(?i)(https?://(?:api\.day\.app|hc-ping\.com|sctapi\.ftqq\.com|maker\.ifttt\.com)/)[^\s\"')]+"
)
# Addresses of apprise, in which any part may be the secret; feishu://TOKEN is an explanation.
_NOTIFIER = (
    r"\b((?i:tgram|slack|discord|mailtos?|feishu|lark|dingtalk|wecombot|wxpusher|pushplus|pover"
    r"|pbul|pushdeers?|schan|ntfys?|gotifys?|barks?|matrixs?|msteams|workflows?|mmosts?|rockets?"
    r"|twilio|zulip|wxteams|ifttt|prowl|opsgenie|pagerduty|sendgrid|mailgun|spush|line|signals?"
    r"|jsons?|xmls?)"
    r"://)(?![A-Z@/]+(?:[\s\"',;:.]|$))[^\s\"',;]*[^\s\"',;:.]"
)
_HEADER = (
    r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-[a-z\-]{0,40}(?:token|key|secret))"
    r"([\"']?\s*:\s*[\"']?)([^\"'\n]+)"
)
_SCHEME = r"(?i)\b(bearer|basic)\s+(?=[^\s\"']{0,500}[\d=])[A-Za-z0-9+/=._~\-]{8,}"
_NETRC = r"(?i)\b(login\s+\S+\s+(?:password|passwd)\s+)\S+"
_OF_A_VALUE = r"[^\s,;&\"'()\[\]{}]"
_MOST_LOOKED_AT = 500  # characters of a value; it is masked to its end
# name=value, name: value, "name": "value"; of == nothing is said.
_NAMED = (
    r"(?<![\w.\-])(?P<name>[A-Za-z_][\w.\-]*)(?P<between>[\"']?\s{0,9}(?:=(?!=)|:(?!/))\s{0,9})"
    rf"(?=(?P<value>\"[^\"\n]*\"|'[^'\n]*'|{_OF_A_VALUE}{{1,{_MOST_LOOKED_AT}}}))"
)


# --name value, also as the list of a command has it; its value may be an option of its own.
_OPTION = (
    r"(?<![\w\-])--?(?P<name>[A-Za-z][\w.\-]*)(?P<between>(?:\s{1,9}|[\"'],\s{0,9}))"
    rf"(?=(?P<value>\"[^\"\n]*\"|'[^'\n]*'|(?!-){_OF_A_VALUE}{{1,{_MOST_LOOKED_AT}}}))"
)


def masked(text: str) -> str:
    """Return a text without what looks like a secret in it.

    :param text: Any text.
    """
    text = re.sub(_PEM, MASK, text)
    text = re.sub(_URL_USER, MASK, text)
    for form in (_URL_QUERY, _WEBHOOK, _HOST_AND_KEY, _NOTIFIER, _NETRC):
        text = re.sub(form, rf"\g<1>{MASK}", text)
    text = re.sub(_HEADER, rf"\g<1>\g<2>{MASK}", text)
    text = re.sub(_SCHEME, rf"\g<1> {MASK}", text)
    text = re.sub(_KEY, MASK, text)
    return _without_named(_without_named(text, _NAMED), _OPTION)


def _without_named(text: str, form: str) -> str:
    """Return a text without the values of names that say secret.

    What follows a name is looked at again: in ``RuntimeError: password=x`` it is a name, too.
    """
    pieces, at = [], 0
    for found in re.finditer(form, text):
        if found.start() >= at and _is_hidden(found):
            quote = _quote(found["value"])
            pieces += [text[at : found.end()], quote, MASK, quote]
            at = found.end("value") if quote else _end_of_value(text, found.end("value"))
    return "".join([*pieces, text[at:]])


def _end_of_value(text: str, at: int) -> int:
    """Return where a value ends of which no more than a part was looked at."""
    found = re.compile(rf"{_OF_A_VALUE}*").match(text, at)
    return at if found is None else found.end()


def _quote(value: str) -> str:
    return value[0] if value[0] in "\"'" else ""


def _is_hidden(found: re.Match[str]) -> bool:
    from fitlog_core.secrets import hides  # which imports this where a text needs it

    value, quote = found["value"], _quote(found["value"])
    bare = value.strip("\"'")
    is_prose = not quote and ":" in found["between"] and (len(bare) < 6 or bare.isalpha())
    return not is_prose and bare != MASK and hides(found["name"], _read(bare, quote))


def _read(bare: str, quote: str) -> object:
    """Return a value as what it stands for: in quotes a text, else perhaps a number or a word."""
    if quote:
        return bare
    if bare in ("None", "null", "True", "False", "true", "false"):
        return None
    try:
        return int(bare) if len(bare) < 20 and bare.isdigit() else float(bare)
    except ValueError:
        return bare
